/** Spans of local days that a request names. */
import { formatDay, parseDay } from '@openami/model';
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

/** The local days [from, to), `most` of them at most. Raises VALIDATION_FAILED. */
export function daysAsked(from: string, to: string, most: number): { fromDay: number; toDay: number } {
  const [fromDay, toDay] = [dayAsked('from', from), dayAsked('to', to)];
  if (toDay <= fromDay) throw serverErrors.VALIDATION_FAILED('to: must be later than from');
  if (toDay - fromDay > most)
    throw serverErrors.VALIDATION_FAILED(`from ${from} to ${to} are more than ${most} days; ask for parts`);
  return { fromDay, toDay };
}
