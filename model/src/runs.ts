/**
 * Visits every run of equal values in a column: rows [from, to) that say the same. Rows of a channel lie
 * together nearly always, so what is asked once a run is asked once a channel.
 */
export function forEachRun(
  column: ArrayLike<number>,
  length: number,
  visit: (value: number, from: number, to: number) => void,
): void {
  for (let from = 0, to = 0; from < length; from = to) {
    const value = column[from]!;
    to = from + 1;
    while (to < length && column[to] === value) to++;
    visit(value, from, to);
  }
}
