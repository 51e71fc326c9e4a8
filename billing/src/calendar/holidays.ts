/** Holidays of a tariff: dates by rule, and the day each is kept on. */
import { civilDate, dayNumber, daysInMonth, parseDay, weekday } from '@openami/model';
import type { TariffCalendar, TariffHoliday } from '../tariff/schema.ts';

type ObservedRule = NonNullable<TariffCalendar['observed']>;

/** Day numbers of the holidays of a year, each on the day it is kept: a rule may move one out of the year. */
export function holidaysOf(calendar: TariffCalendar, year: number): number[] {
  const days: number[] = [];
  for (const holiday of calendar.holidays ?? []) {
    const day = dayOf(holiday, year);
    if (day !== undefined) days.push(observedDay(day, holiday.observed ?? calendar.observed ?? 'actual'));
  }
  return days;
}

/** The days that are holidays from `fromDay` to `toDay`, both included. */
export function holidaySet(calendar: TariffCalendar, fromDay: number, toDay: number): ReadonlySet<number> {
  const set = new Set<number>();
  if (calendar.holidays === undefined) return set;
  const last = civilDate(toDay).year + 1;
  for (let year = civilDate(fromDay).year - 1; year <= last; year++)
    for (const day of holidaysOf(calendar, year)) set.add(day);
  return set;
}

/** The date a holiday falls on in a year; undefined where it does not. */
export function dayOf(holiday: TariffHoliday, year: number): number | undefined {
  if (holiday.date !== undefined) {
    const day = parseDay(holiday.date);
    return civilDate(day).year === year ? day : undefined;
  }
  if (holiday.easter !== undefined) return easterSunday(year) + holiday.easter;
  const { month, day, weekday: wanted, nth } = holiday;
  if (month === undefined) return undefined;
  if (day !== undefined) return day <= daysInMonth(year, month) ? dayNumber(year, month, day) : undefined;
  if (wanted === undefined || nth === undefined || nth === 0) return undefined;
  return nthWeekday(year, month, wanted, nth);
}

/** The nth weekday (Monday 1) of a month, -1 for the last; undefined where there is no fifth. */
function nthWeekday(year: number, month: number, wanted: number, nth: number): number | undefined {
  const length = daysInMonth(year, month);
  if (nth < 0) {
    const last = dayNumber(year, month, length);
    return last - ((weekday(last) - wanted + 7) % 7);
  }
  const first = dayNumber(year, month, 1);
  const offset = ((wanted - weekday(first) + 7) % 7) + 7 * (nth - 1);
  return offset < length ? first + offset : undefined;
}

function observedDay(day: number, rule: ObservedRule): number {
  const on = weekday(day);
  if (on < 6 || rule === 'actual') return day;
  if (rule === 'sunday-to-monday') return on === 7 ? day + 1 : day;
  if (on === 7) return day + 1;
  return rule === 'nearest-weekday' ? day - 1 : day + 2;
}

/** Easter Sunday of the Gregorian calendar (the anonymous computus of 1876). */
export function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const moon =
    (19 * golden +
      century -
      Math.floor(century / 4) -
      Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) +
      15) %
    30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - moon - (ofCentury % 4)) % 7;
  const late = Math.floor((golden + 11 * moon + 22 * toSunday) / 451);
  const sum = moon + toSunday - 7 * late + 114;
  return dayNumber(year, Math.floor(sum / 31), (sum % 31) + 1);
}
