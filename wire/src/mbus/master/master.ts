/**
 * The master of a wired bus (EN 13757-2 clause 5.7): asks meters one after the other. It has no line and no
 * clock of its own; both are handed in.
 *
 *   initialise ──SND-NKE──▶ E5        readout ──REQ-UD2──▶ RSP-UD, again while more follows
 *   select     ──SND-UD 52─▶ E5       the FCB toggles with every new request, so that a repeated one is known
 */
import { OpenAmiError } from '@openami/model';
import type { MbusAddress } from '../address.ts';
import { mbusErrors } from '../errors.ts';
import {
  Control,
  encodeWiredFrame,
  FCB,
  FCV,
  Primary,
  type WiredFrame,
  WiredFrameStream,
} from '../link/wired.ts';
import { applicationError, type DecodeOptions, decodeWiredFrame, type MbusTelegram } from '../telegram.ts';
import { maskBytes, maskMatches, narrower, type SecondaryMask } from './secondary.ts';

/** A line to a bus. A cut is an error it raises. */
export interface MbusTransport {
  send(bytes: Uint8Array): void | Promise<void>;
  /** The next bytes, any number; undefined when none come in the time (0: what is there already). */
  receive(timeoutMs: number): Promise<Uint8Array | undefined>;
}

export interface MasterOptions {
  /** Wait for the first byte of an answer: 330 bit times and 50 ms, and what the line adds. */
  readonly timeoutMs?: number;
  /** Longest pause within an answer. */
  readonly pauseMs?: number;
  readonly retries?: number;
  /** Telegrams of one readout, at most. */
  readonly maxTelegrams?: number;
  /** Selections of one search, at most. */
  readonly maxSelections?: number;
  /**
   * Look behind every answer of a search: where bits of two meters overlay, one answer may hide another.
   * Some 70 selections more for each meter.
   */
  readonly thorough?: boolean;
  /** Keys and formats for what meters send. */
  readonly decode?: DecodeOptions;
}

/** What came back: a frame, nothing, or bytes that are none (several meters at once, or noise). */
type Answer = WiredFrame | { readonly kind: 'silence' } | { readonly kind: 'garbled' };
type LongFrame = Extract<WiredFrame, { readonly kind: 'long' }>;

export interface Found {
  /** Where the meter answers: its primary address, or the mask that selects it alone. */
  readonly primary?: number;
  readonly mask?: SecondaryMask;
  readonly meter: MbusAddress | undefined;
}

export interface SearchResult {
  readonly found: readonly Found[];
  /** Masks that several meters answer to and that cannot be narrowed. */
  readonly unresolved: readonly SecondaryMask[];
}

const bauds = [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400] as const;
export type Baud = (typeof bauds)[number];
const BAUD_CI = 0xb8;
const Ci = { applicationReset: 0x50, select: 0x52 } as const;
const LAST_PRIMARY = 250;
const MAX_ANSWER_BYTES = 1024;

/** One call at a time: a bus carries one dialogue. */
export class MbusMaster {
  readonly #transport: MbusTransport;
  readonly #options: Required<MasterOptions>;
  /** FCB of the next request by address. */
  readonly #fcb = new Map<number, boolean>();

  constructor(transport: MbusTransport, options: MasterOptions = {}) {
    const { timeoutMs = 500, pauseMs = 100, retries = 2, maxTelegrams = 32 } = options;
    const { maxSelections = 10_000, thorough = false, decode = {} } = options;
    this.#transport = transport;
    this.#options = { timeoutMs, pauseMs, retries, maxTelegrams, maxSelections, thorough, decode };
  }

  /** Resets the link to a meter. False when none answers. */
  async initialise(address: number): Promise<boolean> {
    this.#fcb.set(address, true);
    const { kind } = await this.#ask({ kind: 'short', control: Control.sndNke, address });
    return kind === 'ack';
  }

  /**
   * Selects meters; those selected before are not any more. `one` may be several that look alike.
   */
  async select(mask: SecondaryMask): Promise<'none' | 'one' | 'several'> {
    const data = maskBytes(mask);
    const address = Primary.networkLayer;
    const { kind } = await this.#ask({ kind: 'long', control: Control.sndUd, address, ci: Ci.select, data });
    this.#fcb.set(address, true);
    if (kind === 'silence') return 'none';
    return kind === 'ack' ? 'one' : 'several';
  }

  /**
   * All telegrams of a meter: the next is asked for while it says that more follow. Raises MBUS_TIMEOUT,
   * MBUS_COLLISION, MBUS_UNEXPECTED, MBUS_APPLICATION_ERROR, and errors of decoding.
   */
  async readout(address: number): Promise<MbusTelegram[]> {
    const telegrams: MbusTelegram[] = [];
    do {
      const telegram = decodeWiredFrame(await this.#request(address), this.#options.decode);
      const error = applicationError(telegram);
      if (error !== undefined) throw error;
      telegrams.push(telegram);
    } while (telegrams.at(-1)!.moreFollows && telegrams.length < this.#options.maxTelegrams);
    return telegrams;
  }

  /** All telegrams of the one meter that a mask matches. Raises as `readout`. */
  async readoutOf(mask: SecondaryMask): Promise<MbusTelegram[]> {
    const selected = await this.select(mask);
    if (selected === 'none') throw mbusErrors.MBUS_TIMEOUT(`no meter matches ${mask.id ?? 'the mask'}`);
    if (selected === 'several') throw mbusErrors.MBUS_COLLISION(`several match ${mask.id ?? 'the mask'}`);
    return this.readout(Primary.networkLayer);
  }

  /**
   * Starts the application over, or chooses what it sends by a sub-code. Raises MBUS_TIMEOUT,
   * MBUS_UNEXPECTED.
   */
  async resetApplication(address: number, subCode?: number): Promise<void> {
    const data = subCode === undefined ? new Uint8Array(0) : Uint8Array.of(subCode);
    await this.send(address, Ci.applicationReset, data);
  }

  /**
   * Tells a meter to change its speed; its acknowledgement still has the old one. The line has to follow.
   * Raises MBUS_NOT_ENCODABLE, MBUS_TIMEOUT, MBUS_UNEXPECTED.
   */
  async setBaud(address: number, baud: Baud): Promise<void> {
    const index = bauds.indexOf(baud);
    if (index < 0) throw mbusErrors.MBUS_NOT_ENCODABLE(`${baud} Bd`);
    await this.send(address, BAUD_CI + index, new Uint8Array(0));
  }

  /** Sends data that the meter acknowledges. Raises MBUS_TIMEOUT, MBUS_COLLISION, MBUS_UNEXPECTED. */
  async send(address: number, ci: number, data: Uint8Array): Promise<void> {
    const control = Control.sndUd | this.#nextFcb(address);
    const frame: WiredFrame = { kind: 'long', control, address, ci, data };
    if (address === Primary.broadcast) {
      await this.#transport.send(encodeWiredFrame(frame));
      return;
    }
    const answer = await this.#ask(frame);
    if (answer.kind === 'ack') return;
    throw this.#failure(answer, address);
  }

  /** Meters at primary addresses. */
  async searchPrimary(from = 0, to = LAST_PRIMARY): Promise<Found[]> {
    const found: Found[] = [];
    for (let primary = from; primary <= to; primary++) {
      const { kind } = await this.#ask({ kind: 'short', control: Control.sndNke, address: primary });
      if (kind === 'silence') continue;
      this.#fcb.set(primary, true);
      found.push({ primary, meter: await this.#meterAt(primary) });
    }
    return found;
  }

  /**
   * Every meter by its secondary address: a mask that several answer to is narrowed digit by digit. Raises
   * errors of the line.
   */
  async searchSecondary(mask: SecondaryMask = {}): Promise<SearchResult> {
    const found = new Map<string, Found>();
    const unresolved: SecondaryMask[] = [];
    const open: SecondaryMask[] = [mask];
    for (let count = 0; open.length > 0 && count < this.#options.maxSelections; count++) {
      const next = open.pop()!;
      const selected = await this.select(next);
      if (selected === 'none') continue;
      const meter = selected === 'one' ? await this.#verified(next) : undefined;
      if (meter === undefined) {
        const masks = narrower(next);
        if (masks.length === 0) unresolved.push(next);
        open.push(...masks.reverse());
        continue;
      }
      const { id, manufacturer, version, type } = meter;
      found.set(`${id} ${manufacturer} ${version} ${type}`, { mask: meter, meter });
      if (this.#options.thorough) open.push(...narrower(next).reverse());
    }
    unresolved.push(...open);
    return { found: [...found.values()], unresolved };
  }

  /** The meter that is selected, if its own address selects it: answers of several may look whole. */
  async #verified(mask: SecondaryMask): Promise<MbusAddress | undefined> {
    const meter = await this.#meterAt(Primary.networkLayer);
    if (meter === undefined || !maskMatches(maskBytes(mask), meter)) return undefined;
    if ((await this.select(meter)) !== 'one') return undefined;
    const again = await this.#meterAt(Primary.networkLayer);
    return again?.id === meter.id && again.manufacturer === meter.manufacturer ? again : undefined;
  }

  /** Who answers at an address; undefined when several do, or none that can be read. */
  async #meterAt(address: number): Promise<MbusAddress | undefined> {
    const answer = await this.#ask(this.#requestFrame(address), 0);
    if (answer.kind !== 'long') return undefined;
    try {
      return decodeWiredFrame(answer, { ...this.#options.decode, partial: true }).meter;
    } catch (error) {
      // without its key a telegram still says whose it is
      if (!(error instanceof OpenAmiError)) throw error;
      const { meter, manufacturer } = error.data;
      if (typeof meter !== 'string' || typeof manufacturer !== 'string') return undefined;
      return { id: meter, manufacturer, version: 0xff, type: 0xff };
    }
  }

  #requestFrame(address: number): WiredFrame {
    return { kind: 'short', control: Control.reqUd2 | this.#nextFcb(address), address };
  }

  async #request(address: number): Promise<LongFrame> {
    const answer = await this.#ask(this.#requestFrame(address));
    if (answer.kind === 'long') return answer;
    throw this.#failure(answer, address);
  }

  #failure({ kind }: Answer, address: number): Error {
    if (kind === 'silence') return mbusErrors.MBUS_TIMEOUT(`address ${address}`, { address });
    if (kind === 'garbled') return mbusErrors.MBUS_COLLISION(`address ${address}`, { address });
    return mbusErrors.MBUS_UNEXPECTED(`address ${address}: ${kind}`, { address });
  }

  /** The bits of counting of a new request. */
  #nextFcb(address: number): number {
    const set = this.#fcb.get(address) ?? true;
    this.#fcb.set(address, !set);
    return FCV | (set ? FCB : 0);
  }

  /** Sends, and again as long as nothing whole comes back. */
  async #ask(frame: WiredFrame, retries: number = this.#options.retries): Promise<Answer> {
    const bytes = encodeWiredFrame(frame);
    let answer: Answer = { kind: 'silence' };
    for (let attempt = 0; attempt <= retries; attempt++) {
      await this.#drain();
      await this.#transport.send(bytes);
      const now = await this.#answer();
      if (now.kind !== 'silence' && now.kind !== 'garbled') return now;
      if (now.kind === 'garbled') answer = now;
    }
    return answer;
  }

  /** What came late is no answer to what is asked now. */
  async #drain(): Promise<void> {
    for (let chunks = 0; chunks < MAX_ANSWER_BYTES; chunks++) {
      if ((await this.#transport.receive(0)) === undefined) return;
    }
  }

  async #answer(): Promise<Answer> {
    const stream = new WiredFrameStream();
    let waitMs = this.#options.timeoutMs;
    let garbled = false;
    for (let bytes = 0; bytes < MAX_ANSWER_BYTES; ) {
      const chunk = await this.#transport.receive(waitMs);
      if (chunk === undefined) return { kind: garbled || bytes > 0 ? 'garbled' : 'silence' };
      // an empty chunk counts, so that a line of them has an end
      bytes += Math.max(1, chunk.length);
      waitMs = this.#options.pauseMs;
      for (const { frame, error } of stream.push(chunk)) {
        if (error !== undefined) garbled = true;
        // one E5 after noise may be anybody's
        else if (!garbled) return frame;
      }
    }
    return { kind: 'garbled' };
  }
}
