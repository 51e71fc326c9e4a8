/** Proof of the service level, by local day and plan: counted from the store, for the last days. */
import {
  addCounts,
  channelsOfItem,
  countsOfDay,
  gridOf,
  type PlanItem,
  type ReadingPlan,
  type ServiceCounts,
  type ServiceDay,
  selects,
  serviceDay,
} from '@openami/headend';
import { type Clock, dayBounds, systemAccess, zoneTable } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { Config } from '../config.ts';
import { TtlCache } from '../identity/ttl-cache.ts';
import { type PlannedMeter, planMeterOf } from './collect-needs.ts';
import type { CollectionService } from './collection.ts';

export interface ServiceLevelOptions {
  readonly config: Config;
  readonly store: ReadingStore;
  readonly collection: CollectionService;
  readonly clock: Clock;
}

const channelsAQuery = 20_000;

export class ServiceLevelService {
  readonly #options: ServiceLevelOptions;
  readonly #recent = new TtlCache<ServiceDay[]>(15_000, 32);

  constructor(options: ServiceLevelOptions) {
    this.#options = options;
  }

  /** The last local days, today included, newest first, each plan. */
  days(count: number): Promise<ServiceDay[]> {
    return this.#recent.get(String(count), () => this.#days(count));
  }

  async #days(count: number): Promise<ServiceDay[]> {
    const { collection, config, clock } = this.#options;
    const table = zoneTable(config.zone);
    const nowS = clock.nowMs() / 1000;
    const today = table.localDayOf(Math.floor(nowS));
    const meters = await collection.meters();
    const found: ServiceDay[] = [];
    for (const plan of await collection.plans()) {
      const own = meters.filter((meter) => selects(plan.meters, planMeterOf(meter)));
      const counts = await this.#counts(plan, own, today - count + 1, today, nowS);
      for (const one of counts) {
        const closeS = dayBounds(table, one.day).to;
        const deadlines = plan.due.levels.map(({ withinS }) => closeS + withinS);
        found.push(serviceDay(one, plan.due.levels, deadlines, closeS, nowS));
      }
    }
    return found.sort((a, b) => b.day - a.day || a.group.localeCompare(b.group));
  }

  /** Of all profiles of a plan; registers and logs owe no number of entries. */
  async #counts(
    plan: ReadingPlan,
    meters: readonly PlannedMeter[],
    fromDay: number,
    toDay: number,
    nowS: number,
  ): Promise<ServiceCounts[]> {
    const parts: ServiceCounts[][] = [];
    for (const item of plan.read) {
      if (item.kind === 'profile')
        parts.push(await this.#itemCounts(plan, item, meters, fromDay, toDay, nowS));
    }
    const days = Array.from({ length: toDay - fromDay + 1 }, (_, i) => fromDay + i);
    return days.flatMap((day) => {
      const ofDay = parts.flatMap((part) => part.filter((one) => one.day === day));
      return addCounts(ofDay, plan.code) ?? [];
    });
  }

  async #itemCounts(
    plan: ReadingPlan,
    item: PlanItem,
    meters: readonly PlannedMeter[],
    fromDay: number,
    toDay: number,
    nowS: number,
  ): Promise<ServiceCounts[]> {
    const { config, store } = this.#options;
    const table = zoneTable(config.zone);
    const within = plan.due.levels.map(({ withinS }) => withinS);
    // A register that a daily profile holds is of the day before it: its row is the day's last moment.
    const lengthS = typeof item.period === 'number' ? item.period : 86_400;
    const channels = meters.flatMap((meter) =>
      channelsOfItem(item, meter.channels).map(({ id }) => ({ id, intervalS: lengthS })),
    );
    const span = { fromS: table.dayStart(fromDay), toS: table.dayStart(toDay + 1) };
    const sums = new Map<number, { present: number; by: number[] }>();
    for (let at = 0; at < channels.length; at += channelsAQuery) {
      const part = channels.slice(at, at + channelsAQuery);
      const rows = await store.readings.presence(systemAccess, part, config.zone, span, within);
      for (let row = 0; row < rows.length; row++) {
        const sum = sums.get(rows.day[row]!) ?? { present: 0, by: within.map(() => 0) };
        sum.present += rows.readings[row]!;
        rows.onTime.forEach((column, level) => {
          sum.by[level]! += column[row]!;
        });
        sums.set(rows.day[row]!, sum);
      }
    }
    const counts: ServiceCounts[] = [];
    for (let day = fromDay; day <= toDay; day++) {
      const bounds = dayBounds(table, day);
      const expected = expectedOf(item, meters, bounds.from, Math.min(bounds.to, nowS));
      const { present, by } = sums.get(day) ?? { present: 0, by: within.map(() => 0) };
      const deadlines = within.map((withinS) => bounds.to + withinS);
      const about = { day, group: plan.code, expected, present: Math.min(present, expected) };
      counts.push(
        countsOfDay(
          about,
          by.map((one) => Math.min(one, expected)),
          deadlines,
          nowS,
        ),
      );
    }
    return counts;
  }
}

/** Intervals that the meters owe in [fromS, toS), while they are installed. */
function expectedOf(item: PlanItem, meters: readonly PlannedMeter[], fromS: number, toS: number): number {
  const known = new Map<string, number>();
  let expected = 0;
  for (const { zone, channels, installedFrom, installedUntil } of meters) {
    const from = Math.max(fromS, installedFrom);
    const to = Math.min(toS, installedUntil);
    const name = `${zone} ${from} ${to}`;
    const each = known.get(name) ?? gridOf(item, zone).count(from, to);
    known.set(name, each);
    expected += each * channelsOfItem(item, channels).length;
  }
  return expected;
}
