/** Days of channels that have to be closed again: each once, the oldest first, no more than fit. */

/** A day number and the channels to close on it. */
export interface DayWork {
  readonly day: number;
  readonly channels: readonly number[];
}

export class SettleQueue {
  readonly #days = new Map<number, Set<number>>();
  readonly #limit: number;
  #size = 0;
  /** Something did not fit: it has to be looked for in the store. */
  overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  add(channel: number, day: number): void {
    let channels = this.#days.get(day);
    if (channels?.has(channel)) return;
    if (this.#size >= this.#limit) {
      this.overflowed = true;
      return;
    }
    if (!channels) {
      channels = new Set();
      this.#days.set(day, channels);
    }
    channels.add(channel);
    this.#size++;
  }

  /** Takes at most `most` channels of the oldest day. */
  take(most: number): DayWork | undefined {
    if (this.#size === 0) return undefined;
    const day = Math.min(...this.#days.keys());
    const waiting = this.#days.get(day)!;
    const channels: number[] = [];
    for (const channel of waiting) {
      if (channels.length === most) break;
      channels.push(channel);
      waiting.delete(channel);
    }
    if (waiting.size === 0) this.#days.delete(day);
    this.#size -= channels.length;
    return { day, channels };
  }
}
