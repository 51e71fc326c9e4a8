/**
 * Runs the scheduler: asks it what to start, computes what those meters lack, has them read, and reports
 * back.
 *
 *     scheduler.next ──jobs──▶ Needs (gaps from the store, in one query) ──requests──▶ Reader
 *          ▲                        │ nothing missing any more               │ stored for good
 *          └───────── done ◀────────┴────────────────────────────────────────┘
 *
 * Gaps are computed when a session starts, for all that start together, so nothing is asked for that came
 * in another way while the meter was queued. Ends that come close together are gathered (`gatherMs`), which
 * makes one query of many.
 *
 * A million meters, quarter hours, 95 % within 8 h of midnight: 35 sessions/s on average. With sessions of
 * 2 s over slow links that is 70 slots at once, of 1,000 allowed; a backlog of two days for all of them is
 * worked off at what the links carry, not at what this costs.
 */
import type { Clock } from '@openami/model';
import { collectErrors } from './errors.ts';
import type { Need, ReadRequest } from './need.ts';
import type { CollectJob, CollectOutcome, CollectScheduler } from './scheduler.ts';

/** A session with what to ask. */
export interface ReadSession extends CollectJob {
  readonly requests: readonly ReadRequest[];
}

/** A driver. */
export interface Reader {
  /**
   * Reads a meter; resolves when what it read is stored for good, or failed. When the signal aborts it
   * closes its session and settles soon (with `link` and its `progress`, or by rejecting): until then the
   * meter counts as being read.
   */
  read(session: ReadSession, signal: AbortSignal): Promise<CollectOutcome>;
}

/**
 * What meters lack by the store, now: `needOf` over their gaps. A meter that is not in the answer lacks
 * nothing.
 */
export interface Needs {
  of(meters: readonly number[], nowMs: number): Promise<ReadonlyMap<number, Need>>;
}

/** Calls back once after a time by the collector's clock; returns what cancels it. */
export type After = (ms: number, call: () => void) => () => void;

export interface CollectorOptions {
  readonly scheduler: CollectScheduler;
  readonly reader: Reader;
  readonly needs: Needs;
  readonly clock: Clock;
  readonly after: After;
  /** The part of a logger that is used here; pino fits. */
  readonly log: { warn(data: object, message: string): void };
  /** A session is aborted after this. */
  readonly timeoutMs?: number;
  readonly gatherMs?: number;
}

/** Counters since start, plain numbers: read them for metrics. */
export interface CollectorMetrics {
  sessions: number;
  /** Jobs that needed no session, because nothing was missing any more. */
  complete: number;
  read: number;
  link: number;
  meter: number;
  busy: number;
  returned: number;
  timeouts: number;
}

/** Longest sleep: a clock that is set must not leave the collector asleep. */
const maxSleepMs = 60_000;
/** Pause after the store could not be asked. */
const needsPauseMs = 5_000;

interface Running {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #running = new Map<number, Running>();
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #stopped = true;
  readonly metrics: CollectorMetrics = {
    sessions: 0,
    complete: 0,
    read: 0,
    link: 0,
    meter: 0,
    busy: 0,
    returned: 0,
    timeouts: 0,
  };

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** To be called after meters were offered to the scheduler. */
  wake(): void {
    this.#sleep(this.#options.gatherMs ?? 10);
  }

  /**
   * Starts nothing more; sessions may end within `graceMs`, then they are aborted, and it waits for them as
   * long again. Resolves when none runs, or that time is over.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    await this.#settled(graceMs);
    for (const { abort } of this.#running.values()) abort.abort(collectErrors.COLLECT_STOPPED());
    await this.#settled(graceMs);
  }

  /** Resolves when nothing is asked or read any more, or after `mostMs`. */
  async #settled(mostMs: number): Promise<void> {
    let cancel = () => {};
    const over = new Promise<void>((done) => {
      cancel = this.#options.after(mostMs, done);
    });
    const all = async () => {
      await this.#asking;
      await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    };
    await Promise.race([all(), over]);
    cancel();
  }

  /** Looks for work in `ms`, or earlier when it was going to anyway. */
  #sleep(ms: number): void {
    if (this.#stopped || ms === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#options.clock.nowMs();
    const atMs = Math.max(this.#pausedUntilMs, nowMs + Math.min(Math.max(ms, 1), maxSleepMs));
    // One that is overdue by the clock was set before the clock was: it may ring much later.
    if (atMs >= this.#timerAtMs && this.#timerAtMs > nowMs) return;
    this.#cancelTimer?.();
    this.#timerAtMs = atMs;
    this.#cancelTimer = this.#options.after(atMs - nowMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#look();
    });
  }

  #look(): void {
    // One question to the store at a time: what becomes free meanwhile is gathered for the next.
    if (this.#stopped || this.#asking) return;
    const { scheduler, clock } = this.#options;
    const nowMs = clock.nowMs();
    const jobs = scheduler.next(nowMs);
    if (jobs.length === 0) {
      this.#sleep(scheduler.wakeMs(nowMs) - nowMs);
      return;
    }
    this.#asking = this.#begin(jobs, nowMs).finally(() => {
      this.#asking = undefined;
      this.wake();
    });
  }

  async #begin(jobs: readonly CollectJob[], nowMs: number): Promise<void> {
    const { needs, clock, log } = this.#options;
    let found: ReadonlyMap<number, Need>;
    try {
      found = await needs.of(
        jobs.map((job) => job.meter),
        nowMs,
      );
    } catch (error) {
      log.warn({ err: error, meters: jobs.length }, 'gaps cannot be computed; collection pauses');
      this.#pausedUntilMs = clock.nowMs() + needsPauseMs;
      for (const job of jobs) this.#done(job, { kind: 'returned' });
      return;
    }
    for (const job of jobs) {
      const need = found.get(job.meter);
      if (this.#stopped) this.#done(job, { kind: 'returned' });
      else if (need === undefined || need.requests.length === 0) {
        this.#done(job, { kind: 'complete' });
      } else this.#session(job, need);
    }
  }

  #session(job: CollectJob, need: Need): void {
    const { reader, after, timeoutMs = 120_000 } = this.#options;
    const abort = new AbortController();
    const cancel = after(timeoutMs, () => {
      this.metrics.timeouts += 1;
      abort.abort(collectErrors.COLLECT_TIMEOUT(`meter ${job.meter} after ${timeoutMs} ms`));
    });
    this.metrics.sessions += 1;
    const ended = Promise.resolve()
      .then(() => reader.read({ ...job, requests: need.requests }, abort.signal))
      .catch((error: unknown) => this.#failed(job, abort.signal, error))
      .then((outcome) => {
        cancel();
        this.#running.delete(job.slot);
        this.#done(job, outcome.kind === 'read' && need.rest ? { kind: 'read', rest: need.rest } : outcome);
        this.wake();
      });
    this.#running.set(job.slot, { abort, ended });
  }

  #failed(job: CollectJob, signal: AbortSignal, error: unknown): CollectOutcome {
    if (signal.aborted) return this.#stopped ? { kind: 'returned' } : { kind: 'link' };
    this.#options.log.warn({ err: error, meter: job.meter }, 'the driver failed');
    return { kind: 'meter' };
  }

  #done(job: CollectJob, outcome: CollectOutcome): void {
    this.metrics[outcome.kind] += 1;
    this.#options.scheduler.done(job, outcome, this.#options.clock.nowMs());
  }
}
