/**
 * Work with meters that goes on in rounds: so many at once, one thing at a time with each, every exchange
 * within its time, and an end that waits for what is under way.
 */
import type { BusyMeters } from './driver.ts';

export interface MeterWorkOptions {
  readonly busy: BusyMeters;
  readonly nowS: () => number;
  /** Meters at work at once. */
  readonly atOnce: number;
  /** Longest exchange with a meter. */
  readonly exchangeMs: number;
  /** Throws when this process may not act any more: asked right before something is sent. */
  readonly fence: () => void;
  readonly log: { info(data: object, message: string): void; warn(data: object, message: string): void };
}

export class MeterWork {
  readonly #o: MeterWorkOptions;
  readonly #stop = new AbortController();
  readonly #working = new Map<number, Promise<void>>();

  constructor(options: MeterWorkOptions) {
    this.#o = options;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** How many more may begin now. */
  get room(): number {
    return this.#o.atOnce - this.#working.size;
  }

  has(id: number): boolean {
    return this.#working.has(id);
  }

  /**
   * Begins a piece of work with a meter, unless it or the meter is at work. What it raises is logged: the
   * next round finds what was stored last.
   */
  start(id: number, meterId: number, work: () => Promise<void>, onEnd: () => void = () => undefined): void {
    const { busy, log } = this.#o;
    if (this.#working.has(id) || !busy.take(meterId)) return;
    const run = work()
      .catch((error: unknown) => log.warn({ err: error, id, meterId }, 'Work with a meter stopped half-way'))
      .finally(() => {
        busy.release(meterId);
        this.#working.delete(id);
        onEnd();
      });
    this.#working.set(id, run);
  }

  /** When nothing is at work. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  /** Ends exchanges under way; what these did is found out by the next process. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  /** What a meter says, or `lost` when it says nothing in time: a driver that hangs holds nobody up. */
  async ask<T, L>(exchange: (signal: AbortSignal) => Promise<T>, lost: L): Promise<T | L> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#o.exchangeMs), this.#stop.signal]);
    const told = exchange(signal).catch(() => lost);
    if (signal.aborted) return lost;
    let giveUp: () => void = () => undefined;
    const aborted = new Promise<L>((resolve) => {
      giveUp = () => resolve(lost);
      signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      return await Promise.race([told, aborted]);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** As `ask`, for what changes the meter; `unsent` when this process may not act any more. */
  async tell<T, L, U>(
    exchange: (signal: AbortSignal) => Promise<T>,
    { lost, unsent }: { readonly lost: L; readonly unsent: U },
  ): Promise<T | L | U> {
    try {
      this.#o.fence();
    } catch {
      return unsent;
    }
    return this.ask(exchange, lost);
  }
}
