/**
 * Group-commit writer: many small commits become few large blocks, each commit's promise resolves after
 * fsync.
 *
 *   commit ─▶ queue (bounded) ─▶ group ─▶ sort (group.ts) ─▶ blocks ─▶ engine, fsync ─▶ resolve
 *
 * An idle writer stores a commit at once; while a group is under way the next one gathers. The blocks of a
 * group carry deduplication tokens, so repeating them after a lost connection or a killed engine stores
 * nothing twice. One writer a store: the server holds the lease.
 */
import { randomUUID } from 'node:crypto';
import type { Commit, CommitOutcome, CommitSink, OpenAmiError, ReadingBatch } from '@openami/model';
import type { EngineClient } from '../client.ts';
import { asStoreError } from '../client.ts';
import type { Log } from '../engine/engine.ts';
import { readingStoreErrors } from '../errors.ts';
import { insertTarget } from '../migrations/schema.ts';
import * as block from './block.ts';
import { HighWater, type Lookup, type SortedGroup, settle, split } from './group.ts';
import { checkCommit, type Job, sizeOf } from './job.ts';
import { Learner } from './learner.ts';
import { defaultWriterLimits, type WriterLimits, type WriterStats } from './limits.ts';
import { lookupCurrent, lookupMeasured } from './lookup.ts';
import { Rates } from './rates.ts';

/** What the store asks of time. */
export interface Clock {
  nowMs(): number;
}

const noReadings: CommitOutcome = { stored: 0, corrections: 0, repeats: 0, stale: 0 };

interface Group {
  readonly id: string;
  readonly jobs: readonly Job[];
  /** Tables whose block of this group is stored. */
  readonly landed: Set<string>;
}

/** Stores commits; see the head of this file. */
export class ReadingWriter implements CommitSink {
  private readonly client: EngineClient;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly limits: WriterLimits;
  private readonly high = new HighWater();
  private readonly learner: Learner;
  private readonly rates: Rates;
  private readonly flying = new Map<Group, Promise<void>>();
  private queue: Job[] = [];
  private queuedRows = 0;
  private queuedBytes = 0;
  private waitingRows = 0;
  private lastStartMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private check: () => void = () => {};
  private readonly listeners: ((readings: ReadingBatch, revision: number) => void)[] = [];
  private totals = {
    stored: 0,
    repeats: 0,
    corrections: 0,
    commits: 0,
    failedCommits: 0,
    groups: 0,
    retries: 0,
  };
  /** Groups are sorted one after another, so that each sees what the one before decided. */
  private sorting: Promise<unknown> = Promise.resolve();

  constructor(client: EngineClient, clock: Clock, log: Log, limits: Partial<WriterLimits> = {}) {
    this.client = client;
    this.clock = clock;
    this.log = log;
    this.limits = { ...defaultWriterLimits, ...limits };
    this.rates = new Rates();
    this.learner = new Learner(client, this.high, log);
  }

  /** Learns now what the store holds; without it that happens in the background. */
  load(): Promise<void> {
    return this.learner.load();
  }

  /**
   * From here on this process is the one that writes. `check` throws where it may not (any more): it is asked
   * for each commit, and again right before each block goes to the engine. What others wrote until now is
   * learnt anew.
   */
  fence(check: () => void): void {
    this.check = check;
    this.learner.begin();
  }

  /** Told of readings that changed what is stored, from wherever they came. It must be quick. */
  onStored(listener: (readings: ReadingBatch, revision: number) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Stores everything of one message together. The batch must not be changed until the promise settles.
   * Rejects with BAD_READING (nothing of it stored), QUEUE_FULL, STORE_FULL, STORE_TIMEOUT, STORE_CLOSED or
   * ENGINE_QUERY_FAILED; then nothing is acknowledged and a repeat is safe.
   */
  async commit(work: Commit): Promise<CommitOutcome> {
    if (this.closed) throw readingStoreErrors.STORE_CLOSED();
    this.check();
    checkCommit(work);
    const { rows, bytes } = sizeOf(work);
    if (rows === 0) return noReadings;
    const { queueRows, queueBytes } = this.limits;
    const full = this.queuedRows + rows > queueRows || this.queuedBytes + bytes > queueBytes;
    // A commit larger than the whole queue still goes when it is alone.
    if (full && this.queuedRows > 0) {
      throw readingStoreErrors.QUEUE_FULL(`${this.queuedRows} readings wait`, {
        queuedRows: this.queuedRows,
      });
    }
    this.queuedRows += rows;
    this.queuedBytes += bytes;
    this.waitingRows += rows;
    const revision = Math.floor((work.receivedMs ?? this.clock.nowMs()) / 1_000);
    return await new Promise<CommitOutcome>((resolve, reject) => {
      this.queue.push({ work, rows, bytes, revision, resolve, reject });
      this.schedule();
    });
  }

  /**
   * Stores what was worked out of readings (closed days, statistics); it waits in no queue. Rejects as
   * `commit` does; a repeat is safe.
   */
  async derive(table: 'closed_day' | 'channel_statistics', block: Buffer): Promise<void> {
    if (this.closed) throw readingStoreErrors.STORE_CLOSED();
    const group: Group = { id: randomUUID(), jobs: [], landed: new Set() };
    await this.insert(table, group, block, performance.now() + this.limits.giveUpMs);
  }

  /** Resolves when everything handed in so far is stored or refused. */
  async flush(): Promise<void> {
    while (this.queue.length > 0 || this.flying.size > 0) {
      await Promise.allSettled(this.flying.values());
      await new Promise((resolve) => setTimeout(resolve, this.flying.size > 0 ? 0 : 1));
    }
  }

  /**
   * Newest revision second for which nothing is under way: what a reader sees "as of" it does not change any
   * more (but for commits that carry an older `receivedMs` of their own).
   */
  horizon(): number {
    let oldest = Math.floor(this.clock.nowMs() / 1_000);
    for (const { jobs } of this.flying.keys()) {
      // Who was told of the end of his commit does not find it under way any more.
      for (const job of jobs) if (!job.settled) oldest = Math.min(oldest, job.revision);
    }
    for (const job of this.queue) oldest = Math.min(oldest, job.revision);
    return oldest - 1;
  }

  stats(): WriterStats {
    return {
      readingsPerSecond: this.rates.perSecond(),
      ...this.totals,
      queuedRows: this.queuedRows,
      queuedBytes: this.queuedBytes,
    };
  }

  /** Stores what waits, refuses what comes later. */
  async close(): Promise<void> {
    this.closed = true;
    await this.learner.close();
    await this.flush();
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.queue.length === 0 || this.timer) return;
    const room =
      this.flying.size === 0 || (this.flying.size === 1 && this.waitingRows >= this.limits.overlapRows);
    if (!room) return;
    const waitMs = this.lastStartMs + this.limits.gatherMs - performance.now();
    if (waitMs > 0 && this.waitingRows < this.limits.groupRows && !this.closed) {
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.schedule();
      }, waitMs);
      return;
    }
    this.launch();
    this.schedule();
  }

  private launch(): void {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const job of this.queue) {
      if (
        count > 0 &&
        (rows + job.rows > this.limits.groupRows || bytes + job.bytes > this.limits.groupBytes)
      )
        break;
      rows += job.rows;
      bytes += job.bytes;
      count++;
    }
    const group: Group = { id: randomUUID(), jobs: this.queue.slice(0, count), landed: new Set() };
    this.queue = this.queue.slice(count);
    this.waitingRows -= rows;
    this.lastStartMs = performance.now();
    const earlier = [...this.flying.values()];
    const done = this.store(group, earlier).finally(() => {
      this.flying.delete(group);
      this.queuedRows -= rows;
      this.queuedBytes -= bytes;
      this.schedule();
    });
    this.flying.set(group, done);
  }

  private async store(group: Group, earlier: readonly Promise<void>[]): Promise<void> {
    this.totals.groups++;
    try {
      await this.storeOnce(group, earlier);
    } catch (error) {
      const failure = asStoreError(error);
      const refused = failure.code === 'ENGINE_QUERY_FAILED' && failure.data.retry === false;
      if (!refused || group.jobs.length === 1) {
        this.fail(group.jobs, failure);
        return;
      }
      // Somebody's data is refused: store the others.
      this.log.warn({ err: failure, commits: group.jobs.length }, 'a group was refused; storing one by one');
      for (const job of group.jobs) await this.storeAlone(job, group.landed);
    }
  }

  /** `landed`: evidence that its group stored before another table refused; it is not stored twice. */
  private async storeAlone(job: Job, landed: ReadonlySet<string>): Promise<void> {
    try {
      // Not in turn: the group behind may hold the turn while it waits for this one.
      const alone: Group = { id: randomUUID(), jobs: [job], landed: new Set(landed) };
      await this.storeOnce(alone, [], (work) => work());
    } catch (error) {
      this.fail([job], asStoreError(error));
    }
  }

  private async storeOnce(
    group: Group,
    earlier: readonly Promise<void>[],
    turn: <T>(work: () => Promise<T>) => Promise<T> = (work) => this.inTurn(work),
  ): Promise<void> {
    const deadlineMs = performance.now() + this.limits.giveUpMs;
    const sorted = await turn(() => this.sort(group, earlier, deadlineMs));
    const readings = this.readings(group, sorted, deadlineMs);
    const results = await Promise.allSettled([readings, ...this.evidence(group, deadlineMs)]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    this.succeed(group.jobs, sorted.outcomes);
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.sorting.then(work, work);
    this.sorting = turn.catch(() => {});
    return await turn;
  }

  private async sort(
    group: Group,
    earlier: readonly Promise<void>[],
    deadlineMs: number,
  ): Promise<SortedGroup> {
    const items = group.jobs.flatMap(({ work, revision }) =>
      work.readings ? [{ batch: work.readings, revision, basis: work.basis }] : [],
    );
    const parts = split(items, this.high);
    // What is stored is decided only when the groups before have landed.
    if (parts.slow.length > 0) await Promise.allSettled(earlier);
    const again = (lookup: typeof lookupCurrent): Lookup => {
      return (channels, ends) => this.retrying(deadlineMs, () => lookup(this.client, channels, ends));
    };
    return await settle(parts, { current: again(lookupCurrent), measured: again(lookupMeasured) });
  }

  /** History first: whoever sees the new revision finds the old one there. */
  private async readings(group: Group, sorted: SortedGroup, deadlineMs: number): Promise<void> {
    const { history } = sorted;
    if (history.length > 0) {
      await this.insert('reading_history', group, block.readingBlock(history), deadlineMs);
    }
    if (sorted.block.length > 0) {
      await this.insert('reading', group, block.readingBlock(sorted.block), deadlineMs);
    }
  }

  private evidence(group: Group, deadlineMs: number): Promise<void>[] {
    const put = <T>(
      table: string,
      pick: (work: Commit) => readonly T[] | undefined,
      encode: (items: readonly T[]) => Buffer,
    ): Promise<void> => {
      if (group.landed.has(table)) return Promise.resolve();
      const items = group.jobs.flatMap(({ work }) => pick(work) ?? []);
      return items.length > 0 ? this.insert(table, group, encode(items), deadlineMs) : Promise.resolve();
    };
    return [
      put('frame', (work) => work.frames, block.frameBlock),
      put('rejection', (work) => work.rejections, block.rejectionBlock),
      put('unregistered_reading', (work) => work.unregistered, block.unregisteredBlock),
      put('event', (work) => work.events, block.eventBlock),
      put('stated_quality', (work) => work.stated, block.statedBlock),
    ];
  }

  private async insert(table: string, group: Group, body: Buffer, deadlineMs: number): Promise<void> {
    const settings = {
      insert_deduplication_token: `${group.id}-${table}`,
      max_partitions_per_insert_block: 0,
      insert_distributed_sync: 1,
    };
    await this.retrying(deadlineMs, async () => {
      this.check();
      await this.client.insert(insertTarget(table), body, settings);
    });
    group.landed.add(table);
  }

  private async retrying<T>(deadlineMs: number, work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const failure = asStoreError(error);
        if (failure.data.retry !== true) throw failure;
        const waitMs = Math.min(50 * 2 ** attempt, 500);
        if (performance.now() + waitMs > deadlineMs) {
          throw readingStoreErrors.STORE_TIMEOUT(failure.message, { code: failure.code }, failure);
        }
        this.totals.retries++;
        this.log.warn({ code: failure.code, attempt, waitMs }, 'storing again after a failure');
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** `outcomes` are those of the commits that hold readings, in the order of the commits. */
  private succeed(jobs: readonly Job[], outcomes: readonly CommitOutcome[]): void {
    this.totals.commits += jobs.length;
    let next = 0;
    for (const job of jobs) {
      const outcome = job.work.readings ? outcomes[next++]! : noReadings;
      this.totals.stored += outcome.stored;
      this.totals.repeats += outcome.repeats;
      this.totals.corrections += outcome.corrections;
      this.rates.add(outcome.stored + outcome.repeats);
      job.settled = true;
      const { readings } = job.work;
      if (readings && outcome.stored + outcome.corrections > 0)
        for (const listener of this.listeners) listener(readings, job.revision);
      job.resolve(outcome);
    }
  }

  private fail(jobs: readonly Job[], failure: OpenAmiError): void {
    this.totals.failedCommits += jobs.length;
    this.log.error(
      { code: failure.code, detail: failure.message, commits: jobs.length },
      'commits were not stored',
    );
    for (const job of jobs) {
      job.settled = true;
      job.reject(failure);
    }
  }
}
