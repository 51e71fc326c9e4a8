import { formatDay, parseDay, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BaselineMethod, baselineOf } from '../../src/determinants/baseline.ts';
import type { Flow } from '../../src/determinants/usage.ts';
import { zone as zoneName } from '../support.ts';

const zone = zoneTable(zoneName);
/** A Wednesday; the clock changed on the Sunday seventeen days before. */
const event = parseDay('2026-04-15');
const first = event - 45;

/** Hourly use of each local day from 45 days before the event, by hour of its clock. */
function flowOf(use: (day: number, hour: number) => number): Flow {
  const startS = zone.dayStart(first);
  const hours = (zone.dayStart(event + 1) - startS) / 3_600;
  const values = Array.from({ length: hours }, (_, i) => {
    const s = startS + i * 3_600;
    return use(zone.localDayOf(s), Math.floor((zone.localAt(s) / 3_600) % 24));
  });
  return { startS, intervalS: 3_600, import: Float64Array.from(values) };
}

function ask(
  use: (day: number, hour: number) => number,
  more: Partial<Parameters<typeof baselineOf>[0]> = {},
) {
  const startS = zone.dayStart(event);
  return baselineOf({
    ...{ flows: [flowOf(use)], zone, window: { fromS: startS + 17 * 3_600, toS: startS + 20 * 3_600 } },
    ...{ method: 'ten-of-ten' as BaselineMethod, holidays: new Set<number>(), eventDays: new Set<number>() },
    ...more,
  });
}

describe('baselines', () => {
  it('are the mean of ten weekdays, moved by the hours before, as a person works it out', () => {
    // 1 kWh in each hour, on the day itself 1.1 kWh before the event and nothing in it
    const use = (day: number, hour: number) => (day < event ? 1_000 : hour < 17 ? 1_100 : 0);
    const found = ask(use)!;
    expect(found).toMatchObject({ energy: 3_300, adjustment: { n: 33_000n, d: 30_000n } });
    expect(found.days.map(formatDay)).toEqual([
      ...['2026-04-14', '2026-04-13', '2026-04-10', '2026-04-09', '2026-04-08', '2026-04-07', '2026-04-06'],
      ...['2026-04-03', '2026-04-02', '2026-04-01'],
    ]);
    // twice as much before: the adjustment ends at a fifth
    expect(ask((day, hour) => (day < event ? 1_000 : hour < 17 ? 2_000 : 0))!.energy).toBe(3_600);
    // nothing is known of the hours before
    expect(ask((day, hour) => (day < event ? 1_000 : hour < 17 ? Number.NaN : 0))!.energy).toBe(3_000);
  });

  it('leave out holidays, events, days with holes, and days of another length', () => {
    const holidays = new Set(['2026-04-03', '2026-04-06'].map(parseDay));
    const eventDays = new Set([parseDay('2026-04-14')]);
    const hole = parseDay('2026-04-10');
    const found = ask((day, hour) => (day === hole && hour === 18 ? Number.NaN : 500), {
      holidays,
      eventDays,
    })!;
    expect(found.days.map(formatDay)).toEqual([
      ...['2026-04-13', '2026-04-09', '2026-04-08', '2026-04-07', '2026-04-02', '2026-04-01'],
      ...['2026-03-31', '2026-03-30', '2026-03-27', '2026-03-26'],
    ]);
    // of a Sunday: the one on which the clock changed is not like it
    const sunday = event - 3;
    const startS = zone.dayStart(sunday);
    const weekend = ask(() => 500, { window: { fromS: startS + 36_000, toS: startS + 43_200 } })!;
    expect(weekend.days.map(formatDay)).toEqual(['2026-04-11', '2026-04-05', '2026-04-04', '2026-03-28']);
    expect(ask(() => 500, { eventDays: new Set(Array.from({ length: 41 }, (_, i) => event - 1 - i)) })).toBe(
      undefined,
    );
  });

  it('take the days with most use where the method says so', () => {
    const use = (day: number) => (day >= event || day % 2 === 0 ? 2_000 : 1_000);
    const found = ask(use, { method: 'five-of-ten' })!;
    expect(found.days).toHaveLength(5);
    expect([found.energy, ask(use)!.energy]).toEqual([6_000, 5_400]);
  });

  it('do not look at the event itself, and scale with use', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(
        shape,
        fc.integer({ min: 0, max: 9_000 }),
        fc.integer({ min: 2, max: 7 }),
        (hours, inEvent, k) => {
          const use = (day: number, hour: number) => hours[hour]! + ((day * 13 + hour) % 50);
          const called = (day: number, hour: number) =>
            day === event && hour >= 17 ? inEvent : use(day, hour);
          const found = ask(use)!;
          expect(ask(called)).toEqual(found);
          const scaled = ask((day, hour) => use(day, hour) * k)!;
          expect(Math.abs(scaled.energy - found.energy * k)).toBeLessThanOrEqual(k);
          const most = Math.max(
            ...found.days.map((day) => [17, 18, 19].reduce((sum, h) => sum + use(day, h), 0)),
          );
          expect(found.energy).toBeLessThanOrEqual(Math.ceil(most * 1.2));
        },
      ),
      { numRuns: 40 },
    );
  });
});
