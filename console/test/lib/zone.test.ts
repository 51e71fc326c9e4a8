import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseStep, tickLabels, timeTicks } from '../../src/lib/ticks.ts';
import {
  addMonths,
  dayHours,
  dayNumber,
  dayOf,
  dayStart,
  dayText,
  offsetAt,
  startOf,
} from '../../src/lib/zone.ts';

const berlin = 'Europe/Berlin';
const zones = [
  berlin,
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Pacific/Chatham',
  'UTC',
];

describe('local days', () => {
  it('have 23, 24 or 25 hours in Berlin', () => {
    expect(dayHours(berlin, dayNumber('2026-03-28'))).toBe(24);
    expect(dayHours(berlin, dayNumber('2026-03-29'))).toBe(23);
    expect(dayHours(berlin, dayNumber('2026-10-25'))).toBe(25);
  });

  it('change by half an hour on Lord Howe Island', () => {
    expect(dayHours('Australia/Lord_Howe', dayNumber('2026-04-05'))).toBe(24.5);
    expect(dayHours('Australia/Lord_Howe', dayNumber('2026-10-04'))).toBe(23.5);
  });

  it('begin at 01:00 where the clock jumps over midnight', () => {
    const day = dayNumber('2018-11-04');
    expect(new Date(dayStart('America/Sao_Paulo', day) * 1000).toISOString()).toBe(
      '2018-11-04T03:00:00.000Z',
    );
    expect(dayHours('America/Sao_Paulo', day)).toBe(23);
  });

  it('start at the first instant of their date, in every zone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 11_000, max: 24_000 }), (zone, day) => {
        const start = dayStart(zone, day);
        expect(dayOf(zone, start)).toBe(day);
        expect(dayOf(zone, start - 1)).toBe(day - 1);
        expect(dayNumber(dayText(day))).toBe(day);
      }),
      { numRuns: 200 },
    );
  });

  it('offsets agree with what the zone shows', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 1e9, max: 2e9 }), (zone, utcS) => {
        const shown = new Intl.DateTimeFormat('en-GB', {
          timeZone: zone,
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        });
        const clock = new Date((utcS + offsetAt(zone, utcS)) * 1000).toISOString().slice(11, 16);
        expect(clock).toBe(shown.format(utcS * 1000));
      }),
      { numRuns: 200 },
    );
  });
});

describe('months and weeks', () => {
  it('cut the day to the length of the month', () => {
    expect(dayText(addMonths(dayNumber('2024-01-31'), 1))).toBe('2024-02-29');
    expect(dayText(addMonths(dayNumber('2026-03-31'), -1))).toBe('2026-02-28');
  });

  it('begin on Monday, the first, and in January', () => {
    const day = dayNumber('2026-04-15');
    expect(dayText(startOf('week', day))).toBe('2026-04-13');
    expect(dayText(startOf('month', day))).toBe('2026-04-01');
    expect(dayText(startOf('year', day))).toBe('2026-01-01');
  });
});

describe('ticks', () => {
  const hours = (day: string, n: number) => {
    const from = dayStart(berlin, dayNumber(day));
    const to = dayStart(berlin, dayNumber(day) + 1);
    const step = { unit: 'hour', n } as const;
    const ticks = timeTicks(berlin, from, to, step);
    return tickLabels(berlin, ticks, step).map((t) => t.split('\n')[0]);
  };

  it('skip the hour that never was', () => {
    expect(hours('2026-03-29', 1).slice(0, 5)).toEqual(['00:00', '01:00', '03:00', '04:00', '05:00']);
    expect(hours('2026-03-29', 1)).toHaveLength(24);
  });

  it('show the doubled hour twice', () => {
    expect(hours('2026-10-25', 1).slice(0, 5)).toEqual(['00:00', '01:00', '02:00', '02:00', '03:00']);
    expect(hours('2026-10-25', 1)).toHaveLength(26);
  });

  it('stay on whole local hours after the change', () => {
    expect(hours('2026-03-29', 3)).toEqual([
      '00:00',
      '03:00',
      '06:00',
      '09:00',
      '12:00',
      '15:00',
      '18:00',
      '21:00',
      '00:00',
    ]);
  });

  it('lie on local midnights, weeks, months and years, ascending and inside', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 1.2e9, max: 1.9e9 }),
        fc.integer({ min: 3600, max: 1e8 }),
        fc.integer({ min: 300, max: 2500 }),
        (zone, from, length, width) => {
          const step = chooseStep(from, from + length, width);
          const ticks = timeTicks(zone, from, from + length, step);
          expect(ticks.length).toBeLessThanOrEqual(width / 40 + 2);
          for (const [i, tick] of ticks.entries()) {
            expect(tick).toBeGreaterThanOrEqual(from);
            expect(tick).toBeLessThanOrEqual(from + length);
            if (i > 0) expect(tick).toBeGreaterThan(ticks[i - 1]!);
            if (step.unit !== 'hour' && step.unit !== 'minute')
              expect(dayStart(zone, dayOf(zone, tick))).toBe(tick);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
