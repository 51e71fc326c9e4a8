/**
 * What like days say of one slot: the same clock position on the nearest days of the same kind, before and
 * after, newer ones weighing more and the same weekday most.
 */
import type { DayTable } from './day-table.ts';

/** Days looked at on either side. */
const REACH_DAYS = 42;
/** Like days enough for a median. */
const ENOUGH = 16;
/** Below this many like days, other kinds of day are asked too. */
const TOO_FEW = 3;
const OTHER_WEEKDAY = 0.6;
const OTHER_KIND = 0.08;
const MEMORY_DAYS = 20;
const SHORT_MEMORY_DAYS = 4;

const fade = Float64Array.from({ length: REACH_DAYS + 1 }, (_, k) => Math.exp(-k / MEMORY_DAYS));
const quickFade = Float64Array.from({ length: REACH_DAYS + 1 }, (_, k) => Math.exp(-k / SHORT_MEMORY_DAYS));

/** What was found for one slot; reused from slot to slot. */
export class Reference {
  /** Value of the nearest day of the same weekday, an earlier one before a later one. */
  likeDay = Number.NaN;
  /** Mean of the same weekday in up to four nearest weeks. */
  sameWeekday = Number.NaN;
  /** Weighted mean of like days, newest days by far the most. */
  recent = Number.NaN;
  /** Weighted median of like days. */
  median = Number.NaN;
  /** Mean of the nearest like day before and the nearest after. */
  around = Number.NaN;
  /** Like days found. */
  count = 0;
  readonly value: Float64Array = new Float64Array(2 * REACH_DAYS + 2);
  readonly weight: Float64Array = new Float64Array(2 * REACH_DAYS + 2);
  /** Day indexes of `value`. */
  readonly day: Int32Array = new Int32Array(2 * REACH_DAYS + 2);
}

/**
 * Looks for like days of cell (`day`, `clock`). Slots [maskFrom, maskTo) count as unknown, so that what is
 * held back in a trial is not seen.
 */
export function findReference(
  table: DayTable,
  day: number,
  clock: number,
  maskFrom: number,
  maskTo: number,
  out: Reference,
): void {
  gather(table, day, clock, maskFrom, maskTo, false, out);
  if (out.count < TOO_FEW) gather(table, day, clock, maskFrom, maskTo, true, out);
  out.median = weightedMedian(out);
}

function gather(
  table: DayTable,
  day: number,
  clock: number,
  maskFrom: number,
  maskTo: number,
  anyKind: boolean,
  out: Reference,
): void {
  const { cell, slot, days, perDay, kind, weekday } = table;
  const wantedKind = kind[day]!;
  const wantedWeekday = weekday[day]!;
  let count = 0;
  let same = 0;
  let sameSum = 0;
  let recentSum = 0;
  let recentWeight = 0;
  let like = Number.NaN;
  let before = Number.NaN;
  let after = Number.NaN;
  for (let k = 1; k <= REACH_DAYS; k++) {
    for (let side = -1; side <= 1; side += 2) {
      const d = day + side * k;
      if (d < 0 || d >= days) continue;
      const likely = kind[d] === wantedKind;
      if (!likely && !anyKind) continue;
      const at = d * perDay + clock;
      const value = cell[at]!;
      if (Number.isNaN(value)) continue;
      const i = slot[at]!;
      if (i >= maskFrom && i < maskTo) continue;
      const equal = weekday[d] === wantedWeekday;
      const worth = equal ? 1 : likely ? OTHER_WEEKDAY : OTHER_KIND;
      out.value[count] = value;
      out.weight[count] = worth * fade[k]!;
      out.day[count++] = d;
      recentSum += worth * quickFade[k]! * value;
      recentWeight += worth * quickFade[k]!;
      if (side < 0 && Number.isNaN(before)) before = value;
      if (side > 0 && Number.isNaN(after)) after = value;
      if (equal && same < 4) {
        if (same === 0) like = value;
        sameSum += value;
        same++;
      }
    }
    if (count >= ENOUGH && (same >= 4 || k >= 28)) break;
  }
  out.count = count;
  out.recent = recentWeight > 0 ? recentSum / recentWeight : Number.NaN;
  out.likeDay = same > 0 ? like : out.recent;
  out.sameWeekday = same > 0 ? sameSum / same : out.recent;
  out.around = Number.isNaN(before) ? after : Number.isNaN(after) ? before : (before + after) / 2;
}

/** Sorts the reference by value (few and nearly sorted: insertion is quickest) and takes its middle. */
export function weightedMedian(out: Reference): number {
  const { value, weight, day, count } = out;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const v = value[i]!;
    const w = weight[i]!;
    const d = day[i]!;
    total += w;
    let j = i - 1;
    while (j >= 0 && value[j]! > v) {
      value[j + 1] = value[j]!;
      weight[j + 1] = weight[j]!;
      day[j + 1] = day[j]!;
      j--;
    }
    value[j + 1] = v;
    weight[j + 1] = w;
    day[j + 1] = d;
  }
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += weight[i]!;
    if (sum >= total / 2) return value[i]!;
  }
  return Number.NaN;
}
