/**
 * Who is next among jobs that wait: codecs take turns, each with its jobs in their order; suspects, which
 * hung before, come when nobody else waits, and now and then, so that they come at all.
 */

/** Jobs of others that go before one of a suspect. */
const OTHERS = 1_000;

export class CodecTurns<T> {
  readonly #keyOf: (job: T) => string;
  readonly #isSuspect: (key: string) => boolean;
  /** The codec whose turn is next comes first. */
  readonly #lanes = new Map<string, T[]>();
  #size = 0;
  #others = 0;

  constructor(keyOf: (job: T) => string, isSuspect: (key: string) => boolean) {
    this.#keyOf = keyOf;
    this.#isSuspect = isSuspect;
  }

  get size(): number {
    return this.#size;
  }

  push(job: T): void {
    const key = this.#keyOf(job);
    const lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, [job]);
    else lane.push(job);
    this.#size += 1;
  }

  /** Jobs that were given out, in that order, and were not done: they come first again. */
  putBack(jobs: readonly T[]): void {
    const before = new Map(this.#lanes);
    this.#lanes.clear();
    this.#size = 0;
    for (const job of jobs) this.push(job);
    for (const lane of before.values()) for (const job of lane) this.push(job);
  }

  /** The next job; of a suspect only where `mayTry`. Undefined for none. */
  next(mayTry: boolean): T | undefined {
    let trusted: string | undefined;
    let suspect: string | undefined;
    for (const key of this.#lanes.keys()) {
      if (!this.#isSuspect(key)) trusted ??= key;
      else suspect ??= key;
      if (trusted !== undefined && suspect !== undefined) break;
    }
    if (suspect !== undefined && trusted !== undefined) {
      if (this.#others >= OTHERS) {
        // what is under way is waited for, so that it has the process for itself
        if (!mayTry) return undefined;
        trusted = undefined;
      } else this.#others += 1;
    }
    if (trusted !== undefined) return this.#take(trusted);
    if (suspect === undefined || !mayTry) return undefined;
    this.#others = 0;
    return this.#take(suspect);
  }

  /** All jobs, or those of a codec: nothing of them waits any more. */
  takeAll(key?: string): T[] {
    const keys = key === undefined ? [...this.#lanes.keys()] : [key];
    return keys.flatMap((one) => {
      const lane = this.#lanes.get(one) ?? [];
      this.#lanes.delete(one);
      this.#size -= lane.length;
      return lane;
    });
  }

  /** The first of a lane, which goes behind the others. */
  #take(key: string): T {
    const lane = this.#lanes.get(key)!;
    const job = lane.shift()!;
    this.#lanes.delete(key);
    if (lane.length > 0) this.#lanes.set(key, lane);
    this.#size -= 1;
    return job;
  }
}
