import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose, type SecurityFacts } from '../../src/keys/diagnose.ts';
import { keySetsToTry } from '../../src/keys/key-sets.ts';

const title = '4D4D4D0000BC614E';

describe('what is wrong with a session', () => {
  const table: readonly [string, SecurityFacts, string | undefined, RegExp?][] = [
    ['nothing', {}, undefined],
    ['the same title in other letters', { expectedTitle: title, seenTitle: title.toLowerCase() }, undefined],
    [
      'another meter answers',
      { expectedTitle: title, seenTitle: '4D4D4D0000BC614F', tagWrong: true },
      'METER_TITLE_WRONG',
    ],
    ['our title is unknown', { associationDiagnostic: 3 }, 'METER_TITLE_WRONG', /head-end/],
    [
      'encryption key',
      { expectedTitle: title, seenTitle: title, tagWrong: true },
      'METER_KEY_WRONG',
      /encryption key does not/,
    ],
    [
      'authentication key',
      { tagWrong: true, deciphersToApdu: true },
      'METER_KEY_WRONG',
      /authentication key does not/,
    ],
    ['authentication refused', { associationDiagnostic: 13 }, 'METER_KEY_WRONG'],
    ['request not deciphered', { serviceError: { code: 5 } }, 'METER_KEY_WRONG'],
    ['counter refused', { serviceError: { code: 6, counter: 77 } }, 'METER_COUNTER_STALE', /77/],
    ['counter replayed', { received: { counter: 5, last: 5 } }, 'METER_COUNTER_REPLAYED', /5 after 5/],
    [
      'a forged counter is a wrong tag',
      { received: { counter: 5, last: 9 }, tagWrong: true },
      'METER_KEY_WRONG',
    ],
    ['ciphering unknown', { associationDiagnostic: 2 }, 'METER_OPTION_UNSUPPORTED'],
    ['mechanism unknown', { associationDiagnostic: 11 }, 'METER_OPTION_UNSUPPORTED'],
    ['service unknown', { serviceError: { code: 2 } }, 'METER_OPTION_UNSUPPORTED'],
    ['suite', { unsupported: 'suite 2' }, 'METER_OPTION_UNSUPPORTED', /suite 2/],
    ['link', { lost: true }, 'METER_LINK_LOST'],
    ['link after a refusal', { lost: true, associationDiagnostic: 13 }, 'METER_KEY_WRONG'],
  ];
  it.each(table)('%s', (_, facts, code, detail) => {
    const found = diagnose(facts);
    expect(found?.error.code).toBe(code);
    if (detail) expect(found!.error.message).toMatch(detail);
  });
});

describe('keys a session tries', () => {
  const key = (kind: 'guek' | 'gak' | 'kek', version: number, state: 'staged' | 'active' | 'previous') => ({
    ...{ kind, version, state },
  });
  const names = (keys: Parameters<typeof keySetsToTry>[0]) =>
    keySetsToTry(keys).map((set) =>
      [...set.values()]
        .map(({ kind, version }) => kind + version)
        .sort()
        .join(' '),
    );

  it('is one set when nothing is uncertain', () => {
    expect(names([key('guek', 3, 'active'), key('gak', 1, 'active')])).toEqual(['gak1 guek3']);
    expect(names([])).toEqual([]);
  });

  it('is both versions while one is', () => {
    const rest = [key('gak', 1, 'active')];
    expect(names([...rest, key('guek', 1, 'active'), key('guek', 2, 'staged')])).toEqual([
      'gak1 guek1',
      'gak1 guek2',
    ]);
    expect(names([...rest, key('guek', 1, 'previous'), key('guek', 2, 'active')])).toEqual([
      'gak1 guek2',
      'gak1 guek1',
    ]);
  });

  it('starts with the active keys and names no set twice, whatever there is', () => {
    const any = fc.uniqueArray(
      fc.record({
        kind: fc.constantFrom('guek' as const, 'gak' as const, 'kek' as const),
        version: fc.integer({ min: 1, max: 3 }),
        state: fc.constantFrom('staged' as const, 'active' as const, 'previous' as const),
      }),
      { selector: ({ kind, state }) => kind + state, maxLength: 9 },
    );
    fc.assert(
      fc.property(any, (keys) => {
        const sets = names(keys);
        expect(new Set(sets).size).toBe(sets.length);
        expect(sets.length).toBeLessThanOrEqual(9);
        const [first] = keySetsToTry(keys);
        for (const each of keys.filter(({ state }) => state === 'active'))
          expect(first!.get(each.kind)).toBe(each);
        // Every key there is is tried.
        const tried = new Set(keySetsToTry(keys).flatMap((set) => [...set.values()]));
        for (const each of keys)
          expect([...tried].some((t) => t.kind === each.kind && t.version === each.version)).toBe(true);
      }),
    );
  });
});
