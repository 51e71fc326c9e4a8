/** A meter on a wired bus (EN 13757-2 clause 5.7), for simulations: frames in, what it answers out. */
import { join } from '../../bytes.ts';
import type { MbusAddress } from '../address.ts';
import { encodeWiredTelegram, type SendSecurity } from '../encode.ts';
import { encodeWiredFrame, FCB, FCV, Primary, type WiredFrame } from '../link/wired.ts';
import { decodeRecords } from '../record/records.ts';
import { maskMatches } from './secondary.ts';

export interface SlaveOptions {
  readonly meter: MbusAddress;
  readonly primaryAddress: number;
  /** Records of each telegram of a readout, as they are when it is asked for; at least one. */
  readonly telegrams: (subCode: number | undefined) => readonly Uint8Array[];
  readonly status?: () => number;
  readonly security?: Exclude<SendSecurity, { readonly mode: 7 }>;
  readonly baud?: number;
}

const MORE_FOLLOWS = Uint8Array.of(0x1f);
const Ci = { reset: 0x50, data: 0x51, select: 0x52, firstBaud: 0xb8, lastBaud: 0xbf } as const;
const REQUEST = 0x40;

/** One meter: resets, requests, selections, a new address and speed are answered as in the standard. */
export class MbusSlave {
  readonly #options: SlaveOptions;
  #address: number;
  #baud: number;
  #selected = false;
  #fcb: boolean | undefined;
  #subCode: number | undefined;
  #next = 0;
  #accessNumber = 0;
  #last: Uint8Array | undefined;

  constructor(options: SlaveOptions) {
    this.#options = options;
    this.#address = options.primaryAddress;
    this.#baud = options.baud ?? 2400;
  }

  get primaryAddress(): number {
    return this.#address;
  }

  /** Speed from the next frame on. */
  get baud(): number {
    return this.#baud;
  }

  get selected(): boolean {
    return this.#selected;
  }

  /** The answer to a frame; undefined when it is not for this meter, or for all of them. */
  receive(frame: WiredFrame): Uint8Array | undefined {
    if (frame.kind === 'ack' || (frame.control & REQUEST) === 0) return undefined;
    if (frame.kind === 'long' && frame.address === Primary.networkLayer && frame.ci === Ci.select) {
      this.#selected = maskMatches(frame.data, this.#options.meter);
      this.#fcb = undefined;
      this.#next = 0;
      return this.#selected ? encodeWiredFrame({ kind: 'ack' }) : undefined;
    }
    if (!this.#isFor(frame.address)) return undefined;
    const answer = this.#answer(frame);
    return frame.address === Primary.broadcast ? undefined : answer;
  }

  #isFor(address: number): boolean {
    if (address === Primary.networkLayer) return this.#selected;
    return address === this.#address || address >= Primary.broadcastWithReply;
  }

  #answer(frame: Exclude<WiredFrame, { readonly kind: 'ack' }>): Uint8Array | undefined {
    const code = frame.control & 0x0f;
    const ack = encodeWiredFrame({ kind: 'ack' });
    if (code === 0x00) {
      this.#fcb = undefined;
      this.#next = 0;
      if (frame.address === Primary.networkLayer) this.#selected = false;
      return ack;
    }
    if (code === 0x0b) return this.#telegram(frame.control);
    // no alarm to tell
    if (code === 0x0a) return ack;
    if (code !== 0x03 || frame.kind !== 'long') return undefined;
    this.#command(frame.ci, frame.data);
    return ack;
  }

  #command(ci: number, data: Uint8Array): void {
    if (ci === Ci.reset) {
      this.#next = 0;
      this.#fcb = undefined;
      this.#subCode = data[0];
    } else if (ci >= Ci.firstBaud && ci <= Ci.lastBaud) {
      this.#baud = 300 * 2 ** (ci - Ci.firstBaud);
    } else if (ci === Ci.data) {
      const { records } = decodeRecords(data, 0, data.length, false, true);
      const address = records.find(({ head }) => head.quantity === 'bus-address')?.raw;
      if (typeof address === 'number' && address <= 250) this.#address = address;
    }
  }

  /** The next telegram, or the last again when the request is one repeated. */
  #telegram(control: number): Uint8Array {
    const fcb = (control & FCB) !== 0;
    const repeated = (control & FCV) !== 0 && this.#fcb === fcb;
    this.#fcb = fcb;
    if (repeated && this.#last !== undefined) return this.#last;
    const { meter, telegrams, status, security } = this.#options;
    const payloads = telegrams(this.#subCode);
    const at = this.#next < payloads.length ? this.#next : 0;
    this.#next = at + 1;
    const payload = payloads[at] ?? new Uint8Array(0);
    this.#accessNumber = (this.#accessNumber + 1) & 0xff;
    this.#last = encodeWiredTelegram(
      {
        meter,
        accessNumber: this.#accessNumber,
        status: status?.() ?? 0,
        payload: at + 1 < payloads.length ? join(payload, MORE_FOLLOWS) : payload,
        ...(security === undefined ? {} : { security }),
      },
      this.#address,
    );
    return this.#last;
  }
}
