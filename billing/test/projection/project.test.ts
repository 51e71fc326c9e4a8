import { formatDay, parseDay, weekday, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayKinds, forecastDays, spreadOf, usualSpread } from '../../src/projection/like-days.ts';
import { dayTotals, type MeasuredUsage, projectUsage } from '../../src/projection/project.ts';

const berlin = zoneTable('Europe/Berlin');
const kindOf = dayKinds(new Set());

/** Use of local days [from, to) by what each hour of the clock takes; NaN from `throughS` on. */
function usageOf(from: number, to: number, throughS: number, of: (day: number, hour: number) => number) {
  const startS = berlin.dayStart(from);
  const counts = Float64Array.from({ length: (berlin.dayStart(to) - startS) / 3_600 }, (_, i) => {
    const atS = startS + i * 3_600;
    if (atS >= throughS) return Number.NaN;
    const localS = berlin.localAt(atS);
    return of(Math.floor(localS / 86_400), Math.floor((localS % 86_400) / 3_600));
  });
  return { import: [{ startS, intervalS: 3_600, step: 1_000, counts }] };
}

const sumIn = (usage: MeasuredUsage, fromS: number, toS: number): number =>
  usage.import.reduce(
    (sum, { startS, counts }) =>
      counts.reduce((all, value, i) => {
        const atS = startS + i * 3_600;
        return atS >= fromS && atS < toS ? all + value : all;
      }, sum),
    0,
  );

describe('projection by like days', () => {
  const cycle = { from: parseDay('2026-03-01'), to: parseDay('2026-04-01') };
  const window = { fromS: berlin.dayStart(cycle.from), toS: berlin.dayStart(cycle.to) };

  it('is exact where every week is like the one before, over the change of the clock too', () => {
    const week = (day: number, hour: number) =>
      100 + weekday(day) * 7 * (weekday(day) > 5 ? 3 : 0) + hour * hour;
    const throughS = window.fromS + 9 * 86_400 + 5 * 3_600;
    const input = { zone: berlin, window, throughS, kindOf, coverage: 0.8 };
    const usage = usageOf(cycle.from - 60, cycle.to, throughS, week);
    const made = projectUsage({ ...input, usage })!;
    const truth = usageOf(cycle.from - 60, cycle.to, window.toS, week);
    // of the day of 23 hours the forecast is that of a whole day, spread over its hours
    const change = berlin.dayStart(parseDay('2026-03-29'));
    const before = [window.fromS, change] as const;
    expect(sumIn(made.likely, ...before)).toBe(sumIn(truth, ...before));
    expect(made.likely.import[0]!.counts.slice(-24)).toEqual(truth.import[0]!.counts.slice(-24));
    expect(made).toMatchObject({ intervals: 743, forecast: 743 - 9 * 24 - 5, yearFactor: 1 });
  });

  it('takes a holiday for a Sunday', () => {
    const friday = parseDay('2026-03-20');
    const kinds = dayKinds(new Set([friday]));
    const totals = Float64Array.from({ length: 28 }, (_, i) => (weekday(friday - 28 + i) === 7 ? 5 : 50));
    const made = forecastDays({ firstDay: friday - 28, totals }, kinds, friday, friday + 2)!;
    expect([...made.totals]).toEqual([5, 50]);
  });

  it('moves the forecast half of the way the year before went', () => {
    const from = parseDay('2026-03-20');
    const totals = Float64Array.from({ length: 400 }, (_, i) => (i >= 400 - 364 - 3 && i < 60 ? 40 : 10));
    const made = forecastDays({ firstDay: from - 400, totals }, kindOf, from, from + 10)!;
    // four times as much, of which more than double is not believed
    expect(made.yearFactor).toBeCloseTo(Math.SQRT2, 3);
    expect(made.totals[0]).toBeCloseTo(10 * Math.SQRT2, 3);
  });

  it('says nothing where nothing is known', () => {
    const usage = usageOf(cycle.from - 60, cycle.to, 0, () => 1);
    const input = { usage, zone: berlin, window, throughS: window.fromS, kindOf, coverage: 0.8 };
    expect(projectUsage(input)).toBeUndefined();
    expect(projectUsage({ ...input, usage: { import: [] } })).toBeUndefined();
    const none = { firstDay: cycle.from - 5, totals: new Float64Array(5).fill(Number.NaN) };
    expect(spreadOf(none, kindOf, cycle.from, 10, 0.8)).toBe(usualSpread);
  });

  it('keeps what was measured, fills every hole, in whole counts, low below high', () => {
    const hour = fc.oneof({ weight: 12, arbitrary: fc.nat(5_000) }, fc.constant(Number.NaN));
    fc.assert(
      fc.property(
        fc.array(hour, { minLength: 48, maxLength: 48 * 7 }),
        fc.integer({ min: 0, max: 31 * 24 }),
        fc.integer({ min: 0, max: 70 }),
        (values, hours, past) => {
          const throughS = window.fromS + hours * 3_600;
          const of = (day: number, at: number) => values[(day * 31 + at) % values.length]!;
          const usage = usageOf(cycle.from - past, cycle.to, throughS, of);
          const made = projectUsage({ usage, zone: berlin, window, throughS, kindOf, coverage: 0.8 });
          const known = dayTotals(usage.import, berlin).totals.slice(Math.max(0, past - 28));
          if (made === undefined) return;
          expect(known.some((total) => !Number.isNaN(total))).toBe(true);
          const [was] = usage.import;
          let forecast = 0;
          for (const [i, count] of made.likely.import[0]!.counts.entries()) {
            if (!Number.isNaN(was!.counts[i])) expect(count).toBe(was!.counts[i]);
            else if (was!.startS + i * 3_600 >= window.fromS) {
              forecast++;
              expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
            }
          }
          expect(forecast).toBe(made.forecast);
          const sum = (one: typeof made.low) => sumIn(one, window.fromS, window.toS);
          expect(sum(made.low)).toBeLessThanOrEqual(sum(made.likely));
          expect(sum(made.likely)).toBeLessThanOrEqual(sum(made.high));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('plays real days, so that their peaks are there', () => {
    const throughS = window.fromS;
    // one hour in four days is high, at another time each
    const of = (day: number, hour: number) => (day % 4 === 0 && hour === day % 24 ? 9_000 : 200);
    const usage = usageOf(cycle.from - 28, cycle.to, throughS, of);
    const made = projectUsage({ usage, zone: berlin, window, throughS, kindOf, coverage: 0.8 })!;
    const most = Math.max(...made.likely.import[0]!.counts.slice(28 * 24));
    expect(most, `${formatDay(cycle.from)}`).toBeGreaterThan(4_000);
  });
});
