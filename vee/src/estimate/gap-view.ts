/**
 * All that the methods need to see of one gap, real or tried: what like days say of every slot, what was
 * measured right before and after, and how far that was off from what like days say there.
 *
 *        before │ ○ ○ ○ ○ ○ ○ ○ │ after
 *   ──●──●──●───┤               ├──●──●──●──        measured
 *   ──○──○──○───┼─○─○─○─○─○─○─○─┼──○──○──○──        median of like days
 *        └ residual             └ residual
 */

import { isSigned } from '../facts.ts';
import type { EstimateContext } from './contract.ts';
import type { DayTable } from './day-table.ts';
import { findReference, Reference } from './reference.ts';
import { type WeatherModel, weatheredMedian } from './weather-model.ts';

const NEAR_HOURS = 3;
const LEVEL_HOURS = 24;
/** Slots sampled for the level of a day. */
const LEVEL_SAMPLES = 12;
const LEVEL_MIN = 0.5;
const LEVEL_MAX = 2;

export interface GapSource {
  readonly context: EstimateContext;
  readonly table: DayTable;
  readonly weather?: WeatherModel | undefined;
}

export class GapView {
  readonly source: GapSource;
  from = 0;
  to = 0;
  slots = 0;
  slotHours = 1;
  /** Values next to the gap; NaN when not measured. */
  before = Number.NaN;
  after = Number.NaN;
  /** Measured less median of like days: the slot next to the gap, and the mean of the hours next to it. */
  residualBefore = 0;
  residualAfter = 0;
  nearBefore = 0;
  nearAfter = 0;
  /** Measured over median of like days in the 24 hours next to the gap; 1 when unknown. */
  levelBefore = 1;
  levelAfter = 1;
  /** Values may be negative (a net channel, a level). */
  signed = false;
  hasBefore = false;
  hasAfter = false;
  /** Of the nearest day of the same weekday. */
  likeDay: Float64Array = new Float64Array(0);
  sameWeekday: Float64Array = new Float64Array(0);
  recent: Float64Array = new Float64Array(0);
  median: Float64Array = new Float64Array(0);
  around: Float64Array = new Float64Array(0);
  /** `median` with a quarter of either neighbour: use that comes a little earlier or later. */
  smooth: Float64Array = new Float64Array(0);
  /** Median of like days, each brought to the weather of the day; NaN without a weather model. */
  weathered: Float64Array = new Float64Array(0);
  readonly reference: Reference = new Reference();

  constructor(source: GapSource) {
    this.source = source;
  }

  /** Looks at the slots [from, to) as if nothing were known of them. */
  look(from: number, to: number): void {
    const { source } = this;
    const { table, context } = source;
    const { clock: grid, series } = context;
    const n = to - from;
    if (this.median.length < n) {
      this.likeDay = new Float64Array(n);
      this.sameWeekday = new Float64Array(n);
      this.recent = new Float64Array(n);
      this.median = new Float64Array(n);
      this.around = new Float64Array(n);
      this.smooth = new Float64Array(n);
      this.weathered = new Float64Array(n);
    }
    this.from = from;
    this.to = to;
    this.slots = n;
    this.signed = isSigned(context.facts);
    this.slotHours = series.intervalS / 3600;
    const found = this.reference;
    for (let k = 0; k < n; k++) {
      const i = from + k;
      findReference(table, grid.day[i]! - grid.firstDay, grid.clock[i]!, from, to, found);
      this.likeDay[k] = found.likeDay;
      this.sameWeekday[k] = found.sameWeekday;
      this.recent[k] = found.recent;
      this.median[k] = found.median;
      this.around[k] = found.around;
      this.weathered[k] = source.weather
        ? weatheredMedian(found, source.weather, grid.day[i]! - grid.firstDay)
        : Number.NaN;
    }
    this.#edges(source);
    const left = this.#typical(source, from - 1);
    const right = this.#typical(source, to);
    const { median } = this;
    for (let k = 0; k < n; k++) {
      const m = median[k]!;
      const l = k > 0 ? median[k - 1]! : left;
      const r = k + 1 < n ? median[k + 1]! : right;
      this.smooth[k] = (2 * m + (!Number.isNaN(l) ? l : m) + (!Number.isNaN(r) ? r : m)) / 4;
    }
  }

  #edges(source: GapSource): void {
    const { from, to } = this;
    const near = Math.max(1, Math.round(NEAR_HOURS / this.slotHours));
    const wide = Math.round(LEVEL_HOURS / this.slotHours);
    this.before = measuredAt(source, from - 1);
    this.after = measuredAt(source, to);
    this.hasBefore = !Number.isNaN(this.before);
    this.hasAfter = !Number.isNaN(this.after);
    this.residualBefore = this.#residual(source, from - 1, from);
    this.residualAfter = this.#residual(source, to, to + 1);
    this.nearBefore = near > 1 ? this.#residual(source, from - near, from) : this.residualBefore;
    this.nearAfter = near > 1 ? this.#residual(source, to, to + near) : this.residualAfter;
    this.levelBefore = this.#level(source, from - wide, from);
    this.levelAfter = this.#level(source, to, to + wide);
    if (Number.isNaN(this.levelBefore)) this.levelBefore = this.levelAfter;
    if (Number.isNaN(this.levelAfter)) this.levelAfter = this.levelBefore;
    if (Number.isNaN(this.levelBefore)) {
      this.levelBefore = 1;
      this.levelAfter = 1;
    }
  }

  /** Mean of measured less median over [from, to); 0 when nothing was measured. */
  #residual(source: GapSource, from: number, to: number): number {
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const value = measuredAt(source, i);
      if (Number.isNaN(value)) continue;
      const typical = this.#typical(source, i);
      if (Number.isNaN(typical)) continue;
      sum += value - typical;
      count++;
    }
    return count > 0 ? sum / count : 0;
  }

  /** Measured over median in [from, to), of samples; NaN when fewer than half were measured. */
  #level(source: GapSource, from: number, to: number): number {
    const step = Math.max(1, Math.floor((to - from) / LEVEL_SAMPLES));
    let measured = 0;
    let typical = 0;
    let count = 0;
    for (let i = from + (step >> 1); i < to; i += step) {
      const value = measuredAt(source, i);
      if (Number.isNaN(value)) continue;
      const expected = this.#typical(source, i);
      if (Number.isNaN(expected)) continue;
      measured += value;
      typical += expected;
      count++;
    }
    if (count < LEVEL_SAMPLES / 2 || !(typical > 0)) return Number.NaN;
    return Math.min(LEVEL_MAX, Math.max(LEVEL_MIN, measured / typical));
  }

  #typical({ table, context: { clock: grid } }: GapSource, i: number): number {
    if (i < 0 || i >= grid.slots) return Number.NaN;
    findReference(table, grid.day[i]! - grid.firstDay, grid.clock[i]!, this.from, this.to, this.reference);
    return this.reference.median;
  }
}

/** Measured value of a slot that may be learned from; NaN otherwise. */
function measuredAt({ table, context: { clock: grid } }: GapSource, i: number): number {
  if (i < 0 || i >= grid.slots) return Number.NaN;
  return table.cell[(grid.day[i]! - grid.firstDay) * table.perDay + grid.clock[i]!]!;
}
