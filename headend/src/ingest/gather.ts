/**
 * Gathers the yield of many small messages into few commits. A message is written into the open commit
 * while it is read (no copy) and shares the commit's promise; the open commit is handed to the sink when
 * the turn of the event loop ends, or later while enough commits are under way, or sooner when full.
 */
import {
  type CommitSink,
  type Frame,
  type MeterEvent,
  ReadingBatch,
  type Rejection,
  type StatedQuality,
  type UnregisteredReading,
} from '@openami/model';

/** A commit being filled. */
export interface OpenCommit {
  readonly receivedMs: number;
  readonly readings: ReadingBatch;
  readonly frames: Frame[];
  readonly rejections: Rejection[];
  readonly unregistered: UnregisteredReading[];
  readonly events: MeterEvent[];
  readonly stated: StatedQuality[];
}

interface Pending extends OpenCommit {
  readonly stored: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Commits under way before more messages are gathered; two keep the sink busy. */
const underWay = 2;
const keptBatches = 4;
/** A batch grown larger than this is not kept for the next commit. */
const keptCapacity = 65_536;

export class Gatherer {
  readonly #sink: CommitSink;
  readonly #commitRows: number;
  readonly #onStored: (commit: OpenCommit) => void;
  readonly #batches: ReadingBatch[] = [];
  #open: Pending | undefined;
  #scheduled = false;
  #running = 0;
  commits = 0;
  failures = 0;

  constructor(sink: CommitSink, commitRows: number, onStored: (commit: OpenCommit) => void) {
    this.#sink = sink;
    this.#commitRows = commitRows;
    this.#onStored = onStored;
  }

  /** The commit to write a message into, now and without waiting; then call `join`. */
  open(receivedMs: number): OpenCommit {
    const open = this.#open;
    // The receive time decides the revision of a reading, in seconds: other seconds, other commit.
    if (open !== undefined && Math.floor(open.receivedMs / 1000) === Math.floor(receivedMs / 1000))
      return open;
    if (open !== undefined) this.#send();
    const fresh = this.#empty(receivedMs);
    this.#open = fresh;
    return fresh;
  }

  /** Resolves when what was written into the open commit is stored for good; at once when there is none. */
  join(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return Promise.resolve();
    const { readings, frames, rejections, unregistered, events, stated } = open;
    let evidence = 0;
    for (const items of [frames, rejections, unregistered, events, stated]) evidence += items.length;
    if (readings.length + evidence >= this.#commitRows) this.#send();
    else if (!this.#scheduled && this.#running < underWay) this.#schedule();
    return open.stored;
  }

  #schedule(): void {
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#open !== undefined) this.#send();
    });
  }

  #send(): void {
    const open = this.#open!;
    this.#open = undefined;
    this.#running += 1;
    this.commits += 1;
    this.#store(open).then(
      () => {
        this.#finished();
        this.#keep(open.readings);
        this.#onStored(open);
        open.resolve();
      },
      (error: unknown) => {
        this.#finished();
        this.failures += 1;
        open.reject(error);
      },
    );
  }

  #finished(): void {
    this.#running -= 1;
    if (this.#open !== undefined && !this.#scheduled) this.#schedule();
  }

  async #store(open: Pending): Promise<void> {
    const { receivedMs, readings, frames, rejections, unregistered, events, stated } = open;
    await this.#sink.commit({ receivedMs, readings, frames, rejections, unregistered, events, stated });
  }

  #empty(receivedMs: number): Pending {
    let resolve!: () => void;
    let reject!: (error: unknown) => void;
    const stored = new Promise<void>((done, fail) => {
      resolve = done;
      reject = fail;
    });
    // Joined promises carry the failure; without this an unjoined commit would end the process.
    stored.catch(() => undefined);
    const readings = this.#batches.pop() ?? new ReadingBatch(1024);
    return {
      receivedMs,
      readings,
      frames: [],
      rejections: [],
      unregistered: [],
      events: [],
      stated: [],
      stored,
      resolve,
      reject,
    };
  }

  #keep(batch: ReadingBatch): void {
    if (this.#batches.length >= keptBatches || batch.capacity > keptCapacity) return;
    batch.clear();
    this.#batches.push(batch);
  }
}
