/**
 * What is common to telegrams of all meters that gateways hand on: one that comes twice is known again, of
 * what a meter sends one telegram of each slot of time is stored, and what nobody can read is kept now and
 * then.
 */
import type { Frame, OpenAmiError } from '@openami/model';
import type { PushMessage } from '@openami/wire';
import type { Ingest } from '../ingest/types.ts';
import { remember } from '../remember.ts';
import type { KnownMeter } from './keys.ts';

export interface DeskOptions {
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  /** Keeps what nobody can read yet; resolves after the fsync. */
  readonly keep: (frame: Frame) => Promise<void>;
  readonly clock: { nowMs(): number };
  readonly limits?: Partial<RadioLimits>;
}

export interface RadioLimits {
  /** One telegram of a meter is stored in each slot of so many seconds. */
  readonly everyS: number;
  /** Of what cannot be read, one is kept in so many seconds. */
  readonly keepUnreadS: number;
  /** The same telegram from another gateway within this time is the same. */
  readonly repeatMs: number;
  /** Telegrams and meters remembered for this. */
  readonly remembered: number;
  /** How far the clocks of meters are ahead of UTC in winter, seconds. */
  readonly offsetS: number;
}

export const defaultRadioLimits: RadioLimits = {
  ...{ everyS: 900, keepUnreadS: 900, repeatMs: 60_000, remembered: 100_000, offsetS: 3_600 },
};

/** What became of a telegram. */
export type RadioOutcome =
  | 'stored'
  /** Read, and another one of its slot is stored. */
  | 'thinned'
  | 'repeat'
  /** Cannot be read; the code says why. */
  | 'unread';

export interface RadioReceipt {
  readonly outcome: RadioOutcome;
  readonly meter: string;
  readonly code: string;
}

/** How a telegram came. */
export interface Way {
  readonly gateway: string;
  readonly lane: string;
  readonly atMs: number;
  /** It came before and could not be stored. */
  readonly isOwed: boolean;
  /** Whether the sender may speak for a registered meter; default: any. */
  readonly mayReport?: ((device: string) => boolean) | undefined;
}

/** Whom a telegram is of. */
export interface OfMeter {
  /** As it is heard; empty where the telegram does not say. */
  readonly name: string;
  /** As its readings are handed on. */
  readonly device: string;
  readonly known: KnownMeter | undefined;
}

export interface LastTaken {
  slot: number;
  status: number;
  unreadMs: number;
  /** Highest counter of messages that a right MAC covers, and when it was heard. */
  counter: number;
  counterMs: number;
}

const nothingTaken: LastTaken = {
  ...{ slot: -1, status: -1, unreadMs: Number.NEGATIVE_INFINITY },
  ...{ counter: -1, counterMs: Number.NEGATIVE_INFINITY },
};

/** Of one meter: what was noted, also of telegrams that are being stored, and what is on the disk. */
export interface Last {
  readonly noted: LastTaken;
  readonly stored: LastTaken;
}

interface Remembered<T> {
  readonly atMs: number;
  readonly done: Promise<T>;
}

/** `T`: what is told of a telegram that was taken, also to those that hand it on again. */
export class TelegramDesk<T> {
  readonly limits: RadioLimits;
  readonly #options: DeskOptions;
  readonly #recent = new Map<string, Remembered<T>>();
  readonly #last = new Map<string, Last>();
  /** Telegrams that could not be stored. */
  readonly #owed = new Map<string, number>();

  constructor(options: DeskOptions) {
    this.#options = options;
    this.limits = { ...defaultRadioLimits, ...options.limits };
  }

  /** Takes a telegram that is told from all others by its key, or gives what became of it before. */
  once(
    key: string,
    take: (isOwed: boolean) => Promise<T>,
  ): { readonly isRepeat: boolean; readonly done: Promise<T> } {
    const nowMs = this.#options.clock.nowMs();
    const { repeatMs, remembered } = this.limits;
    const before = this.#recent.get(key);
    if (before !== undefined && nowMs - before.atMs < repeatMs) return { isRepeat: true, done: before.done };
    const done = take(this.#owed.delete(key));
    remember(this.#recent, key, { atMs: nowMs, done }, remembered);
    // what was not stored comes again, and is no repeat then
    done.catch(() => {
      if (this.#recent.get(key)?.done === done) this.#recent.delete(key);
      remember(this.#owed, key, nowMs, remembered);
    });
    return { isRepeat: false, done };
  }

  lastOf(name: string): Last {
    const last = this.#last.get(name) ?? { noted: { ...nothingTaken }, stored: { ...nothingTaken } };
    remember(this.#last, name, last, this.limits.remembered);
    return last;
  }

  /**
   * Stores what a meter says, unless another telegram of its slot of time is stored that says the same
   * status. `next`: what is noted of it besides.
   */
  async store(
    last: Last,
    { name, device }: OfMeter,
    said: {
      readonly message: PushMessage | undefined;
      readonly bytes: Uint8Array;
      readonly status: number;
      readonly next: Partial<LastTaken>;
    },
    { gateway, lane, atMs, mayReport }: Way,
  ): Promise<RadioReceipt> {
    const { message, bytes, status, next } = said;
    const { noted } = last;
    const slot = Math.floor(atMs / 1_000 / this.limits.everyS);
    const isThinned = message === undefined || (noted.slot === slot && noted.status === status);
    await this.#noted(last, { ...next, ...(isThinned ? {} : { slot, status }) }, async () => {
      if (isThinned) return;
      await this.#options.ingest.accept({
        ...{ source: 'radio', device, sender: gateway, lane },
        ...{ messages: [message], frame: bytes, receivedMs: atMs, mayReport },
      });
    });
    return { outcome: isThinned ? 'thinned' : 'stored', meter: name, code: '' };
  }

  /** Keeps what cannot be read, or is not believed, now and then: of a registered meter with its reason. */
  async unread(
    bytes: Uint8Array,
    { gateway, lane, atMs }: Way,
    { name, device, known }: OfMeter,
    error: OpenAmiError,
  ): Promise<RadioReceipt> {
    const receipt = { outcome: 'unread', meter: name, code: error.code } as const;
    const last = this.lastOf(name === '' ? gateway : name);
    if (atMs - last.noted.unreadMs < this.limits.keepUnreadS * 1_000) return receipt;
    const keep = { receivedMs: atMs, source: 'radio', device, payload: bytes } as const;
    // of a stranger the telegram alone is kept: it is no fault of anybody that he is heard
    const stranger = { ...keep, meter: 0, accepted: 0, outcome: error.code };
    const store = async () => {
      if (known) await this.#options.ingest.refuse(error, { ...keep, sender: gateway, lane });
      else if (name !== '') await this.#options.keep(stranger);
    };
    await this.#noted(last, { unreadMs: atMs }, store);
    return receipt;
  }

  /**
   * Notes what is being stored. What could not be stored is not noted any more: what is on the disk stands,
   * and what was noted of others meanwhile.
   */
  async #noted(
    { noted, stored }: Last,
    next: Partial<LastTaken>,
    store: () => Promise<unknown>,
  ): Promise<void> {
    Object.assign(noted, next);
    try {
      await store();
    } catch (error) {
      for (const name of Object.keys(next) as (keyof LastTaken)[]) {
        if (noted[name] === next[name]) noted[name] = stored[name];
      }
      throw error;
    }
    // one that took longer than one after it says nothing of the last
    if ((next.counter ?? stored.counter) >= stored.counter) Object.assign(stored, next);
  }
}

/**
 * What the counter of a message says, where the message is proven to be the meter's: it only grows. An older
 * telegram is one that a gateway held back if it says so, else one that somebody recorded and sends again.
 */
export function ageOfCounter(
  counter: number | undefined,
  last: LastTaken,
  atMs: number,
): 'same' | 'old' | Partial<LastTaken> {
  if (counter === undefined) return {};
  if (counter > last.counter) return { counter, counterMs: atMs };
  if (counter === last.counter) return 'same';
  return atMs < last.counterMs ? {} : 'old';
}

/** A gateway's clock may be wrong: what it says is believed within a day. */
export function heardAtMs(atMs: number | undefined, nowMs: number): number {
  return atMs !== undefined && atMs <= nowMs && nowMs - atMs < 86_400_000 ? atMs : nowMs;
}
