/**
 * Validation, estimation and editing at work: what comes in is judged on its way, local days are closed
 * when they are over, and closed again when something of them changes.
 *
 *   intake ─▶ rules ─▶ readings        late, corrected, edited ──▶ queue ──┐
 *   clock  ─▶ day over in its zone ────────────────────────────────────────┴─▶ closing
 *
 * The queue is only quick: what it lost (a process died, it was full) is found in the store by its revision.
 */
import { setImmediate } from 'node:timers/promises';
import {
  type Clock,
  type Commit,
  type CommitOutcome,
  type CommitSink,
  forEachRun,
  formatDay,
  groupBy,
  parseDay,
  systemAccess,
  type ZoneTable,
  zoneTable,
} from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from '../../config.ts';
import type { Logger } from '../../log.ts';
import type { LiveDirectory } from '../live-directory.ts';
import { ChannelBook, isClosed } from './channel-book.ts';
import { ChannelChecks } from './checks.ts';
import { type ClosingSums, DayClosing } from './closing.ts';
import { DayViewService } from './day-view.ts';
import { defaultEditLimits } from './edit-weight.ts';
import { EditService } from './edits.ts';
import { type HelpFor, helpFor } from './estimate-help.ts';
import { FigureService } from './figures.ts';
import { FirstEnds } from './first-ends.ts';
import { validatingSink } from './ingest-validation.ts';
import { PageClosing } from './page-closing.ts';
import { presenceOn } from './presence.ts';
import { reestimator } from './reestimate.ts';
import { RuleBook } from './rule-book.ts';
import { SettleQueue } from './settle-queue.ts';
import { Suspensions } from './suspensions.ts';
import { touchedDays } from './touched-days.ts';
import { VirtualService } from './virtual.ts';
import { WorkListService } from './work-list.ts';

export interface VeeOptions {
  readonly config: Pick<Config, 'zone' | 'closeDelayMinutes' | 'closeBacklogDays'>;
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly directory: LiveDirectory;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Channels of a page: what is read and closed at a time. */
const pageChannels = 500;
/** Channels of one day that are settled at a time. */
const settleChannels = 64;
const settleWaiting = 2_000_000;
const tickMs = 1_000;
const sweepMs = 60_000;
/** How far back days that were closed while estimation was suspended are looked for. */
const suspendedDays = 60;
/** What was queued waits for seconds; a process that died may have left as much unsettled. */
const unsettledS = 3_600;

/** What is going on, for people. */
export interface VeeState {
  readonly closing: {
    readonly zone: string;
    readonly day: string;
    readonly done: number;
    readonly of: number;
  } | null;
  readonly zones: readonly { readonly zone: string; readonly closedThrough: string | null }[];
  readonly waiting: number;
  /** Why days could not be closed the last time; null where nothing failed. */
  readonly trouble: string | null;
  readonly totals: ClosingSums & { readonly days: number; readonly settled: number };
}

export class VeeService {
  readonly book: ChannelBook;
  readonly rules: RuleBook;
  readonly suspensions: Suspensions;
  readonly edits: EditService;
  readonly days: DayViewService;
  readonly figures: FigureService;
  readonly virtual: VirtualService;
  readonly checks: ChannelChecks;
  readonly workList: WorkListService;
  readonly #options: VeeOptions;
  readonly #pages: PageClosing;
  readonly #queue = new SettleQueue(settleWaiting);
  /** Last closed local day by zone. */
  readonly #closed = new Map<string, number>();
  /** Channels by zone; undefined when the registry changed since. */
  #zones: Map<string, number[]> | undefined;
  readonly #first = new FirstEnds();
  /** Revision up to which changes of closed days were looked for. */
  #sweptS = 0;
  #sweptMs = 0;
  #work: Promise<void> | undefined;
  #started = false;
  #stopping = false;
  #trouble: string | null = null;
  #at: VeeState['closing'] = null;
  #totals = { channels: 0, changed: 0, estimated: 0, opened: 0, resolved: 0, days: 0, settled: 0 };

  constructor(options: VeeOptions) {
    const { registry, store, clock, log, config, directory } = options;
    this.#options = options;
    this.rules = new RuleBook({ ruleSets: registry.ruleSets, clock });
    this.book = new ChannelBook({ registry, rules: this.rules, clock, zone: config.zone });
    this.suspensions = new Suspensions({ registry, clock, log });
    const { book } = this;
    const help: HelpFor = (...asked) => helpFor({ store, book, checks: this.checks }, ...asked);
    const closing = new DayClosing({
      ...{ store, registry, clock, book, help },
      isSuspended: (channel) => this.suspensions.covers(channel),
      firstS: (channel) => this.#first.startS(channel, this.book),
    });
    this.#pages = new PageClosing({ closing, book, log, sums: (sums) => this.#add(sums) });
    const reestimate = reestimator({ store, book, help });
    this.days = new DayViewService({ registry, store, book, reestimate });
    this.figures = new FigureService({ registry, store, book, nowMs: () => clock.nowMs() });
    this.virtual = new VirtualService({
      ...{ registry, store, book, zone: config.zone },
      refresh: () => directory.refresh(),
      checks: () => this.checks.inputs(),
    });
    this.checks = new ChannelChecks({
      ...{ registry, book },
      refuseRing: (channel, check) => this.virtual.refuseRing(channel, [check]),
      changed: () => this.virtual.load(),
    });
    this.edits = new EditService({
      ...{ registry, store, clock, book, limits: defaultEditLimits, reestimate },
      settle: (channelId, ends) => {
        this.#touch(channelId, ends);
        this.wake();
      },
    });
    this.workList = new WorkListService({ registry, book, edits: this.edits });
    directory.onChange((meters) => {
      this.book.forget(meters);
      this.#zones = undefined;
    });
  }

  /** A sink that validates, and notes what touches closed days. */
  sink(sink: CommitSink): CommitSink {
    const noting: CommitSink = {
      commit: async (work) => {
        const outcome = await sink.commit(work);
        this.#note(work, outcome ?? undefined);
        return outcome;
      },
    };
    return validatingSink(noting, { book: this.book, clock: this.#options.clock });
  }

  /**
   * Reads what is kept and begins, unless it is to be held until `begin`; the returned function stops after
   * the page under way.
   */
  async start({ held = false } = {}): Promise<() => Promise<void>> {
    const { registry, store, log } = this.#options;
    await this.rules.load();
    await this.suspensions.load();
    await this.checks.load();
    await this.virtual.load();
    await this.book.loadStatistics(store);
    for (const [zone, day] of await registry.veeProgress.closed(systemAccess)) {
      this.#closed.set(zone, parseDay(day));
    }
    const finished = await this.edits.recover();
    if (finished > 0) log.info({ edits: finished }, 'Edits that were under way are finished');
    const timer = setInterval(() => this.wake(), tickMs).unref();
    if (!held) await this.begin();
    return async () => {
      this.#stopping = true;
      clearInterval(timer);
      await this.#work;
    };
  }

  /** Days are closed from here on, by what is stored now. */
  async begin(): Promise<void> {
    const { store } = this.#options;
    await this.#first.load(store);
    const basis = await store.days.newestBasis(systemAccess);
    this.#sweptS = basis === 0 ? store.writer.horizon() : basis - unsettledS;
    this.#started = true;
    await this.resume();
  }

  /** Looks for work now; what is queued while it is at work is taken up at its end. */
  wake(): void {
    if (!this.#started || this.#stopping || this.#work) return;
    const done = (failed: unknown) => {
      this.#work = undefined;
      this.#trouble = this.#pages.troubleOf(failed);
      if (failed !== undefined) {
        this.#options.log.warn({ err: failed }, 'Days could not be closed; it is tried again');
      } else if (this.#queue.size > 0) this.wake();
    };
    this.#work = this.#doWork().then(() => done(undefined), done);
  }

  /** Resolves when nothing waits any more. For tests and for whoever must see the result. */
  async settled(): Promise<void> {
    await this.#work;
    do {
      this.wake();
      await this.#work;
    } while (this.#queue.size > 0 && !this.#stopping);
  }

  get state(): VeeState {
    const zones = [...(this.#zones?.keys() ?? this.#closed.keys())].map((zone) => {
      const day = this.#closed.get(zone);
      return { zone, closedThrough: day === undefined ? null : formatDay(day) };
    });
    return {
      closing: this.#at,
      zones,
      waiting: this.#queue.size + this.#pages.failed,
      trouble: this.#trouble,
      totals: { ...this.#totals },
    };
  }

  /** Closes a day of channels once more, as something about them changed that is no reading. */
  closeAgain(channels: readonly number[], day: number): void {
    for (const channel of channels) this.#queue.add(channel, day);
    this.wake();
  }

  /** Days closed while estimation was suspended are closed again where it is not any more. */
  async resume(): Promise<void> {
    const { store, config } = this.#options;
    const today = zoneTable(config.zone).localDayOf(this.#nowS());
    const { channel, day, length } = await store.days.suspended(systemAccess, today - suspendedDays);
    await this.book.load(channel);
    for (let i = 0; i < length; i++) {
      const booked = this.book.get(channel[i]!);
      if (booked && !this.suspensions.covers(booked)) this.#queue.add(channel[i]!, day[i]!);
    }
    this.wake();
  }

  /** Settles what waits and closes days, the oldest first, until none is due. */
  async #doWork(): Promise<void> {
    while (!this.#stopping) {
      await this.#settleWaiting();
      await this.#sweep();
      const due = await this.#dueDay();
      if (due === undefined || this.#stopping) return;
      await this.#closeDay(due.zone, due.day);
    }
  }

  #nowS(): number {
    return Math.floor(this.#options.clock.nowMs() / 1000);
  }

  /** The oldest local day that is over and not closed. */
  async #dueDay(): Promise<{ zone: ZoneTable; day: number } | undefined> {
    const { config } = this.#options;
    let due: { zone: ZoneTable; day: number } | undefined;
    for (const name of (await this.#channelsByZone()).keys()) {
      const zone = zoneTable(name);
      const over = zone.localDayOf(this.#nowS() - config.closeDelayMinutes * 60) - 1;
      const day = (this.#closed.get(name) ?? over - config.closeBacklogDays) + 1;
      if (day <= over && (due === undefined || day < due.day)) due = { zone, day };
    }
    return due;
  }

  async #channelsByZone(): Promise<Map<string, number[]>> {
    if (this.#zones) return this.#zones;
    const zones = new Map<string, number[]>();
    for await (const page of this.book.pages(1_000)) {
      for (const [zone, alike] of groupBy(page.filter(isClosed), ({ facts }) => facts.zone.zone)) {
        const ids = zones.get(zone) ?? [];
        for (const { facts } of alike) ids.push(facts.channel);
        zones.set(zone, ids);
      }
    }
    this.#zones = zones;
    return zones;
  }

  async #closeDay(zone: ZoneTable, day: number): Promise<void> {
    const { registry, store, log } = this.#options;
    const channels = (await this.#channelsByZone()).get(zone.zone) ?? [];
    await this.book.load(channels);
    const present = await presenceOn(zone, day, channels, { store, book: this.book, first: this.#first });
    if (await this.suspensions.notice(present)) await this.resume();
    for (let at = 0; at < channels.length; at += pageChannels) {
      this.#at = { zone: zone.zone, day: formatDay(day), done: at, of: channels.length };
      await this.#pages.close(channels.slice(at, at + pageChannels), day);
      await setImmediate();
      if (this.#stopping) return;
    }
    await this.#passOn(channels, day);
    this.#at = null;
    this.#closed.set(zone.zone, day);
    await registry.veeProgress.note(systemAccess, zone.zone, formatDay(day));
    this.#totals.days++;
    log.debug({ zone: zone.zone, day: formatDay(day), channels: channels.length }, 'Day closed');
  }

  #add(sums: ClosingSums): void {
    for (const name of ['channels', 'changed', 'estimated', 'opened', 'resolved'] as const) {
      this.#totals[name] += sums[name];
    }
  }

  /** Works out what is made of closed channels; what takes from them is closed again. */
  async #passOn(channels: readonly number[], day: number): Promise<void> {
    const ids = this.virtual.dependents(channels);
    await this.virtual.compute(ids, day);
    for (const id of ids) if (this.checks.of(id) !== undefined) this.#queue.add(id, day);
  }

  async #settleWaiting(): Promise<void> {
    for (let work = this.#queue.take(settleChannels); work; work = this.#queue.take(settleChannels)) {
      try {
        await this.#pages.close(work.channels, work.day);
        await this.#passOn(work.channels, work.day);
      } catch (error) {
        for (const channel of work.channels) this.#queue.add(channel, work.day);
        throw error;
      }
      this.#totals.settled += work.channels.length;
      if (this.#stopping) return;
    }
  }

  /** What the queue does not know of: readings of closed days with a revision that was not looked at yet. */
  async #sweep(): Promise<void> {
    const { store } = this.#options;
    if (this.#closed.size === 0) {
      // What is there before the first day is closed is seen by that closing.
      this.#sweptS = store.writer.horizon();
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#sweptMs < sweepMs && !this.#queue.overflowed) return;
    this.#sweptMs = nowMs;
    for (const { channel, day } of this.#pages.takeFailed()) this.#queue.add(channel, day);
    const untilS = store.writer.horizon();
    const sinceS = this.#sweptS;
    const newest = Math.max(...[...this.#closed].map(([zone, day]) => zoneTable(zone).dayStart(day + 1)));
    this.#queue.overflowed = false;
    const last = this.#options.directory.channelEnd;
    for (let after = 0; after < last; after += pageChannels) {
      const span = { sinceS, untilS, endS: newest, afterChannel: after, channels: pageChannels };
      const { channel, end, length } = await store.days.changedSince(systemAccess, span);
      await this.book.load(channel);
      forEachRun(channel, length, (id, from, to) => this.#touch(id, end.subarray(from, to)));
      await this.#settleWaiting();
      if (this.#stopping) return;
    }
    this.#sweptS = untilS;
  }

  #note({ readings }: Commit, outcome: CommitOutcome | undefined): void {
    if (readings === undefined || outcome?.stored === 0) return;
    const { channel, end, quality, length } = readings;
    const before = this.#queue.size;
    forEachRun(channel, length, (id, from, to) => {
      const ends = end.subarray(from, to);
      this.#first.note(id, ends, quality.subarray(from, to));
      this.#touch(id, ends);
    });
    if (this.#queue.size > before) this.wake();
  }

  /** The last day that is closed or being closed: what is stored meanwhile may have come too late for it. */
  #reached(zone: string): number | undefined {
    return this.#at?.zone === zone ? parseDay(this.#at.day) : this.#closed.get(zone);
  }

  /** Queues the days of readings where they are closed. */
  #touch(channelId: number, ends: ArrayLike<number>): void {
    const facts = this.book.get(channelId)?.facts;
    const closed = facts && this.#reached(facts.zone.zone);
    if (facts === undefined || closed === undefined) return;
    const beside = () => this.book.ofMeter(facts.meter).map((one) => one.facts);
    touchedDays(facts, ends, beside, (channel, day) => {
      if (day <= closed) this.#queue.add(channel, day);
    });
  }
}
