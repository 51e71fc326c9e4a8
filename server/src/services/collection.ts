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
  type CollectLimits,
  Collector,
  CollectScheduler,
  DlmsReader,
  defaultCollectLimits,
  type Ingest,
  type LinkCapacity,
  type MeterWork,
  type Need,
  parsePlan,
  sharedLineOf,
  type Workload,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { CollectTarget, ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { CollectNeeds } from './collect-needs.ts';
import type { DlmsService } from './dlms.ts';
import type { LiveDirectory } from './live-directory.ts';
import { type LivePlan, livePlans, PlanMembers } from './plan-members.ts';
import type { PlannedMeter } from './planned-meter.ts';

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
  readonly limits?: Partial<CollectLimits>;
  /** Throws where this server may not act. */
  readonly requireWriter: () => void;
}

const protocol = 'dlms';
/** Least real time between two rounds. */
const roundMs = 10_000;
/** A round is followed by a pause of so many times what it took: planning is a small part of the work. */
const pauseTimes = 9;
const lookBackS = 14 * 86_400;
/** Looked at together: what bounds the memory of a round. */
const pageMeters = 5_000;
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
  /** Lines that several meters share, by number as concentrators are: one session at a time. */
  readonly #lines = new Map<number, LinkCapacity>();
  readonly members: PlanMembers;
  #segments: SegmentState[] = [];
  #round: Promise<void> | undefined;
  #plannedMs = 0;

  constructor(options: CollectionOptions) {
    this.#options = options;
    const { clock, clockSpeed, store, dlms, ingest, busy, log, registry } = options;
    this.members = new PlanMembers(registry);
    this.#needs = new CollectNeeds(store, this.members);
    const limits = { ...defaultCollectLimits, ...options.limits, concentrators: this.#lines };
    this.scheduler = new CollectScheduler({ random: Math.random, limits });
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

  /** The plans that can be used. */
  async plans(): Promise<LivePlan[]> {
    const { registry, log } = this.#options;
    const records = await registry.readingPlans.list(systemAccess);
    return livePlans(records, parsePlan, (code, error) => {
      log.warn({ err: error, code }, 'A reading plan cannot be used');
    });
  }

  /** Starts rounds and sessions; gives what stops them. */
  start(): () => Promise<void> {
    this.collector.start();
    let timer: NodeJS.Timeout | undefined;
    let isStopped = false;
    const round = async (): Promise<void> => {
      const startedMs = performance.now();
      await this.plan();
      const pauseMs = Math.max(roundMs, (performance.now() - startedMs) * pauseTimes);
      if (!isStopped) timer = setTimeout(() => void round(), pauseMs);
    };
    void round();
    return async () => {
      isStopped = true;
      clearTimeout(timer);
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

  /** Gaps of one meter now, over the whole time that is looked at. */
  async gapsOf(meterId: number): Promise<Need | undefined> {
    const needs = await this.#needsOf([meterId], this.#options.clock.nowMs());
    return needs.get(meterId);
  }

  async #planAll(): Promise<void> {
    const { clock, requireWriter } = this.#options;
    requireWriter();
    const states = new Map<string, Writable<SegmentState>>();
    const seen = new Set<number>();
    let plans: LivePlan[] | undefined;
    for await (const meters of this.#pages()) {
      plans ??= await this.#plansOrDefault();
      const nowMs = clock.nowMs();
      await this.members.update(plans, meters, nowMs / 1000);
      // All of it each time: a short look would make a meter with an old gap seem less urgent than it is.
      const needs = await this.#needs.of(meters, plans.map(planOf), nowMs / 1000, lookBackS);
      for (const { target } of meters) {
        seen.add(target.meterId);
        this.#offer(target, needs.get(target.meterId), states, nowMs);
      }
    }
    if (plans === undefined) await this.members.know(await this.plans());
    await this.members.close(seen, clock.nowMs() / 1000);
    this.#segments = [...states.values()];
    this.#plannedMs = clock.nowMs();
    this.collector.wake();
  }

  /** All meters with an endpoint. */
  async *#pages(): AsyncGenerator<PlannedMeter[]> {
    const { readingPlans } = this.#options.registry;
    for (let after = 0; ; ) {
      const query = { protocol, afterMeterId: after, limit: pageMeters };
      const targets = await readingPlans.targets(systemAccess, query);
      if (targets.length > 0) yield this.#described(targets);
      if (targets.length < pageMeters) return;
      after = targets.at(-1)!.meterId;
    }
  }

  async #plansOrDefault(): Promise<LivePlan[]> {
    let plans = await this.plans();
    const { registry } = this.#options;
    // Who took the last plan away wants none: the default is made once.
    if (plans.length === 0 && !(await registry.settings.get(systemAccess, 'readingPlansMade'))) {
      await registry.readingPlans.put(systemAccess, defaultPlan.code, defaultPlan);
      await registry.settings.set(systemAccess, 'readingPlansMade', true);
      plans = await this.plans();
    }
    await this.members.know(plans);
    return plans;
  }

  async #needsOf(meterIds: readonly number[], nowMs: number): Promise<Map<number, Need>> {
    const meters = await this.#planned(meterIds);
    const plans = await this.plans();
    await this.members.know(plans);
    return this.#needs.of(meters, plans.map(planOf), nowMs / 1000, lookBackS);
  }

  async #planned(meterIds: readonly number[]): Promise<PlannedMeter[]> {
    const { readingPlans } = this.#options.registry;
    return this.#described(await readingPlans.targets(systemAccess, { protocol, meterIds }));
  }

  #described(targets: readonly CollectTarget[]): PlannedMeter[] {
    const { directory, config } = this.#options;
    return targets.map((target) => {
      const channels = directory.memory.channelsOf(target.serial);
      const installed = channels[0] === undefined ? [] : directory.installedOf(channels[0].id);
      return { target, channels, zone: target.zone === '' ? config.zone : target.zone, installed };
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
      concentrator: this.#concentratorOf(endpoint),
    };
  }

  #concentratorOf(endpoint: CollectTarget['endpoint']): number {
    const line = sharedLineOf(endpoint);
    if (line !== undefined) {
      const id = idOf(this.#concentratorIds, `line ${line}`);
      if (!this.#lines.has(id)) this.#lines.set(id, oneSession);
      return id;
    }
    return endpoint.concentrator === '' ? 0 : idOf(this.#concentratorIds, endpoint.concentrator);
  }
}

const oneSession: LinkCapacity = { slots: 1, perSecond: Number.POSITIVE_INFINITY, burst: 1 };

const planOf = ({ plan }: LivePlan) => plan;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Numbers for names, from 1. */
function idOf(ids: Map<string, number>, name: string): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  ids.set(name, ids.size + 1);
  return ids.size;
}
