import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts, countsOfDay, neededOf, serviceDay } from '../../src/index.ts';

const levels = [
  { share: 0.95, withinS: 28_800 },
  { share: 0.99, withinS: 86_400 },
];
const opensS = 1_000_000;
const deadlinesS = levels.map(({ withinS }) => opensS + withinS);

function proof(expected: number, present: number, byDeadline: readonly number[], afterS: number) {
  const nowS = opensS + afterS;
  const counts = countsOfDay({ day: 1, group: 'g', expected, present }, byDeadline, deadlinesS, nowS);
  return serviceDay(counts, levels, deadlinesS, opensS, nowS);
}

describe('service level', () => {
  it.each([
    // expected, present, by deadline, time since the day's close, states
    [1_000, 0, [0, 0], 0, ['onCourse', 'onCourse']],
    [1_000, 600, [0, 0], 14_400, ['onCourse', 'onCourse']],
    [1_000, 400, [0, 0], 14_400, ['atRisk', 'onCourse']],
    [1_000, 950, [0, 0], 14_400, ['met', 'onCourse']],
    [1_000, 951, [949, 0], 30_000, ['breached', 'onCourse']],
    [1_000, 951, [950, 0], 80_000, ['met', 'onCourse']],
    [1_000, 900, [900, 0], 85_000, ['breached', 'atRisk']],
    [1_000, 1_000, [900, 989], 90_000, ['breached', 'breached']],
    [1_000, 1_000, [960, 990], 90_000, ['met', 'met']],
    [0, 0, [0, 0], 0, ['met', 'met']],
  ] as const)(
    '%i expected, %i there, %j in time, after %i s: %j',
    (expected, present, by, afterS, states) => {
      expect(proof(expected, present, by, afterS).levels.map(({ state }) => state)).toEqual(states);
    },
  );

  it('asks for whole entries, exactly', () => {
    expect(neededOf(0.55, 100)).toBe(55);
    expect(neededOf(0.99, 100)).toBe(99);
    expect(neededOf(0.99, 101)).toBe(100);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(1e9), (millionths, expected) => {
        const exact = (BigInt(millionths) * BigInt(expected) + 999_999n) / 1_000_000n;
        expect(neededOf(millionths / 1e6, expected)).toBe(Number(exact));
      }),
    );
  });

  it('adds up to what is expected, and never takes met or breached back', () => {
    const arrivals = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 200 });
    const times = fc.array(fc.nat(100_000), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(arrivals, fc.nat(20), times, (arrivedS, never, looksS) => {
        const expected = arrivedS.length + never;
        const decided: (string | undefined)[] = [];
        for (const afterS of looksS.sort((a, b) => a - b)) {
          const by = (untilS: number) => arrivedS.filter((at) => at <= Math.min(untilS, afterS)).length;
          const day = proof(
            expected,
            by(afterS),
            levels.map(({ withinS }) => by(withinS)),
            afterS,
          );
          day.levels.forEach(({ inTime, lost, toCome, state, needed }, i) => {
            expect(inTime + lost + toCome).toBe(expected);
            expect(Math.min(inTime, lost, toCome)).toBeGreaterThanOrEqual(0);
            if (decided[i]) expect(state).toBe(decided[i]);
            if (state === 'met' || state === 'breached') decided[i] = state;
            if (afterS >= levels[i]!.withinS) {
              expect(state).toBe(by(levels[i]!.withinS) >= needed ? 'met' : 'breached');
            }
          });
        }
      }),
    );
  });

  it('adds groups up', () => {
    const part = (expected: number, inTime: number) => ({
      day: 3,
      group: 'a',
      expected,
      present: inTime + 1,
      levels: [{ inTime, lost: expected - inTime }],
    });
    expect(addCounts([part(10, 4), part(20, 8)], 'all')).toEqual({
      day: 3,
      group: 'all',
      expected: 30,
      present: 14,
      levels: [{ inTime: 12, lost: 18 }],
    });
    expect(addCounts([], 'all')).toBeUndefined();
  });
});
