import { zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PeriodMap, periodMap, periodsOfSlots, windowsOfPeriod } from '../../src/calendar/period-map.ts';
import { compileSchedule } from '../../src/calendar/schedule.ts';
import type { TariffSchedule } from '../../src/tariff/schema.ts';
import { wallAt } from '../oracle/clock.ts';

const schedule: TariffSchedule = {
  id: 'tou',
  rows: [
    {
      days: ['weekday'],
      hours: [
        { from: '01:15', to: '02:30', period: 'a' },
        { from: '02:30', to: '20:00', period: 'b' },
        { from: '20:00', to: '01:15', period: 'c' },
      ],
    },
    {
      days: ['weekend'],
      hours: [
        { from: '00:00', to: '02:30', period: 'a' },
        { from: '02:30', to: '24:00', period: 'c' },
      ],
    },
  ],
  events: [{ event: 'cpp', period: 'critical', mostPerYear: 2 }],
};

function compiled() {
  return compileSchedule(schedule, {}, 'tou', (path, message) => {
    throw new Error(`${path} ${message}`);
  });
}

function periodAt(map: PeriodMap, s: number): string {
  let i = 0;
  while (i + 1 < map.periods.length && map.at[i + 1]! <= s) i++;
  return map.names[map.periods[i]!]!;
}

const seconds = (iso: string) => Date.parse(iso) / 1_000;
const none: ReadonlySet<number> = new Set();

describe('period map', () => {
  it('goes by the wall clock at every instant, in every zone', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/St_Johns',
      'Asia/Kolkata',
    ];
    const expected = (zone: string, s: number) => {
      const { weekday, minute } = wallAt(zone, s);
      if (weekday > 5) return minute < 150 ? 'a' : 'c';
      return minute >= 75 && minute < 150 ? 'a' : minute >= 150 && minute < 1_200 ? 'b' : 'c';
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('2025-03-29', '2025-03-08', '2025-10-04', '2025-11-01', '2025-10-25', '2025-04-05'),
        fc.integer({ min: 0, max: 6 * 86_400 }),
        fc.integer({ min: 1, max: 4 * 86_400 }),
        fc.integer({ min: 0, max: 4 * 86_400 - 1 }),
        (zone, date, offset, length, at) => {
          const fromS = seconds(`${date}T00:00:00Z`) + offset - 86_400;
          const map = periodMap(compiled(), zoneTable(zone), { fromS, toS: fromS + length }, none);
          const s = fromS + (at % length);
          expect(periodAt(map, s)).toBe(expected(zone, s));
          expect([map.at[0], map.at.at(-1)]).toEqual([fromS, fromS + length]);
          for (let i = 1; i < map.at.length; i++) expect(map.at[i]).toBeGreaterThan(map.at[i - 1]!);
          for (let i = 1; i < map.periods.length; i++) expect(map.periods[i]).not.toBe(map.periods[i - 1]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('puts both 02:15 of a 25-hour day into one period and has no span for the hour that a 23-hour day leaves out', () => {
    const berlin = zoneTable('Europe/Berlin');
    const autumn = { fromS: seconds('2025-10-25T22:00:00Z'), toS: seconds('2025-10-26T23:00:00Z') };
    const long = periodMap(compiled(), berlin, autumn, none);
    expect(windowsOfPeriod(long, 'a')).toEqual([
      { fromS: autumn.fromS, toS: seconds('2025-10-26T00:30:00Z') },
      { fromS: seconds('2025-10-26T01:00:00Z'), toS: seconds('2025-10-26T01:30:00Z') },
    ]);
    const spring = { fromS: seconds('2025-03-29T23:00:00Z'), toS: seconds('2025-03-30T22:00:00Z') };
    const short = periodMap(compiled(), berlin, spring, none);
    expect(windowsOfPeriod(short, 'a')).toEqual([
      { fromS: spring.fromS, toS: seconds('2025-03-30T01:00:00Z') },
    ]);
  });

  it('lets an event replace the period, up to its number in a year', () => {
    const utc = zoneTable('UTC');
    const window = { fromS: seconds('2026-01-05T00:00:00Z'), toS: seconds('2026-01-09T00:00:00Z') };
    const hour = (day: number) => ({
      fromS: seconds(`2026-01-0${day}T17:00:00Z`),
      toS: seconds(`2026-01-0${day}T21:00:00Z`),
    });
    const map = periodMap(compiled(), utc, window, none, { cpp: [hour(7), hour(5), hour(6)] });
    expect(windowsOfPeriod(map, 'critical')).toEqual([hour(5), hour(6)]);
    expect(periodAt(map, hour(7).fromS)).toBe('b');
    expect(periodAt(map, seconds('2026-01-05T21:00:00Z'))).toBe('c');
  });

  it('gives each slot the period of its start, however many periods there are', () => {
    const many = Array.from({ length: 300 }, (_, i) => i);
    const names = many.map((i) => `p${i}`);
    const at = Float64Array.from({ length: 301 }, (_, i) => i * 600);
    const map = { names, at, periods: Uint16Array.from(many) };
    expect([...periodsOfSlots(map, 0, 600, 300)]).toEqual(many);
    expect([...periodsOfSlots(map, 0, 900, 5)]).toEqual([0, 1, 3, 4, 6]);
  });
});
