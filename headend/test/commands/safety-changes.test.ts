import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandKindName, commandKindNames } from '../../src/commands/kinds.ts';
import {
  defaultPolicy,
  maySend,
  needsApproval,
  policyOf,
  type SafetyPolicy,
} from '../../src/commands/safety.ts';
import { loosenings, type SafetySetting } from '../../src/commands/safety-changes.ts';

const nowS = 1_000;
const setting = (policy: SafetyPolicy, over: Partial<SafetySetting> = {}): SafetySetting => ({
  ...{ policy, signers: [], requireSignature: false },
  ...over,
});
const moratorium = fc
  .tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 500 }))
  .map(([fromS, forS]) => ({ fromS, untilS: fromS + forS, reason: 'x' }));
const policy: fc.Arbitrary<SafetyPolicy> = fc.record({
  fourEyesAboveMeters: fc.nat(5),
  fourEyesAlways: fc.subarray([...commandKindNames]) as fc.Arbitrary<CommandKindName[]>,
  maxPerHour: fc.nat(5),
  maxPerFeederPerHour: fc.nat(5),
  coolDownS: fc.nat(5),
  moratoria: fc.array(moratorium, { maxLength: 3 }),
  maxMetersPerOrder: fc.integer({ min: 1, max: 5 }),
});

it('reads a stored policy member by member: one that does not fit takes no other with it', () => {
  const misfit = fc.constantFrom<keyof SafetyPolicy | 'unknown'>('maxPerHour', 'fourEyesAlways', 'unknown');
  fc.assert(
    fc.property(policy, misfit, (stored, name) => {
      const expected = { ...stored, ...(name === 'unknown' ? {} : { [name]: defaultPolicy[name] }) };
      expect(policyOf({ ...stored, [name]: 'much' })).toEqual(expected);
    }),
  );
  expect(policyOf(null)).toEqual(defaultPolicy);
});

describe('what loosens a safety policy', () => {
  it('is everything that lets pass what did not pass', () => {
    const pace = fc.record({
      killSwitch: fc.constant(false),
      inLastHour: fc.nat(6),
      ofFeederInLastHour: fc.nat(6),
      lastAtS: fc.option(fc.integer({ min: 990, max: 3_000 })),
    });
    const atS = fc.integer({ min: nowS, max: 3_000 });
    const kind = fc.constantFrom(...commandKindNames);
    let passed = 0;
    fc.assert(
      fc.property(policy, policy, pace, atS, kind, fc.nat(6), (before, after, then, when, name, meters) => {
        const place = { protection: '', feederId: 1, isMoved: false } as const;
        const may = (of: SafetyPolicy) => maySend(name, of, place, then, when).allowed;
        const looser =
          (!may(before) && may(after)) ||
          (needsApproval(name, before, meters) && !needsApproval(name, after, meters)) ||
          (meters > before.maxMetersPerOrder && meters <= after.maxMetersPerOrder);
        if (!looser) return;
        passed++;
        expect(loosenings(setting(before), setting(after), nowS)).not.toEqual([]);
      }),
      { numRuns: 3_000 },
    );
    expect(passed).toBeGreaterThan(300);
  });

  it('is nothing that only tightens', () => {
    fc.assert(
      fc.property(policy, moratorium, fc.nat(5), (before, more, by) => {
        const after = {
          ...before,
          maxPerHour: Math.max(0, before.maxPerHour - by),
          coolDownS: before.coolDownS + by,
          fourEyesAlways: [...commandKindNames],
          moratoria: [...before.moratoria, more],
        };
        expect(loosenings(setting(before), setting(after), nowS)).toEqual([]);
        expect(loosenings(setting(before), setting(before), nowS)).toEqual([]);
      }),
    );
  });

  it('is less checking of firmware, where it is checked', () => {
    const signer = { name: 'Acme', publicKey: 'PEM' };
    const strict = setting(defaultPolicy, { requireSignature: true, signers: [signer] });
    const open = setting(defaultPolicy);
    expect(loosenings(strict, open, nowS)).toEqual(['firmware need not be signed']);
    const other = { ...strict, signers: [signer, { name: 'Other', publicKey: 'PEM 2' }] };
    expect(loosenings(strict, other, nowS)).toEqual(['Other is trusted to sign firmware']);
    expect(loosenings(other, strict, nowS)).toEqual([]);
    expect(loosenings(open, strict, nowS)).toEqual([]);
  });

  it('is no moratorium that is over', () => {
    const over = { ...defaultPolicy, moratoria: [{ fromS: 0, untilS: nowS, reason: 'past' }] };
    expect(loosenings(setting(over), setting(defaultPolicy), nowS)).toEqual([]);
  });
});
