/** Sorting of short lists that are here in whole; long ones are sorted by the server. */

export interface SortState {
  readonly id: string;
  readonly descending: boolean;
}

/** A copy in order, equal rows as they were. Texts by their numbers and without case: `M2` before `m10`. */
export function sortRows<T>(rows: readonly T[], by: (row: T) => string | number, descending: boolean): T[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(by(a), by(b)));
}

const texts = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return texts.compare(String(a), String(b));
}

/** What a heading does: ascending, descending, then as the list came. */
export function nextSortState(now: SortState | undefined, id: string): SortState | undefined {
  if (now?.id !== id) return { id, descending: false };
  return now.descending ? undefined : { id, descending: true };
}
