/**
 * Min-max decimation of a profile for drawing, and its gaps.
 *
 * A chart of 3 years of quarter hours has 105,000 readings and about 1,000 pixel columns. Drawing every
 * reading is slow, and drawing every hundredth loses the peak that a person looks for. So each pixel
 * column keeps the least and the greatest value in it, the first and last for the joining line, and the
 * quality that most wants attention:
 *
 *     readings   . .:. ' .:.  |  ..'. :        column:  max ─┐
 *     columns    |   0   |  1 |  2   |                  min ─┘  worst quality, count
 *
 * Gaps are found in the readings, not in the columns, so that one missing quarter of an hour in three
 * years is still drawn (at least a pixel wide).
 */
import { Quality } from '@openami/model';
import { qualityRank } from './quality.ts';

/** Readings of one channel, by column; `end` ascending, epoch seconds; `intervalS` > 0. */
export interface Profile {
  readonly end: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly intervalS: number;
}

/** One entry a pixel column; `count` 0 means that no reading lies in it. */
export interface PixelColumns {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly sum: Float64Array;
  readonly count: Uint32Array;
  /** Quality code that most wants attention. */
  readonly worst: Uint8Array;
}

/** A stretch of time without a usable reading, epoch seconds. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Index of the first element >= `x` in ascending `values`. */
export function lowerBound(values: ArrayLike<number>, x: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Readings whose interval overlaps (fromS, toS): indexes [first, last). */
export function visibleRange(profile: Profile, fromS: number, toS: number): [number, number] {
  const first = lowerBound(profile.end, fromS + 1e-6);
  const last = lowerBound(profile.end, toS + profile.intervalS - 1e-6);
  return [first, Math.max(first, last)];
}

/** Folds the readings between `fromS` and `toS` into `width` columns, by the middle of their interval. */
export function decimate(profile: Profile, fromS: number, toS: number, width: number): PixelColumns {
  const columns: PixelColumns = {
    min: new Float64Array(width).fill(Number.POSITIVE_INFINITY),
    max: new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
    first: new Float64Array(width),
    last: new Float64Array(width),
    sum: new Float64Array(width),
    count: new Uint32Array(width),
    worst: new Uint8Array(width),
  };
  const { end, value, quality, intervalS } = profile;
  const [start, stop] = visibleRange(profile, fromS, toS);
  const perSecond = width / (toS - fromS);
  for (let i = start; i < stop; i++) {
    const q = quality[i]!;
    if (q === Quality.missing) continue;
    const at = Math.floor((end[i]! - intervalS / 2 - fromS) * perSecond);
    // An interval cut by an edge belongs to the outermost column.
    const x = Math.min(width - 1, Math.max(0, at));
    const v = value[i]!;
    if (columns.count[x] === 0) columns.first[x] = v;
    columns.last[x] = v;
    columns.sum[x]! += v;
    columns.count[x]!++;
    if (v < columns.min[x]!) columns.min[x] = v;
    if (v > columns.max[x]!) columns.max[x] = v;
    if (qualityRank(q) > qualityRank(columns.worst[x]!)) columns.worst[x] = q;
  }
  return columns;
}

/**
 * Means of steps of `stepS` seconds, each at its middle, epoch seconds; steps without a reading are left out.
 * Whole days take day and night in alike, so that their means show the season and not where an edge fell.
 */
export function means(profile: Profile, fromS: number, toS: number, stepS: number) {
  const found: { middle: number; mean: number }[] = [];
  const { end, value, quality, intervalS } = profile;
  const [start, stop] = visibleRange(profile, fromS, toS);
  let step = Number.NaN;
  let [sum, count] = [0, 0];
  const close = () => count > 0 && found.push({ middle: (step + 0.5) * stepS, mean: sum / count });
  for (let i = start; i < stop; i++) {
    if (quality[i] === Quality.missing) continue;
    const of = Math.floor((end[i]! - intervalS / 2) / stepS);
    if (of !== step) {
      close();
      [step, sum, count] = [of, 0, 0];
    }
    sum += value[i]!;
    count++;
  }
  close();
  return found;
}

/** Stretches without a usable reading, between the first and the last reading. */
export function findGaps(profile: Profile): Gap[] {
  const gaps: Gap[] = [];
  const { end, quality, intervalS } = profile;
  let coveredTo = end.length > 0 ? end[0]! - intervalS : 0;
  const add = (from: number, to: number) => {
    const before = gaps[gaps.length - 1];
    if (before && before.to >= from) gaps[gaps.length - 1] = { from: before.from, to };
    else gaps.push({ from, to });
  };
  for (let i = 0; i < end.length; i++) {
    const start = end[i]! - intervalS;
    if (start > coveredTo) add(coveredTo, start);
    if (quality[i] === Quality.missing) add(start, end[i]!);
    coveredTo = end[i]!;
  }
  return gaps;
}

/** How many of the readings that overlap (fromS, toS) have each quality code. */
export function countQualities(profile: Profile, fromS: number, toS: number): Uint32Array {
  const counts = new Uint32Array(256);
  const [start, stop] = visibleRange(profile, fromS, toS);
  for (let i = start; i < stop; i++) counts[profile.quality[i]!]!++;
  return counts;
}

/** Least, greatest, sum and count of the usable readings that overlap (fromS, toS), and the peak's index. */
export function extent(profile: Profile, fromS: number, toS: number) {
  const [start, stop] = visibleRange(profile, fromS, toS);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  let peak = -1;
  for (let i = start; i < stop; i++) {
    if (profile.quality[i] === Quality.missing) continue;
    const v = profile.value[i]!;
    if (v < min) min = v;
    if (v > max) {
      max = v;
      peak = i;
    }
    sum += v;
    count++;
  }
  return { min, max, sum, count, peak };
}

/** Two profiles of one channel, one after the other; where both have an end, the later one's row counts. */
export function joinProfiles(parts: readonly Profile[], intervalS: number): Profile {
  const length = parts.reduce((sum, p) => sum + p.end.length, 0);
  const end = new Float64Array(length);
  const value = new Float64Array(length);
  const quality = new Uint8Array(length);
  let n = 0;
  for (const part of parts) {
    for (let i = 0; i < part.end.length; i++) {
      if (n > 0 && part.end[i]! < end[n - 1]!) continue;
      if (n > 0 && part.end[i] === end[n - 1]) n--;
      end[n] = part.end[i]!;
      value[n] = part.value[i]!;
      quality[n] = part.quality[i]!;
      n++;
    }
  }
  return { end: end.subarray(0, n), value: value.subarray(0, n), quality: quality.subarray(0, n), intervalS };
}
