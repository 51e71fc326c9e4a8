/** From when on channels owe readings: the first that each ever had. */
import { Quality, systemAccess } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { ChannelBook } from './channel-book.ts';

export class FirstEnds {
  #ends = new Map<number, number>();

  async load({ days }: ReadingStore): Promise<void> {
    this.#ends = new Map(await days.firstEnds(systemAccess));
  }

  /** Readings of a channel that were stored; one that is said to be missing is none, however old. */
  note(channel: number, ends: Uint32Array, quality: Uint8Array): void {
    const known = this.#ends.get(channel) ?? Number.POSITIVE_INFINITY;
    let first = known;
    for (let i = 0; i < ends.length; i++) {
      if (ends[i]! < first && quality[i] !== Quality.missing) first = ends[i]!;
    }
    if (first < known) this.#ends.set(channel, first);
  }

  /** Start of a channel's first interval, in UTC seconds; undefined for one that never had a reading. */
  startS(channel: number, book: ChannelBook): number | undefined {
    const end = this.#ends.get(channel);
    return end === undefined ? undefined : end - (book.get(channel)?.facts.intervalS ?? 0);
  }
}
