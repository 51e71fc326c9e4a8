/** Closes a day of many channels, so that one whose day cannot be closed holds up no other. */
import { formatDay, groupBy, OpenAmiError } from '@openami/model';
import type { Logger } from '../../log.ts';
import type { BookedChannel, ChannelBook } from './channel-book.ts';
import type { ClosingSums, DayClosing } from './closing.ts';

export interface PageClosingOptions {
  readonly closing: Pick<DayClosing, 'close'>;
  readonly book: Pick<ChannelBook, 'load' | 'get'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly sums: (sums: ClosingSums) => void;
}

interface ChannelDay {
  readonly channel: number;
  readonly day: number;
}

/** Of an error, for people; what is unexpected is for the log. */
function whyOf(error: unknown): string {
  return error instanceof OpenAmiError
    ? `${error.code}: ${error.message}`
    : 'an unexpected error: the log of the server has it';
}

export class PageClosing {
  readonly #options: PageClosingOptions;
  #failed: ChannelDay[] = [];
  #why = '';

  constructor(options: PageClosingOptions) {
    this.#options = options;
  }

  /** How many days of channels could not be closed. */
  get failed(): number {
    return this.#failed.length;
  }

  /** For people: why all of the work failed, or why some days of it did; null where nothing failed. */
  troubleOf(failed: unknown): string | null {
    if (failed !== undefined) return whyOf(failed);
    return this.failed === 0 ? null : `${this.failed} days of channels: ${this.#why}`;
  }

  /** Days of channels that could not be closed, to be tried again; they are forgotten here. */
  takeFailed(): ChannelDay[] {
    return this.#failed.splice(0);
  }

  /** Where a page fails it is closed channel by channel. Rejects when nothing of many can be closed. */
  async close(ids: readonly number[], day: number): Promise<void> {
    try {
      await this.#close(ids, day);
    } catch (error) {
      const failed = ids.length > 1 ? await this.#closeApart(ids, day) : [...ids];
      if (ids.length > 1 && failed.length === ids.length) throw error;
      for (const channel of failed) this.#failed.push({ channel, day });
      this.#why = whyOf(error);
      const data = { err: error, day: formatDay(day), channels: failed.length };
      this.#options.log.warn(data, 'A day of some channels could not be closed; it is tried again');
    }
  }

  /** Those that failed. */
  async #closeApart(ids: readonly number[], day: number): Promise<number[]> {
    const failed: number[] = [];
    for (const id of ids) await this.#close([id], day).catch(() => failed.push(id));
    return failed;
  }

  async #close(ids: readonly number[], day: number): Promise<void> {
    const { book, closing, sums } = this.#options;
    await book.load(ids);
    const channels = ids.map((id) => book.get(id)).filter((one) => one !== undefined);
    // Channels of one interval length share their grids and queries.
    const kind = ({ facts }: BookedChannel) => `${facts.zone.zone}/${facts.intervalS}`;
    for (const alike of groupBy(channels, kind).values()) sums(await closing.close(alike, day));
  }
}
