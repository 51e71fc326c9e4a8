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
import { OpenAmiError } from '@openami/model';
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
import {
  ageOfCounter,
  type DeskOptions,
  heardAtMs,
  type RadioReceipt,
  TelegramDesk,
  type Way,
} from './desk.ts';
import { radioErrors } from './errors.ts';
import type { HeardTelegram } from './forms.ts';
import { type HeardBook, heardName } from './heard.ts';
import type { RadioKeys } from './keys.ts';
import { type OpenedTelegram, openTelegram, senderOf, stateOf } from './open.ts';
import { ReplayWatch } from './replays.ts';

export interface RadioIntakeOptions extends DeskOptions {
  readonly heard: HeardBook;
  readonly keys: RadioKeys;
  /** Names and makers' own content of meters. */
  readonly models: ModelSet;
}

interface Taken {
  readonly receipt: RadioReceipt;
  /** Whose radio it was; undefined where the telegram does not say even that. */
  readonly sender: MbusAddress | undefined;
}

interface Came {
  readonly bytes: Uint8Array;
  /** The sender of the link, where the bytes can be read that far. */
  readonly link: MbusAddress | undefined;
  /** 32 bits that tell its bytes from others; not 0. */
  readonly print: number;
}

export class RadioIntake {
  readonly #options: RadioIntakeOptions;
  readonly #desk: TelegramDesk<Taken>;
  readonly #formats = new Formats();
  /** What strangers teach is for strangers: anybody can send it. */
  readonly #strangerFormats = new Formats();
  readonly #fragments = new FragmentAssembler();
  readonly #replays = new ReplayWatch();

  constructor(options: RadioIntakeOptions) {
    this.#options = options;
    for (const formats of [this.#formats, this.#strangerFormats]) options.models.teach(formats);
    this.#desk = new TelegramDesk(options);
  }

  /**
   * Resolves when it is stored or need not be. `lane`: whose turn it is where the ingest is full, by default
   * the gateway's; who hands on for several has one. Raises what the ingest or the store raised.
   */
  async take(telegram: HeardTelegram, gateway: string, lane = gateway): Promise<RadioReceipt> {
    const atMs = heardAtMs(telegram.atMs, this.#options.clock.nowMs());
    const { bytes } = telegram;
    const plain = withoutCrcs(bytes);
    // known again whether the gateway took the CRCs of the link off or not
    const digest = createHash('sha256')
      .update(plain ?? bytes)
      .digest();
    const came: Came = { bytes, link: plain && linkOf(plain), print: digest.readUInt32LE() || 1 };
    const { isRepeat, done } = this.#desk.once(digest.toString('base64'), (isOwed) =>
      this.#take(came, { gateway, lane, atMs, isOwed }),
    );
    const { receipt, sender } = await done;
    if (sender) this.#options.heard.path(sender, gateway, atMs, telegram);
    return isRepeat ? { ...receipt, outcome: 'repeat' } : receipt;
  }

  async #take(came: Came, way: Way): Promise<Taken> {
    const { bytes, link } = came;
    const [formats, strangerFormats, fragments] = [this.#formats, this.#strangerFormats, this.#fragments];
    const decoders = { formats, strangerFormats, fragments };
    const opened = await openTelegram(bytes, link, this.#options.keys, decoders);
    const sender = senderOf(opened) ?? link;
    this.#hear(opened, sender, way.atMs);
    return { receipt: await this.#store(opened, came, way), sender };
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

  async #store(opened: OpenedTelegram, { bytes, print }: Came, way: Way): Promise<RadioReceipt> {
    const { telegram, error, known, meter } = opened;
    const { atMs, isOwed } = way;
    const name = meter ? heardName(meter) : '';
    const device = known?.device ?? name;
    const of = { name, device, known };
    const desk = this.#desk;
    if (telegram === undefined) return desk.unread(bytes, way, of, error!);
    const last = desk.lastOf(name);
    const { mac, afl, status = 0 } = telegram;
    const age = ageOfCounter(mac === 'verified' ? afl?.counter : undefined, last.noted, atMs);
    if (age === 'same') return { outcome: 'repeat', meter: name, code: '' };
    if (age === 'old' && !isOwed) return desk.unread(bytes, way, of, radioErrors.RADIO_REPLAYED(name));
    const { models } = this.#options;
    const { offsetS } = desk.limits;
    const message = messageOf(telegram, device, { models, atMs, offsetS, key: known?.key });
    const { accessNumber } = telegram;
    const isCounted = mac === 'verified' || telegram.security !== 'decrypted' || accessNumber === undefined;
    const said = isCounted || message === undefined ? undefined : { accessNumber, print, message, atMs };
    if (said && !isOwed && this.#replays.isReplay(name, said))
      return desk.unread(bytes, way, of, radioErrors.RADIO_REPLAYED(name));
    const next = age === 'old' ? {} : age;
    const receipt = await desk.store(last, of, { message, bytes, status, next }, way);
    if (said) this.#replays.taken(name, said);
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

/** Without the CRCs of the link; undefined where they are wrong. */
function withoutCrcs(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return unwrapBlocks(bytes, 'auto').bytes;
  } catch {
    return undefined;
  }
}
