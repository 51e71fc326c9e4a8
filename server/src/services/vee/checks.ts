/** Check channels: another meter, or a virtual channel, that measures what a channel does. */
import { type AccessContext, systemAccess } from '@openami/model';
import type { ChannelCheck, RegistryStore } from '@openami/store';
import { serverErrors } from '../../errors.ts';
import type { ChannelBook } from './channel-book.ts';

export interface CheckOptions {
  readonly registry: Pick<RegistryStore, 'channelChecks'>;
  readonly book: ChannelBook;
  /** Raises VEE_FORMULA_CYCLE where the check is made of the channel. */
  readonly refuseRing: (channel: number, check: number) => void;
  readonly changed: () => Promise<void>;
}

export class ChannelChecks {
  readonly #options: CheckOptions;
  #checkOf: ReadonlyMap<number, number> = new Map();

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const all = await this.#options.registry.channelChecks.list(systemAccess);
    this.#checkOf = new Map(all.map(({ channelId, checkId }) => [channelId, checkId]));
  }

  /** The check channel of a channel. */
  of(channel: number): number | undefined {
    return this.#checkOf.get(channel);
  }

  /** Check channels by the channel they check, as lists of what it is made of. */
  *inputs(): Generator<[channel: number, inputs: readonly number[]]> {
    for (const [channel, check] of this.#checkOf) yield [channel, [check]];
  }

  /**
   * Raises VEE_CHECK_INVALID for channels that cannot vouch for each other, VEE_FORMULA_CYCLE,
   * VERSION_CONFLICT.
   */
  async put(
    ctx: AccessContext,
    channelId: number,
    checkId: number,
    ifVersion?: number,
  ): Promise<ChannelCheck> {
    const { registry, book, refuseRing } = this.#options;
    await book.load([channelId, checkId]);
    const [channel, check] = [book.get(channelId), book.get(checkId)];
    const refuse = (why: string) => serverErrors.VEE_CHECK_INVALID(why);
    if (!channel || !check) throw refuse(`there is no channel ${channel ? checkId : channelId}`);
    if (channel.around.virtual) throw refuse('a virtual channel is worked out, not estimated');
    const [a, b] = [channel.facts, check.facts];
    if (a.intervalS === 0 || a.intervalS !== b.intervalS)
      throw refuse(`the intervals differ: ${a.intervalS} s and ${b.intervalS} s`);
    if (a.baseUnit !== b.baseUnit) throw refuse(`the units differ: ${a.baseUnit} and ${b.baseUnit}`);
    refuseRing(channelId, checkId);
    const made = await registry.channelChecks.put(ctx, channelId, checkId, ifVersion);
    await this.#changed();
    return made;
  }

  /** Raises NOT_FOUND. */
  async remove(ctx: AccessContext, channelId: number): Promise<void> {
    await this.#options.registry.channelChecks.remove(ctx, channelId);
    await this.#changed();
  }

  async #changed(): Promise<void> {
    await this.load();
    await this.#options.changed();
  }
}
