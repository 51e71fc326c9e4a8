/** Spans of local days that a request names. */
import { formatDay, parseDay } from '@openami/model';
import { serverErrors } from '../errors.ts';

/** Readings are told by seconds since 1970, so nothing is older than this day, wherever it is. */
const firstDay = parseDay('1970-01-02');

/** A local day as its number. Raises VALIDATION_FAILED for days of which there can be no reading. */
export function dayAsked(name: string, text: string): number {
  const day = parseDay(text);
  if (day < firstDay)
    throw serverErrors.VALIDATION_FAILED(`${name}: there is nothing of before ${formatDay(firstDay)}`);
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
