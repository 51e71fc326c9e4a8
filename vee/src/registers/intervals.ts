/**
 * Intervals out of register readings that come when they like.
 *
 *   reading        100      130            142                 190
 *   time      ──────┼───┬────┼──────┬───────┼──────┬────────────┼───┬──
 *   slot end            a           b              c                d
 *
 * The register is taken to move evenly between two readings, and a slot is the difference of its whole
 * counts at the two ends: so the slots add up to the register to the last count, none is negative, what was
 * counted over a gap is spread over it and is no maximum, and midnight cuts where it should.
 */
import { Quality, Reason } from '@openami/model';
import { ABSENT, emptySeries, type Series } from '../series.ts';
import type { Grid } from '../virtual/resample.ts';
import type { RegisterTrack } from './track.ts';

export interface FromRegisterOptions {
  /**
   * Readings further apart say nothing of when within: slots between them are estimates. Default two hours.
   */
  readonly gapS?: number;
}

const usualGapS = 7_200;

/**
 * Counts of the track's resolution on the slots of `grid`. Slots between readings no further apart than
 * `gapS` are `derived`; others are `estimated`, flat and scaled to the register. A slot that a piece covers
 * in part only (before the first reading, after the last, beside a break) has the reason `partial`.
 */
export function intervalsFromRegister(
  track: RegisterTrack,
  grid: Grid,
  { gapS = usualGapS }: FromRegisterOptions = {},
): Series {
  const series = emptySeries(grid.startS, grid.intervalS, grid.slots);
  const covered = new Float64Array(grid.slots);
  for (let read = 1; read < track.atS.length; read++) {
    if (track.piece[read] !== track.piece[read - 1]) continue;
    addStep(series, covered, grid, track, read, gapS);
  }
  for (let slot = 0; slot < grid.slots; slot++) {
    if (series.quality[slot] === ABSENT || covered[slot]! >= grid.intervalS) continue;
    series.flags[slot] = series.flags[slot]! | Reason.partial;
  }
  return series;
}

/** Spreads what the register moved between two readings over the slots it lies in. */
function addStep(
  { value, quality, flags }: Series,
  covered: Float64Array,
  { startS, intervalS, slots }: Grid,
  { atS, total }: RegisterTrack,
  read: number,
  gapS: number,
): void {
  const fromS = atS[read - 1]!;
  const toS = atS[read]!;
  if (toS === fromS) {
    const slot = Math.ceil((toS - startS) / intervalS) - 1;
    if (slot >= 0 && slot < slots) value[slot]! += total[read]! - total[read - 1]!;
    return;
  }
  const first = Math.max(0, Math.floor((fromS - startS) / intervalS));
  const last = Math.min(slots - 1, Math.ceil((toS - startS) / intervalS) - 1);
  const moved = total[read]! - total[read - 1]!;
  const isGap = toS - fromS > gapS;
  /** Whole counts moved since the step began; the end is exact, however large. */
  const movedAt = (instant: number) =>
    instant === toS ? moved : Math.round(moved * ((instant - fromS) / (toS - fromS)));
  for (let slot = first; slot <= last; slot++) {
    const beginS = Math.max(fromS, startS + slot * intervalS);
    const endS = Math.min(toS, startS + (slot + 1) * intervalS);
    value[slot]! += movedAt(endS) - movedAt(beginS);
    covered[slot]! += endS - beginS;
    if (isGap) {
      quality[slot] = Quality.estimated;
      flags[slot] = flags[slot]! | Reason.flat | Reason.registerScaled;
    } else if (quality[slot] === ABSENT) quality[slot] = Quality.derived;
  }
}
