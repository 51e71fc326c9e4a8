/**
 * What is remembered of a channel, in 240 bytes: enough for every rule that compares a day with the
 * channel's own past, without reading that past again.
 *
 *   record k = bytes [k · 240, (k + 1) · 240) of one buffer, little endian
 *
 * Kept day by day in the order of days (`learn`), so it can be derived again from the store by
 * replaying days. Only complete days without findings teach it; what is remembered fades in 28 days.
 */
import type { DayType } from './context.ts';
import type { DayDigest } from './digest.ts';

/** Bytes of one channel's record. */
export const STATISTICS_BYTES = 240;

const HOURS = 24;
/** Days kept in full for medians. */
export const RECENT_DAYS = 14;
/** Days over which means fade: a new day weighs 1/28 once there are 28. */
const MEMORY_DAYS = 28;

const LAST_VALUE = 0; // f64
const HIGHEST_END = 8; // u32
const LAST_DAY = 12; // u32: day number + 1 of the day learned last, 0 for none
const DAYS = 16; // u32: days learned
const SLOTS = 20; // u32
const ZEROS = 24; // u32
const EQUAL_RUN = 28; // u16: equal values up to the end of the last day
const ZERO_DAYS = 30; // u16
const MADE_DAYS = 32; // u16: days in a row without a measured value
const LONGEST_RUN = 34; // u16: longest run of equal values other than zero on any day learned
const RECENT = 36; // u16: totals in the ring
const SHAPE_DAYS = 38; // u8 x 2: days behind each shape
const DAY_MAXIMUM = 40; // f32: highest slot, fading
const STEP_VARIANCE = 44; // f32
const MAXIMUM_MEAN = 48; // f32: mean of the days' highest slots
const LEVEL = 52; // 3 x (f32 n, f32 mean, f32 M2): totals by day type
const RING = 88; // 14 x f32 totals, newest at (DAYS - 1) mod 14
const SHAPE = 144; // 2 x 24 x u16: share of the day by hour, working days and others

/** A window onto one record of a buffer; `seek` moves it. */
export class ChannelStatistics {
  readonly #view: DataView;
  #at: number;

  constructor(buffer: ArrayBuffer, index = 0) {
    this.#view = new DataView(buffer);
    this.#at = index * STATISTICS_BYTES;
  }

  /** Moves the window to record `index`. */
  seek(index: number): this {
    this.#at = index * STATISTICS_BYTES;
    return this;
  }
}
