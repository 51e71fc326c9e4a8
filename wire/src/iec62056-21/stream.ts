/** Messages out of what a line carries, in any chunking; bytes may have a parity bit, which is ignored. */
import type { OpenAmiError } from '@openami/model';
import { type Decoded, FrameStream, readWhole, type Scan, scanned } from '../frame-stream.ts';
import {
  BANG,
  CR,
  CRC_DIGITS,
  endOfCheck,
  findAtLineStart,
  isFill,
  LF,
  LINE_END,
  mayBeMaker,
  SLASH,
  versionCodes,
} from '../p1/lines.ts';
import { decodeP1 } from '../p1/telegram.ts';
import { asciiText } from '../text.ts';
import { iecErrors } from './errors.ts';
import { findIdentification } from './identification.ts';
import {
  ACK,
  blockMessage,
  EOT,
  ETX,
  type IecMessage,
  lineMessage,
  NAK,
  recordsOfText,
  SOH,
  STX,
} from './message.ts';

export interface IecStreamOptions {
  /** Meters that send by themselves (mode D): a telegram is one message, identification and all. */
  readonly push?: boolean;
}

/** A block has as many bytes as a day of a profile with all channels; lines are short. */
const MAX_BLOCK_BYTES = 0x4_0000;
const MAX_TELEGRAM_BYTES = 0x8000;
const MAX_LINE_BYTES = 160;

export class Iec62056Stream extends FrameStream<IecMessage> {
  /** Whether an ACK may begin the choice of an option; else it stands alone. Set by who knows the turn. */
  expectsOption = true;
  readonly #push: boolean;
  /** Bytes of the message that were looked through for its end. */
  #searched = 0;
  #isEnding = false;

  constructor({ push = false }: IecStreamOptions = {}) {
    super();
    this.#push = push;
  }

  override push(chunk: Uint8Array): Decoded<IecMessage>[] {
    return super.push(chunk.some((byte) => byte > 0x7f) ? chunk.map((byte) => byte & 0x7f) : chunk);
  }

  override scan(bytes: Uint8Array, at: number, end: number): Scan<IecMessage> {
    const searched = Math.max(1, this.#searched);
    this.#searched = 0;
    switch (bytes[at]) {
      case SLASH:
        if (!this.#push) return this.#line(bytes, at, end);
        if (mayBeMaker(bytes, at + 1, end)) return this.#telegram(bytes, at, end, searched);
        break;
      case SOH:
      case STX:
        return this.#block(bytes, at, end, searched);
      case NAK:
        return { used: 1, frame: { kind: 'nak' } };
      case ACK:
        return this.#ack(bytes, at, end);
    }
    let to = at + 1;
    let isBlank = isFill(bytes[at]!);
    for (; to < end && !starts.includes(bytes[to]!); to++) isBlank &&= isFill(bytes[to]!);
    if (isBlank) return { used: to - at };
    return { used: to - at, error: () => iecErrors.IEC_FRAME(`${to - at} bytes that are no message`) };
  }

  #ack(bytes: Uint8Array, at: number, end: number): Scan<IecMessage> {
    if (!this.expectsOption) return { used: 1, frame: { kind: 'ack' } };
    if (end - at < 2) return { used: 0, need: 2 };
    return isOption(bytes[at + 1]!) ? this.#line(bytes, at, end) : { used: 1, frame: { kind: 'ack' } };
  }

  #line(bytes: Uint8Array, at: number, end: number): Scan<IecMessage> {
    for (let to = at + 1; to < end; to++) {
      const byte = bytes[to]!;
      if (byte === LF) {
        const line = asciiText(bytes.subarray(at, bytes[to - 1] === CR ? to - 1 : to));
        return scanned(to + 1 - at, () => lineMessage(line));
      }
      // the end of the line was lost
      if (starts.includes(byte)) {
        return { used: to - at, error: () => iecErrors.IEC_TRUNCATED(`a line of ${to - at} bytes`) };
      }
    }
    if (end - at > MAX_LINE_BYTES) {
      return {
        used: 1,
        error: () => iecErrors.IEC_OVER_LIMIT(`a line of more than ${MAX_LINE_BYTES} bytes`),
      };
    }
    return { used: 0, need: end - at + 1 };
  }

  #block(bytes: Uint8Array, at: number, end: number, searched: number): Scan<IecMessage> {
    for (let to = at + searched; to < end; to++) {
      const byte = bytes[to]!;
      if (byte === ETX || byte === EOT) {
        if (to + 1 === end) {
          this.#searched = to - at;
          return { used: 0, need: end - at + 1 };
        }
        return scanned(to + 2 - at, () => blockMessage(bytes.subarray(at, to + 2)));
      }
      // an STX is part of a command; any other start means that the end was lost
      if (byte === SOH || (byte === STX && bytes[at] === STX)) {
        return { used: to - at, error: () => iecErrors.IEC_TRUNCATED(`a block of ${to - at} bytes`) };
      }
    }
    return this.#more(at, end, MAX_BLOCK_BYTES);
  }

  /** From the identification to the line that begins with `!`. */
  #telegram(bytes: Uint8Array, at: number, end: number, searched: number): Scan<IecMessage> {
    const bang = findAtLineStart(bytes, BANG, at + searched, end);
    const next = findAtLineStart(bytes, SLASH, at + searched, bang < 0 ? end : bang);
    if (next >= 0) {
      return { used: next - at, error: () => iecErrors.IEC_TRUNCATED(`a telegram of ${next - at} bytes`) };
    }
    if (bang < 0) return this.#more(at, end, MAX_TELEGRAM_BYTES);
    const stop = endOfCheck(bytes, bang + 1, end);
    if (stop === end && stop <= bang + CRC_DIGITS) {
      this.#searched = bang - at;
      return { used: 0, need: end - at + 1 };
    }
    if (stop <= bang + CRC_DIGITS && (stop > bang + 1 || !isFill(bytes[stop]!))) {
      return { used: stop - at, error: () => iecErrors.IEC_FRAME('the line with ! holds something else') };
    }
    return scanned(stop - at, () => pushOf(bytes, at, bang, stop));
  }

  #more(at: number, end: number, maxBytes: number): Scan<IecMessage> {
    if (end - at > maxBytes) {
      return { used: end - at, error: () => iecErrors.IEC_OVER_LIMIT(`more than ${maxBytes} bytes`) };
    }
    // nothing in what is left begins another message
    if (this.#isEnding) return { used: end - at };
    this.#searched = end - at;
    return { used: 0, need: end - at + 1 };
  }

  /** A last telegram may lack the end of its line, and a last ACK what tells it from an option. */
  override flush(): Decoded<IecMessage>[] {
    const last = this.pending > 0 ? this.push(LINE_END) : [];
    this.#isEnding = true;
    const out = [...last, ...super.flush()];
    this.#isEnding = false;
    return out;
  }

  protected override truncated(detail: string): OpenAmiError {
    return iecErrors.IEC_TRUNCATED(detail);
  }

  protected override isIdle(bytes: Uint8Array, length: number): boolean {
    return bytes.subarray(0, length).every(isFill);
  }
}

const starts: readonly number[] = [SLASH, SOH, STX, ACK, NAK];

function isOption(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function pushOf(bytes: Uint8Array, at: number, bang: number, stop: number): IecMessage {
  const text = asciiText(bytes.subarray(at, bang));
  const lf = text.indexOf('\n');
  const first = lf < 0 ? text.length : lf;
  const identification = findIdentification(text.slice(0, first).replace(/\r$/, ''));
  if (identification === undefined)
    throw iecErrors.IEC_FRAME(`telegram of ${JSON.stringify(text.slice(0, 20))}`);
  const trailer = asciiText(bytes.subarray(bang + 1, stop));
  const records = recordsOfText(text.slice(first + 1));
  // P1 telegrams have the same form, with a check where the version has one
  if (trailer !== '' || records.some(({ address }) => versionCodes.includes(address))) {
    decodeP1(bytes.subarray(at, stop + 1));
  }
  return { kind: 'push', identification, records, trailer };
}

/** The one message that is all of `bytes`. Raises IEC_CHECK, IEC_FRAME, IEC_TRUNCATED, IEC_OVER_LIMIT. */
export function decodeIecMessage(bytes: Uint8Array, options: IecStreamOptions = {}): IecMessage {
  const { frames, errors } = readWhole(new Iec62056Stream(options), bytes);
  const [first] = frames;
  if (first !== undefined && frames.length + errors.length === 1) return first;
  throw errors[0] ?? iecErrors.IEC_FRAME(`${frames.length} messages`);
}

/** Whether a capture has telegrams without frames: data sets from the identification to a line with `!`. */
export function isIecPush(bytes: Uint8Array): boolean {
  const plain = bytes.map((byte) => byte & 0x7f);
  const hasBlock = plain.includes(SOH) || plain.includes(STX);
  return !hasBlock && findAtLineStart(plain, BANG, 0, plain.length) >= 0;
}
