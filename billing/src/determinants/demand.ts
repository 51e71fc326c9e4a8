/** The highest demand of each period: blocks by the local clock, or a rolling window (handbook: demand window). */
import type { ZoneTable } from '@openami/model';
import type { PeriodMap, Window } from '../calendar/period-map.ts';
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
    const plan = windowPlan(need, flow.intervalS);
    if (!plan.fits) {
      coarse = true;
      windowS = Math.max(windowS, flow.intervalS);
    }
    search(peaks, need, flow, map, zone, { ...plan, windows });
  }
  return {
    ...{ windowS, coarse },
    ...{ energy: peaks.energy, atS: peaks.atS, estimated: peaks.estimated, unknown: peaks.unknown },
  };
}

interface SearchPlan {
  /** Intervals in a window. */
  readonly length: number;
  /** Seconds between the ends of windows. */
  readonly stepS: number;
  readonly windows?: readonly Window[];
}

/** One pass: sums of the last `length` intervals, and since when they are of one period and without a hole. */
function search(
  peaks: Peaks,
  need: DemandNeed,
  flow: Flow,
  map: PeriodMap,
  zone: ZoneTable,
  { length, stepS, windows }: SearchPlan,
): void {
  const active = need.flow === 'import' ? flow.import : flow.export;
  if (active === undefined) return;
  const { reactive, estimated, intervalS } = flow;
  let [run, sum, sumReactive, guesses, span, holes] = [0, 0, 0, 0, 0, 0];
  let firstPeriod = -1;
  const starts = new Int32Array(length);
  for (let i = 0; i < active.length; i++) {
    const fromS = flow.startS + i * intervalS;
    while (span < map.periods.length - 1 && map.at[span + 1]! <= fromS) span++;
    const period = map.periods[span]!;
    const value = active[i]!;
    const counts = !Number.isNaN(value) && (windows === undefined || inside(windows, fromS));
    if (!counts || (!need.straddle && period !== firstPeriod)) run = sum = sumReactive = guesses = 0;
    firstPeriod = period;
    if (Number.isNaN(value)) holes++;
    if (counts) {
      if (run >= length) {
        sum -= active[i - length]!;
        if (reactive) sumReactive -= reactive[i - length] || 0;
        if (estimated) guesses -= estimated[i - length]!;
      }
      sum += value;
      if (reactive) sumReactive += reactive[i] || 0;
      if (estimated) guesses += estimated[i]!;
      starts[i % length] = period;
      run++;
    }
    const endS = fromS + intervalS;
    if (!endsWindow(zone, fromS, intervalS, stepS)) continue;
    if (run >= length) peaks.take(starts[(i + 1) % length]!, sum, sumReactive, endS, guesses > 0);
    else if (holes > 0) peaks.unknown++;
    holes = 0;
  }
}

/** Whether a window may end with an interval: by the local clock, as near to it as the grid comes. */
export function endsWindow(zone: ZoneTable, fromS: number, intervalS: number, stepS: number): boolean {
  const localEndS = zone.offsetAt(fromS) + fromS + intervalS;
  const gridEndS = localEndS - (((localEndS % intervalS) + intervalS) % intervalS);
  return gridEndS % stepS === 0;
}

/** How a need is searched in intervals of a length: intervals in a window, and seconds between ends. */
export function windowPlan(
  { windowS, rollingS }: Pick<DemandNeed, 'windowS' | 'rollingS'>,
  intervalS: number,
): { readonly fits: boolean; readonly rolling: boolean; readonly length: number; readonly stepS: number } {
  const fits = windowS % intervalS === 0;
  const rolling = fits && rollingS > 0 && rollingS % intervalS === 0;
  const length = fits ? windowS / intervalS : 1;
  return { fits, rolling, length, stepS: rolling ? rollingS : length * intervalS };
}

function inside(windows: readonly Window[], s: number): boolean {
  for (const { fromS, toS } of windows) if (s >= fromS && s < toS) return true;
  return false;
}
