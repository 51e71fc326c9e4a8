/**
 * Calendar periods of metering: local days of 23, 24 or 25 hours, weeks, billing months, gas days.
 *
 * Days are day numbers (iso-time.ts), periods are half open: [from, to). A period of days becomes a
 * period of instants through the zone's table; never by adding 86 400 s.
 */
import { civilDate, DAY_S, dayNumber, daysInMonth } from './iso-time.ts';
import { modelErrors } from './model-errors.ts';
import type { ZoneTable } from './zone.ts';

/** Half-open period: of days (day numbers) or of instants (UTC seconds), as the function says. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Instants of a local date, [start, end) in UTC seconds. */
export function dayBounds(table: ZoneTable, day: number): Period {
  return { from: table.dayStart(day), to: table.dayStart(day + 1) };
}

/** Instants of a period of local dates. */
export function instantsOfDays(table: ZoneTable, days: Period): Period {
  return { from: table.dayStart(days.from), to: table.dayStart(days.to) };
}

/**
 * Whole intervals that fit into a local date, from its start on: 92, 96 or 100 quarter hours. On a day
 * that is not a whole number of intervals (an hourly channel on Lord Howe's day of 23.5 h) the part
 * left over counts as none. Raises CALENDAR_INVALID.
 */
export function expectedIntervals(table: ZoneTable, day: number, intervalS: number): number {
  if (!Number.isInteger(intervalS) || intervalS < 1) {
    throw modelErrors.CALENDAR_INVALID(`an interval of ${intervalS} s`);
  }
  const { from, to } = dayBounds(table, day);
  return Math.floor((to - from) / intervalS);
}

/**
 * The local date a reading belongs to: that of the start of its interval, so that the interval which
 * ends at midnight is the last of its day. `intervalS` 0 (a register) takes the instant itself.
 */
export function readingDay(table: ZoneTable, endS: number, intervalS: number): number {
  return table.localDayOf(endS - intervalS);
}

/** ISO weekday of a day number: Monday 1 to Sunday 7. */
export function weekday(day: number): number {
  // 1970-01-01 was a Thursday.
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** The week that holds a day; weeks start on `firstWeekday` (Monday 1, the default, to Sunday 7). */
export function weekOf(day: number, firstWeekday = 1): Period {
  const from = day - ((weekday(day) - firstWeekday + 7) % 7);
  return { from, to: from + 7 };
}

/** The calendar month that holds a day. */
export function monthOf(day: number): Period {
  return billingMonthOf(day, 1);
}

/**
 * The billing month that holds a day: from the anchor day of a month (1-31) to the anchor day of the
 * next. A month shorter than the anchor starts on its last day. Raises CALENDAR_INVALID.
 */
export function billingMonthOf(day: number, anchorDay: number): Period {
  if (!Number.isInteger(anchorDay) || anchorDay < 1 || anchorDay > 31) {
    throw modelErrors.CALENDAR_INVALID(`anchor day ${anchorDay} is not 1 to 31`);
  }
  const { year, month } = civilDate(day);
  const anchored = (months: number): number => {
    const index = year * 12 + month - 1 + months;
    const y = Math.floor(index / 12);
    const m = (index % 12) + 1;
    return dayNumber(y, m, Math.min(anchorDay, daysInMonth(y, m)));
  };
  const start = anchored(0);
  return day >= start ? { from: start, to: anchored(1) } : { from: anchored(-1), to: start };
}

/** The next billing months after the one that holds `day`, itself first: `count` periods of days. */
export function billingMonths(day: number, anchorDay: number, count: number): Period[] {
  const periods: Period[] = [];
  let next = day;
  for (let i = 0; i < count; i++) {
    const period = billingMonthOf(next, anchorDay);
    periods.push(period);
    next = period.to;
  }
  return periods;
}

/** Local wall-clock second at which the gas day of a date begins. */
export type GasDayRule = (day: number) => number;

const GB_GAS_DAY_CHANGE = dayNumber(2015, 10, 1);

export const gasDayRules = {
  /** Great Britain: 05:00 local since 2015-10-01, 06:00 before (Uniform Network Code). */
  gb: (day: number) => (day >= GB_GAS_DAY_CHANGE ? 5 : 6) * 3_600,
  /** European Union, countries on Central European Time: 06:00 local (Regulation 2017/459). */
  eu: () => 6 * 3_600,
} as const satisfies Record<string, GasDayRule>;

/** Instants of the gas day named after a local date. */
export function gasDayBounds(table: ZoneTable, day: number, rule: GasDayRule): Period {
  return { from: gasDayStart(table, day, rule), to: gasDayStart(table, day + 1, rule) };
}

/** The date whose gas day holds an instant. */
export function gasDayOf(table: ZoneTable, utcS: number, rule: GasDayRule): number {
  let day = table.localDayOf(utcS);
  while (gasDayStart(table, day, rule) > utcS) day--;
  while (gasDayStart(table, day + 1, rule) <= utcS) day++;
  return day;
}

function gasDayStart(table: ZoneTable, day: number, rule: GasDayRule): number {
  const startS = rule(day);
  if (!(startS >= 0 && startS < DAY_S)) throw modelErrors.CALENDAR_INVALID(`a gas day from second ${startS}`);
  return table.firstAtOrAfter(day * DAY_S + startS);
}
