/** When each meter's newest reading ends: one number a meter, kept as readings are stored. */
import { type Clock, type Commit, type CommitSink, systemAccess } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { ReadStatus } from '../contract/meters.ts';
import type { LiveDirectory } from './live-directory.ts';

const dayS = 86_400;

export class LastHeard {
  #end = new Uint32Array(1024);
  readonly #directory: LiveDirectory;
  readonly #clock: Clock;
  #fresh = new Set<number>();
  /** Newest of all, epoch seconds; 0 when nothing was heard. */
  newest = 0;

  constructor(directory: LiveDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Reads what is stored. */
  async load(store: ReadingStore): Promise<void> {
    const { channel, latest, length } = await store.readings.marks(systemAccess);
    this.note(channel, latest, length);
  }

  /** Meters heard for the first time since this was asked before. */
  takeFresh(): number[] {
    const fresh = [...this.#fresh];
    this.#fresh = new Set();
    return fresh;
  }

  /** Notes readings by channel: columns of the same length. */
  note(channel: Uint32Array, end: Uint32Array | Float64Array, length: number): void {
    for (let row = 0; row < length; row++) {
      const meter = this.#directory.meterOf(channel[row]!);
      if (meter === 0) continue;
      if (meter >= this.#end.length) this.#grow(meter);
      if (this.#end[meter] === 0) this.#fresh.add(meter);
      if (end[row]! > this.#end[meter]!) this.#end[meter] = end[row]!;
      if (end[row]! > this.newest) this.newest = end[row]!;
    }
  }

  /** Epoch seconds; 0 for never. */
  of(meterId: number): number {
    return this.#end[meterId] ?? 0;
  }

  /** Meters of one status, or (`never`) all that were heard, to be left out. */
  meters(status: ReadStatus): { ids?: number[]; notIds?: number[] } {
    const now = this.#clock.nowMs() / 1000;
    const [from, to] = ranges[status];
    const found: number[] = [];
    for (let meter = 1; meter < this.#end.length; meter++) {
      const end = this.#end[meter]!;
      if (end === 0) continue;
      const age = now - end;
      if (status === 'never' || (age >= from && age < to)) found.push(meter);
    }
    return status === 'never' ? { notIds: found } : { ids: found };
  }

  /** A sink that notes what another sink has stored. */
  tap(sink: CommitSink, after: (work: Commit) => void): CommitSink {
    return {
      commit: async (work) => {
        const outcome = await sink.commit(work);
        const { readings } = work;
        if (readings) this.note(readings.channel, readings.end, readings.length);
        after(work);
        return outcome;
      },
    };
  }

  #grow(meter: number): void {
    const bigger = new Uint32Array(Math.max(meter + 1, this.#end.length * 2));
    bigger.set(this.#end);
    this.#end = bigger;
  }
}

/** Age in seconds: heard within a day and a half, within a week, longer ago. */
const ranges: Readonly<Record<ReadStatus, readonly [from: number, to: number]>> = {
  current: [Number.NEGATIVE_INFINITY, 1.5 * dayS],
  late: [1.5 * dayS, 7 * dayS],
  silent: [7 * dayS, Number.POSITIVE_INFINITY],
  never: [0, 0],
};
