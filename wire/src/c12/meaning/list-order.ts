/** Lists of C12.19 whose newest element is known: load profiles, logs, self-reads. */
import { c12Errors } from '../errors.ts';

/**
 * Elements in use, newest first: older ones lie before the newest, or after it where the order is
 * descending, around the end of a circular list. Raises C12_BAD_VALUE for a newest beyond the list.
 */
export function newestFirst(size: number, valid: number, newest: number, isDescending: boolean): number[] {
  const count = Math.min(valid, size);
  if (count > 0 && newest >= size) throw c12Errors.C12_BAD_VALUE(`newest element ${newest} of ${size}`);
  const step = isDescending ? 1 : -1;
  return Array.from({ length: count }, (_, age) => (newest + step * age + size) % size);
}
