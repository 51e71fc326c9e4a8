/**
 * Which intervals of a channel are missing: computed from what the store says is there, never remembered.
 * So a reading that came by another way (a push, a file, a second head-end) closes its gap without anybody
 * being told, and a lost list cannot lose a reading.
 *
 * Costs what is present plus what is found, not the length of the time: a gap is crossed in one step.
 *
 * For a fleet one asks in two steps. First how far each channel is covered (`gapsOfCoverage`: one row a
 * channel, counted in the engine), which settles those that lack nothing in between: nearly all. Then the
 * interval ends of the few that are left (`missingIntervals`: a week of quarter hours in 10 us).
 */
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

/** The stored ends of a channel, in short. */
export interface Coverage {
  readonly firstS: number;
  readonly lastS: number;
  /** They are all the ends of the grid from first to last, and no others. */
  readonly isGapless: boolean;
}

/**
 * What `missingIntervals` says, from what is known of the ends in short; undefined when that is too little.
 * `coverage` is undefined where nothing is stored.
 */
export function gapsOfCoverage(
  grid: CaptureGrid,
  coverage: Coverage | undefined,
  fromS: number,
  toS: number,
): Gaps | undefined {
  const runs = grid.runs(fromS, toS);
  const [run] = runs;
  if (run === undefined) return noGaps;
  if (coverage === undefined) return missingIntervals(grid, [], fromS, toS);
  // where the wall clock changes the grid, ends of one side say nothing of the other
  if (runs.length > 1 || !coverage.isGapless) return undefined;
  const { startS, stepS, count } = run;
  const untilS = startS + count * stepS;
  const { firstS, lastS } = coverage;
  if ((firstS - startS) % stepS !== 0) return undefined;
  const found = new GapList();
  const addTo = (from: number, to: number): void => {
    if (to > from) found.add(from, to, (to - from) / stepS);
  };
  addTo(startS, Math.min(firstS - stepS, untilS));
  addTo(Math.max(lastS, startS), untilS);
  return found.done();
}

export function missingCount(gaps: Gaps): number {
  return gaps.count.reduce((sum, count) => sum + count, 0);
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
