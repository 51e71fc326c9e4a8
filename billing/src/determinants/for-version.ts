/** The determinants a version of a tariff needs, from columns of usage. */
import { type ZoneTable, zoneTable } from '@openami/model';
import { holidaySet } from '../calendar/holidays.ts';
import {
  type EventWindow,
  type EventWindows,
  type PeriodMap,
  periodMap,
  type Window,
} from '../calendar/period-map.ts';
import type { CompiledSchedule } from '../calendar/schedule.ts';
import { billingErrors } from '../errors.ts';
import { type Fraction, ONE, roundQuotient } from '../exact.ts';
import type { CompiledEnergy, CompiledVersion } from '../rating/compiled.ts';
import { tierEnds } from '../rating/tiers.ts';
import type { TariffCalendar } from '../tariff/schema.ts';
import { baselineOf, baselineReachS } from './baseline.ts';
import type { Determinants, EventNeed, RunningNeed } from './determinants.ts';
import { determine } from './determine.ts';
import type { GasFacts } from './gas.ts';
import type { ValueSeries } from './series.ts';
import { flowsOf, type Usage } from './usage.ts';
import { type WaterFacts, waterBudget, winterAverageOf } from './water.ts';

/** What is given with the usage. */
export interface UsageFacts {
  readonly usage: Usage;
  /** IANA zone of the usage point; the tariff may have one of its own. */
  readonly zone: string;
  readonly events?: EventWindows;
  readonly prices?: Readonly<Record<string, ValueSeries>>;
  /** Energy of each window of an event had it not been called, by event, thousandths of the base unit. */
  readonly baselines?: Readonly<Record<string, readonly number[]>>;
  /** In place of baselines: usage from 45 days before the bill on, which they are worked out from. */
  readonly history?: Usage;
  readonly gas?: GasFacts;
  readonly water?: WaterFacts;
  readonly persons?: number;
}

/** The period maps of a version for a window, by schedule: what SQL joins readings to. */
export function periodMapsOf(
  version: CompiledVersion,
  window: Window,
  zone: string,
  events: EventWindows = {},
): readonly PeriodMap[] {
  const table = zoneTable(version.zone ?? zone);
  return version.needs.schedules.map((schedule) =>
    schedule.events.length === 0
      ? cachedMap(schedule, version.calendar, table, window)
      : freshMap(schedule, version.calendar, table, window, events),
  );
}

function freshMap(
  schedule: CompiledSchedule,
  calendar: TariffCalendar,
  table: ZoneTable,
  window: Window,
  events: EventWindows,
): PeriodMap {
  const holidays = holidaySet(calendar, table.localDayOf(window.fromS), table.localDayOf(window.toS));
  return periodMap(schedule, table, window, holidays, events);
}

/** Accounts of one tariff are billed for the same windows: their maps are made once. */
const cache = new WeakMap<CompiledSchedule, Map<string, PeriodMap>>();
const MAX_MAPS = 256;

function cachedMap(
  schedule: CompiledSchedule,
  calendar: TariffCalendar,
  table: ZoneTable,
  window: Window,
): PeriodMap {
  let maps = cache.get(schedule);
  if (maps === undefined || maps.size >= MAX_MAPS) {
    maps = new Map();
    cache.set(schedule, maps);
  }
  const key = `${table.zone} ${window.fromS} ${window.toS}`;
  let map = maps.get(key);
  if (map === undefined) {
    map = freshMap(schedule, calendar, table, window, {});
    maps.set(key, map);
  }
  return map;
}

/** Days billed, and days of the whole cycle. */
export interface DayCounts {
  readonly days: number;
  readonly cycleDays: number;
}

/** Computes the determinants. Raises BILLING_USAGE, BILLING_RANGE, BILLING_INPUT_MISSING. */
export function determinantsFor(
  version: CompiledVersion,
  window: Window,
  days: DayCounts,
  facts: UsageFacts,
): Determinants {
  const { needs, netting } = version;
  const events = facts.events ?? {};
  const zone = zoneTable(version.zone ?? facts.zone);
  const water = waterFacts(version, window, facts);
  const windows = windowsUsed(version, window, events);
  const made = determine({
    ...{ window, netting, events, usage: facts.usage, zone, gas: facts.gas },
    maps: periodMapsOf(version, window, facts.zone, events),
    ...{ demands: needs.demands, dynamic: needs.dynamic, eventEnergy: needs.events },
    prices: facts.prices ?? {},
    baselineOf: (need, called) => baselinesOf(version, facts, zone, need, called),
    running: runningNeeds(version, days, facts, water.budget),
  });
  return { ...made, ...(windows && { windows }), ...water };
}

/** Windows of the events that decide the period of intervals of a bill. */
function windowsUsed(
  { needs }: CompiledVersion,
  { fromS, toS }: Window,
  events: EventWindows,
): EventWindows | undefined {
  const names = needs.schedules.flatMap((schedule) => schedule.events.map(({ event }) => event));
  if (names.length === 0) return undefined;
  const within = (one: EventWindow) => one.fromS < toS && one.toS > fromS;
  return Object.fromEntries(
    [...new Set(names)].map((name) => [
      name,
      Object.hasOwn(events, name) ? events[name]!.filter(within) : [],
    ]),
  );
}

/** Given, or worked out from days like the day of the event. Raises BILLING_INPUT_MISSING. */
function baselinesOf(
  { calendar, netting }: CompiledVersion,
  { baselines = {}, history, events = {} }: UsageFacts,
  zone: ZoneTable,
  { event, method }: EventNeed,
  windows: readonly Window[],
): readonly (number | undefined)[] {
  const given = Object.hasOwn(baselines, event) ? baselines[event]! : undefined;
  if (given?.length === windows.length) return given;
  if (given !== undefined || history === undefined) {
    if (windows.length === 0) return [];
    throw billingErrors.BILLING_INPUT_MISSING(
      `${windows.length} baselines of event '${event}', ${given?.length ?? 0} were given`,
    );
  }
  if (windows.length === 0) return [];
  const whole = {
    fromS: Math.min(...windows.map(({ fromS }) => fromS)) - baselineReachS,
    toS: Math.max(...windows.map(({ toS }) => toS)),
  };
  const flows = flowsOf(history, whole, netting, zone);
  const holidays = holidaySet(calendar, zone.localDayOf(whole.fromS), zone.localDayOf(whole.toS));
  const eventDays = new Set((events[event] ?? []).map(({ fromS }) => zone.localDayOf(fromS)));
  return windows.map((window) => baselineOf({ flows, zone, window, method, holidays, eventDays })?.energy);
}

function waterFacts(
  { waterBudget: rule, charges, zone }: CompiledVersion,
  window: Window,
  { persons = 1, water = {}, zone: own }: UsageFacts,
): Pick<Determinants, 'budget' | 'winterAverage'> {
  const sewer = charges.some(({ kind }) => kind === 'sewer');
  const winterAverage = sewer ? winterAverageOf(water, window) : undefined;
  const table = zoneTable(zone ?? own);
  return {
    ...(rule && { budget: waterBudget(rule, window, table, persons, water) }),
    ...(winterAverage !== undefined && { winterAverage }),
  };
}

/** Limits of tiers that fill in order of time. They are cut to whole thousandths of the base unit. */
export function runningNeeds(
  version: CompiledVersion,
  { days, cycleDays }: DayCounts,
  { usage, persons = 1 }: Pick<UsageFacts, 'usage' | 'persons'>,
  budget?: Determinants['budget'],
): RunningNeed[] {
  return version.needs.running.map((at) => {
    const charge = version.charges[at] as CompiledEnergy;
    const standard = charge.standardDays ?? cycleDays;
    const share: Fraction = days === standard ? ONE : { n: BigInt(days), d: BigInt(standard) };
    const facts = { ...{ days, share, persons, demand: ONE, budget }, perUnit: BigInt(usage.perUnit) };
    let reached = 0;
    const limits = tierEnds(charge.tiers, facts)
      .slice(0, -1)
      .map((end) => {
        // a tier whose end lies below that of one before it is empty
        reached = Math.max(reached, Number(roundQuotient(end!.n, end!.d)));
        return reached;
      });
    const periods = charge.prices.map((prices) => prices !== undefined);
    return { schedule: charge.schedule, flow: charge.flow, periods, limits };
  });
}
