/** Prepay agreements of which readings changed: what they cost is worked out as soon as they can be read. */
import type { ReadingBatch } from '@openami/model';

/** Bounded by the agreements there are. */
export class PrepayMarks {
  /** Agreement by channel; 0 for none. */
  #agreements = new Uint32Array(0);
  /** Second of the newest change, by agreement. */
  readonly #marked = new Map<number, number>();

  /** Which agreement each channel is of. */
  learn(channels: readonly { readonly channelId: number; readonly agreementId: number }[]): void {
    const highest = channels.reduce((most, { channelId }) => Math.max(most, channelId), 0);
    this.#agreements = new Uint32Array(channels.length === 0 ? 0 : highest + 1);
    for (const { channelId, agreementId } of channels) this.#agreements[channelId] = agreementId;
  }

  /** Readings that changed what is stored. */
  stored({ channel, length }: Pick<ReadingBatch, 'channel' | 'length'>, revision: number): void {
    if (this.#agreements.length === 0) return;
    for (let row = 0; row < length; row++) {
      const agreement = this.#agreements[channel[row]!];
      if (agreement) this.#marked.set(agreement, Math.max(revision, this.#marked.get(agreement) ?? 0));
    }
  }

  /** Takes those whose readings can be seen as of `horizonS`, some at most. */
  take(horizonS: number, most: number): number[] {
    const found: number[] = [];
    for (const [agreement, atS] of this.#marked) {
      if (found.length >= most) break;
      if (atS <= horizonS) found.push(agreement);
    }
    for (const agreement of found) this.#marked.delete(agreement);
    return found;
  }
}
