/** The determinants a version of a tariff needs, from columns of usage. */
import { type ZoneTable, zoneTable } from '@openami/model';
import { holidaySet } from '../calendar/holidays.ts';
import { type EventWindows, type PeriodMap, periodMap, type Window } from '../calendar/period-map.ts';
import type { CompiledSchedule } from '../calendar/schedule.ts';
import { type Fraction, ONE, roundQuotient } from '../exact.ts';
import type { CompiledEnergy, CompiledVersion } from '../rating/compiled.ts';
import { tierEnds } from '../rating/tiers.ts';
import type { TariffCalendar } from '../tariff/schema.ts';
import type { Determinants, PriceSeries, RunningNeed } from './determinants.ts';
import { determine } from './determine.ts';
import type { Usage } from './usage.ts';

/** What is given with the usage. */
export interface UsageFacts {
  readonly usage: Usage;
  /** IANA zone of the usage point; the tariff may have one of its own. */
  readonly zone: string;
  readonly events?: EventWindows;
  readonly prices?: Readonly<Record<string, PriceSeries>>;
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
  return determine({
    ...{ window, netting, events, usage: facts.usage, zone: zoneTable(version.zone ?? facts.zone) },
    maps: periodMapsOf(version, window, facts.zone, events),
    ...{
      demands: needs.demands,
      dynamic: needs.dynamic,
      eventEnergy: needs.events,
      prices: facts.prices ?? {},
    },
    running: runningNeeds(version, days, facts),
  });
}

/** Limits of tiers that fill in order of time. They are cut to whole thousandths of the base unit. */
export function runningNeeds(
  version: CompiledVersion,
  { days, cycleDays }: DayCounts,
  { usage, persons = 1 }: Pick<UsageFacts, 'usage' | 'persons'>,
): RunningNeed[] {
  return version.needs.running.map((at) => {
    const charge = version.charges[at] as CompiledEnergy;
    const standard = charge.standardDays ?? cycleDays;
    const share: Fraction = days === standard ? ONE : { n: BigInt(days), d: BigInt(standard) };
    const facts = { ...{ days, share, persons, demand: ONE }, perUnit: BigInt(usage.perUnit) };
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
