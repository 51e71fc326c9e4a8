/**
 * Stretches of a network that are not good, by script and seed: they delay, lose, reorder, throttle, cut and
 * go down. Applied where bytes enter and leave a socket, so both ends and the sockets between are real.
 *
 * A stream cannot lose bytes: a lost piece of it is one that comes later by a retransmission, and everything
 * after it waits. A datagram is gone.
 */
import type { Clock } from '@openami/model';
import { Draw, Stream } from '../random.ts';

export interface SegmentScript {
  readonly name: string;
  /** Each way, real time. */
  readonly delayMs?: number;
  /** Up to this much more, evenly spread. */
  readonly jitterMs?: number;
  /** Share of pieces (one write, one datagram) that are lost. */
  readonly lossRate?: number;
  /** How long a stream waits for a lost piece. */
  readonly retransmitMs?: number;
  /** Share of datagrams that are overtaken. */
  readonly reorderRate?: number;
  /** Streams come byte by byte, so long after each other, real time. */
  readonly byteMs?: number;
  /** Shared by all that is in the segment. */
  readonly bytesPerS?: number;
  /** Share of pieces at which the connection is cut. */
  readonly cutRate?: number;
  /** When nothing gets through; seconds since 1970 of the fleet's clock. */
  readonly down?: readonly { readonly fromS: number; readonly untilS: number }[];
}

/** What is cut when a segment goes down. */
export interface Cuttable {
  destroy(): void;
}

const RETRANSMIT_MS = 300;
/** A datagram that is overtaken comes this much later than it would. */
const OVERTAKEN_MS = 20;

export class Segment {
  readonly name: string;
  readonly #script: SegmentScript;
  readonly #clock: Clock;
  readonly #draw: Draw;
  readonly #held = new Set<Cuttable>();
  #freeAtMs = 0;

  constructor(script: SegmentScript, seed: number, index: number, clock: Clock) {
    this.name = script.name;
    this.#script = script;
    this.#clock = clock;
    this.#draw = new Draw().at(seed, Stream.segment, index);
  }

  get isUp(): boolean {
    const nowS = this.#clock.nowMs() / 1000;
    return !this.#script.down?.some(({ fromS, untilS }) => nowS >= fromS && nowS < untilS);
  }

  /** Keeps a connection, to cut it when the segment goes down. */
  hold(connection: Cuttable): void {
    this.#held.add(connection);
  }

  release(connection: Cuttable): void {
    this.#held.delete(connection);
  }

  /** Cuts what is held while the segment is down; called now and then. */
  check(): void {
    if (this.#held.size === 0 || this.isUp) return;
    for (const connection of this.#held) connection.destroy();
    this.#held.clear();
  }

  /** One direction of a stream: pieces come out in order, later. */
  pipe(deliver: (bytes: Uint8Array) => void, connection: Cuttable): (bytes: Uint8Array) => void {
    let lastMs = 0;
    // timers of different lengths may ring out of turn: each lets out the piece that is first
    const pieces: Uint8Array[] = [];
    return (bytes) => {
      if (!this.isUp || this.#draw.next() < (this.#script.cutRate ?? 0)) {
        connection.destroy();
        return;
      }
      const nowMs = performance.now();
      const lost = this.#isLost ? (this.#script.retransmitMs ?? RETRANSMIT_MS) : 0;
      const dueMs = Math.max(lastMs, nowMs + this.#wayMs(bytes.length, nowMs) + lost);
      const { byteMs } = this.#script;
      const parts = byteMs === undefined ? [bytes] : Array.from(bytes, (byte) => Uint8Array.of(byte));
      for (const [i, part] of parts.entries()) {
        lastMs = dueMs + i * (byteMs ?? 0);
        pieces.push(part);
        later(lastMs - nowMs, () => deliver(pieces.shift()!));
      }
    };
  }

  /** One datagram: it comes, comes late, or does not. */
  datagram(bytes: Uint8Array, deliver: (bytes: Uint8Array) => void): void {
    if (!this.isUp || this.#isLost) return;
    const overtaken = this.#draw.next() < (this.#script.reorderRate ?? 0) ? OVERTAKEN_MS : 0;
    later(this.#wayMs(bytes.length, performance.now()) + overtaken, () => deliver(bytes));
  }

  get #isLost(): boolean {
    return this.#draw.next() < (this.#script.lossRate ?? 0);
  }

  #wayMs(bytes: number, nowMs: number): number {
    const { delayMs = 0, jitterMs = 0, bytesPerS } = this.#script;
    const way = delayMs + jitterMs * this.#draw.next();
    if (bytesPerS === undefined) return way;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes * 1000) / bytesPerS;
    return way + this.#freeAtMs - nowMs;
  }
}

function later(ms: number, work: () => void): void {
  if (ms <= 0) setImmediate(work);
  else setTimeout(work, ms);
}
