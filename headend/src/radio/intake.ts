/**
 * Telegrams that gateways heard become readings:
 *
 *   telegram ─▶ heard before? ─▶ who is it? ─▶ opened with its key ─▶ readings ─▶ ingest ─ fsync ─▶ done
 *                  └─ one more path       └─ nobody, or no key: kept now and then, to be read later
 *
 * Meters send far more often than anybody stores: one telegram of each slot of time is taken, and each that
 * says another status.
 */
import { type Frame, OpenAmiError } from '@openami/model';
import { hexOf, type PushMessage } from '@openami/wire';
import {
  type DecodeOptions,
  decodeWmbus,
  Formats,
  FragmentAssembler,
  linkAddressAt,
  type MbusAddress,
  type MbusKey,
  type MbusTelegram,
  toPush,
  unwrapBlocks,
} from '@openami/wire/mbus';
import { type ModelSet, modelToPush, throughDiehl } from '@openami/wire/models';
import type { Ingest } from '../ingest/types.ts';
import type { HeardTelegram } from './forms.ts';
import { type HeardBook, type HeardState, heardName } from './heard.ts';
import type { KnownMeter, RadioKeys } from './keys.ts';

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

interface Remembered {
  readonly atMs: number;
  readonly done: Promise<Taken>;
}

interface LastTaken {
  slot: number;
  status: number;
  unreadMs: number;
}

export class RadioIntake {
  readonly #options: RadioIntakeOptions;
  readonly #limits: RadioLimits;
  readonly #formats = new Formats();
  readonly #fragments = new FragmentAssembler();
  readonly #recent = new Map<string, Remembered>();
  readonly #last = new Map<string, LastTaken>();

  constructor(options: RadioIntakeOptions) {
    this.#options = options;
    options.models.teach(this.#formats);
    this.#limits = { ...defaultRadioLimits, ...options.limits };
  }

  /** Resolves when it is stored or need not be. Raises what the ingest or the store raised. */
  async take(telegram: HeardTelegram, gateway: string): Promise<RadioReceipt> {
    const nowMs = this.#options.clock.nowMs();
    const atMs = atOf(telegram, nowMs);
    const key = hexOf(telegram.bytes);
    const before = this.#recent.get(key);
    const isRepeat = before !== undefined && nowMs - before.atMs < this.#limits.repeatMs;
    const done = isRepeat ? before.done : this.#take(telegram.bytes, gateway, atMs);
    if (!isRepeat) {
      remember(this.#recent, key, { atMs: nowMs, done }, this.#limits.remembered);
      // what was not stored comes again, and is no repeat then
      done.catch(() => this.#recent.delete(key));
    }
    const { receipt, sender } = await done;
    if (sender) this.#options.heard.path(sender, gateway, atMs, telegram.rssiDbm);
    return isRepeat ? { ...receipt, outcome: 'repeat' } : receipt;
  }

  async #take(bytes: Uint8Array, gateway: string, atMs: number): Promise<Taken> {
    const decoders = { formats: this.#formats, fragments: this.#fragments };
    const link = linkOf(bytes);
    const opened = await openTelegram(bytes, link, this.#options.keys, decoders);
    const sender = senderOf(opened) ?? link;
    this.#hear(opened, sender, atMs);
    return { receipt: await this.#store(opened, bytes, gateway, atMs), sender };
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
    heard.path(meter, heardName(sender), atMs, undefined);
  }

  async #store(
    opened: OpenedTelegram,
    bytes: Uint8Array,
    gateway: string,
    atMs: number,
  ): Promise<RadioReceipt> {
    const { telegram, error, known, meter } = opened;
    const name = meter ? heardName(meter) : '';
    const device = known?.device ?? name;
    if (telegram === undefined)
      return this.#unread(bytes, { name, device, known, gateway, atMs, error: error! });
    const { models } = this.#options;
    const message = messageOf(telegram, device, {
      models,
      atMs,
      offsetS: this.#limits.offsetS,
      key: known?.key,
    });
    const slot = Math.floor(atMs / 1_000 / this.#limits.everyS);
    const status = telegram.status ?? 0;
    const last = this.#lastOf(name);
    if (message === undefined || (last.slot === slot && last.status === status))
      return { outcome: 'thinned', meter: name, code: '' };
    await this.#noted(last, { slot, status }, () =>
      this.#options.ingest.accept({
        ...{ source: 'radio', device, sender: gateway, lane: gateway },
        ...{ messages: [message], frame: bytes, receivedMs: atMs },
      }),
    );
    return { outcome: 'stored', meter: name, code: '' };
  }

  /** Notes what is being stored; what could not be stored is not noted any more. */
  async #noted(last: LastTaken, next: Partial<LastTaken>, store: () => Promise<unknown>): Promise<void> {
    const before = { ...last };
    Object.assign(last, next);
    try {
      await store();
    } catch (error) {
      Object.assign(last, before);
      throw error;
    }
  }

  #lastOf(name: string): LastTaken {
    const last = this.#last.get(name) ?? { slot: -1, status: -1, unreadMs: Number.NEGATIVE_INFINITY };
    remember(this.#last, name, last, this.#limits.remembered);
    return last;
  }

  async #unread(
    bytes: Uint8Array,
    given: {
      readonly name: string;
      readonly device: string;
      readonly known: KnownMeter | undefined;
      readonly gateway: string;
      readonly atMs: number;
      readonly error: OpenAmiError;
    },
  ): Promise<RadioReceipt> {
    const { name, device, known, gateway, atMs, error } = given;
    const receipt = { outcome: 'unread', meter: name, code: error.code } as const;
    const last = this.#lastOf(name === '' ? gateway : name);
    if (atMs - last.unreadMs < this.#limits.keepUnreadS * 1_000) return receipt;
    const keep = { receivedMs: atMs, source: 'radio', device, payload: bytes } as const;
    // of a stranger the telegram alone is kept: it is no fault of anybody that he is heard
    const stranger = { ...keep, meter: 0, accepted: 0, outcome: error.code };
    const store = async () => {
      if (known) await this.#options.ingest.refuse(error, { ...keep, sender: gateway, lane: gateway });
      else if (name !== '') await this.#options.keep(stranger);
    };
    await this.#noted(last, { unreadMs: atMs }, store);
    return receipt;
  }
}

/** A telegram opened, or why it could not be. */
export interface OpenedTelegram {
  readonly telegram?: MbusTelegram;
  readonly error?: OpenAmiError;
  /** Who says it: behind a converter the meter itself. */
  readonly meter: MbusAddress | undefined;
  readonly known: KnownMeter | undefined;
}

/**
 * Decodes with the key of its sender, or of the meter behind it that the telegram names. The sender's is
 * looked up first: fragments are put together once.
 */
export async function openTelegram(
  bytes: Uint8Array,
  link: MbusAddress | undefined,
  keys: Pick<RadioKeys, 'find'>,
  options: Pick<DecodeOptions, 'formats' | 'fragments'> = {},
): Promise<OpenedTelegram> {
  const sender = link && (await keys.find(heardName(link)));
  const first = decodeFor(bytes, link, sender, options);
  const meter = first.asked ?? first.telegram?.meter ?? link;
  if (meter === undefined || (link && heardName(meter) === heardName(link)))
    return { ...first, meter, known: sender };
  const known = await keys.find(heardName(meter));
  const again = first.telegram === undefined && known?.key !== undefined;
  return { ...(again ? decodeFor(bytes, meter, known, options) : first), meter, known };
}

/** With the key of one meter; `asked`: whose key the telegram needs. */
function decodeFor(
  bytes: Uint8Array,
  of: MbusAddress | undefined,
  known: KnownMeter | undefined,
  options: Pick<DecodeOptions, 'formats' | 'fragments'>,
): { telegram?: MbusTelegram; error?: OpenAmiError; asked?: MbusAddress } {
  let asked: MbusAddress | undefined;
  const keyFor = (meter: MbusAddress) => {
    asked = meter;
    return of && heardName(of) === heardName(meter) ? known?.key : undefined;
  };
  try {
    const telegram = decodeWmbus(bytes, { ...options, keyFor, format: 'auto', partial: true });
    return { telegram: throughDiehl(telegram, known?.key) };
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return { error, ...(asked ? { asked } : {}) };
  }
}

function stateOf({ telegram, error }: OpenedTelegram): HeardState {
  if (telegram) return telegram.security === 'decrypted' ? 'decrypted' : 'plain';
  if (error?.code === 'MBUS_NO_KEY') return 'no-key';
  return error?.code === 'MBUS_WRONG_KEY' || error?.code === 'MBUS_AUTHENTICATION'
    ? 'wrong-key'
    : 'unreadable';
}

/** The meter whose radio it is; undefined where another one may stand between. */
function senderOf({ telegram }: OpenedTelegram): MbusAddress | undefined {
  return telegram?.header?.address === undefined ? telegram?.meter : undefined;
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
function linkOf(bytes: Uint8Array): MbusAddress | undefined {
  try {
    return linkAddressAt(unwrapBlocks(bytes, 'auto').bytes, 2);
  } catch {
    return undefined;
  }
}

/** A gateway's clock may be wrong: what it says is believed within a day. */
function atOf({ atMs }: HeardTelegram, nowMs: number): number {
  return atMs !== undefined && atMs <= nowMs && nowMs - atMs < 86_400_000 ? atMs : nowMs;
}

/** Puts it last, and drops what came first where there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  if (map.size >= most) map.delete(map.keys().next().value!);
  map.set(key, value);
}
