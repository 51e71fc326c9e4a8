/** Dates of histories, which meters leave to be counted back month by month. */
import { daysInMonth } from '@openami/model';

/**
 * The date `months` after one (`2021-03-31`, with a time or not), as a date: the same day or, where that
 * month is shorter, its last; always the last with `end`. undefined for what is no date.
 */
export function dateAfterMonths(date: unknown, months: number, end = false): string | undefined {
  const parts = typeof date === 'string' ? /^(\d{4})-(\d\d)-(\d\d)/.exec(date) : null;
  if (parts === null || !Number.isInteger(months)) return undefined;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  if (month < 1 || month > 12) return undefined;
  const count = year * 12 + month - 1 + months;
  const toYear = Math.floor(count / 12);
  const toMonth = count - toYear * 12 + 1;
  const last = daysInMonth(toYear, toMonth);
  const toDay = end || day > last ? last : day;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(toYear).padStart(4, '0')}-${two(toMonth)}-${two(toDay)}`;
}
