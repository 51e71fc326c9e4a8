/**
 * Determinants from columns of intervals: one pass a schedule, no object an interval. An interval belongs to
 * the period that holds its start. What is missing is counted, never taken for zero.
 */
import type { ZoneTable } from '@openami/model';
import type { EventWindow, EventWindows, PeriodMap, Window } from '../calendar/period-map.ts';
import { billingErrors } from '../errors.ts';
import { energyWithin } from './baseline.ts';
import { type DemandSearch, demandOf } from './demand.ts';
import type {
  DemandNeed,
  Determinants,
  DynamicNeed,
  EventEnergy,
  EventNeed,
  PeriodEnergy,
  ReadinessProblem,
  RunningNeed,
} from './determinants.ts';
import { dynamicOf } from './dynamic.ts';
import { type GasFacts, gasEnergy } from './gas.ts';
import type { ValueSeries } from './series.ts';
import { type Flow, flowsOf, type Netting, requireExact, type Usage } from './usage.ts';

export interface DetermineInput {
  readonly window: Window;
  readonly zone: ZoneTable;
  readonly usage: Usage;
  readonly netting: Netting;
  /** One a schedule, for the window. */
  readonly maps: readonly PeriodMap[];
  readonly demands: readonly DemandNeed[];
  readonly running: readonly RunningNeed[];
  readonly dynamic: readonly DynamicNeed[];
  /** Events whose energy is asked for. */
  readonly eventEnergy: readonly EventNeed[];
  readonly events: EventWindows;
  readonly prices: Readonly<Record<string, ValueSeries>>;
  /** What would have been drawn in the window of an event, thousandths of the base unit. */
  readonly baselineOf: (need: EventNeed, windows: readonly Window[]) => readonly (number | undefined)[];
  /** Of gas whose meter counts volume and whose tariff is for energy. */
  readonly gas?: GasFacts;
}

/** Computes determinants. Raises BILLING_USAGE, BILLING_RANGE, BILLING_INPUT_MISSING. */
export function determine(input: DetermineInput): Determinants {
  const { window, usage, zone, maps } = input;
  const flows = flowsOf(usage, window, input.netting, zone);
  const gas = input.gas && gasEnergy(flows, input.gas);
  const counts = countIntervals(flows, window);
  const demand = input.demands.map((need) =>
    demandOf(need, flows, maps[need.schedule]!, zone, windowsOf(input.events, need.event)),
  );
  const energy = maps.map((map) => energyOf(flows, map));
  const events = input.eventEnergy.map((need) => eventEnergyOf(flows, need, input));
  const problems = [
    ...counts.problems,
    ...demand.flatMap((search, i) => demandProblems(search, input.demands[i]!)),
    ...channelProblems(input),
    ...baselineProblems(events),
  ];
  return {
    ...{ fromS: window.fromS, toS: window.toS, perUnit: usage.perUnit },
    ...{ expected: counts.expected, present: counts.present, estimated: counts.estimated },
    energy,
    demand: demand.map(({ windowS, energy: peaks, atS, estimated }) => ({
      windowS,
      energy: peaks,
      atS,
      estimated,
    })),
    running: input.running.map((need) => runningOf(flows, maps[need.schedule]!, need)),
    dynamic: input.dynamic.map((need) =>
      dynamicOf(flows, need, priceSeries(input.prices, need.series), usage.perUnit),
    ),
    events,
    reactive: flows.reduce((sum, { reactive }) => sum + sumOf(reactive), 0),
    ...(gas && { gas }),
    problems,
  };
}

function windowsOf(events: EventWindows, event: string | undefined): readonly Window[] | undefined {
  if (event === undefined) return undefined;
  const windows = Object.hasOwn(events, event) ? events[event] : undefined;
  if (windows !== undefined) return windows;
  throw billingErrors.BILLING_INPUT_MISSING(`the windows of event '${event}'`, { event });
}

function priceSeries(prices: DetermineInput['prices'], id: string): ValueSeries {
  const series = Object.hasOwn(prices, id) ? prices[id] : undefined;
  if (series !== undefined) return series;
  throw billingErrors.BILLING_INPUT_MISSING(`the price series '${id}'`, { series: id });
}

interface Counts {
  readonly expected: number;
  readonly present: number;
  readonly estimated: number;
  readonly problems: readonly ReadinessProblem[];
}

function countIntervals(flows: readonly Flow[], window: Window): Counts {
  let [expected, present, estimated, negative, straddling] = [0, 0, 0, 0, 0];
  let reachedS = window.fromS;
  let intervalS = flows[0]?.intervalS ?? DEFAULT_INTERVAL_S;
  for (const flow of flows) {
    expected += Math.ceil(Math.max(0, flow.startS - reachedS) / intervalS);
    intervalS = flow.intervalS;
    const length = flow.import.length;
    expected += length;
    reachedS = flow.startS + length * intervalS;
    if (reachedS > window.toS) straddling++;
    for (let i = 0; i < length; i++) {
      const value = flow.import[i]!;
      if (Number.isNaN(value) || (flow.export !== undefined && Number.isNaN(flow.export[i]))) continue;
      present++;
      if (value < 0) negative++;
      if (flow.estimated?.[i]) estimated++;
    }
  }
  expected += Math.ceil(Math.max(0, window.toS - reachedS) / intervalS);
  const missing = expected - present;
  return {
    ...{ expected, present, estimated },
    problems: [
      ...problem(
        'missing',
        missing,
        `${missing} of ${expected} intervals are missing: their energy is not billed`,
      ),
      ...estimatedProblem(estimated, expected),
      ...problem('negative', negative, `${negative} intervals draw less than nothing`),
      ...problem(
        'straddles',
        straddling,
        'an interval reaches over the end of the period and is billed in it',
      ),
    ],
  };
}

/** What is said of intervals that are not measured. */
export function estimatedProblem(estimated: number, expected: number): ReadinessProblem[] {
  return problem('estimated', estimated, `${estimated} of ${expected} intervals are estimated`);
}

/** Of which nothing at all is known. */
const DEFAULT_INTERVAL_S = 3_600;

function problem(code: ReadinessProblem['code'], count: number, message: string): ReadinessProblem[] {
  return count > 0 ? [{ code, message, count }] : [];
}

function demandProblems({ coarse, unknown, windowS }: DemandSearch, need: DemandNeed): ReadinessProblem[] {
  const asked = need.windowS / 60;
  return [
    ...problem(
      'demand-coarse',
      coarse ? 1 : 0,
      `intervals do not fit into windows of ${asked} min: the demand is the mean of ${windowS / 60} min`,
    ),
    ...problem(
      'demand-unknown',
      unknown,
      `${unknown} windows of ${asked} min have missing intervals and set no peak`,
    ),
  ];
}

function channelProblems({ usage, demands, running, dynamic }: DetermineInput): ReadinessProblem[] {
  const reactive = demands.some(({ unit }) => unit !== 'kW') && usage.reactive === undefined;
  const fed = [...demands, ...running, ...dynamic].some(({ flow }) => flow === 'export');
  return [
    ...problem('no-reactive', reactive ? 1 : 0, 'reactive energy is not measured: it is taken as none'),
    ...problem(
      'no-export',
      fed && usage.export === undefined ? 1 : 0,
      'what is fed in is not measured: it is taken as none',
    ),
  ];
}

function sumOf(values: Float64Array | undefined): number {
  let sum = 0;
  for (const value of values ?? []) if (!Number.isNaN(value)) sum += value;
  return sum;
}

/** Energy of each period of a schedule. */
export function energyOf(flows: readonly Flow[], map: PeriodMap): PeriodEnergy {
  const periods = map.names.length;
  const drawn = new Array<number>(periods).fill(0);
  const fed = new Array<number>(periods).fill(0);
  const guessed = new Array<number>(periods).fill(0);
  for (const { startS, intervalS, import: imported, export: exported, estimated } of flows) {
    const { length } = imported;
    for (let i = 0, span = 0; i < length; ) {
      const fromS = startS + i * intervalS;
      while (span < map.periods.length - 1 && map.at[span + 1]! <= fromS) span++;
      const period = map.periods[span]!;
      const last = span === map.periods.length - 1;
      const end = last ? length : Math.min(length, Math.ceil((map.at[span + 1]! - startS) / intervalS));
      let [sum, sumFed, sumGuessed] = [0, 0, 0];
      for (; i < end; i++) {
        const value = imported[i]!;
        if (!Number.isNaN(value)) sum += value;
        const out = exported === undefined ? 0 : exported[i]!;
        if (!Number.isNaN(out)) sumFed += out;
        if (estimated?.[i] === 1) sumGuessed += (value || 0) + (out || 0);
      }
      drawn[period]! += sum;
      fed[period]! += sumFed;
      guessed[period]! += sumGuessed;
    }
  }
  for (const sum of [...drawn, ...fed]) requireExact(sum);
  return { import: drawn, export: fed, estimated: guessed };
}

/** Energy by period and tier where tiers fill in order of time; an interval that crosses a limit is split. */
function runningOf(flows: readonly Flow[], map: PeriodMap, need: RunningNeed): number[] {
  const tiers = need.limits.length + 1;
  const sums = new Array<number>(map.names.length * tiers).fill(0);
  let [total, tier] = [0, 0];
  for (const flow of flows) {
    const values = need.flow === 'import' ? flow.import : flow.export;
    if (values === undefined) continue;
    for (let i = 0, span = 0; i < values.length; i++) {
      const fromS = flow.startS + i * flow.intervalS;
      while (span < map.periods.length - 1 && map.at[span + 1]! <= fromS) span++;
      const period = map.periods[span]!;
      let left = values[i]!;
      if (Number.isNaN(left) || !need.periods[period]) continue;
      while (tier < tiers - 1 && total + left > need.limits[tier]!) {
        const part = Math.max(0, need.limits[tier]! - total);
        sums[period * tiers + tier]! += part;
        total += part;
        left -= part;
        tier++;
      }
      sums[period * tiers + tier]! += left;
      total += left;
    }
  }
  for (const sum of sums) requireExact(sum);
  return sums;
}

/**
 * Energy drawn in the windows that begin in the bill, as far as they lie in it, against their baselines:
 * intervals that start in them.
 */
function eventEnergyOf(
  flows: readonly Flow[],
  need: EventNeed,
  { events, window: bill, baselineOf }: DetermineInput,
): EventEnergy[] {
  const windows = windowsOf(events, need.event)!
    .filter(({ fromS }) => fromS >= bill.fromS && fromS < bill.toS)
    .map((one): EventWindow => ({ ...one, toS: Math.min(one.toS, bill.toS) }));
  const baselines = baselineOf(need, windows);
  return windows.map(({ id, fromS, toS }, i) => {
    const { energy, missing } = energyWithin(flows, { fromS, toS });
    const baseline = baselines[i];
    return {
      ...{ fromS, toS, energy, missing },
      ...(baseline !== undefined && { baseline }),
      ...(id !== undefined && { id }),
    };
  });
}

function baselineProblems(events: Determinants['events']): ReadinessProblem[] {
  const all = events.flat();
  const unknown = all.filter(({ baseline }) => baseline === undefined).length;
  const holes = all.filter(({ missing }) => missing > 0).length;
  return [
    ...problem(
      'no-baseline',
      unknown,
      `too few days like those of ${unknown} events are known: nothing is rebated for them`,
    ),
    ...problem('event-missing', holes, `${holes} events have missing intervals: nothing is rebated for them`),
  ];
}
