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
  type MbusTelegram,
  toPush,
  unwrapBlocks,
} from '@openami/wire/mbus';
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

interface Remembered {
  readonly atMs: number;
  readonly done: Promise<RadioReceipt>;
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
    this.#limits = { ...defaultRadioLimits, ...options.limits };
  }

  /** Resolves when it is stored or need not be. Raises what the ingest or the store raised. */
  async take(telegram: HeardTelegram, gateway: string): Promise<RadioReceipt> {
    const nowMs = this.#options.clock.nowMs();
    const atMs = atOf(telegram, nowMs);
    const link = linkOf(telegram.bytes);
    if (link) this.#options.heard.path(link, gateway, atMs, telegram);
    const key = hexOf(telegram.bytes);
    const before = this.#recent.get(key);
    if (before && nowMs - before.atMs < this.#limits.repeatMs) {
      const { meter, code } = await before.done;
      return { outcome: 'repeat', meter, code };
    }
    const done = this.#take(telegram.bytes, link, gateway, atMs);
    this.#recent.delete(key);
    remember(this.#recent, key, { atMs: nowMs, done }, this.#limits.remembered);
    // what was not stored comes again, and is no repeat then
    done.catch(() => this.#recent.delete(key));
    return done;
  }

  async #take(
    bytes: Uint8Array,
    link: MbusAddress | undefined,
    gateway: string,
    atMs: number,
  ): Promise<RadioReceipt> {
    const decoders = { formats: this.#formats, fragments: this.#fragments };
    const opened = await openTelegram(bytes, link, this.#options.keys, decoders);
    const { telegram, error, known } = opened;
    const address = opened.meter;
    const name = address ? heardName(address) : '';
    if (link) {
      this.#options.heard.telegram(link, atMs, stateOf(opened), error?.code ?? '');
      // behind a converter: the meter itself is heard, too
      if (address && name !== heardName(link)) {
        this.#options.heard.telegram(address, atMs, stateOf(opened), error?.code ?? '');
        this.#options.heard.path(address, heardName(link), atMs, {});
      }
    }
    const device = known?.device ?? name;
    if (telegram === undefined)
      return this.#unread(bytes, { name, device, known, gateway, atMs, error: error! });
    const message = messageOf(telegram, device, atMs, this.#limits.offsetS);
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
    return { telegram: decodeWmbus(bytes, { ...options, keyFor, format: 'auto', partial: true }) };
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

/** What a telegram says, under the name of its meter; undefined where it says nothing that is stored. */
export function messageOf(
  telegram: MbusTelegram,
  device: string,
  atMs: number,
  offsetS: number,
): PushMessage | undefined {
  const message = toPush(telegram, { receivedS: Math.floor(atMs / 1_000), offsetS });
  return message.series.length === 0 && message.events.length === 0 ? undefined : { ...message, device };
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
