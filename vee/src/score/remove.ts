/**
 * Gaps at places drawn from a seed, where the truth is known.
 *
 *   measured  ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✗ ✓ ✓        a gap of n slots may start where n slots and one on
 *   may start     ↑ ↑ ↑ (n = 2)            either side of them were measured
 */
import { copySeries, isMeasured, type Series } from '../series.ts';
import type { Random } from './random.ts';

/** Slots [from, to). */
export interface Slots {
  readonly from: number;
  readonly to: number;
}

/** Lengths at which estimates are scored, hours. */
export const gapLengthsH = [1, 2, 4, 8, 24, 72, 168] as const;

/** Up to `count` different gaps of `length` slots, none starting before slot `earliest`; in order of time. */
export function drawGaps(
  series: Series,
  length: number,
  count: number,
  random: Random,
  earliest = 0,
): Slots[] {
  const starts = possibleStarts(series, length, Math.max(1, earliest));
  const drawn = new Set<number>();
  // Twice the tries, so that a series with few possible places does not hold the draw up.
  for (let tries = 0; drawn.size < Math.min(count, starts.length) && tries < count * 2; tries++)
    drawn.add(starts[random.below(starts.length)]!);
  return [...drawn].sort((a, b) => a - b).map((from) => ({ from, to: from + length }));
}

function possibleStarts(series: Series, length: number, earliest: number): number[] {
  const starts: number[] = [];
  let run = 0;
  for (let i = 0; i < series.quality.length; i++) {
    run = isMeasured(series.quality[i]!) ? run + 1 : 0;
    const start = i - length;
    if (run >= length + 2 && start >= earliest) starts.push(start);
  }
  return starts;
}

/** The same readings without those of the gap, in memory of their own. */
export function withoutGap(series: Series, gap: Slots): Series {
  const left = copySeries(series);
  left.value.fill(0, gap.from, gap.to);
  left.quality.fill(0, gap.from, gap.to);
  left.flags.fill(0, gap.from, gap.to);
  return left;
}
