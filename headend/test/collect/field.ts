/** A field of simulated meters in virtual time: links that delay, lose, throttle and go down; a store; a planner. */
import { zoneTable } from '@openami/model';
import { heapColumns, SlotHeap } from '../../src/collect/heap.ts';
import {
  type CollectJob,
  type CollectLimits,
  CollectScheduler,
  gridOf,
  missingIntervals,
  needOf,
  type ReadingPlan,
  type ReadRequest,
} from '../../src/index.ts';

/** A generator with a seed (xorshift): one seed, one run. */
export function randomOf(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 4294967296;
  };
}

/** Calls in order of time, first come first served. */
export class Events {
  readonly #heap = new SlotHeap(heapColumns(1 << 20));
  readonly #calls = new Map<number, { atMs: number; call: () => void }>();
  #next = 0;
  nowMs: number;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  at(atMs: number, call: () => void): void {
    const slot = this.#next++ % (1 << 20);
    this.#calls.set(slot, { atMs, call });
    this.#heap.set(slot, Math.max(atMs, this.nowMs));
  }

  run(untilMs: number): void {
    while (this.#heap.minKey <= untilMs) {
      this.nowMs = this.#heap.minKey;
      const slot = this.#heap.pop();
      const { call } = this.#calls.get(slot)!;
      this.#calls.delete(slot);
      call();
    }
    this.nowMs = untilMs;
  }
}

export interface FieldMeter {
  readonly id: number;
  readonly segment: number;
  readonly concentrator: number;
  /** Chance that a session dies. */
  readonly loss: number;
  /** When each row was stored, by its number on the grid; 0 for not yet. */
  readonly storedMs: Float64Array;
}

export interface FieldOptions {
  readonly seed: number;
  readonly plan: ReadingPlan;
  readonly meters: readonly FieldMeter[];
  readonly limits: CollectLimits;
  readonly zone: string;
  readonly fromDay: number;
  readonly days: number;
  readonly sessionEntries: number;
  isDown(meter: FieldMeter, nowMs: number): boolean;
  /** Milliseconds a row takes on a segment's link. */
  entryMs(segment: number): number;
}

export interface Started {
  readonly job: CollectJob;
  readonly requests: readonly ReadRequest[];
}

/** Runs a scheduler over the field and keeps what happened. */
export class Field {
  readonly events: Events;
  readonly scheduler: CollectScheduler;
  readonly started: Started[] = [];
  readonly running = new Set<CollectJob>();
  readonly ends: Uint32Array;
  /** Rows asked for although they were stored. */
  repeated = 0;
  /** Rows that arrived by themselves. */
  pushed = 0;
  readonly #options: FieldOptions;
  readonly #random: () => number;
  readonly #numbers: Map<number, number>;
  readonly #grid;
  readonly #table;
  readonly #present: Uint32Array;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  readonly onStart: ((job: CollectJob) => void)[] = [];

  constructor(options: FieldOptions) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#table = zoneTable(options.zone);
    this.#grid = gridOf(options.plan.read[0]!, options.zone);
    this.ends = this.#grid.ends(this.fromS, this.toS);
    this.#present = new Uint32Array(this.ends.length);
    this.#numbers = new Map([...this.ends].map((end, i) => [end, i]));
    this.events = new Events(this.fromS * 1_000);
    this.scheduler = new CollectScheduler({ limits: options.limits, random: this.#random });
  }

  get fromS(): number {
    return this.#table.dayStart(this.#options.fromDay);
  }

  get toS(): number {
    return this.#table.dayStart(this.#options.fromDay + this.#options.days);
  }

  get complete(): boolean {
    return this.#options.meters.every(({ storedMs }) => storedMs.every((ms) => ms > 0));
  }

  /** Offers all that have gaps, every `eachS`, and lets a few rows be pushed by themselves. */
  plan(eachS: number, untilS: number): void {
    for (let atS = this.fromS; atS <= untilS; atS += eachS) {
      this.events.at(atS * 1_000, () => {
        for (const meter of this.#options.meters) this.#offer(meter);
        this.pump();
      });
    }
  }

  /** The meter sends its newest row without being asked. */
  push(meter: FieldMeter, row: number, atMs: number): void {
    this.events.at(atMs, () => {
      if (meter.storedMs[row] !== 0) return;
      meter.storedMs[row] = atMs;
      this.pushed += 1;
    });
  }

  need(meter: FieldMeter) {
    const { plan, sessionEntries } = this.#options;
    let count = 0;
    for (let row = 0; row < this.ends.length; row++) {
      if (meter.storedMs[row] !== 0) this.#present[count++] = this.ends[row]!;
    }
    const present = this.#present.subarray(0, count);
    const gaps = missingIntervals(this.#grid, present, this.fromS, this.toS);
    const item = { plan, item: plan.read[0]!, grid: this.#grid, table: this.#table, gaps };
    const cost = { sessionMs: 1_000, requestMs: 300, entryMs: this.#options.entryMs(meter.segment) };
    const limits = { requestEntries: 96, sessionEntries, bridge: false };
    return needOf([item], meter.id, Math.floor(this.events.nowMs / 1_000), cost, limits);
  }

  #offer(meter: FieldMeter): void {
    const { work } = this.need(meter);
    const { id, segment, concentrator } = meter;
    if (work) this.scheduler.offer({ ...work, meter: id, segment, concentrator }, this.events.nowMs);
  }

  pump(): void {
    const { nowMs } = this.events;
    for (;;) {
      const jobs = this.scheduler.next(nowMs);
      if (jobs.length === 0) break;
      for (const job of jobs) this.#session(job);
    }
    const wakeMs = this.scheduler.wakeMs(nowMs);
    if (wakeMs >= this.#wakeAtMs && this.#wakeAtMs > nowMs) return;
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    this.#wakeAtMs = wakeMs;
    this.events.at(wakeMs, () => this.pump());
  }

  #session(job: CollectJob): void {
    const { nowMs } = this.events;
    const meter = this.#options.meters[job.meter - 1]!;
    const need = this.need(meter);
    if (need.requests.length === 0) {
      this.scheduler.done(job, { kind: 'complete' }, nowMs);
      return;
    }
    this.running.add(job);
    this.started.push({ job, requests: need.requests });
    for (const call of this.onStart) call(job);
    const rows = need.requests.flatMap(({ fromS, toS }) =>
      [...this.#grid.ends(fromS, toS)].map((end) => this.#numbers.get(end)!),
    );
    this.repeated += rows.filter((row) => meter.storedMs[row] !== 0).length;
    const entryMs = this.#options.entryMs(meter.segment);
    const connectMs = 300 + this.#random() * 2_700;
    const dies = this.#random() < meter.loss;
    const down = this.#options.isDown(meter, nowMs);
    const got = down ? [] : rows.slice(0, dies ? Math.floor(this.#random() * rows.length) : rows.length);
    const tookMs =
      connectMs + need.requests.length * 300 + got.length * entryMs + (down || dies ? 30_000 : 0);
    this.events.at(nowMs + tookMs, () => {
      for (const row of got) if (meter.storedMs[row] === 0) meter.storedMs[row] = this.events.nowMs;
      this.running.delete(job);
      const failed = down || dies;
      const rest = need.rest ? { rest: need.rest } : {};
      this.scheduler.done(
        job,
        failed ? { kind: 'link', progress: got.length > 0 } : { kind: 'read', ...rest },
        this.events.nowMs,
      );
      this.pump();
    });
  }
}
