import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockGrid, type EstimateContext, estimateGaps, findGaps, viewSeries } from '../../src/index.ts';
import { dayStart, homeUse, type Life, life, lose, registerAt, sum } from './support.ts';

/** Days [first, end) of a home, as a close sees them. */
function seen({ context }: Life, first: number, end: number): { context: EstimateContext; offset: number } {
  const { clock, series, facts } = context;
  const [offset, last] = [clock.from[first]!, clock.from[end]!];
  const startS = series.startS + offset * series.intervalS;
  const view = clockGrid(facts.zone, startS, series.intervalS, last - offset);
  return { offset, context: { ...context, series: viewSeries(series, offset, last), clock: view } };
}

describe('registers that are not read at local midnight', () => {
  it('spans add up, each day closed by itself and with what it sees, and again the same (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 23 }),
        fc.boolean(),
        (at, slots, hour, signed) => {
          const home = life({
            days: 75,
            valueAt: (day, share) => homeUse(day, share) - (signed ? 200 : 0),
            ...(signed ? { facts: { kind: 'net' as const } } : {}),
          });
          const reads = Array.from({ length: 14 }, (_, n) => dayStart(home, 40 + n) + hour);
          const register = registerAt(home, reads);
          const from = dayStart(home, 42) + at;
          lose(home, from, from + slots);
          const value = home.context.series.value.slice();
          const close = (n: number): number[] => {
            const { context, offset } = seen(home, n - 38, n + 8);
            const [first, end] = [dayStart(home, n) - offset, dayStart(home, n + 1) - offset];
            const made = estimateGaps({ ...context, register }, findGaps(context, first, end));
            for (const { gap, value: own, registerScaled } of made) {
              expect(registerScaled).toBe(true);
              value.set(own, offset + gap.from);
              if (!signed) expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
            }
            return [...value.subarray(dayStart(home, n), dayStart(home, n + 1))];
          };
          const closed = [42, 43, 44, 45, 46, 47, 48].map(close);
          expect([48, 47, 46, 45, 44, 43, 42].map(close).reverse()).toEqual(closed);
          for (let i = 1; i < reads.length; i++)
            expect(sum(value, reads[i - 1], reads[i])).toBe(sum(home.truth, reads[i - 1], reads[i]));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('a register of coarse steps leaves each day its part of what it does not know', () => {
    const home = life();
    const from = dayStart(home, 45) + 15;
    lose(home, from, from + 40);
    const register = registerAt(home, [dayStart(home, 45) + 5, dayStart(home, 48) + 5], 1e6);
    const made = estimateGaps({ ...home.context, register }, findGaps(home.context, from, from + 40));
    const total = sum(made.flatMap(({ value }) => [...value]));
    expect(Math.abs(total - sum(home.truth, from, from + 40))).toBeLessThan(2_000);
  });
});
