/**
 * Telegrams that gateways heard become readings:
 *
 *   telegram ─▶ heard before? ─▶ who is it? ─▶ opened with its key ─▶ readings ─▶ ingest ─ fsync ─▶ done
 *                  └─ one more path       └─ nobody, or no key: kept now and then, to be read later
 *
 * Meters send far more often than anybody stores: one telegram of each slot of time is taken, and each that
 * says another status.
 */
import { createHash } from 'node:crypto';
import { type Frame, OpenAmiError } from '@openami/model';
import type { PushMessage } from '@openami/wire';
import {
  Formats,
  FragmentAssembler,
  linkAddressAt,
  type MbusAddress,
  type MbusKey,
  type MbusTelegram,
  toPush,
  unwrapBlocks,
} from '@openami/wire/mbus';
import { type ModelSet, modelToPush } from '@openami/wire/models';
import type { Ingest } from '../ingest/types.ts';
import { remember } from '../remember.ts';
import { radioErrors } from './errors.ts';
import type { HeardTelegram } from './forms.ts';
import { type HeardBook, heardName } from './heard.ts';
import type { KnownMeter, RadioKeys } from './keys.ts';
import { type OpenedTelegram, openTelegram, senderOf, stateOf } from './open.ts';

export interface RadioIntakeOptions {
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  /** Keeps what nobody can read yet; resolves after the fsync. */
  readonly keep: (frame: Frame) => Promise<void>;
  readonly heard: HeardBook;
  readonly keys: RadioKeys;
  readonly clock: { nowMs(): number };
  /** Names and makers' own content of meters. */
  readonly models: ModelSet;
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

interface Taken {
  readonly receipt: RadioReceipt;
  /** Whose radio it was; undefined where the telegram does not say even that. */
  readonly sender: MbusAddress | undefined;
}

/** How a telegram came. */
interface Way {
  readonly gateway: string;
  readonly lane: string;
  readonly atMs: number;
  /** It came before and could not be stored. */
  readonly isOwed: boolean;
}

interface Remembered {
  readonly atMs: number;
  readonly done: Promise<Taken>;
}

interface LastTaken {
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
interface Last {
  readonly noted: LastTaken;
  readonly stored: LastTaken;
}

export class RadioIntake {
  readonly #options: RadioIntakeOptions;
  readonly #limits: RadioLimits;
  readonly #formats = new Formats();
  /** What strangers teach is for strangers: anybody can send it. */
  readonly #strangerFormats = new Formats();
  readonly #fragments = new FragmentAssembler();
  readonly #recent = new Map<string, Remembered>();
  readonly #last = new Map<string, Last>();
  /** Telegrams that could not be stored. */
  readonly #owed = new Map<string, number>();

  constructor(options: RadioIntakeOptions) {
    this.#options = options;
    for (const formats of [this.#formats, this.#strangerFormats]) options.models.teach(formats);
    this.#limits = { ...defaultRadioLimits, ...options.limits };
  }

  /**
   * Resolves when it is stored or need not be. `lane`: whose turn it is where the ingest is full, by default
   * the gateway's; who hands on for several has one. Raises what the ingest or the store raised.
   */
  async take(telegram: HeardTelegram, gateway: string, lane = gateway): Promise<RadioReceipt> {
    const nowMs = this.#options.clock.nowMs();
    const atMs = atOf(telegram, nowMs);
    const { bytes } = telegram;
    const plain = withoutCrcs(bytes);
    // known again whether the gateway took the CRCs of the link off or not
    const key = createHash('sha256')
      .update(plain ?? bytes)
      .digest('base64');
    const before = this.#recent.get(key);
    const isRepeat = before !== undefined && nowMs - before.atMs < this.#limits.repeatMs;
    const done = isRepeat
      ? before.done
      : this.#takeNew(key, bytes, plain && linkOf(plain), { gateway, lane, atMs });
    const { receipt, sender } = await done;
    if (sender) this.#options.heard.path(sender, gateway, atMs, telegram);
    return isRepeat ? { ...receipt, outcome: 'repeat' } : receipt;
  }

  #takeNew(
    key: string,
    bytes: Uint8Array,
    link: MbusAddress | undefined,
    way: Omit<Way, 'isOwed'>,
  ): Promise<Taken> {
    const { remembered } = this.#limits;
    const atMs = this.#options.clock.nowMs();
    const done = this.#take(bytes, link, { ...way, isOwed: this.#owed.delete(key) });
    remember(this.#recent, key, { atMs, done }, remembered);
    // what was not stored comes again, and is no repeat then
    done.catch(() => {
      if (this.#recent.get(key)?.done === done) this.#recent.delete(key);
      remember(this.#owed, key, atMs, remembered);
    });
    return done;
  }

  async #take(bytes: Uint8Array, link: MbusAddress | undefined, way: Way): Promise<Taken> {
    const [formats, strangerFormats, fragments] = [this.#formats, this.#strangerFormats, this.#fragments];
    const decoders = { formats, strangerFormats, fragments };
    const opened = await openTelegram(bytes, link, this.#options.keys, decoders);
    const sender = senderOf(opened) ?? link;
    this.#hear(opened, sender, way.atMs);
    return { receipt: await this.#store(opened, bytes, way), sender };
  }

  /** Notes who was heard: the sender, and behind a converter the meter itself. */
  #hear(opened: OpenedTelegram, sender: MbusAddress | undefined, atMs: number): void {
    if (sender === undefined) return;
    const { heard } = this.#options;
    const [state, code] = [stateOf(opened), opened.error?.code ?? ''];
    heard.telegram(sender, atMs, state, code);
    const { meter } = opened;
    if (meter === undefined || heardName(meter) === heardName(sender)) return;
    heard.telegram(meter, atMs, state, code);
    heard.path(meter, heardName(sender), atMs, {});
  }

  async #store(opened: OpenedTelegram, bytes: Uint8Array, way: Way): Promise<RadioReceipt> {
    const { telegram, error, known, meter } = opened;
    const { gateway, lane, atMs, isOwed } = way;
    const name = meter ? heardName(meter) : '';
    const device = known?.device ?? name;
    const of = { name, device, known };
    if (telegram === undefined) return this.#unread(bytes, way, { ...of, error: error! });
    const last = this.#lastOf(name);
    const age = ageOf(telegram, last.noted, atMs);
    if (age === 'same') return { outcome: 'repeat', meter: name, code: '' };
    if (age === 'old' && !isOwed)
      return this.#unread(bytes, way, { ...of, error: radioErrors.RADIO_REPLAYED(name) });
    const { models } = this.#options;
    const { offsetS, everyS } = this.#limits;
    const message = messageOf(telegram, device, { models, atMs, offsetS, key: known?.key });
    const slot = Math.floor(atMs / 1_000 / everyS);
    const status = telegram.status ?? 0;
    const { noted } = last;
    const isThinned = message === undefined || (noted.slot === slot && noted.status === status);
    const counted = age === 'old' ? {} : age;
    await this.#noted(last, { ...counted, ...(isThinned ? {} : { slot, status }) }, async () => {
      if (isThinned) return;
      await this.#options.ingest.accept({
        ...{ source: 'radio', device, sender: gateway, lane },
        ...{ messages: [message], frame: bytes, receivedMs: atMs },
      });
    });
    return { outcome: isThinned ? 'thinned' : 'stored', meter: name, code: '' };
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

  #lastOf(name: string): Last {
    const last = this.#last.get(name) ?? { noted: { ...nothingTaken }, stored: { ...nothingTaken } };
    remember(this.#last, name, last, this.#limits.remembered);
    return last;
  }

  async #unread(
    bytes: Uint8Array,
    { gateway, lane, atMs }: Way,
    given: {
      readonly name: string;
      readonly device: string;
      readonly known: KnownMeter | undefined;
      readonly error: OpenAmiError;
    },
  ): Promise<RadioReceipt> {
    const { name, device, known, error } = given;
    const receipt = { outcome: 'unread', meter: name, code: error.code } as const;
    const last = this.#lastOf(name === '' ? gateway : name);
    if (atMs - last.noted.unreadMs < this.#limits.keepUnreadS * 1_000) return receipt;
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
}

/** What a telegram says, under the name of its meter; undefined where it says nothing that is stored. */
export function messageOf(
  telegram: MbusTelegram,
  device: string,
  given: {
    readonly models: ModelSet;
    readonly atMs: number;
    readonly offsetS: number;
    readonly key: MbusKey | undefined;
  },
): PushMessage | undefined {
  const { models, atMs, offsetS, key } = given;
  const options = { receivedS: Math.floor(atMs / 1_000), offsetS, key };
  const message = saidBy(telegram, models, options);
  return message.series.length === 0 && message.events.length === 0 ? undefined : { ...message, device };
}

/** Where the model cannot make sense of a telegram, what the standard makes of it stands. */
function saidBy(telegram: MbusTelegram, models: ModelSet, options: Parameters<typeof modelToPush>[2]) {
  try {
    return modelToPush(telegram, models.of(telegram), options);
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return toPush(telegram, options);
  }
}

/** The sender of the link, where the bytes can be read that far. */
function linkOf(plain: Uint8Array): MbusAddress | undefined {
  try {
    return linkAddressAt(plain, 2);
  } catch {
    return undefined;
  }
}

/**
 * What the counter of messages says, where a right MAC covers it: it only grows. An older telegram is one
 * that a gateway held back if it says so, and else one that somebody recorded and sends again.
 */
function ageOf(
  { mac, afl }: MbusTelegram,
  last: LastTaken,
  atMs: number,
): 'same' | 'old' | Partial<LastTaken> {
  const counter = afl?.counter;
  if (mac !== 'verified' || counter === undefined) return {};
  if (counter > last.counter) return { counter, counterMs: atMs };
  if (counter === last.counter) return 'same';
  return atMs < last.counterMs ? {} : 'old';
}

/** Without the CRCs of the link; undefined where they are wrong. */
function withoutCrcs(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return unwrapBlocks(bytes, 'auto').bytes;
  } catch {
    return undefined;
  }
}

/** A gateway's clock may be wrong: what it says is believed within a day. */
function atOf({ atMs }: HeardTelegram, nowMs: number): number {
  return atMs !== undefined && atMs <= nowMs && nowMs - atMs < 86_400_000 ? atMs : nowMs;
}
