/**
 * What is remembered of a channel, in 256 bytes: enough for every rule that compares a day with the
 * channel's own past, without reading that past again.
 *
 *   record k = bytes [256 k, 256 (k + 1)) of one buffer, little endian
 *
 * `observe` (the newest reading) gives the same whatever the order. `learn` takes days in the order of
 * days and passes over one that is not later than the last, so a record can be derived again from the
 * store by replaying days. Means fade: a day weighs 1/28 once there are 28.
 */
import type { DayType } from './context.ts';
import type { DayDigest } from './digest.ts';
import { addShiftEvidence, learnShape } from './shape.ts';
import * as at from './statistics-layout.ts';

/** Bytes of one channel's record. */
export const STATISTICS_BYTES = at.BYTES;
/** Daily totals kept, for medians. */
export const RECENT_DAYS = at.RING_DAYS;

/** Days over which means fade. */
const MEMORY_DAYS = 28;
/** Days of one type over which their mean fades: four weeks of working days. */
const LEVEL_DAYS = 20;
/** How much of the highest slot is forgotten a day: half in ten weeks. */
const MAXIMUM_FADE = 0.99;
const U16 = 0xffff;
/** Run lengths are kept in sixteenths, so that their mean moves. */
const RUN_SCALE = 16;

/** One record of a buffer; `seek` moves it, so that one object serves many channels. */
export class ChannelStatistics {
  readonly view: DataView;
  /** First byte of the record. */
  base: number;

  constructor(buffer: ArrayBuffer = new ArrayBuffer(STATISTICS_BYTES), index = 0) {
    this.view = new DataView(buffer);
    this.base = index * STATISTICS_BYTES;
  }

  seek(index: number): this {
    this.base = index * STATISTICS_BYTES;
    return this;
  }

  /** Value of the reading with the highest end, and that end (0: none yet). */
  get lastValue(): number {
    return this.view.getFloat64(this.base + at.LAST_VALUE, true);
  }

  get highestEndS(): number {
    return this.#u32(at.HIGHEST_END);
  }

  /** Day number learned last; -1 before the first. */
  get lastDay(): number {
    return this.#u32(at.LAST_DAY) - 1;
  }

  /** Complete days learned. */
  get days(): number {
    return this.#u32(at.DAYS);
  }

  /** Share of slots that were zero on days with any use; 0 before anything is known. */
  get zeroShare(): number {
    const slots = this.#u32(at.SLOTS);
    return slots > 0 ? this.#u32(at.ZEROS) / slots : 0;
  }

  /** Equal values in a row up to the end of the last day. */
  get equalRun(): number {
    return this.#u16(at.EQUAL_RUN);
  }

  /** Days in a row with nothing but zeros, and without a value of the meter's own. */
  get zeroDays(): number {
    return this.#u16(at.ZERO_DAYS);
  }

  get madeDays(): number {
    return this.#u16(at.MADE_DAYS);
  }

  /** Mean over days of the longest run of equal values other than zero. */
  get usualRun(): number {
    return this.#u16(at.USUAL_RUN) / RUN_SCALE;
  }

  /** Mean share of slots that repeat the one before them. */
  get repeatShare(): number {
    return this.#u16(at.REPEAT_SHARE) / U16;
  }

  /** Highest slot of the past, fading slowly. */
  get dayMaximum(): number {
    return this.#f32(at.DAY_MAXIMUM);
  }

  /** Mean of the days' highest and lowest slots. */
  get maximumMean(): number {
    return this.#f32(at.MAXIMUM_MEAN);
  }

  get minimumMean(): number {
    return this.#f32(at.MINIMUM_MEAN);
  }

  /** Mean square of the difference of neighbouring slots. */
  get stepVariance(): number {
    return this.#f32(at.STEP_VARIANCE);
  }

  /** Days of a type that were learned (at most 20), mean and variance of their totals. */
  levelDays(type: DayType): number {
    return this.#f32(at.LEVEL + type * at.LEVEL_BYTES);
  }

  levelMean(type: DayType): number {
    return this.#f32(at.LEVEL + type * at.LEVEL_BYTES + 4);
  }

  levelVariance(type: DayType): number {
    return this.#f32(at.LEVEL + type * at.LEVEL_BYTES + 8);
  }

  /** Mean total of the last days of all types. */
  get totalMean(): number {
    return this.#f32(at.TOTAL_MEAN);
  }

  /** Totals in the ring: min(days, 28). */
  get recentDays(): number {
    return Math.min(this.days, RECENT_DAYS);
  }

  /** log2(total + 1) of the complete day `back` days before the newest (0: the newest). */
  recentLog(back: number): number {
    const slot = (this.days - 1 - back) % RECENT_DAYS;
    return this.#u16(at.RING + slot * 2) / at.LOG_SCALE;
  }

  /** Evidence of the last days, 0 to 2, that the clock is an hour fast (+1) or slow (-1). */
  shiftEvidence(hours: 1 | -1): number {
    return this.#f32(hours > 0 ? at.SHIFT_FAST : at.SHIFT_SLOW);
  }

  /** Takes note of a reading, in any order. */
  observe(endS: number, value: number): void {
    if (endS <= this.highestEndS) return;
    this.view.setUint32(this.base + at.HIGHEST_END, endS, true);
    this.view.setFloat64(this.base + at.LAST_VALUE, value, true);
  }

  /**
   * Learns a closed day. `sound` is false when a rule failed it: it then counts for runs of zeros and
   * of estimates but teaches no mean. Returns false for a day not later than the last.
   */
  learn(day: number, type: DayType, digest: DayDigest, sound: boolean): boolean {
    const last = this.lastDay;
    if (day <= last) return false;
    const skipped = last < 0 ? 0 : day - last - 1;
    this.view.setUint32(this.base + at.LAST_DAY, day + 1, true);
    const allZero = digest.present > 0 && digest.zeros === digest.present;
    if (digest.present > 0) this.#setU16(at.ZERO_DAYS, allZero ? this.zeroDays + 1 : 0);
    this.#setU16(at.MADE_DAYS, digest.measured > 0 ? 0 : this.madeDays + skipped + 1);
    const runsOn = digest.tailLength === digest.slots && skipped === 0;
    this.#setU16(at.EQUAL_RUN, digest.tailLength + (runsOn ? this.equalRun : 0));
    if (sound) this.#setF32(at.DAY_MAXIMUM, Math.max(digest.maximum, this.dayMaximum * MAXIMUM_FADE));
    if (sound && digest.absent === 0 && digest.made === 0 && digest.slots > 0) this.#learnSound(type, digest);
    return true;
  }

  #learnSound(type: DayType, digest: DayDigest): void {
    const days = this.days + 1;
    const weight = 1 / Math.min(days, MEMORY_DAYS);
    this.view.setUint32(this.base + at.DAYS, days, true);
    // A day of nothing but zeros tells nothing of what the meter draws when it draws.
    if (digest.zeros < digest.present) this.#learnLow(digest, weight);
    const log = Math.log2(Math.max(0, digest.sum) + 1);
    this.#setU16(at.RING + ((days - 1) % RECENT_DAYS) * 2, Math.round(log * at.LOG_SCALE));
    this.#fade(at.MAXIMUM_MEAN, digest.maximum, weight);
    const run = this.usualRun + (digest.equalLength - this.usualRun) * weight;
    this.#setU16(at.USUAL_RUN, Math.round(run * RUN_SCALE));
    if (digest.steps > 0) {
      this.#fade(at.STEP_VARIANCE, digest.squaredSteps / digest.steps, weight);
      const share = this.repeatShare;
      this.#setU16(
        at.REPEAT_SHARE,
        Math.round((share + (digest.repeats / digest.steps - share) * weight) * U16),
      );
    }
    this.#fade(at.TOTAL_MEAN, digest.sum, weight);
    this.#learnLevel(type, digest.sum);
    if (!digest.hourly || digest.sum <= 0) return;
    addShiftEvidence(this.view, this.base, type, digest);
    learnShape(this.view, this.base, type, digest);
  }

  #learnLow(digest: DayDigest, weight: number): void {
    this.#fade(at.MINIMUM_MEAN, digest.minimum, this.#u32(at.SLOTS) === 0 ? 1 : weight);
    this.#addU32(at.SLOTS, digest.slots);
    this.#addU32(at.ZEROS, digest.zeros);
  }

  #learnLevel(type: DayType, total: number): void {
    const field = at.LEVEL + type * at.LEVEL_BYTES;
    const n = Math.min(this.levelDays(type) + 1, LEVEL_DAYS);
    const mean = this.levelMean(type);
    const off = total - mean;
    this.#setF32(field, n);
    this.#setF32(field + 4, mean + off / n);
    // Welford's update, with a memory of `LEVEL_DAYS`.
    this.#setF32(field + 8, (1 - 1 / n) * (this.levelVariance(type) + (off * off) / n));
  }

  #fade(field: number, value: number, weight: number): void {
    const old = this.#f32(field);
    this.#setF32(field, old + (value - old) * weight);
  }

  #u32(field: number): number {
    return this.view.getUint32(this.base + field, true);
  }

  #u16(field: number): number {
    return this.view.getUint16(this.base + field, true);
  }

  #f32(field: number): number {
    return this.view.getFloat32(this.base + field, true);
  }

  #setU16(field: number, value: number): void {
    this.view.setUint16(this.base + field, Math.min(value, U16), true);
  }

  #setF32(field: number, value: number): void {
    this.view.setFloat32(this.base + field, value, true);
  }

  #addU32(field: number, value: number): void {
    this.view.setUint32(this.base + field, this.#u32(field) + value, true);
  }
}

/** Records of many channels in one buffer that grows; `index` is the caller's, from 0. */
export class StatisticsBuffer {
  #buffer: ArrayBuffer;

  constructor(records = 64) {
    this.#buffer = new ArrayBuffer(Math.max(1, records) * STATISTICS_BYTES);
  }

  /** Bytes in use. */
  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  /** A window onto record `index`; windows taken before the buffer grew show old memory. */
  record(index: number): ChannelStatistics {
    this.#reserve(index + 1);
    return new ChannelStatistics(this.#buffer, index);
  }

  /** A copy of the record's bytes: what is stored. */
  encode(index: number): Uint8Array {
    this.#reserve(index + 1);
    return new Uint8Array(this.#buffer, index * STATISTICS_BYTES, STATISTICS_BYTES).slice();
  }

  /** Sets a record from stored bytes; anything but a record's length makes it empty. */
  decode(index: number, bytes: Uint8Array): void {
    this.#reserve(index + 1);
    const record = new Uint8Array(this.#buffer, index * STATISTICS_BYTES, STATISTICS_BYTES);
    if (bytes.length === STATISTICS_BYTES) record.set(bytes);
    else record.fill(0);
  }

  #reserve(records: number): void {
    const bytes = records * STATISTICS_BYTES;
    if (bytes <= this.#buffer.byteLength) return;
    const bigger = new ArrayBuffer(Math.max(bytes, this.#buffer.byteLength * 2));
    new Uint8Array(bigger).set(new Uint8Array(this.#buffer));
    this.#buffer = bigger;
  }
}
