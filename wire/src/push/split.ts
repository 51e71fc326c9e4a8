/**
 * Cuts a body into messages as its bytes arrive: a JSON object, an array of objects, NDJSON, a CBOR map,
 * array or sequence. It looks at brackets and strings only and never holds more than one message, so a
 * body of any size passes through bounded memory.
 *
 *   [ {...} , {...} ]      array: elements end where the depth is one again
 *   {...}\n{...}\n         lines: when the first line closes what it opens, every line is a message
 *   {\n  ...\n}            values: else a message ends where the depth is zero again
 *
 * With lines one broken line spoils nothing but itself; with the other shapes what follows a broken
 * bracket cannot be told apart, so the rest comes out as one broken message.
 */
import { wireErrors } from '../errors.ts';
import { cborArrayHead, cborItemEnd } from './cbor-scan.ts';
import type { PushFormat, PushLimits } from './message.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/** `line`: in the first line, which tells `lines` and `values` apart. */
type Shape = 'unknown' | 'line' | 'array' | 'lines' | 'values';

export class PushSplitter {
  readonly #format: PushFormat;
  readonly #limits: PushLimits;
  #buffer = new Uint8Array(0);
  /** Bytes in use of the buffer. */
  #length = 0;
  /** Start of the message being read. */
  #start = 0;
  /** Next byte to look at. */
  #at = 0;
  #shape: Shape = 'unknown';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #closed = false;
  /** The byte order mark has come, or something else that looked like one. */
  #marked = false;
  /** The message being read is nested too deeply. */
  #tooDeep = false;
  /** Items the outer CBOR array still has; -1 before the first byte. */
  #items = -1;
  /** Not worth scanning an incomplete CBOR message again before so many bytes are there. */
  #retryBytes = 0;
  #out: Uint8Array[] = [];

  constructor(format: PushFormat, limits: PushLimits) {
    this.#format = format;
    this.#limits = limits;
  }

  /** True while nothing but blanks has come. */
  get isBlank(): boolean {
    return this.#format === 'json' ? this.#shape === 'unknown' : this.#items === -1;
  }

  /** Messages completed by this chunk, each in memory of its own. Throws wireErrors on a hopeless body. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#append(chunk);
    if (this.#format === 'json') this.#scanJson(this.#out);
    else if (this.#length >= this.#retryBytes) this.#scanCbor(this.#out);
    if (this.#length - this.#start > this.#limits.messageBytes) {
      throw wireErrors.PUSH_TOO_LARGE(`one message has more than ${this.#limits.messageBytes} bytes`);
    }
    return this.completed();
  }

  /** Messages completed before `push` or `finish` threw. */
  completed(): Uint8Array[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** The last message, where only the end of the body ends it. Throws PUSH_TRUNCATED, PUSH_TOO_DEEP. */
  finish(): Uint8Array[] {
    if (this.#format === 'cbor') return this.#finishCbor();
    const rest = this.#buffer.subarray(this.#start, this.#length);
    const blank = isBlank(rest);
    if (this.#shape === 'array' && !this.#closed) throw this.#cut('the array is not closed');
    if (blank) return [];
    if (this.#shape === 'values' && this.#depth > 0) throw this.#cut();
    return [rest.slice()];
  }

  /** Why a JSON body ends inside a message. */
  #cut(detail?: string): Error {
    if (!this.#tooDeep) return wireErrors.PUSH_TRUNCATED(detail);
    return wireErrors.PUSH_TOO_DEEP(`more than ${this.#limits.depth} levels`);
  }

  #finishCbor(): Uint8Array[] {
    this.#scanCbor(this.#out);
    if (this.#start < this.#length || this.#items > 0) throw wireErrors.PUSH_TRUNCATED();
    return this.completed();
  }

  #append(chunk: Uint8Array): void {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#length);
      this.#length -= this.#start;
      this.#at -= this.#start;
      this.#start = 0;
    }
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  #scanJson(out: Uint8Array[]): void {
    if (this.#shape === 'unknown' && !this.#begin()) return;
    const buffer = this.#buffer;
    for (; this.#at < this.#length; this.#at++) {
      const byte = buffer[this.#at]!;
      if (byte === NEWLINE && this.#shape !== 'array' && this.#shape !== 'values') {
        if (this.#shape === 'line') this.#shape = this.#depth === 0 ? 'lines' : 'values';
        if (this.#shape === 'lines') {
          this.#emit(out, this.#at);
          this.#start = this.#at + 1;
        }
      }
      if (this.#shape !== 'lines') this.#step(byte, out);
    }
  }

  /**
   * Drops blanks and one byte order mark before the first message and tells the shape by what follows;
   * false while that has not come. Every byte is looked at once, however the body is cut.
   */
  #begin(): boolean {
    const buffer = this.#buffer;
    let first = this.#skipBlanks();
    if (buffer[first] === 0xef && !this.#marked) {
      if (this.#length - first < 3) return false;
      this.#marked = true;
      if (buffer[first + 1] === 0xbb && buffer[first + 2] === 0xbf) {
        this.#start = this.#at = first + 3;
        first = this.#skipBlanks();
      }
    }
    if (first === this.#length) return false;
    if (buffer[first] === 0x5b) {
      this.#shape = 'array';
      this.#depth = 1;
      this.#start = this.#at = first + 1;
    } else this.#shape = 'line';
    return true;
  }

  /** Between messages: first byte that is no blank. */
  #skipBlanks(): number {
    this.#start = this.#at = skipBlank(this.#buffer, this.#at, this.#length);
    return this.#at;
  }

  /** One byte of a body that is told apart by its brackets. */
  #step(byte: number, out: Uint8Array[]): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === 0x7b || byte === 0x5b) this.#depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      this.#depth -= 1;
      if (this.#shape === 'array' && this.#depth === 0) this.#endArray(out);
      else if (this.#shape === 'values' && this.#depth <= 0) {
        this.#depth = 0;
        this.#emit(out, this.#at + 1);
        this.#start = this.#at + 1;
      }
    } else if (byte === 0x2c && this.#shape === 'array' && this.#depth === 1) {
      this.#emit(out, this.#at, true);
      this.#start = this.#at + 1;
    }
    // Its decoder refuses it alone; only when it never ends is it what the whole body is refused for.
    if (this.#depth > this.#limits.depth + 1) this.#tooDeep = true;
  }

  /** After the closing bracket only blanks may follow; what does is one broken message. */
  #endArray(out: Uint8Array[]): void {
    this.#emit(out, this.#at);
    this.#start = this.#at + 1;
    this.#closed = true;
    this.#shape = 'lines';
  }

  /** What is blank is no message, but before a comma of an array it stands for a missing one. */
  #emit(out: Uint8Array[], end: number, needed = false): void {
    this.#tooDeep = false;
    const from = skipBlank(this.#buffer, this.#start, end);
    if (from < end || needed) out.push(this.#buffer.slice(from, end));
  }

  #scanCbor(out: Uint8Array[]): void {
    if (this.#items === -1) {
      const { length, items } = cborArrayHead(this.#buffer, this.#start);
      if (length < 0) return;
      this.#items = length === 0 ? 0 : items;
      this.#start += length;
    }
    while (this.#start < this.#length) {
      if (this.#items === Number.POSITIVE_INFINITY && this.#buffer[this.#start] === 0xff) {
        this.#items = 0;
        this.#start += 1;
        continue;
      }
      const end = cborItemEnd(this.#buffer.subarray(0, this.#length), this.#start, this.#limits.depth, false);
      if (end < 0) {
        this.#retryBytes = (this.#length - this.#start) * 2;
        return;
      }
      this.#retryBytes = 0;
      out.push(this.#buffer.slice(this.#start, end));
      this.#start = end;
      if (this.#items > 0) this.#items -= 1;
    }
  }
}

/** The format that a body's first byte tells: CBOR maps and arrays have their high bit set. */
export function sniffPushFormat(bytes: Uint8Array): PushFormat {
  const first = bytes[0];
  // 0xEF opens a UTF-8 byte order mark and is no CBOR array or map.
  return first !== undefined && first >= 0x80 && first < 0xc0 ? 'cbor' : 'json';
}

function skipBlank(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isBlankByte(bytes[at]!)) at += 1;
  return at;
}

function isBlank(bytes: Uint8Array): boolean {
  return skipBlank(bytes, 0, bytes.length) === bytes.length;
}

function isBlankByte(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}
