/**
 * Where the intervals of a channel lie: a capture period laid on the wall clock of a zone.
 *
 * Below a day, the boundaries are the instants at which the wall clock shows a multiple of the period. A
 * change of offset by a multiple of the period (an hour, for quarter hours) leaves them evenly spaced. One
 * that is not (Lord Howe's half hour, for an hourly profile) shifts them, and the interval that it breaks
 * counts as none, as in `expectedIntervals` of model:
 *
 *     summer  0:00   1:00   2:00=1:30                 | boundaries, [ ) whole intervals
 *             |------|------|
 *     winter                .  .|------|------|       1:30 to 2:00 belongs to no whole interval
 *                               2:00   3:00
 *
 * Periods of a day or month start where the local date starts, so they have 23, 24 or 25 hours. A meter that
 * keeps standard time, or UTC, all the year has a grid in a zone of its own such as `+01:00`.
 *
 * A grid answers in runs: evenly spaced intervals one after the other. Ten years of quarter hours are one
 * run, so what is built on runs costs by what is found and not by how long the time is.
 */
import { civilDate, DAY_S, dayNumber, type ZoneTable } from '@openami/model';
import { collectErrors } from './errors.ts';

/** Seconds that divide a day, or local days, or local months. */
export type CapturePeriod = number | 'day' | 'month';

/** Intervals [startS + k * stepS, startS + (k + 1) * stepS) for k from 0 to count - 1; UTC seconds. */
export interface Run {
  readonly startS: number;
  readonly stepS: number;
  readonly count: number;
}

export function isCapturePeriod(value: unknown): value is CapturePeriod {
  if (value === 'day' || value === 'month') return true;
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && DAY_S % value === 0;
}

export class CaptureGrid {
  readonly table: ZoneTable;
  readonly period: CapturePeriod;

  /** A period of 86,400 s is the local day. Raises COLLECT_PLAN_PERIOD. */
  constructor(table: ZoneTable, period: CapturePeriod) {
    if (!isCapturePeriod(period)) throw collectErrors.COLLECT_PLAN_PERIOD(`a capture period of ${period}`);
    this.table = table;
    this.period = period === DAY_S ? 'day' : period;
  }

  /**
   * Intervals that lie wholly in [fromS, toS), as runs in order; neighbours differ in step or do not touch.
   */
  runs(fromS: number, toS: number): Run[] {
    if (!(toS > fromS)) return [];
    return typeof this.period === 'number'
      ? this.#runsOfSeconds(this.period, fromS, toS)
      : this.#runsOfDates(this.period, fromS, toS);
  }

  /** How many intervals lie wholly in [fromS, toS). */
  count(fromS: number, toS: number): number {
    return this.runs(fromS, toS).reduce((sum, run) => sum + run.count, 0);
  }

  /** Interval ends in order. */
  ends(fromS: number, toS: number): Uint32Array {
    const runs = this.runs(fromS, toS);
    const ends = new Uint32Array(runs.reduce((sum, run) => sum + run.count, 0));
    let at = 0;
    for (const { startS, stepS, count } of runs) {
      for (let k = 1; k <= count; k++) ends[at++] = startS + k * stepS;
    }
    return ends;
  }

  /** Start of the period that an instant lies in. */
  startOf(utcS: number): number {
    const { period, table } = this;
    if (typeof period === 'number') {
      const phase = phaseOf(table.offsetAt(utcS), period);
      return Math.floor((utcS - phase) / period) * period + phase;
    }
    const day = table.localDayOf(utcS);
    return table.dayStart(period === 'day' ? day : firstOfMonth(day));
  }

  #runsOfSeconds(stepS: number, fromS: number, toS: number): Run[] {
    const { at, offsets } = this.table;
    const runs: Run[] = [];
    let segmentFrom = fromS;
    let phase = phaseOf(this.table.offsetAt(fromS), stepS);
    let i = firstAfter(at, fromS);
    for (; i < at.length && at[i]! < toS; i++) {
      const next = phaseOf(offsets[i + 1]!, stepS);
      if (next === phase) continue;
      pushRun(runs, stepS, phase, segmentFrom, at[i]!);
      segmentFrom = at[i]!;
      phase = next;
    }
    pushRun(runs, stepS, phase, segmentFrom, toS);
    return runs;
  }

  #runsOfDates(period: 'day' | 'month', fromS: number, toS: number): Run[] {
    const { table } = this;
    let date = firstDate(period, table.localDayOf(fromS));
    let startS = table.dayStart(date);
    const runs: { startS: number; stepS: number; count: number }[] = [];
    for (;;) {
      date = nextDate(period, date);
      const endS = table.dayStart(date);
      if (endS > toS) return runs;
      const last = runs.at(-1);
      // A date that was skipped altogether (Apia 2011-12-30) has no length and no interval.
      if (startS >= fromS && endS > startS) {
        const touches = last !== undefined && last.startS + last.stepS * last.count === startS;
        if (touches && last.stepS === endS - startS) last.count += 1;
        else runs.push({ startS, stepS: endS - startS, count: 1 });
      }
      startS = endS;
    }
  }
}

/** Seconds past a multiple of the step, in UTC, at which the wall clock shows one. */
function phaseOf(offsetS: number, stepS: number): number {
  return ((-offsetS % stepS) + stepS) % stepS;
}

function pushRun(runs: Run[], stepS: number, phase: number, fromS: number, toS: number): void {
  const startS = Math.ceil((fromS - phase) / stepS) * stepS + phase;
  const count = Math.floor((toS - startS) / stepS);
  if (count > 0) runs.push({ startS, stepS, count });
}

/** Index of the first element greater than `value`. */
function firstAfter(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstDate(period: 'day' | 'month', day: number): number {
  // A day earlier than the wall clock says: where clocks went back across midnight a date is entered twice.
  return period === 'day' ? day - 1 : firstOfMonth(day - 1);
}

function firstOfMonth(day: number): number {
  const { year, month } = civilDate(day);
  return dayNumber(year, month, 1);
}

function nextDate(period: 'day' | 'month', date: number): number {
  if (period === 'day') return date + 1;
  const { year, month } = civilDate(date);
  return month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1);
}
