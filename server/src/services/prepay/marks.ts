/** Prepay agreements of which readings came: what they cost is worked out as soon as they can be read. */
import type { Clock, Commit } from '@openami/model';

/** Channels of readings that came, with the newest second in which one did. Bounded by the channels known. */
export class PrepayMarks {
  readonly #agreements = new Map<number, number>();
  readonly #marked = new Map<number, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Which agreement each channel is of. */
  learn(channels: readonly { readonly channelId: number; readonly agreementId: number }[]): void {
    this.#agreements.clear();
    for (const { channelId, agreementId } of channels) this.#agreements.set(channelId, agreementId);
  }

  /** Readings of a commit were stored. */
  stored({ readings, receivedMs }: Pick<Commit, 'readings' | 'receivedMs'>): void {
    if (readings === undefined || this.#agreements.size === 0) return;
    const atS = Math.floor((receivedMs ?? this.#clock.nowMs()) / 1_000);
    for (let row = 0; row < readings.length; row++) {
      const agreement = this.#agreements.get(readings.channel[row]!);
      if (agreement !== undefined)
        this.#marked.set(agreement, Math.max(atS, this.#marked.get(agreement) ?? 0));
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
