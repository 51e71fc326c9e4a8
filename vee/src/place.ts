/**
 * Rows on the grid: each reading in the slot it is stamped for, and what was odd about them, by local day.
 *
 *   rows    10:00  10:15  10:15  10:20  10:45
 *   slots   10:00  10:15  ─────  10:30  10:45        one row twice, one off the grid, one slot absent
 *
 * Of two rows for one slot the better quality holds, of the same quality the later row. Any order of rows of
 * different quality gives the same series.
 */

import { Quality } from '@openami/model';
import { type ClockGrid, slotsOfDay } from './clock-grid.ts';
import type { Arrival } from './context.ts';
import { emptySeries, type Series } from './series.ts';

/** Readings of one channel as columns; the first `length` entries count. */
export interface Rows {
  readonly length: number;
  /** Interval ends, UTC seconds. */
  readonly end: ArrayLike<number>;
  /** Whole counts. */
  readonly value: ArrayLike<number>;
  readonly quality: ArrayLike<number>;
  readonly flags: ArrayLike<number>;
}

export interface Placed {
  readonly series: Series;
  /** What was odd about the rows of a local day. */
  arrivalOf(day: number): Arrival;
}

/** Counts of one kind, by day of the grid. */
type ByDay = Uint32Array;

/** Rows [from, to) of `rows` on a grid; those outside it are left out. */
export function placeOnGrid(rows: Rows, clock: ClockGrid, from = 0, to = rows.length): Placed {
  const { startS, intervalS, slots } = clock;
  const days = clock.from.length - 1;
  const series = emptySeries(startS, intervalS, slots);
  const [total, duplicates, conflicts, offGrid]: ByDay[] = [0, 0, 0, 0].map(
    () => new Uint32Array(days),
  ) as ByDay[];
  const spacing = new Spacing(days);
  for (let row = from; row < to; row++) {
    const end = rows.end[row]!;
    // The slot whose time the end lies in: (start, end].
    const slot = Math.ceil((end - startS) / intervalS) - 1;
    if (slot < 0 || slot >= slots) continue;
    const day = clock.day[slot]! - clock.firstDay;
    total![day]!++;
    spacing.see(day, end);
    if (startS + (slot + 1) * intervalS !== end) {
      offGrid![day]!++;
      continue;
    }
    if (series.quality[slot] !== 0) {
      const same = series.value[slot] === rows.value[row];
      (same ? duplicates : conflicts)![day]!++;
      if (rank(rows.quality[row]!) < rank(series.quality[slot]!)) continue;
    }
    series.value[slot] = rows.value[row]!;
    series.quality[slot] = rows.quality[row]!;
    series.flags[slot] = rows.flags[row]!;
  }
  return {
    series,
    arrivalOf: (date) => {
      const day = date - clock.firstDay;
      const { from: first, to: end } = slotsOfDay(clock, date);
      if (first === end) return { rows: 0, duplicates: 0, conflicts: 0, offGrid: 0, spacingS: 0 };
      return {
        rows: total![day]!,
        duplicates: duplicates![day]!,
        conflicts: conflicts![day]!,
        offGrid: offGrid![day]!,
        spacingS: spacing.of(day),
      };
    },
  };
}

/** Qualities from the least to the best, where two rows claim a slot. */
const ranks = [
  ...[Quality.missing, Quality.projected, Quality.estimated, Quality.questionable, Quality.derived],
  ...[Quality.raw, Quality.valid, Quality.verified, Quality.edited],
] as readonly number[];

function rank(quality: number): number {
  return ranks.indexOf(quality);
}

/** The distance between neighbouring ends that is seen most, by day (Boyer-Moore: exact for a majority). */
class Spacing {
  readonly #last: Float64Array;
  readonly #candidate: Float64Array;
  readonly #votes: Int32Array;

  constructor(days: number) {
    this.#last = new Float64Array(days);
    this.#candidate = new Float64Array(days);
    this.#votes = new Int32Array(days);
  }

  see(day: number, end: number): void {
    const step = Math.abs(end - this.#last[day]!);
    const first = this.#last[day] === 0;
    this.#last[day] = end;
    if (first || step === 0) return;
    if (step === this.#candidate[day]) this.#votes[day]!++;
    else if (this.#votes[day] === 0) {
      this.#candidate[day] = step;
      this.#votes[day] = 1;
    } else this.#votes[day]!--;
  }

  of(day: number): number {
    return this.#candidate[day]!;
  }
}
