/** Proof of the service level, by local day and plan: counted from the store, for the last days. */
import {
  addCounts,
  type CaptureGrid,
  channelsOfItem,
  countsOfDay,
  gridOf,
  type PlanItem,
  type PlannedChannel,
  type ReadingPlan,
  type ServiceCounts,
  type ServiceDay,
  serviceDay,
} from '@openami/headend';
import { type Clock, dayBounds, type Period, systemAccess, zoneTable } from '@openami/model';
import type { ClippedChannel, ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import { TtlCache } from '../identity/ttl-cache.ts';
import type { CollectionService } from './collection.ts';
import type { LiveDirectory } from './live-directory.ts';
import { clipped } from './planned-meter.ts';
import { presenceByDay } from './presence.ts';

export interface ServiceLevelOptions {
  readonly config: Config;
  readonly store: ReadingStore;
  readonly registry: RegistryStore;
  readonly directory: LiveDirectory;
  readonly collection: CollectionService;
  readonly clock: Clock;
}

/** A meter while a plan selected it and it was installed. */
interface Owing {
  readonly zone: string;
  readonly channels: readonly PlannedChannel[];
  readonly periods: readonly Period[];
}

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
    const found: ServiceDay[] = [];
    for (const { plan } of await collection.plans()) {
      const own = await this.#owing(plan, table.dayStart(today - count + 1));
      const counts = await this.#counts(plan, own, today - count + 1, today, nowS);
      for (const one of counts) {
        if (one.expected === 0) continue;
        const closeS = dayBounds(table, one.day).to;
        const deadlines = plan.due.levels.map(({ withinS }) => closeS + withinS);
        found.push(serviceDay(one, plan.due.levels, deadlines, closeS, nowS));
      }
    }
    return found.sort((a, b) => b.day - a.day || a.group.localeCompare(b.group));
  }

  /** The meters that owed the plan something since then, whether it selects them now or not. */
  async #owing({ code, fromS: inForceS = 0 }: ReadingPlan, sinceS: number): Promise<Owing[]> {
    const { registry, directory, config } = this.#options;
    const found: Owing[] = [];
    for (const member of await registry.readingPlans.members(systemAccess, code, sinceS)) {
      const channels = directory.memory.channelsOf(member.serial);
      if (channels[0] === undefined) continue;
      const fromS = Math.max(member.fromS, inForceS, sinceS);
      const periods = clipped(directory.installedOf(channels[0].id), fromS, member.untilS);
      if (periods.length > 0) found.push({ zone: member.zone || config.zone, channels, periods });
    }
    return found;
  }

  /** Of all profiles of a plan; registers and logs owe no number of entries. */
  async #counts(
    plan: ReadingPlan,
    meters: readonly Owing[],
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
    meters: readonly Owing[],
    fromDay: number,
    toDay: number,
    nowS: number,
  ): Promise<ServiceCounts[]> {
    const { config, store } = this.#options;
    const table = zoneTable(config.zone);
    const withinS = plan.due.levels.map((level) => level.withinS);
    // A register that a daily profile holds is of the day before it: its row is the day's last moment.
    const lengthS = typeof item.period === 'number' ? item.period : 86_400;
    const span = { fromS: table.dayStart(fromDay), toS: table.dayStart(toDay + 1) };
    const channels = channelsOf(item, lengthS, meters, span.fromS, nowS);
    const days = await presenceByDay(store, channels, { zone: config.zone, span, withinS });
    const counts: ServiceCounts[] = [];
    for (let day = fromDay; day <= toDay; day++) {
      const bounds = dayBounds(table, day);
      const expected = expectedOf(item, meters, bounds.from, Math.min(bounds.to, nowS));
      const { present = 0, within } = days.get(day) ?? {};
      const deadlines = withinS.map((each) => bounds.to + each);
      const about = { day, group: plan.code, expected, present: Math.min(present, expected) };
      const by = withinS.map((_, level) => Math.min(within?.[level] ?? 0, expected));
      counts.push(countsOfDay(about, by, deadlines, nowS));
    }
    return counts;
  }
}

/**
 * Channels with the time in which their readings count. An interval that began before its meter was in the
 * plan is not owed, and so does not count either when it is there.
 */
function channelsOf(
  item: PlanItem,
  intervalS: number,
  meters: readonly Owing[],
  spanFromS: number,
  nowS: number,
): ClippedChannel[] {
  const known = new Map<string, { fromS: number; toS: number } | undefined>();
  return meters.flatMap(({ zone, channels, periods }) =>
    periods.flatMap(({ from, to }) => {
      const isWhole = from <= spanFromS && to > nowS;
      const name = `${zone} ${from} ${to}`;
      if (!isWhole && !known.has(name)) known.set(name, endsIn(gridOf(item, zone), from, Math.min(to, nowS)));
      const clip = isWhole ? {} : known.get(name);
      if (clip === undefined) return [];
      return channelsOfItem(item, channels).map(({ id }) => ({ id, intervalS, ...clip }));
    }),
  );
}

/** Where the ends of whole intervals of a time lie, (fromS, toS]; undefined when it holds none. */
function endsIn(grid: CaptureGrid, from: number, to: number): { fromS: number; toS: number } | undefined {
  const runs = grid.runs(from, to);
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { fromS: first.startS + first.stepS - 1, toS: last.startS + last.count * last.stepS };
}

/** Intervals that the meters owe in [fromS, toS). */
function expectedOf(item: PlanItem, meters: readonly Owing[], fromS: number, toS: number): number {
  const known = new Map<string, number>();
  let expected = 0;
  for (const { zone, channels, periods } of meters) {
    const owing = channelsOfItem(item, channels).length;
    for (const { from, to } of clipped(periods, fromS, toS)) {
      const name = `${zone} ${from} ${to}`;
      const each = known.get(name) ?? gridOf(item, zone).count(from, to);
      known.set(name, each);
      expected += each * owing;
    }
  }
  return expected;
}
