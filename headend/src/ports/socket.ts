/**
 * One connection that telegrams come over: read at the pace of the store. While what came is on its way to
 * the disk nothing more is read, so a sender that floods waits; what could not be stored is tried again.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenAmiError } from '@openami/model';
import { backOff } from '../back-off.ts';
import { plain } from '../dlms/channel.ts';
import { PushPeer } from '../dlms/push-peer.ts';
import { type HeardTelegram, readHeard } from '../radio/forms.ts';
import { type PortFrame, PortStream } from './stream.ts';

export interface SocketWork {
  /** Resolves when all are stored; what it raises is tried again. */
  take(telegrams: readonly HeardTelegram[]): Promise<unknown>;
  /** What is no telegram; must not throw. */
  fault(error: OpenAmiError, bytes: Uint8Array): void;
  /** Of telegrams that could not be stored; they are tried again. */
  failed(error: Error): void;
  /** The peer sends nothing that can be used; it is closed. */
  useless(): void;
}

export interface SocketLimits {
  /** A connection without bytes for so long is closed. */
  readonly idleMs: number;
  /** A telegram that pauses for so long is given up. */
  readonly frameMs: number;
}

const firstRetryMs = 250;
const lastRetryMs = 30_000;
const none = new Uint8Array(0);

export class TelegramSocket {
  /** Resolves when the connection is closed and what came over it is stored, or given up at the end. */
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #work: SocketWork;
  readonly #limits: SocketLimits;
  readonly #peer: PushPeer;
  readonly #stream = new PortStream();
  readonly #ending: AbortSignal;
  #pause: NodeJS.Timeout | undefined;
  /** What is being stored; one after the other. */
  #turn: Promise<void> = Promise.resolve();

  /** `ending`: the server stops; nothing is tried again after it. */
  constructor(socket: Socket, work: SocketWork, limits: SocketLimits, ending: AbortSignal) {
    this.#socket = socket;
    this.#work = work;
    this.#limits = limits;
    this.#ending = ending;
    this.#peer = new PushPeer('', () => {
      work.useless();
      socket.destroy();
    });
    socket.setTimeout(limits.idleMs, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#bytes(plain(chunk as Buffer)));
    this.done = new Promise((resolve) => {
      socket.on('close', () => {
        clearTimeout(this.#pause);
        this.#frames(this.#stream.flush());
        resolve(this.#turn);
      });
    });
  }

  #bytes(chunk: Uint8Array): void {
    clearTimeout(this.#pause);
    const isHeard = this.#frames(this.#stream.push(chunk));
    this.#peer.came(chunk.length, isHeard, performance.now());
    this.#pause = setTimeout(() => this.#frames(this.#stream.flush()), this.#limits.frameMs);
  }

  /** Whether there is a telegram among them. */
  #frames(decoded: ReturnType<PortStream['push']>): boolean {
    const telegrams: HeardTelegram[] = [];
    for (const { frame, error } of decoded) {
      if (this.#peer.isLost) break;
      if (error === undefined) this.#read(frame, telegrams);
      else this.#fault(error, none);
    }
    if (telegrams.length === 0) return false;
    this.#peer.useful();
    this.#socket.pause();
    // who waits for us does not idle
    this.#socket.setTimeout(0);
    this.#turn = this.#turn.then(() => this.#store(telegrams));
    const turn = this.#turn;
    turn.then(() => {
      if (turn !== this.#turn || this.#socket.destroyed) return;
      this.#socket.setTimeout(this.#limits.idleMs);
      this.#socket.resume();
    });
    return true;
  }

  #read(frame: PortFrame, telegrams: HeardTelegram[]): void {
    if (frame.protocol !== 'line') {
      telegrams.push({ bytes: frame.bytes, port: frame });
      return;
    }
    try {
      const heard = readHeard(frame.bytes);
      telegrams.push(...heard.telegrams);
      for (const error of heard.faults) this.#fault(error, frame.bytes);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      this.#fault(error, frame.bytes);
    }
  }

  #fault(error: OpenAmiError, bytes: Uint8Array): void {
    this.#work.fault(error, bytes);
    this.#peer.useless(performance.now());
  }

  /** Tries until they are stored: nobody would send them again. */
  async #store(telegrams: readonly HeardTelegram[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await this.#work.take(telegrams);
        return;
      } catch (error) {
        this.#work.failed(error as Error);
        if (this.#ending.aborted || (error as { code?: string }).code === 'INGEST_CLOSED') return;
        const waitMs = backOff(firstRetryMs, failures, lastRetryMs);
        await sleep(waitMs, undefined, { signal: this.#ending }).catch(() => undefined);
      }
    }
  }
}
