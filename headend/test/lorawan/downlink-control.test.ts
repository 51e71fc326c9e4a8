/** What a codec declares of downlinks, and what an answer of a device says of its supply. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkControl, isHarmless, outputOf } from '../../src/lorawan/downlink-control.ts';
import { switchReadBack, valveS } from '../../src/lorawan/downlink-driver.ts';
import { beginDownlink, type DownlinkState, type DownlinkStep } from '../../src/lorawan/downlink-life.ts';

const names = fc.constantFrom('open', 'reportS', 'cmd', 'x', '__proto__', 'constructor');
const scalars = fc.constantFrom(0, 1, true, 'report', null);
const dataOf = fc.array(fc.tuple(names, scalars), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs));

test('data is harmless only by names and values that one rule declares, on its port', () => {
  fc.assert(
    fc.property(dataOf, fc.integer({ min: 1, max: 3 }), fc.array(names), (data, fPort, fields) => {
      const control = { harmless: [{ fPort: 2, fields, where: { cmd: 'report' } }] };
      const given: string[] = Object.keys(data);
      const allowed: readonly string[] = fields;
      const known = given.every((name) => name === 'cmd' || allowed.includes(name));
      const expected = fPort === 2 && known && Object.hasOwn(data, 'cmd') && data.cmd === 'report';
      expect(isHarmless(control, data, fPort)).toBe(expected);
    }),
  );
});

test('what is declared by nothing is not harmless, whatever it is', () => {
  fc.assert(
    fc.property(fc.anything(), fc.integer(), (data, fPort) => {
      expect(isHarmless(undefined, data, fPort)).toBe(false);
      expect(isHarmless({ harmless: [] }, data, fPort)).toBe(false);
    }),
  );
  expect(isHarmless({ harmless: [{ fPort: 1, fields: ['length'] }] }, ['a'], 1)).toBe(false);
});

test.each([
  [{ connect: { fPort: 0, data: {} } }, 'connect.fPort'],
  [{ connect: { fPort: 1, data: {} }, disconnect: { fPort: 1, data: {} } }, 'same as disconnect'],
  [{ state: { value: 'a', connected: 1, disconnected: 1 } }, 'both are the same'],
  [{ harmless: [{ fPort: 1, fields: [] }] }, 'names in fields'],
  [{ harmless: [{ fPort: 224, fields: ['a'] }] }, 'fPort'],
])('%j is refused', (control, why) => {
  expect(() => checkControl(control)).toThrow(expect.objectContaining({ code: 'CODEC_INVALID' }));
  expect(() => checkControl(control)).toThrow(why);
});

test('a state is told by its own two values', () => {
  const state = { value: 'valve.at', connected: 'open', disconnected: 0 } as const;
  expect(outputOf(state, { valve: { at: 'open' } })).toBe(true);
  expect(outputOf(state, { valve: { at: 0 } })).toBe(false);
  for (const at of ['0', 'closed', 1, null, undefined])
    expect(outputOf(state, { valve: { at } })).toBeUndefined();
  expect(outputOf(undefined, { valve: { at: 0 } })).toBeUndefined();
});

const steps: readonly DownlinkStep[] = [
  ...(['queued', 'handing', 'handed', 'sent', 'acked', 'nacked', 'failed', 'expired', 'cancelled'] as const),
];
const anyState: fc.Arbitrary<DownlinkState> = fc
  .record({ step: fc.constantFrom(...steps), handedAtS: fc.nat(1_000), ackedAfterS: fc.nat(500) })
  .map(({ step, handedAtS, ackedAfterS }) => ({
    ...beginDownlink({ confirmed: true, notBeforeS: 0, expiresAtS: 9_999 }),
    ...{ step, handedAtS, ackedAtS: step === 'acked' ? handedAtS + ackedAfterS : 0 },
  }));
const anySeen = fc.option(fc.record({ outputOn: fc.boolean(), atS: fc.nat(2_000) }));
const says = { value: 'v', connected: 1, disconnected: 0 };

test('a supply is as the device said after it can have had the downlink, and never as it was ordered', () => {
  fc.assert(
    fc.property(fc.boolean(), anyState, anySeen, (wanted, state, seen) => {
      const read = switchReadBack(wanted, state, { seen, says });
      if (read.outcome !== 'ok') return;
      const { outputOn } = read.observation as { outputOn: boolean };
      expect(outputOn).toBe(seen?.outputOn);
      expect(seen!.atS).toBeGreaterThanOrEqual(state.handedAtS);
      // that it is not as wanted is believed once the valve had its time
      if (outputOn !== wanted) expect(seen!.atS).toBeGreaterThanOrEqual(state.ackedAtS! + valveS);
    }),
    { numRuns: 2_000 },
  );
});

test('where a device says nothing of its supply, its acknowledgement stands, marked as what it is', () => {
  fc.assert(
    fc.property(fc.boolean(), anyState, anySeen, (wanted, state, seen) => {
      const read = switchReadBack(wanted, state, { seen, says: undefined });
      expect(read.outcome === 'ok').toBe(state.step === 'acked');
      if (read.outcome === 'ok')
        expect(read.observation).toMatchObject({ outputOn: wanted, saidBy: 'acknowledgement' });
    }),
  );
});
