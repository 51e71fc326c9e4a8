/** The highest demand of each period: in blocks by the local clock, or in a rolling window. */
import type { ZoneTable } from '@openami/model';
import { nextChange, type PeriodMap, type Window } from '../calendar/period-map.ts';
import type { DemandNeed, PeriodDemand } from './determinants.ts';
import type { Flow } from './usage.ts';

/** What a search found besides the peaks. */
export interface DemandSearch extends PeriodDemand {
  /** Windows that could not be looked at because intervals are missing. */
  readonly unknown: number;
  /** True when intervals are longer than the window, or do not fit into it: each is taken as a window. */
  readonly coarse: boolean;
}

/** Peaks under way. */
class Peaks {
  readonly energy: number[];
  readonly atS: number[];
  readonly estimated: number[];
  unknown = 0;
  readonly #need: DemandNeed;

  constructor(need: DemandNeed, periods: number) {
    this.#need = need;
    this.energy = new Array<number>(periods).fill(0);
    this.atS = new Array<number>(periods).fill(0);
    this.estimated = new Array<number>(periods).fill(0);
  }

  /** A whole window. Of two equal ones the first counts. */
  take(period: number, active: number, reactive: number, endS: number, estimated: boolean): void {
    if (estimated && !this.#need.estimatedCanPeak) return;
    const { unit } = this.#need;
    const value = unit === 'kW' ? active : unit === 'kvar' ? reactive : apparent(active, reactive);
    if (!(value > this.energy[period]!)) return;
    this.energy[period] = value;
    this.atS[period] = endS;
    this.estimated[period] = estimated ? 1 : 0;
  }
}

/** √(active² + reactive²) as the nearest whole number. */
export function apparent(active: number, reactive: number): number {
  if (reactive === 0) return Math.abs(active);
  const square = BigInt(active) ** 2n + BigInt(reactive) ** 2n;
  let root = BigInt(Math.round(Math.sqrt(Number(square))));
  while (root * root > square) root--;
  while ((root + 1n) * (root + 1n) <= square) root++;
  // half way lies between whole squares: r² + r is below it, r² + r + 1 above
  return Number(square > root * root + root ? root + 1n : root);
}

/** Finds the peaks. `windows`: only intervals within these count. */
export function demandOf(
  need: DemandNeed,
  flows: readonly Flow[],
  map: PeriodMap,
  zone: ZoneTable,
  windows?: readonly Window[],
): DemandSearch {
  const peaks = new Peaks(need, map.names.length);
  let coarse = false;
  let windowS = need.windowS;
  for (const flow of flows) {
    const { fits, length, step } = windowPlan(need, flow.intervalS);
    if (!fits) {
      coarse = true;
      windowS = Math.max(windowS, flow.intervalS);
    }
    search(peaks, need, flow, map, zone, { length, step, windows });
  }
  return {
    ...{ windowS, coarse },
    ...{ energy: peaks.energy, atS: peaks.atS, estimated: peaks.estimated, unknown: peaks.unknown },
  };
}

interface SearchPlan {
  /** Intervals in a window. */
  readonly length: number;
  /** Intervals from one end of a window to the next. */
  readonly step: number;
  readonly windows?: readonly Window[];
}

/** One pass: sums of the last `length` intervals, and since when they are of one period without a hole. */
function search(
  peaks: Peaks,
  need: DemandNeed,
  flow: Flow,
  map: PeriodMap,
  zone: ZoneTable,
  { length, step, windows }: SearchPlan,
): void {
  const active = need.flow === 'import' ? flow.import : flow.export;
  if (active === undefined) return;
  const { estimated, intervalS } = flow;
  const reactive = need.unit === 'kW' ? undefined : flow.reactive;
  let [run, sum, sumReactive, guesses, span, holes] = [0, 0, 0, 0, 0, 0];
  // intervals until a window may end, counted anew where the clock changes
  let left = 0;
  let changeS = Number.NEGATIVE_INFINITY;
  let lastPeriod = -1;
  let ring = 0;
  const starts = new Int32Array(length);
  for (let i = 0; i < active.length; i++) {
    const fromS = flow.startS + i * intervalS;
    while (span < map.periods.length - 1 && map.at[span + 1]! <= fromS) span++;
    const period = map.periods[span]!;
    const value = active[i]!;
    const known = !Number.isNaN(value) && (reactive === undefined || !Number.isNaN(reactive[i]));
    const counts = known && (windows === undefined || inside(windows, fromS));
    if (!counts || (!need.straddle && period !== lastPeriod)) run = sum = sumReactive = guesses = 0;
    lastPeriod = period;
    if (!known) holes++;
    if (counts) {
      if (run >= length) {
        sum -= active[i - length]!;
        if (reactive) sumReactive -= reactive[i - length]!;
        if (estimated) guesses -= estimated[i - length]!;
      }
      sum += value;
      if (reactive) sumReactive += reactive[i]!;
      if (estimated) guesses += estimated[i]!;
      starts[ring] = period;
      run++;
    }
    // from here on: where the first of the last `length` periods stands
    ring = ring + 1 === length ? 0 : ring + 1;
    if (fromS >= changeS) {
      changeS = nextChange(zone, fromS);
      left = intervalsToEnd(zone.localAt(fromS), intervalS, step);
    }
    left--;
    if (left > 0) continue;
    left = step;
    if (run >= length) peaks.take(starts[ring]!, sum, sumReactive, fromS + intervalS, guesses > 0);
    else if (holes > 0) peaks.unknown++;
    holes = 0;
  }
}

/** How a need is looked for in intervals of a length: those of a window, and those from end to end. */
export function windowPlan(
  { windowS, rollingS }: Pick<DemandNeed, 'windowS' | 'rollingS'>,
  intervalS: number,
): { readonly fits: boolean; readonly length: number; readonly step: number } {
  const fits = windowS % intervalS === 0;
  const length = fits ? windowS / intervalS : 1;
  const rolls = fits && rollingS > 0 && rollingS % intervalS === 0;
  return { fits, length, step: rolls ? rollingS / intervalS : length };
}

/** Whether a window may end with the interval that starts at `fromS`. */
export function endsWindow(zone: ZoneTable, fromS: number, intervalS: number, step: number): boolean {
  return intervalsToEnd(zone.localAt(fromS), intervalS, step) === 1;
}

/** Intervals from the one at a local time to the end of a step, as near to the clock as their grid comes. */
function intervalsToEnd(localS: number, intervalS: number, step: number): number {
  const index = Math.floor(localS / intervalS);
  return step - (((index % step) + step) % step);
}

function inside(windows: readonly Window[], s: number): boolean {
  for (const { fromS, toS } of windows) if (s >= fromS && s < toS) return true;
  return false;
}
