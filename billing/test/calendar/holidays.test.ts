import { formatDay } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { dayOf, easterSunday, holidaySet, holidaysOf } from '../../src/calendar/holidays.ts';

const text = (day: number | undefined) => (day === undefined ? undefined : formatDay(day));

describe('holidays', () => {
  it('knows Easter', () => {
    const known = ['2000-04-23', '2008-03-23', '2011-04-24', '2024-03-31', '2025-04-20', '2038-04-25'];
    expect(known.map((date) => text(easterSunday(Number(date.slice(0, 4)))))).toEqual(known);
  });

  it('finds the nth weekday of a month, the last one, and none where there is no fifth', () => {
    expect(text(dayOf({ month: 11, weekday: 4, nth: 4 }, 2026))).toBe('2026-11-26');
    expect(text(dayOf({ month: 5, weekday: 1, nth: -1 }, 2026))).toBe('2026-05-25');
    expect(dayOf({ month: 2, weekday: 1, nth: 5 }, 2026)).toBeUndefined();
    expect(text(dayOf({ month: 2, day: 29 }, 2024))).toBe('2024-02-29');
    expect(dayOf({ month: 2, day: 29 }, 2026)).toBeUndefined();
    expect(text(dayOf({ easter: -2 }, 2026))).toBe('2026-04-03');
    expect(dayOf({ date: '2026-05-08' }, 2025)).toBeUndefined();
  });

  it.each([
    ['actual', '2026-07-04', '2027-07-04'],
    ['nearest-weekday', '2026-07-03', '2027-07-05'],
    ['next-weekday', '2026-07-06', '2027-07-05'],
    ['sunday-to-monday', '2026-07-04', '2027-07-05'],
  ] as const)(
    'keeps a holiday on a Saturday and on a Sunday by the rule %s',
    (observed, saturday, sunday) => {
      const calendar = { holidays: [{ month: 7, day: 4 }], observed };
      expect(holidaysOf(calendar, 2026).map(text)).toEqual([saturday]);
      expect(holidaysOf(calendar, 2027).map(text)).toEqual([sunday]);
    },
  );

  it('finds a holiday that a rule moves out of its year', () => {
    const calendar = { holidays: [{ month: 1, day: 1 }], observed: 'nearest-weekday' as const };
    const friday = dayOf({ date: '2021-12-31' }, 2021)!;
    expect(holidaySet(calendar, friday, friday).has(friday)).toBe(true);
  });
});
