/**
 * Lets a bounded amount of work in. Who finds it full waits in the lane of its sender, and lanes take
 * turns, so that one flooding sender does not hold up the others.
 */
import { ingestErrors } from '../errors.ts';
import type { IngestInput, IngestLimits } from './types.ts';

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
  readonly fail: (error: unknown) => void;
}

type GateLimits = Pick<IngestLimits, 'inFlightBytes' | 'inFlightMessages' | 'waiting' | 'waitingBytes'>;

export class Gate {
  readonly #bytesLimit: number;
  readonly #messagesLimit: number;
  readonly #waitingLimit: number;
  readonly #waitingBytesLimit: number;
  /** Insertion order is the order of turns: a served lane goes to the end. */
  readonly #lanes = new Map<string, Waiter[]>();
  #idle: (() => void)[] = [];
  bytes = 0;
  messages = 0;
  waiting = 0;

  /** Bytes that those who wait hold in memory. */
  waitingBytes = 0;

  constructor(limits: GateLimits) {
    this.#bytesLimit = limits.inFlightBytes;
    this.#messagesLimit = limits.inFlightMessages;
    this.#waitingLimit = limits.waiting;
    this.#waitingBytesLimit = limits.waitingBytes;
  }

  /** Nothing when let in at once, else a promise of being let in. Throws INGEST_BUSY. */
  enter(lane: string, bytes: number): Promise<void> | undefined {
    if (this.waiting === 0 && this.#fits(bytes)) {
      this.#admit(bytes);
      return undefined;
    }
    const tooMuch = this.waiting > 0 && this.waitingBytes + bytes > this.#waitingBytesLimit;
    if (tooMuch || this.waiting >= this.#waitingLimit) {
      throw ingestErrors.INGEST_BUSY(`${this.waiting} messages of ${this.waitingBytes} bytes wait`);
    }
    return new Promise((admit, fail) => {
      const queue = this.#lanes.get(lane);
      if (queue === undefined) this.#lanes.set(lane, [{ bytes, admit, fail }]);
      else queue.push({ bytes, admit, fail });
      this.waiting += 1;
      this.waitingBytes += bytes;
    });
  }

  leave(bytes: number): void {
    this.bytes -= bytes;
    this.messages -= 1;
    while (this.waiting > 0 && this.#serveNext());
    if (this.messages === 0 && this.waiting === 0) {
      for (const done of this.#idle) done();
      this.#idle = [];
    }
  }

  /** Resolves when nothing is inside and nobody waits. */
  idle(): Promise<void> {
    if (this.messages === 0 && this.waiting === 0) return Promise.resolve();
    return new Promise((done) => this.#idle.push(done));
  }

  /** Sends away everybody who waits. */
  turnAway(error: unknown): void {
    for (const queue of this.#lanes.values()) for (const waiter of queue) waiter.fail(error);
    this.#lanes.clear();
    this.waiting = 0;
    this.waitingBytes = 0;
  }

  #serveNext(): boolean {
    const [lane, queue] = this.#lanes.entries().next().value!;
    const next = queue[0]!;
    if (!this.#fits(next.bytes)) return false;
    queue.shift();
    this.#lanes.delete(lane);
    if (queue.length > 0) this.#lanes.set(lane, queue);
    this.waiting -= 1;
    this.waitingBytes -= next.bytes;
    this.#admit(next.bytes);
    next.admit();
    return true;
  }

  /** One message always fits when nothing else is inside, however large it is. */
  #fits(bytes: number): boolean {
    if (this.messages === 0) return true;
    return this.messages < this.#messagesLimit && this.bytes + bytes <= this.#bytesLimit;
  }

  #admit(bytes: number): void {
    this.bytes += bytes;
    this.messages += 1;
  }
}

/** Whose turn an input is counted as: its lane, else who sent it, else how it came. */
export function laneOf({ lane, device, source }: Pick<IngestInput, 'lane' | 'device' | 'source'>): string {
  return lane ?? device ?? source;
}
