/**
 * Readings of one channel on its grid: what every rule and every estimate works on.
 *
 *   slot i covers  [startS + i·intervalS, startS + (i+1)·intervalS]     its reading is stamped with the end
 *
 * Instants are UTC seconds, so a local day is 23, 24 or 25 hours' worth of slots (calendar.ts of model) and
 * nothing here knows clocks. Values are whole counts of the channel's resolution.
 */
import { Quality } from '@openami/model';

/** Quality code of a slot no reading ever came for. One that says it is missing has `Quality.missing`. */
export const ABSENT = 0;

export interface Series {
  /** Start of the first slot, UTC seconds. */
  readonly startS: number;
  /** Length of a slot in seconds. */
  readonly intervalS: number;
  /** Whole counts of the channel's resolution; 0 where there is no value. */
  readonly value: Float64Array;
  /** Quality state of model's `Quality`, or ABSENT. */
  readonly quality: Uint8Array;
  /** Reason bits of model's `Reason`. */
  readonly flags: Uint32Array;
}

/** An empty series: every slot ABSENT. */
export function emptySeries(startS: number, intervalS: number, slots: number): Series {
  return {
    startS,
    intervalS,
    value: new Float64Array(slots),
    quality: new Uint8Array(slots),
    flags: new Uint32Array(slots),
  };
}

/** Slots [from, to) over the same memory. */
export function viewSeries(series: Series, from: number, to: number): Series {
  return {
    startS: series.startS + from * series.intervalS,
    intervalS: series.intervalS,
    value: series.value.subarray(from, to),
    quality: series.quality.subarray(from, to),
    flags: series.flags.subarray(from, to),
  };
}

/** The same in memory of its own. */
export function copySeries(series: Series): Series {
  const { value, quality, flags } = series;
  return { ...series, value: value.slice(), quality: quality.slice(), flags: flags.slice() };
}

/** Makes a slot as slot `at` of another series is. */
export function copySlot(
  to: Series,
  slot: number,
  from: Pick<Series, 'value' | 'quality' | 'flags'>,
  at = slot,
): void {
  to.value[slot] = from.value[at]!;
  to.quality[slot] = from.quality[at]!;
  to.flags[slot] = from.flags[at]!;
}

/** End of slot `i`: the stamp of its reading. */
export function endOf(series: Pick<Series, 'startS' | 'intervalS'>, i: number): number {
  return series.startS + (i + 1) * series.intervalS;
}

/** True when a slot of this quality holds a value of any kind, estimates too. */
export function hasValue(quality: number): boolean {
  return quality !== ABSENT && quality !== Quality.missing;
}

/** True when a slot of this quality holds what the meter measured and nothing speaks against it. */
export function isMeasured(quality: number): boolean {
  return quality === Quality.raw || quality === Quality.valid || quality === Quality.verified;
}
