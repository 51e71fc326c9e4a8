/**
 * Which meters to read next: a step function over time, with no clock, timer or randomness of its own.
 *
 *     offer ──▶ ready ──next──▶ running ──done: read──────▶ gone (or ready: offered meanwhile, or a rest)
 *                 ▲                │
 *                 └──── waiting ◀──┘ done: failed (back-off with jitter), busy or ours (a short pause)
 *
 * A meter is in one of these states, so it is never read twice at once. Offering is idempotent: the planner
 * offers all that has gaps, whenever it looks; a meter that is queued takes the new figures, one that is
 * running is queued again afterwards.
 *
 * Who is to blame for a failure: the link, when the meter was not reached or the line died; then the gates
 * of its segment and concentrator are told, and while those are down, the meter's own count does not rise.
 * The meter, when it was reached and refused (wrong key, unsupported); asking soon again helps nobody then.
 *
 * A million meters queued in 200 segments and 10,000 concentrators, 5 % of sessions failing: 1.05 M `next`
 * and `done` took 5 to 9 s of a core (110 k to 210 k sessions/s), so two cores' worth of real sessions
 * (1,000/s) costs this 1 %.
 */
import { backOff } from '../back-off.ts';
import { collectErrors } from './errors.ts';
import { SlotHeap } from './heap.ts';
import { LaneTree } from './lanes.ts';
import {
  type CollectLimits,
  checkLimits,
  defaultCollectLimits,
  freshLane,
  type Lane,
  retryLane,
} from './limits.ts';
import type { Workload } from './need.ts';
import { checkWork, defaultOrder, type MeterWork, type OrderOptions, State, WorkQueue } from './queue.ts';

/** A session to start. */
export interface CollectJob {
  readonly meter: number;
  readonly segment: number;
  readonly concentrator: number;
  /** The deadline at risk, UTC seconds. */
  readonly deadlineS: number;
  /** Entries missing when it was offered last. */
  readonly entries: number;
  /** Failures before this session, 0 for none. */
  readonly attempts: number;
  readonly lane: Lane;
  readonly startedMs: number;
  readonly slot: number;
  readonly serial: number;
}

/** How a session ended. What it stored is not told here: the store knows. */
export type CollectOutcome =
  /**
   * All that was asked for is stored, or is proven not to exist. `rest`: what the session's budget left
   * out.
   */
  | { readonly kind: 'read'; readonly rest?: Workload }
  /** Nothing was missing any more: there was no session. */
  | { readonly kind: 'complete' }
  /** The link died. `progress`: entries were stored before, so the meter is not one that never answers. */
  | { readonly kind: 'link'; readonly progress?: boolean }
  /** The meter was reached and refused, or answered nonsense. */
  | { readonly kind: 'meter' }
  /** The meter is in another session, such as that of a command. */
  | { readonly kind: 'busy' }
  /**
   * Not read for a reason of ours: as if it had not been started. `pause`: after a short time, since what
   * failed (the store, the vault) would fail again, and the meter would be read over and over for nothing.
   */
  | { readonly kind: 'returned'; readonly pause?: boolean };

export interface BackOff {
  /** Wait after the first failure; doubles with each. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** Wait after the first failure that is the meter's. */
  readonly refusedMs: number;
  /** Wait when it is in another session, or we are at fault. */
  readonly busyMs: number;
}

export interface SchedulerOptions {
  readonly limits?: CollectLimits;
  readonly order?: OrderOptions;
  readonly backOff?: BackOff;
  /** Meters that may be queued. */
  readonly capacity?: number;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
}

export type Offered = 'queued' | 'updated' | 'running' | 'full';

export const defaultBackOff: BackOff = {
  firstMs: 60_000,
  mostMs: 3_600_000,
  refusedMs: 900_000,
  busyMs: 15_000,
};

const again = 1;
const withdrawn = 2;

export class CollectScheduler {
  readonly #queue: WorkQueue;
  readonly #tree: LaneTree;
  readonly #waiting: SlotHeap;
  readonly #backOff: BackOff;
  readonly #random: () => number;
  /** Segment and concentrator of each leaf, for jobs. */
  readonly #where: { readonly segment: number; readonly concentrator: number }[] = [];
  #running = 0;

  /** Raises COLLECT_LIMIT_INVALID. */
  constructor(options: SchedulerOptions) {
    const { limits = defaultCollectLimits, order = defaultOrder, capacity = 4_000_000 } = options;
    checkLimits(limits);
    this.#queue = new WorkQueue(capacity, order);
    this.#tree = new LaneTree(this.#queue.heap, limits);
    this.#waiting = new SlotHeap(this.#queue.heap);
    this.#backOff = options.backOff ?? defaultBackOff;
    this.#random = options.random;
  }

  /** `queued`: ready, waiting and running; `waiting`: for their back-off. */
  get counts(): { readonly queued: number; readonly waiting: number; readonly running: number } {
    return { queued: this.#queue.size, waiting: this.#waiting.size, running: this.#running };
  }

  /** How a segment's link does; undefined when none of its meters was offered yet. */
  segment(
    id: number,
  ): { readonly running: number; readonly slots: number; readonly down: boolean } | undefined {
    const gate = this.#tree.gateOf(id);
    return gate && { running: gate.running, slots: gate.slotsNow, down: gate.down };
  }

  /**
   * Queues a meter, or brings what is known of it up to date. `full`: offer it again later. Raises
   * COLLECT_WORK_INVALID.
   */
  offer(work: MeterWork, nowMs: number): Offered {
    checkWork(work);
    const queue = this.#queue;
    const known = queue.find(work.meter);
    const slot = known ?? queue.add(work.meter);
    if (slot === undefined) return 'full';
    const leaf = this.#tree.leafOf(work.segment, work.concentrator);
    const state = known === undefined ? State.free : queue.state[slot];
    if (state === State.running) {
      // Where it is reached stays as it is until the session ends; a later offer moves it.
      queue.write(slot, work);
      queue.after[slot] = again;
      return 'running';
    }
    const moved = state === State.ready && queue.leaf[slot] !== leaf;
    if (moved) this.#tree.remove(queue.leaf[slot]!, this.#laneOf(slot), slot, nowMs);
    queue.write(slot, work);
    queue.leaf[slot] = leaf;
    this.#where[leaf] ??= { segment: work.segment, concentrator: work.concentrator };
    if (state !== State.waiting) this.#makeReady(slot, nowMs);
    return known === undefined ? 'queued' : 'updated';
  }

  /** Forgets a meter (removed from the registry). A running session ends by itself. */
  withdraw(meter: number, nowMs: number): void {
    const queue = this.#queue;
    const slot = queue.find(meter);
    if (slot === undefined) return;
    const state = queue.state[slot];
    if (state === State.running) {
      queue.after[slot] = withdrawn;
      return;
    }
    if (state === State.ready) this.#tree.remove(queue.leaf[slot]!, this.#laneOf(slot), slot, nowMs);
    else this.#waiting.remove(slot);
    queue.release(slot);
  }

  /** Sessions to start now, most urgent first, at most `most`. Each must be reported by `done`. */
  next(nowMs: number, most = Number.POSITIVE_INFINITY): CollectJob[] {
    const queue = this.#queue;
    while (this.#waiting.minKey <= nowMs) this.#makeReady(this.#waiting.pop(), nowMs);
    const jobs: CollectJob[] = [];
    const keyNow = (slot: number) => queue.key(slot, nowMs);
    while (jobs.length < most) {
      const slot = this.#tree.start(nowMs, keyNow);
      if (slot < 0) break;
      queue.state[slot] = State.running;
      this.#running += 1;
      jobs.push({
        meter: queue.meter[slot]!,
        ...this.#where[queue.leaf[slot]!]!,
        deadlineS: queue.deadlineS(slot, nowMs),
        entries: queue.entries[slot]!,
        attempts: queue.attempts[slot]!,
        lane: this.#laneOf(slot),
        startedMs: nowMs,
        slot,
        serial: ++queue.serial[slot]!,
      });
    }
    return jobs;
  }

  /** Takes a session's end. Raises COLLECT_JOB_UNKNOWN when it is not running. */
  done(job: CollectJob, outcome: CollectOutcome, nowMs: number): void {
    const queue = this.#queue;
    const { slot, lane } = job;
    if (queue.state[slot] !== State.running || queue.serial[slot] !== job.serial) {
      throw collectErrors.COLLECT_JOB_UNKNOWN(`meter ${job.meter}, session ${job.serial}`);
    }
    if (outcome.kind === 'read' && outcome.rest) checkWork(outcome.rest);
    const leaf = queue.leaf[slot]!;
    const blameless = this.#tree.isDown(leaf);
    this.#running -= 1;
    this.#tree.end(leaf, lane, Math.max(0, nowMs - job.startedMs), carried(outcome), nowMs);
    const after = queue.after[slot];
    queue.after[slot] = 0;
    queue.state[slot] = State.free;
    if (after === withdrawn) queue.release(slot);
    else if (outcome.kind === 'read') this.#read(slot, outcome.rest, after === again, nowMs);
    else if (outcome.kind === 'complete') this.#read(slot, undefined, after === again, nowMs);
    else if (outcome.kind === 'returned' && !outcome.pause) this.#makeReady(slot, nowMs);
    else this.#wait(slot, this.#pauseMs(slot, outcome, blameless), nowMs);
  }

  /** When to call `next` again if no session ends and nothing is offered before; Infinity: not at all. */
  wakeMs(nowMs: number): number {
    return Math.min(this.#waiting.minKey, this.#tree.wakeMs(nowMs));
  }

  #laneOf(slot: number): Lane {
    return this.#queue.attempts[slot] === 0 ? freshLane : retryLane;
  }

  #makeReady(slot: number, nowMs: number): void {
    const queue = this.#queue;
    queue.state[slot] = State.ready;
    this.#tree.put(queue.leaf[slot]!, this.#laneOf(slot), slot, queue.key(slot, nowMs), nowMs);
  }

  #read(slot: number, rest: Workload | undefined, offered: boolean, nowMs: number): void {
    const queue = this.#queue;
    queue.attempts[slot] = 0;
    if (rest === undefined && !offered) {
      queue.release(slot);
      return;
    }
    // What was offered meanwhile was computed before the session stored anything: the rest is newer.
    if (rest !== undefined) queue.write(slot, rest);
    this.#makeReady(slot, nowMs);
  }

  /** Counts the failure and says how long to wait. */
  #pauseMs(slot: number, outcome: CollectOutcome, blameless: boolean): number {
    const { firstMs, mostMs, refusedMs, busyMs } = this.#backOff;
    const { attempts } = this.#queue;
    // Half of it for sure, half by chance: meters that failed together do not come back together.
    const jitter = 0.5 + this.#random() / 2;
    if (outcome.kind === 'busy' || outcome.kind === 'returned') return busyMs * jitter;
    if (outcome.kind === 'link') {
      if (outcome.progress) attempts[slot] = 0;
      if (blameless) return mostMs * jitter * 0.25;
    }
    const failures = Math.min(attempts[slot]! + 1, 255);
    attempts[slot] = failures;
    const first = outcome.kind === 'meter' ? refusedMs : firstMs;
    return backOff(first, failures - 1, mostMs) * jitter;
  }

  #wait(slot: number, forMs: number, nowMs: number): void {
    this.#queue.state[slot] = State.waiting;
    this.#waiting.set(slot, nowMs + forMs);
  }
}

/** What an outcome says of the link: it carried the session, it did not, or nothing. */
function carried(outcome: CollectOutcome): boolean | undefined {
  if (outcome.kind === 'read' || outcome.kind === 'meter') return true;
  return outcome.kind === 'link' && !outcome.progress ? false : undefined;
}
