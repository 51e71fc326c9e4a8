/**
 * What one look at a day finds, so that rules need not look again: sums, the three highest slots
 * (kept, not sorted), runs of equal values and of zeros, steps, hourly sums.
 */
import { Quality } from '@openami/model';
import { ABSENT, type Series } from './series.ts';

const HOUR_S = 3_600;
const HOURS = 24;
const DAY_S = 86_400;

/** Reused from day to day: read it before the next `take`. */
export class DayDigest {
  /** Slots of the day, those with a value of any kind, those without. */
  slots = 0;
  present = 0;
  absent = 0;
  /** Slots with a value of the meter's own, and with one that was made (estimated, edited, …). */
  measured = 0;
  made = 0;
  /** Over the slots that have a value; 0 when there is none. */
  sum = 0;
  minimum = 0;
  maximum = 0;
  /** Slot of the highest value (-1: none), the second and the third highest value. */
  highestSlot = -1;
  second = 0;
  third = 0;
  zeros = 0;
  negatives = 0;
  anyFlags = 0;
  /** Longest run of equal values other than zero, in consecutive slots. */
  equalFirst = 0;
  equalLength = 0;
  /** Run of equal values (zeros too) the day starts with, and ends with. */
  headLength = 0;
  tailLength = 0;
  /** Longest run of zeros. */
  zeroFirst = 0;
  zeroLength = 0;
  /** Neighbours that both have a value; how many of them are equal, zeros too. */
  steps = 0;
  repeats = 0;
  /** Largest difference of neighbours, the later slot of the two, and the squares of all of them. */
  step = 0;
  stepSlot = -1;
  squaredSteps = 0;
  /** Sums by local hour; meaningful when `hourly`. */
  readonly hours = new Float64Array(HOURS);
  /** The day has 24 hours, each with all its slots. */
  hourly = false;

  /** Looks at slots [from, to). */
  take(series: Series, from: number, to: number): void {
    this.#sumUp(series, from, to);
    this.#findRuns(series, from, to);
    this.#sumHours(series, from, to);
  }

  #sumUp(series: Series, from: number, to: number): void {
    const { value, quality, flags } = series;
    let present = 0;
    let made = 0;
    let sum = 0;
    let minimum = Number.POSITIVE_INFINITY;
    let p1 = Number.NEGATIVE_INFINITY;
    let p2 = Number.NEGATIVE_INFINITY;
    let p3 = Number.NEGATIVE_INFINITY;
    let highestSlot = -1;
    let zeros = 0;
    let negatives = 0;
    let anyFlags = 0;
    for (let i = from; i < to; i++) {
      const q = quality[i]!;
      anyFlags |= flags[i]!;
      if (q === ABSENT || q === Quality.missing) continue;
      const v = value[i]!;
      present++;
      sum += v;
      if (q === Quality.estimated || q === Quality.edited || q >= Quality.derived) made++;
      if (v === 0) zeros++;
      else if (v < 0) negatives++;
      if (v < minimum) minimum = v;
      if (v <= p3) continue;
      if (v > p1) {
        p3 = p2;
        p2 = p1;
        p1 = v;
        highestSlot = i;
      } else if (v > p2) {
        p3 = p2;
        p2 = v;
      } else p3 = v;
    }
    this.slots = to - from;
    this.present = present;
    this.absent = to - from - present;
    this.made = made;
    this.measured = present - made;
    this.sum = sum;
    this.minimum = present > 0 ? minimum : 0;
    this.maximum = present > 0 ? p1 : 0;
    this.highestSlot = highestSlot;
    this.second = p2;
    this.third = p3;
    this.zeros = zeros;
    this.negatives = negatives;
    this.anyFlags = anyFlags >>> 0;
  }

  #findRuns(series: Series, from: number, to: number): void {
    const { value, quality } = series;
    let step = 0;
    let stepSlot = -1;
    let steps = 0;
    let squaredSteps = 0;
    let repeats = 0;
    let run = 0;
    let before = Number.NaN;
    this.equalLength = 0;
    this.equalFirst = from;
    this.zeroLength = 0;
    this.zeroFirst = from;
    this.headLength = 0;
    for (let i = from; i < to; i++) {
      const q = quality[i]!;
      if (q === ABSENT || q === Quality.missing) {
        if (run > 0) this.#endRun(i, from, run, before);
        run = 0;
        continue;
      }
      const v = value[i]!;
      if (run > 0) {
        const d = v - before;
        steps++;
        if (d === 0) {
          run++;
          repeats++;
          continue;
        }
        this.#endRun(i, from, run, before);
        squaredSteps += d * d;
        const size = d < 0 ? -d : d;
        if (size > step) {
          step = size;
          stepSlot = i;
        }
      }
      run = 1;
      before = v;
    }
    if (run > 0) this.#endRun(to, from, run, before);
    this.tailLength = run;
    this.step = step;
    this.stepSlot = stepSlot;
    this.steps = steps;
    this.squaredSteps = squaredSteps;
    this.repeats = repeats;
  }

  /** A run of equal values ended before slot `end`. */
  #endRun(end: number, from: number, run: number, v: number): void {
    const first = end - run;
    if (first === from) this.headLength = run;
    if (v === 0) {
      if (run > this.zeroLength) {
        this.zeroLength = run;
        this.zeroFirst = first;
      }
    } else if (run > this.equalLength) {
      this.equalLength = run;
      this.equalFirst = first;
    }
  }

  #sumHours(series: Series, from: number, to: number): void {
    const perHour = HOUR_S / series.intervalS;
    this.hourly =
      this.absent === 0 && (to - from) * series.intervalS === DAY_S && perHour >= 1 && perHour % 1 === 0;
    if (!this.hourly) return;
    const { value } = series;
    let i = from;
    for (let h = 0; h < HOURS; h++) {
      let sum = 0;
      for (let k = 0; k < perHour; k++) sum += value[i++]!;
      this.hours[h] = sum;
    }
  }
}
