import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  billingMonthOf,
  billingMonths,
  civilDate,
  dayBounds,
  daysInMonth,
  expectedIntervals,
  formatDay,
  formatInstant,
  gasDayBounds,
  gasDayOf,
  gasDayRules,
  instantsOfDays,
  monthOf,
  parseDay,
  parseInstantS,
  readingDay,
  weekday,
  weekOf,
  ZONE_TABLE_END_S,
  zoneTable,
} from '../src/index.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const zones = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Asia/Kolkata',
);
const anyDay = fc.integer({ min: 1, max: 24_800 });
const anchor = fc.integer({ min: 1, max: 31 });
const text = (period: { from: number; to: number }) => [formatDay(period.from), formatDay(period.to)];

describe('expectedIntervals', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', 900, 92],
    ['Europe/Berlin', '2026-10-25', 900, 100],
    ['Europe/Berlin', '2026-07-01', 900, 96],
    ['America/New_York', '2026-03-08', 900, 92],
    ['America/New_York', '2026-11-01', 900, 100],
    ['America/New_York', '2026-11-01', 3_600, 25],
    ['Australia/Lord_Howe', '2026-04-05', 900, 98],
    ['Australia/Lord_Howe', '2026-10-04', 900, 94],
    ['Australia/Lord_Howe', '2026-10-04', 3_600, 23],
    ['America/Sao_Paulo', '2018-11-04', 900, 92],
    ['Pacific/Apia', '2011-12-30', 900, 0],
    ['Pacific/Apia', '2011-12-31', 900, 96],
    ['Asia/Kathmandu', '2026-03-29', 1_800, 48],
    ['+10:00', '2026-04-05', 300, 288],
  ])('%s on %s, every %d s: %d', (zone, day, intervalS, expected) => {
    expect(expectedIntervals(zoneTable(zone), parseDay(day), intervalS)).toBe(expected);
  });

  it('refuses an interval of no length', () => {
    for (const bad of [0, -900, 0.5, Number.NaN]) {
      expect(() => expectedIntervals(zoneTable('UTC'), 0, bad)).toThrowError(code('CALENDAR_INVALID'));
    }
  });
});

describe('local days', () => {
  it('follow each other without gap or overlap, and hold the instants of their date', () => {
    fc.assert(
      fc.property(
        zones,
        anyDay,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (zone, day, at) => {
          const table = zoneTable(zone);
          const { from, to } = dayBounds(table, day);
          expect(to).toBe(dayBounds(table, day + 1).from);
          expect(to - from === 0 || (to - from >= 22.5 * 3_600 && to - from <= 25.5 * 3_600)).toBe(true);
          if (to > from) {
            expect(table.localDayOf(from)).toBe(day);
            expect(table.localDayOf(from + Math.floor((to - from) * at))).toBe(day);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('give an interval to the day it starts on', () => {
    const table = zoneTable('Europe/Berlin');
    const midnight = parseInstantS('2026-03-29T00:00:00+01:00');
    expect(formatDay(readingDay(table, midnight, 900))).toBe('2026-03-28');
    expect(formatDay(readingDay(table, midnight + 900, 900))).toBe('2026-03-29');
    expect(formatDay(readingDay(table, midnight, 0))).toBe('2026-03-29');
  });

  it('count the readings of a day exactly', () => {
    fc.assert(
      fc.property(zones, anyDay, (zone, day) => {
        const table = zoneTable(zone);
        const { from, to } = dayBounds(table, day);
        let count = 0;
        for (let end = from - 7_200 + 900; end <= to + 7_200; end += 900) {
          if (readingDay(table, end, 900) === day) count++;
        }
        expect(count).toBe(expectedIntervals(table, day, 900));
      }),
      { numRuns: 200 },
    );
  });
});

describe('weeks and months', () => {
  it('name weekdays', () => {
    expect(weekday(parseDay('2026-03-29'))).toBe(7);
    expect(weekday(parseDay('1969-12-29'))).toBe(1);
    expect(text(weekOf(parseDay('2026-03-29')))).toEqual(['2026-03-23', '2026-03-30']);
    expect(text(weekOf(parseDay('2026-03-29'), 7))).toEqual(['2026-03-29', '2026-04-05']);
  });

  it.each([
    ['2026-03-15', 1, '2026-03-01', '2026-04-01'],
    ['2026-03-15', 15, '2026-03-15', '2026-04-15'],
    ['2026-03-14', 15, '2026-02-15', '2026-03-15'],
    ['2026-01-02', 20, '2025-12-20', '2026-01-20'],
    ['2026-02-28', 31, '2026-02-28', '2026-03-31'],
    ['2026-02-27', 31, '2026-01-31', '2026-02-28'],
    ['2024-02-29', 30, '2024-02-29', '2024-03-30'],
  ])('%s with anchor %d: %s to %s', (day, anchorDay, from, to) => {
    expect(text(billingMonthOf(parseDay(day), anchorDay))).toEqual([from, to]);
  });

  it('cut all days into billing months', () => {
    fc.assert(
      fc.property(anyDay, anchor, (day, anchorDay) => {
        const month = billingMonthOf(day, anchorDay);
        expect(month.from).toBeLessThanOrEqual(day);
        expect(month.to).toBeGreaterThan(day);
        expect(billingMonthOf(month.from, anchorDay)).toEqual(month);
        expect(billingMonthOf(month.to - 1, anchorDay)).toEqual(month);
        expect(billingMonthOf(month.to, anchorDay).from).toBe(month.to);
        const { year, month: m, day: d } = civilDate(month.from);
        expect(d).toBe(Math.min(anchorDay, daysInMonth(year, m)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('list a year of months and their instants', () => {
    const months = billingMonths(parseDay('2026-01-01'), 1, 12);
    expect(text({ from: months[0]!.from, to: months[11]!.to })).toEqual(['2026-01-01', '2027-01-01']);
    expect(months[2]).toEqual(monthOf(parseDay('2026-03-29')));
    const march = instantsOfDays(zoneTable('Europe/Berlin'), months[2]!);
    expect(march.to - march.from).toBe(31 * 86_400 - 3_600);
  });

  it('refuse an anchor that is no day', () => {
    for (const bad of [0, 32, 1.5]) {
      expect(() => billingMonthOf(0, bad)).toThrowError(code('CALENDAR_INVALID'));
    }
  });
});

describe('gas days', () => {
  const bounds = (zone: string, day: string, rule: keyof typeof gasDayRules) => {
    const period = gasDayBounds(zoneTable(zone), parseDay(day), gasDayRules[rule]);
    return [formatInstant(period.from), formatInstant(period.to)];
  };

  it('start at 05:00 in Great Britain since October 2015, at 06:00 before', () => {
    expect(bounds('Europe/London', '2026-01-10', 'gb')).toEqual([
      '2026-01-10T05:00:00Z',
      '2026-01-11T05:00:00Z',
    ]);
    expect(bounds('Europe/London', '2015-09-29', 'gb')).toEqual([
      '2015-09-29T05:00:00Z',
      '2015-09-30T05:00:00Z',
    ]);
    expect(bounds('Europe/London', '2015-09-30', 'gb')).toEqual([
      '2015-09-30T05:00:00Z',
      '2015-10-01T04:00:00Z',
    ]);
  });

  it('have 23 and 25 hours on the day before the clocks change', () => {
    expect(bounds('Europe/Berlin', '2026-03-28', 'eu')).toEqual([
      '2026-03-28T05:00:00Z',
      '2026-03-29T04:00:00Z',
    ]);
    expect(bounds('Europe/Berlin', '2026-10-24', 'eu')).toEqual([
      '2026-10-24T04:00:00Z',
      '2026-10-25T05:00:00Z',
    ]);
  });

  it('hold every instant in exactly one', () => {
    const rule = fc.constantFrom(gasDayRules.gb, gasDayRules.eu);
    fc.assert(
      fc.property(zones, rule, fc.integer({ min: 100_000, max: ZONE_TABLE_END_S }), (zone, rules, utcS) => {
        const table = zoneTable(zone);
        const { from, to } = gasDayBounds(table, gasDayOf(table, utcS, rules), rules);
        expect(from).toBeLessThanOrEqual(utcS);
        expect(to).toBeGreaterThan(utcS);
      }),
      { numRuns: 500 },
    );
  });

  it('refuse a rule outside the day', () => {
    expect(() => gasDayBounds(zoneTable('UTC'), 0, () => 86_400)).toThrowError(code('CALENDAR_INVALID'));
  });
});
