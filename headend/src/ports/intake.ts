/**
 * Telegrams of meters' ports become readings, as those heard over the air do: each meter in a telegram is
 * heard, and of what it says one telegram of each slot of time is stored.
 */
import { createHash } from 'node:crypto';
import {
  ageOfCounter,
  type DeskOptions,
  heardAtMs,
  type LastTaken,
  type RadioReceipt,
  TelegramDesk,
  type Way,
} from '../radio/desk.ts';
import { radioErrors } from '../radio/errors.ts';
import type { HeardBook, HeardFacts } from '../radio/heard.ts';
import type { RadioKeys } from '../radio/keys.ts';
import { stateOfError } from '../radio/open.ts';
import { type OpenedPort, openPort, type PortPart } from './open.ts';
import type { PortTelegram } from './stream.ts';

export interface PortIntakeOptions extends DeskOptions {
  readonly heard: HeardBook;
  readonly keys: RadioKeys;
  /** IANA zone of the clocks of meters. */
  readonly zone: string;
}

/** How a telegram was handed on. */
export interface PortWay {
  readonly gateway: string;
  /** Whose turn it is where the ingest is full; default: the gateway's. */
  readonly lane?: string;
  /** When the gateway heard it, where it says so. */
  readonly atMs?: number | undefined;
  /** Whether the sender may speak for a registered meter; default: any. */
  readonly mayReport?: ((device: string) => boolean) | undefined;
}

interface Taken {
  /** Of the meter itself; of those behind it where it says nothing. */
  readonly receipt: RadioReceipt;
  readonly sender: HeardFacts | undefined;
}

export class PortIntake {
  readonly #options: PortIntakeOptions;
  readonly #desk: TelegramDesk<Taken>;

  constructor(options: PortIntakeOptions) {
    this.#options = options;
    this.#desk = new TelegramDesk(options);
  }

  /** Resolves when it is stored or need not be. Raises what the ingest or the store raised. */
  async take(telegram: PortTelegram, { gateway, lane = gateway, ...more }: PortWay): Promise<RadioReceipt> {
    const atMs = heardAtMs(more.atMs, this.#options.clock.nowMs());
    const key = createHash('sha256').update(telegram.bytes).digest('base64');
    const { mayReport } = more;
    const { isRepeat, done } = this.#desk.once(key, (isOwed) =>
      this.#take(telegram, { gateway, lane, atMs, isOwed, mayReport }),
    );
    const { receipt, sender } = await done;
    if (sender) this.#options.heard.path(sender, gateway, atMs, {});
    return isRepeat ? { ...receipt, outcome: 'repeat' } : receipt;
  }

  async #take(telegram: PortTelegram, way: Way): Promise<Taken> {
    const { keys, zone } = this.#options;
    const { atMs, gateway } = way;
    const opened = await openPort(telegram, { keys, zone, atMs, gateway });
    const { sender } = opened;
    this.#hear(opened, atMs);
    return { receipt: await this.#store(opened, telegram.bytes, way), sender };
  }

  #hear({ sender, parts, error, isProven }: OpenedPort, atMs: number): void {
    if (sender === undefined) return;
    const { heard } = this.#options;
    const state = error ? stateOfError(error.code) : isProven ? 'decrypted' : 'plain';
    heard.telegram(sender, atMs, state, error?.code ?? '');
    for (const { facts } of parts.slice(1)) {
      heard.telegram(facts, atMs, state, '');
      heard.path(facts, sender.id, atMs, {});
    }
  }

  async #store(opened: OpenedPort, bytes: Uint8Array, way: Way): Promise<RadioReceipt> {
    const { sender, known, parts, error, counter } = opened;
    const name = sender?.id ?? '';
    const of = { name, device: known?.device ?? name, known };
    if (error !== undefined) return this.#desk.unread(bytes, way, of, error);
    const age = ageOfCounter(counter, this.#desk.lastOf(name).noted, way.atMs);
    if (age === 'same') return { outcome: 'repeat', meter: name, code: '' };
    if (age === 'old' && !way.isOwed)
      return this.#desk.unread(bytes, way, of, radioErrors.RADIO_REPLAYED(name));
    const next = age === 'old' ? {} : age;
    const receipts = await Promise.all(
      parts.map((part, i) => this.#storePart(part, bytes, i === 0 ? next : {}, way)),
    );
    return receipts.find(({ outcome }) => outcome === 'stored') ?? receipts[0]!;
  }

  #storePart(
    { facts, known, message }: PortPart,
    bytes: Uint8Array,
    next: Partial<LastTaken>,
    way: Way,
  ): Promise<RadioReceipt> {
    const of = { name: facts.id, device: known?.device ?? facts.id, known };
    return this.#desk.store(this.#desk.lastOf(facts.id), of, { message, bytes, status: 0, next }, way);
  }
}
