/** Telegrams out of what a P1 port sends, plain or enciphered, in any chunking. */
import type { OpenAmiError } from '@openami/model';
import { type Decoded, FrameStream, type Scan, scanned } from '../frame-stream.ts';
import { p1Errors } from './errors.ts';
import {
  BANG,
  CRC_DIGITS,
  endOfCheck,
  findAtLineStart,
  isFill,
  LINE_END,
  mayBeMaker,
  SLASH,
} from './lines.ts';
import { GENERAL_GLO, type OpenedP1, openP1, type P1Key, SEALED_HEAD_BYTES, sealedLength } from './sealed.ts';
import { decodeP1, type P1CheckOptions, type P1Telegram } from './telegram.ts';

export interface P1Frame extends P1Telegram {
  /** How an enciphered telegram was opened. */
  readonly opened?: Omit<OpenedP1, 'telegram'>;
  /** On the line. */
  readonly bytes: number;
}

export interface P1StreamOptions extends P1CheckOptions {
  /** The key of a meter by its system title. */
  readonly keyFor?: (systemTitle: Uint8Array) => P1Key | undefined;
}

/** A telegram has some 1 to 4 KB. */
const MAX_TELEGRAM_BYTES = 0x4000;
const TITLE_END = 10;

export class P1Stream extends FrameStream<P1Frame> {
  readonly #options: P1StreamOptions;
  /** Bytes of the telegram that were looked through for its end. */
  #searched = 0;
  #isEnding = false;

  constructor(options: P1StreamOptions = {}) {
    super();
    this.#options = options;
  }

  override scan(bytes: Uint8Array, at: number, end: number): Scan<P1Frame> {
    const searched = this.#searched;
    this.#searched = 0;
    if (bytes[at] === SLASH && mayBeMaker(bytes, at + 1, end))
      return this.#plain(bytes, at, end, Math.max(1, searched));
    if (bytes[at] === GENERAL_GLO) return this.#sealed(bytes, at, end);
    let to = at + 1;
    let isBlank = isFill(bytes[at]!);
    for (; to < end && bytes[to] !== SLASH && bytes[to] !== GENERAL_GLO; to++) {
      isBlank &&= isFill(bytes[to]!);
    }
    if (isBlank) return { used: to - at };
    return { used: to - at, error: () => p1Errors.P1_NOT_P1(`${to - at} bytes that are no telegram`) };
  }

  #plain(bytes: Uint8Array, at: number, end: number, searched: number): Scan<P1Frame> {
    const bang = findAtLineStart(bytes, BANG, at + searched, end);
    const next = findAtLineStart(bytes, SLASH, at + searched, bang < 0 ? end : bang);
    if (next >= 0) {
      return { used: next - at, error: () => p1Errors.P1_TRUNCATED(`a new one after ${next - at} bytes`) };
    }
    if (bang >= 0) return this.#ended(bytes, at, bang, end);
    if (end - at > MAX_TELEGRAM_BYTES) {
      return { used: end - at, error: () => p1Errors.P1_OVER_LIMIT(`more than ${MAX_TELEGRAM_BYTES} bytes`) };
    }
    // no line of what is left begins another telegram
    if (this.#isEnding) return this.#unended(bytes, at, end);
    this.#searched = end - at;
    return { used: 0, need: end - at + 1 };
  }

  /** The end is here: with four digits, or with the end of the line where there are none. */
  #ended(bytes: Uint8Array, at: number, bang: number, end: number): Scan<P1Frame> {
    const stop = endOfCheck(bytes, bang + 1, end);
    if (stop === end && stop <= bang + CRC_DIGITS) {
      this.#searched = bang - at;
      return { used: 0, need: end - at + 1 };
    }
    const used = stop - at;
    return scanned(used, () => ({
      ...decodeP1(bytes.subarray(at, Math.min(end, stop + 1)), this.#options),
      bytes: used,
    }));
  }

  /** A telegram without end is read where its check does not matter. */
  #unended(bytes: Uint8Array, at: number, end: number): Scan<P1Frame> {
    const used = end - at;
    if (this.#options.ignoreCheck !== true) return { used };
    return scanned(used, () => ({ ...decodeP1(bytes.subarray(at, end), this.#options), bytes: used }));
  }

  #sealed(bytes: Uint8Array, at: number, end: number): Scan<P1Frame> {
    if (end - at < SEALED_HEAD_BYTES) return { used: 0, need: SEALED_HEAD_BYTES };
    const size = sealedLength(bytes, at);
    if (size === undefined) return { used: 1, error: () => p1Errors.P1_NOT_P1('no frame of a telegram') };
    if (end - at < size) return { used: 0, need: size };
    return scanned(size, () => {
      const frame = bytes.subarray(at, at + size);
      const key = this.#options.keyFor?.(frame.subarray(2, TITLE_END));
      const { telegram, ...opened } = openP1(frame, key);
      return { ...decodeP1(telegram, this.#options), opened, bytes: size };
    });
  }

  /** A last telegram without check may lack the end of its line. */
  override flush(): Decoded<P1Frame>[] {
    const last = this.pending > 0 ? this.push(LINE_END) : [];
    this.#isEnding = true;
    const unended = this.pending > 0 && this.#options.ignoreCheck === true ? this.push(LINE_END) : [];
    const out = [...last, ...unended, ...super.flush()];
    this.#isEnding = false;
    return out;
  }

  protected override truncated(detail: string): OpenAmiError {
    return p1Errors.P1_TRUNCATED(detail);
  }

  protected override isIdle(bytes: Uint8Array, length: number): boolean {
    return bytes.subarray(0, length).every(isFill);
  }
}
