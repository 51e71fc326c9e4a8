/**
 * What waits to be read: one record a meter, in columns, and the key it is ordered by.
 *
 * The order is (worth at risk / network cost) by the deadline at risk. Urgency doubles each `doubleMs` as
 * the deadline nears: worth / cost * 2^((now - deadline) / doubleMs). The factor 2^(now / doubleMs) is the
 * same for all, so the order of two meters never changes while they wait, and the logarithm of the rest is
 * a key that is computed once:
 *
 *     key = deadline - doubleMs * log2(worth / cost), the second part bounded (smallest first)
 *
 * That is ageing, too: whoever waits is passed only by what is due less than twice the bound after it, so
 * nothing starves, however valuable or cheap the newcomers are. Equal worth and cost: earliest deadline
 * first.
 *
 * The deadline at risk is the first level's that is still ahead; when all are missed, the last one's. What
 * missed its 8 hours thus makes way for what can still be read within 8 hours, and comes first again when
 * its 24 hours near. Keys only grow by that, so a heap may hold an old key until it comes to the top.
 *
 * Memory: 51 bytes of columns a meter, 4 to 8 in a heap, some 40 in the map from meter to record; 100 to
 * 110 measured with a million meters, 200 segments and 10,000 concentrators. No list of what is missing is
 * kept here (a backlog of days would be of any size, and stale): the gaps of a meter are computed when its
 * session starts.
 */
import { collectErrors } from './errors.ts';
import { growColumns, type HeapColumns, heapColumns } from './heap.ts';
import type { Workload } from './need.ts';
import { maxLevels } from './plan.ts';

/** A meter's work, and through which links it is reached. */
export interface MeterWork extends Workload {
  readonly meter: number;
  readonly segment: number;
  /** 0 where it is reached directly. */
  readonly concentrator: number;
}

export interface OrderOptions {
  /** Urgency doubles in this time. */
  readonly doubleMs: number;
  /** Worth and cost move a meter by at most so many doublings, each way. */
  readonly swayDoublings: number;
  /** Worth a second of network time that moves nothing: the usual session's. */
  readonly usualWorthPerS: number;
}

export const defaultOrder: OrderOptions = { doubleMs: 1_800_000, swayDoublings: 6, usualWorthPerS: 50 };

export const State = { free: 0, ready: 1, waiting: 2, running: 3 } as const;

const firstCapacity = 1_024;

export class WorkQueue {
  readonly #order: OrderOptions;
  readonly #capacity: number;
  readonly #slots = new Map<number, number>();
  readonly #free: number[] = [];
  #used = 0;
  #length = 0;
  /** Keys and positions of the slots, for the heaps. */
  readonly heap: HeapColumns = heapColumns(0);
  meter = new Uint32Array(0);
  leaf = new Uint32Array(0);
  entries = new Uint32Array(0);
  /** Counts the sessions of a slot, so that an old job is told from the running one. */
  serial = new Uint32Array(0);
  attempts = new Uint8Array(0);
  state = new Uint8Array(0);
  /** While running: 1 when it is to be queued again afterwards, 2 when its meter was withdrawn. */
  after = new Uint8Array(0);
  #deadlines = new Uint32Array(0);
  #sway = new Float32Array(0);

  constructor(capacity: number, order: OrderOptions) {
    this.#capacity = capacity;
    this.#order = order;
  }

  /** Meters that are waiting or running. */
  get size(): number {
    return this.#slots.size;
  }

  find(meter: number): number | undefined {
    return this.#slots.get(meter);
  }

  /** A record for a meter that has none; undefined when the queue is full. */
  add(meter: number): number | undefined {
    if (this.#slots.size >= this.#capacity) return undefined;
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.#length) this.#grow(slot + 1);
    this.#slots.set(meter, slot);
    this.meter[slot] = meter;
    this.attempts[slot] = 0;
    this.after[slot] = 0;
    return slot;
  }

  release(slot: number): void {
    this.#slots.delete(this.meter[slot]!);
    this.state[slot] = State.free;
    this.#free.push(slot);
  }

  /** Takes a workload over. Raises COLLECT_WORK_INVALID, and then has changed nothing. */
  write(slot: number, work: Workload): void {
    for (let level = 0; level < maxLevels; level++) {
      this.#deadlines[slot * maxLevels + level] = work.deadlines[level] ?? 0;
    }
    this.entries[slot] = work.entries;
    const { usualWorthPerS, swayDoublings, doubleMs } = this.#order;
    const doublings = Math.log2((work.worth * 1_000) / (work.costMs * usualWorthPerS));
    this.#sway[slot] = Math.max(-swayDoublings, Math.min(swayDoublings, doublings)) * doubleMs;
  }

  /** The deadline at risk, UTC seconds. */
  deadlineS(slot: number, nowMs: number): number {
    const first = slot * maxLevels;
    let deadlineS = this.#deadlines[first]!;
    for (let level = 1; level < maxLevels && deadlineS * 1_000 < nowMs; level++) {
      const later = this.#deadlines[first + level]!;
      if (later === 0) break;
      deadlineS = later;
    }
    return deadlineS;
  }

  /** What the slot is ordered by, in milliseconds. */
  key(slot: number, nowMs: number): number {
    return this.deadlineS(slot, nowMs) * 1_000 - this.#sway[slot]!;
  }

  #grow(least: number): void {
    const length = Math.min(this.#capacity, Math.max(firstCapacity, least, this.#length * 2));
    growColumns(this.heap, length);
    const u32 = (had: Uint32Array, each = 1) => {
      const longer = new Uint32Array(length * each);
      longer.set(had);
      return longer;
    };
    const u8 = (had: Uint8Array) => {
      const longer = new Uint8Array(length);
      longer.set(had);
      return longer;
    };
    this.meter = u32(this.meter);
    this.leaf = u32(this.leaf);
    this.entries = u32(this.entries);
    this.serial = u32(this.serial);
    this.#deadlines = u32(this.#deadlines, maxLevels);
    this.attempts = u8(this.attempts);
    this.state = u8(this.state);
    this.after = u8(this.after);
    const sway = new Float32Array(length);
    sway.set(this.#sway);
    this.#sway = sway;
    this.#length = length;
  }
}

/** Raises COLLECT_WORK_INVALID. */
export function checkWork({ deadlines, entries, worth, costMs }: Workload): void {
  const levels = deadlines.length >= 1 && deadlines.length <= maxLevels;
  const times = deadlines.every((at, i) => at > 0 && at <= 0xffff_ffff && at > (deadlines[i - 1] ?? 0));
  const finite =
    worth > 0 && worth < Number.POSITIVE_INFINITY && costMs > 0 && costMs < Number.POSITIVE_INFINITY;
  if (levels && times && finite && entries >= 1) return;
  const told = `deadlines ${deadlines.join(', ')}; ${entries} entries, worth ${worth}, ${costMs} ms`;
  throw collectErrors.COLLECT_WORK_INVALID(told);
}
