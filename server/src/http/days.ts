/** Spans of local days that a request names. */
import { DAY_S, formatDay, parseDay, zoneTable } from '@openami/model';
import { serverErrors } from '../errors.ts';

/** Readings are told by seconds since 1970, so nothing is older than this day, wherever it is. */
const firstDay = parseDay('1970-01-02');
/** Later ones are slips of the pen: what lasts for ever has no end. */
const lastDay = parseDay('2200-01-01');

/** A local day as its number. Raises VALIDATION_FAILED for days of which nothing is known nor planned. */
export function dayAsked(name: string, text: string): number {
  const day = parseDay(text);
  if (day < firstDay || day > lastDay) {
    const allowed = `a day from ${formatDay(firstDay)} to ${formatDay(lastDay)}`;
    throw serverErrors.VALIDATION_FAILED(`${name}: ${text} is out of range, give ${allowed}`);
  }
  return day;
}

/** Later than this from now is a typing error. */
const MOST_YEARS_AHEAD = 50;

/** A local day from which something is to hold. Raises VALIDATION_FAILED for one of another century. */
export function dayToCome(name: string, text: string, nowMs: number): number {
  const day = dayAsked(name, text);
  const last = Math.floor(nowMs / 1_000 / DAY_S) + Math.ceil(MOST_YEARS_AHEAD * 365.25);
  if (day > last)
    throw serverErrors.VALIDATION_FAILED(`${name}: ${text} is more than ${MOST_YEARS_AHEAD} years ahead`);
  return day;
}

/** A local day that is not after today in a zone (UTC without one). Raises VALIDATION_FAILED. */
export function dayPast(name: string, text: string, zone: string | null, nowMs: number): number {
  const day = dayAsked(name, text);
  const today = zoneTable(zone ?? 'UTC').localDayOf(Math.floor(nowMs / 1_000));
  if (day > today) throw serverErrors.VALIDATION_FAILED(`${name}: ${text} is after ${formatDay(today)}`);
  return day;
}

/** The local days [from, to), `most` of them at most. Raises VALIDATION_FAILED. */
export function daysAsked(from: string, to: string, most: number): { fromDay: number; toDay: number } {
  const [fromDay, toDay] = [dayAsked('from', from), dayAsked('to', to)];
  if (toDay <= fromDay) throw serverErrors.VALIDATION_FAILED('to: must be later than from');
  if (toDay - fromDay > most)
    throw serverErrors.VALIDATION_FAILED(`from ${from} to ${to} are more than ${most} days; ask for parts`);
  return { fromDay, toDay };
}
