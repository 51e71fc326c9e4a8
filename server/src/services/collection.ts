/**
 * Collection: looks at what meters lack, offers them to the scheduler, and lets the collector read them.
 *
 *   plans, endpoints ──▶ needs (from the store) ──▶ scheduler ──▶ collector ──▶ DLMS sessions ──▶ pipeline
 *
 * A kill at any moment loses nothing: what is stored is not missing any more, and what is not is found
 * missing again after the start.
 */
import {
  type BusyMeters,
  Collector,
  CollectScheduler,
  DlmsReader,
  type Ingest,
  type MeterWork,
  type Need,
  parsePlan,
  type ReadingPlan,
  type Workload,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { CollectTarget, ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { CollectNeeds, type PlannedMeter } from './collect-needs.ts';
import type { DlmsService } from './dlms.ts';
import type { LiveDirectory } from './live-directory.ts';

export interface CollectionOptions {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly directory: LiveDirectory;
  readonly ingest: Ingest;
  readonly dlms: DlmsService;
  readonly busy: BusyMeters;
  readonly clock: Clock;
  /** Simulated seconds per real second. */
  readonly clockSpeed: number;
  readonly log: Logger;
  /** Throws where this server may not act. */
  readonly requireWriter: () => void;
}

const protocol = 'dlms';
/** Real time between two rounds, and each so many the whole time is looked at. */
const roundMs = 10_000;
const wholeEvery = 6;
const recentS = 2 * 86_400;
const lookBackS = 14 * 86_400;
const pageMeters = 500;
const sessionMs = 120_000;
const graceMs = 5_000;
const atRiskS = 3_600;

/** What was found missing in the last round, by segment. */
export interface SegmentState {
  readonly segment: string;
  readonly meters: number;
  /** Meters that lack something, and how many entries. */
  readonly lacking: number;
  readonly entries: number;
  /** Meters whose first deadline is an hour ahead or less, or passed. */
  readonly atRisk: number;
  readonly overdue: number;
}

/** The plan that is made at first use. */
const defaultPlan = {
  code: 'dlms',
  meters: { protocol: [protocol] },
  read: [
    { kind: 'profile', obis: '1-0:99.1.0*255', period: 900 },
    { kind: 'profile', obis: '1-0:99.2.0*255', period: 'day' },
    { kind: 'events', obis: ['0-0:99.98.0*255', '0-0:99.98.1*255', '0-0:99.98.2*255'], period: 'day' },
  ],
  every: { each: 'interval', delayS: 60, spreadS: 300 },
  due: {
    after: 'day',
    levels: [
      { share: 0.95, withinS: 28_800 },
      { share: 0.99, withinS: 86_400 },
    ],
  },
  value: 1,
} as const;

export class CollectionService {
  readonly collector: Collector;
  readonly scheduler: CollectScheduler;
  readonly #options: CollectionOptions;
  readonly #needs: CollectNeeds;
  readonly #segmentIds = new Map<string, number>();
  readonly #concentratorIds = new Map<string, number>();
  #segments: SegmentState[] = [];
  #rounds = 0;
  #round: Promise<void> | undefined;
  #plannedMs = 0;

  constructor(options: CollectionOptions) {
    this.#options = options;
    const { clock, clockSpeed, store, dlms, ingest, busy, log } = options;
    this.#needs = new CollectNeeds(store);
    this.scheduler = new CollectScheduler({ random: Math.random });
    const reader = new DlmsReader({
      ...{ field: dlms.field, ingest, clock, busy, log },
      meter: async (meterId) => {
        const [found] = await this.#planned([meterId]);
        if (found === undefined) return undefined;
        const { target, zone, channels } = found;
        return { ...target, zone, channels };
      },
      onItemRead: (meterId, obis, atS) => this.#needs.logRead(meterId, obis, atS),
    });
    this.collector = new Collector({
      ...{ scheduler: this.scheduler, reader, clock, log, timeoutMs: sessionMs * clockSpeed },
      needs: { of: (meters, nowMs) => this.#needsOf(meters, nowMs) },
      after: (ms, call) => {
        const timer = setTimeout(call, Math.max(1, ms / clockSpeed));
        return () => clearTimeout(timer);
      },
    });
  }

  /** As of the last round. */
  get segments(): readonly SegmentState[] {
    return this.#segments;
  }

  /** When the last round ended; 0 before the first. */
  get plannedMs(): number {
    return this.#plannedMs;
  }

  /** How the link of a segment does; undefined when none of its meters was offered yet. */
  linkOf(segment: string) {
    const id = this.#segmentIds.get(segment);
    return id === undefined ? undefined : this.scheduler.segment(id);
  }

  /** The plans; the default one is made when there is none and a meter speaks DLMS. */
  async plans(): Promise<ReadingPlan[]> {
    const { registry, log } = this.#options;
    const records = await registry.readingPlans.list(systemAccess);
    return records.flatMap(({ code, plan }) => {
      try {
        return [parsePlan(plan)];
      } catch (error) {
        log.warn({ err: error, code }, 'A reading plan cannot be used');
        return [];
      }
    });
  }

  /** Starts rounds and sessions; gives what stops them. */
  start(): () => Promise<void> {
    this.collector.start();
    const timer = setInterval(() => void this.plan(), roundMs);
    void this.plan();
    return async () => {
      clearInterval(timer);
      await this.#round;
      await this.collector.stop(graceMs * this.#options.clockSpeed);
    };
  }

  /** One round; a call while one is under way shares it. */
  plan(): Promise<void> {
    this.#round ??= this.#planAll()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'Collection could not be planned'))
      .finally(() => {
        this.#round = undefined;
      });
    return this.#round;
  }

  /** All meters with an endpoint. */
  async meters(): Promise<PlannedMeter[]> {
    const { readingPlans } = this.#options.registry;
    const found: CollectTarget[] = [];
    for (let after = 0; ; after = found.at(-1)!.meterId) {
      const query = { protocol, afterMeterId: after, limit: pageMeters };
      const page = await readingPlans.targets(systemAccess, query);
      found.push(...page);
      if (page.length < pageMeters) return this.#described(found);
    }
  }

  /** Gaps of one meter now, over the whole time that is looked at. */
  async gapsOf(meterId: number): Promise<Need | undefined> {
    const needs = await this.#needsOf([meterId], this.#options.clock.nowMs());
    return needs.get(meterId);
  }

  async #planAll(): Promise<void> {
    const { registry, clock, requireWriter } = this.#options;
    requireWriter();
    const isWhole = this.#rounds++ % wholeEvery === 0;
    const states = new Map<string, Writable<SegmentState>>();
    let plans: ReadingPlan[] | undefined;
    for (let after = 0; ; ) {
      const query = { protocol, afterMeterId: after, limit: pageMeters };
      const targets = await registry.readingPlans.targets(systemAccess, query);
      if (targets.length === 0) break;
      plans ??= await this.#plansOrDefault();
      const nowMs = clock.nowMs();
      const meters = await this.#described(targets);
      const needs = await this.#needs.of(meters, plans, nowMs / 1000, isWhole ? lookBackS : recentS);
      for (const { target } of meters) this.#offer(target, needs.get(target.meterId), states, nowMs);
      after = targets.at(-1)!.meterId;
      if (targets.length < pageMeters) break;
    }
    // A short look leaves out what is missing for longer: the figures stand until the next whole one.
    if (isWhole || this.#segments.length === 0) this.#segments = [...states.values()];
    this.#plannedMs = clock.nowMs();
    this.collector.wake();
  }

  async #plansOrDefault(): Promise<ReadingPlan[]> {
    const plans = await this.plans();
    if (plans.length > 0) return plans;
    const { registry } = this.#options;
    // Who took the last plan away wants none: the default is made once.
    if (await registry.settings.get(systemAccess, 'readingPlansMade')) return [];
    const plan = parsePlan(defaultPlan);
    await registry.readingPlans.put(systemAccess, plan.code, defaultPlan);
    await registry.settings.set(systemAccess, 'readingPlansMade', true);
    return [plan];
  }

  async #needsOf(meterIds: readonly number[], nowMs: number): Promise<Map<number, Need>> {
    const meters = await this.#planned(meterIds);
    return this.#needs.of(meters, await this.plans(), nowMs / 1000, lookBackS);
  }

  async #planned(meterIds: readonly number[]): Promise<PlannedMeter[]> {
    const { readingPlans } = this.#options.registry;
    return this.#described(await readingPlans.targets(systemAccess, { protocol, meterIds }));
  }

  async #described(targets: readonly CollectTarget[]): Promise<PlannedMeter[]> {
    const { directory, config } = this.#options;
    const { from, until } = directory.columns;
    return targets.map((target) => {
      const channels = directory.memory.channelsOf(target.serial);
      const [first] = channels;
      return {
        ...{ target, channels, zone: target.zone === '' ? config.zone : target.zone },
        // A meter that is installed nowhere owes nothing.
        installedFrom: (first && from[first.id]) || Number.POSITIVE_INFINITY,
        installedUntil: (first && until[first.id]) ?? Number.POSITIVE_INFINITY,
      };
    });
  }

  #offer(
    target: CollectTarget,
    need: Need | undefined,
    states: Map<string, Writable<SegmentState>>,
    nowMs: number,
  ): void {
    const { segment } = target.endpoint;
    const state = states.get(segment) ?? {
      ...{ segment, meters: 0, lacking: 0, entries: 0, atRisk: 0, overdue: 0 },
    };
    states.set(segment, state);
    state.meters += 1;
    const work = need?.work;
    if (work === undefined) return;
    state.lacking += 1;
    state.entries += work.entries;
    const leftS = work.deadlines[0]! - nowMs / 1000;
    if (leftS <= 0) state.overdue += 1;
    else if (leftS <= atRiskS) state.atRisk += 1;
    this.scheduler.offer(this.#workOf(target, work), nowMs);
  }

  #workOf({ meterId, endpoint }: CollectTarget, work: Workload): MeterWork {
    return {
      ...work,
      meter: meterId,
      segment: idOf(this.#segmentIds, endpoint.segment),
      concentrator: endpoint.concentrator === '' ? 0 : idOf(this.#concentratorIds, endpoint.concentrator),
    };
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Numbers for names, from 1. */
function idOf(ids: Map<string, number>, name: string): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  ids.set(name, ids.size + 1);
  return ids.size;
}
