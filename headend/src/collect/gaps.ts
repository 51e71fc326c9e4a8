/**
 * Which intervals of a channel are missing: computed from what the store says is there, never remembered.
 * So a reading that came by another way (a push, a file, a second head-end) closes its gap without anybody
 * being told, and a lost list cannot lose a reading.
 *
 * Costs what is present plus what is found, not the length of the time: a gap is crossed in one step.
 *
 * For a million meters one asks in two steps. First a count a channel and local day (`incompleteDays`: one
 * GROUP BY along the primary key), which clears nearly all of them; then the interval ends of the few days
 * left. Two channels and a week of look-back are 14 M counts, so the planner asks a segment at a time. A
 * week of quarter hours of one channel is looked through in 10 us (100 k channels/s): only the short days
 * are.
 */
import { dayBounds } from '@openami/model';
import type { CaptureGrid, Run } from './grid.ts';

/**
 * Ranges of missing intervals, [fromS[i], toS[i]) in UTC seconds, ascending and apart; `count` intervals
 * each.
 */
export interface Gaps {
  readonly length: number;
  readonly fromS: Uint32Array;
  readonly toS: Uint32Array;
  readonly count: Uint32Array;
}

export const noGaps: Gaps = {
  length: 0,
  fromS: new Uint32Array(0),
  toS: new Uint32Array(0),
  count: new Uint32Array(0),
};

/**
 * Missing intervals of [fromS, toS). `presentEnds` is sorted, ascending; ends off the grid and repeats are
 * passed over. What is proven not to exist (the meter was without power) is handed in as present.
 */
export function missingIntervals(
  grid: CaptureGrid,
  presentEnds: ArrayLike<number>,
  fromS: number,
  toS: number,
): Gaps {
  const found = new GapList();
  let at = firstNotBefore(presentEnds, fromS);
  for (const run of grid.runs(fromS, toS)) at = missingInRun(run, presentEnds, at, found);
  return found.done();
}

/**
 * Walks one run beside the present ends from index `at`; returns the index of the first end after the run.
 */
function missingInRun(run: Run, present: ArrayLike<number>, at: number, found: GapList): number {
  const { startS, stepS, count } = run;
  let i = at;
  let k = 0;
  while (k < count) {
    const endS = startS + (k + 1) * stepS;
    while (i < present.length && present[i]! < endS) i++;
    if (i < present.length && present[i] === endS) {
      k++;
      continue;
    }
    // The next interval that can be present is the one that ends at or after the next end there is.
    const next = i < present.length ? Math.ceil((present[i]! - startS) / stepS) - 1 : count;
    const until = Math.min(count, next);
    found.add(startS + k * stepS, startS + until * stepS, until - k);
    k = until;
  }
  return i;
}

/**
 * Time that is missing in any of several channels of one profile: a row is asked for once for all of them.
 */
export function unionOfGaps(grid: CaptureGrid, parts: readonly Gaps[]): Gaps {
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length < 2) return filled[0] ?? noGaps;
  const ranges = filled.flatMap((part) =>
    Array.from({ length: part.length }, (_, i) => ({ fromS: part.fromS[i]!, toS: part.toS[i]! })),
  );
  ranges.sort((a, b) => a.fromS - b.fromS);
  const found = new GapList();
  let { fromS, toS } = ranges[0]!;
  const flush = () => found.add(fromS, toS, grid.count(fromS, toS));
  for (const range of ranges) {
    if (range.fromS > toS) {
      flush();
      fromS = range.fromS;
      toS = range.toS;
    } else toS = Math.max(toS, range.toS);
  }
  flush();
  return found.done();
}

export function missingCount(gaps: Gaps): number {
  return gaps.count.reduce((sum, count) => sum + count, 0);
}

/**
 * Local days of [fromDay, toDay) with fewer readings than intervals; `counts[i]` is of day `fromDay + i`.
 * The first and last day are clipped to [fromS, toS), the time of installation.
 */
export function incompleteDays(
  grid: CaptureGrid,
  counts: ArrayLike<number>,
  fromDay: number,
  toDay: number,
  fromS = Number.NEGATIVE_INFINITY,
  toS = Number.POSITIVE_INFINITY,
): number[] {
  const days: number[] = [];
  for (let day = fromDay; day < toDay; day++) {
    const bounds = dayBounds(grid.table, day);
    const expected = grid.count(Math.max(bounds.from, fromS), Math.min(bounds.to, toS));
    if ((counts[day - fromDay] ?? 0) < expected) days.push(day);
  }
  return days;
}

/** Grows ranges; one that touches the last is joined to it. */
class GapList {
  readonly #fromS: number[] = [];
  readonly #toS: number[] = [];
  readonly #count: number[] = [];

  add(fromS: number, toS: number, count: number): void {
    const last = this.#toS.length - 1;
    if (last >= 0 && this.#toS[last] === fromS) {
      this.#toS[last] = toS;
      this.#count[last]! += count;
      return;
    }
    this.#fromS.push(fromS);
    this.#toS.push(toS);
    this.#count.push(count);
  }

  done(): Gaps {
    if (this.#fromS.length === 0) return noGaps;
    return {
      length: this.#fromS.length,
      fromS: Uint32Array.from(this.#fromS),
      toS: Uint32Array.from(this.#toS),
      count: Uint32Array.from(this.#count),
    };
  }
}

/** Index of the first element that is not less than `value`. */
function firstNotBefore(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
