/**
 * SML files on a line: transport protocol version 1 (SML 1.04 clause 8.1).
 *
 *   1b1b1b1b 01010101 | messages, with every 1b1b1b1b in them sent twice | 0 to 3 zeros |
 *   1b1b1b1b 1a PP CRC CRC          PP: how many zeros; CRC: over all before it, from the first escape on
 */
import type { OpenAmiError } from '@openami/model';
import { FrameStream, type Scan, scanned } from '../frame-stream.ts';
import { smlErrors } from './errors.ts';
import {
  decodeSmlMessages,
  encodeSmlMessages,
  makeSmlCheck,
  type SmlCheck,
  type SmlCheckOptions,
  type SmlMessage,
  type SmlMessageToSend,
  smlCheck,
} from './file.ts';

const ESC = 0x1b;
const BEGIN = 0x01;
const END = 0x1a;
const ESCAPE_BYTES = 4;
/** An escape and what it says. */
const MARK_BYTES = 8;
const CRC_BYTES = 2;
/** A day of a profile with all its signatures has some 20 KB. */
const MAX_FILE_BYTES = 0x4_0000;
const TRANSPORT = 'SML 1.04 clause 8.1';

export interface SmlFile {
  readonly messages: readonly SmlMessage[];
  /** Of the transport; absent where messages came without one. */
  readonly check?: SmlCheck;
  /** On the line, escapes and padding with it. */
  readonly bytes: number;
}

/** Files out of a stream of bytes that may begin and end anywhere. */
export class SmlStream extends FrameStream<SmlFile> {
  readonly #options: SmlCheckOptions;
  /** Bytes of the file that were looked through for its end, and escapes in them that were doubled. */
  #searched = 0;
  #doubled = 0;

  constructor(options: SmlCheckOptions = {}) {
    super();
    this.#options = options;
  }

  override scan(bytes: Uint8Array, at: number, end: number): Scan<SmlFile> {
    const searched = Math.max(this.#searched, MARK_BYTES);
    const doubled = this.#doubled;
    this.#searched = 0;
    this.#doubled = 0;
    const start = findBegin(bytes, at, end);
    if (start !== at) {
      const error = () => fail('SML_NOT_SML', `${start - at} bytes that are no SML file`);
      return { used: start - at, error };
    }
    if (end - at < MARK_BYTES) return { used: 0, need: MARK_BYTES };
    const found = findEnd(bytes, at + searched, end, doubled);
    if (found.kind === 'more') {
      if (end - at > MAX_FILE_BYTES) {
        return {
          used: found.at - at,
          error: () => fail('SML_OVER_LIMIT', `more than ${MAX_FILE_BYTES} bytes`),
        };
      }
      this.#searched = found.at - at;
      this.#doubled = found.doubled;
      return { used: 0, need: Math.max(end - at + 1, found.at - at + MARK_BYTES) };
    }
    if (found.kind === 'begin') {
      const error = () => fail('SML_TRUNCATED', `a new file after ${found.at - at} bytes`);
      return { used: found.at - at, error };
    }
    const mark = found.at - at;
    // when its last bytes were lost, the next file may begin among what was taken for them
    return scanned(
      mark + MARK_BYTES,
      () => decodeFile(bytes, at, found, this.#options),
      mark + ESCAPE_BYTES + 1,
    );
  }

  protected override truncated(detail: string): OpenAmiError {
    return fail('SML_TRUNCATED', detail);
  }

  protected override isIdle(): boolean {
    return false;
  }
}

interface Found {
  readonly kind: 'more' | 'begin' | 'end';
  readonly at: number;
  /** Escapes that stand for themselves. */
  readonly doubled: number;
}

/** Where a file may begin: the place of its first escape, or of what may grow to one at the end. */
function findBegin(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    at = bytes.indexOf(ESC, at);
    if (at < 0 || at >= end) return end;
    let length = 1;
    while (length < MARK_BYTES && at + length < end) {
      if (bytes[at + length] !== (length < ESCAPE_BYTES ? ESC : BEGIN)) break;
      length++;
    }
    if (length === MARK_BYTES || at + length === end) return at;
  }
  return end;
}

/**
 * The next escape that is not doubled. An escape that is none of the standard's is taken as the message's
 * last byte with an escape behind it; when that is wrong as well, the check will tell.
 */
function findEnd(bytes: Uint8Array, from: number, end: number, before = 0): Found {
  let doubled = before;
  let at = from;
  for (;;) {
    at = bytes.indexOf(ESC, at);
    if (at < 0 || at >= end) return { kind: 'more', at: end, doubled };
    const length = escLength(bytes, at, end);
    if (at + length === end && length < ESCAPE_BYTES) return { kind: 'more', at, doubled };
    if (length < ESCAPE_BYTES) at += length;
    else if (at + MARK_BYTES > end) return { kind: 'more', at, doubled };
    else if (length === 2 * ESCAPE_BYTES) {
      doubled++;
      at += MARK_BYTES;
    } else if (bytes[at + ESCAPE_BYTES] === END) return { kind: 'end', at, doubled };
    else if (isBegin(bytes, at + ESCAPE_BYTES)) return { kind: 'begin', at, doubled };
    else at++;
  }
}

/** Escape bytes from `at` on, no more than two escapes. */
function escLength(bytes: Uint8Array, at: number, end: number): number {
  let length = 1;
  while (length < 2 * ESCAPE_BYTES && at + length < end && bytes[at + length] === ESC) length++;
  return length;
}

function isBegin(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < ESCAPE_BYTES; i++) if (bytes[at + i] !== BEGIN) return false;
  return true;
}

function decodeFile(bytes: Uint8Array, start: number, mark: Found, options: SmlCheckOptions): SmlFile {
  const crcAt = mark.at + MARK_BYTES - CRC_BYTES;
  const [first, second] = [bytes[crcAt]!, bytes[crcAt + 1]!];
  const asSent = smlCheck(bytes, start, crcAt, (first << 8) | second);
  // of Kermit's no standard says which byte comes first; each message has a check of its own besides
  const turned = asSent === 'wrong' ? smlCheck(bytes, start, crcAt, (second << 8) | first) : asSent;
  const check = turned === 'kermit' ? turned : asSent;
  if (check === 'wrong' && options.ignoreCheck !== true)
    throw fail('SML_CHECK', 'CRC of the file', crcAt - start);
  const padding = bytes[crcAt - 1]!;
  const from = start + MARK_BYTES;
  if (padding > 3 || from + padding > mark.at) throw fail('SML_ESCAPE', `padding of ${padding} bytes`);
  const content = bytes.subarray(from, mark.at - padding);
  const plain = mark.doubled === 0 ? content : withoutEscapes(content);
  return { messages: decodeSmlMessages(plain, options), check, bytes: crcAt + CRC_BYTES - start };
}

function withoutEscapes(content: Uint8Array): Uint8Array {
  const out = new Uint8Array(content.length);
  let length = 0;
  for (let at = 0; at < content.length; ) {
    const isDoubled = content[at] === ESC && escLength(content, at, content.length) === 2 * ESCAPE_BYTES;
    const size = isDoubled ? ESCAPE_BYTES : 1;
    for (let i = 0; i < size; i++) out[length++] = content[at + i]!;
    at += isDoubled ? 2 * ESCAPE_BYTES : 1;
  }
  return out.subarray(0, length);
}

/**
 * The one file that is all of `bytes`, or messages without transport. Raises errors of SML; for what a line
 * brings use `SmlStream`.
 */
export function decodeSmlFile(bytes: Uint8Array, options: SmlCheckOptions = {}): SmlFile {
  if (findBegin(bytes, 0, bytes.length) !== 0 || bytes.length < MARK_BYTES) {
    if (bytes.length === 0) throw fail('SML_TRUNCATED', 'no bytes');
    if (bytes[0] === ESC) throw fail('SML_ESCAPE', 'the first escape does not begin a file of version 1');
    return { messages: decodeSmlMessages(bytes, options), bytes: bytes.length };
  }
  const found = findEnd(bytes, MARK_BYTES, bytes.length);
  if (found.kind !== 'end') throw fail('SML_TRUNCATED', 'no end of the file', found.at);
  if (found.at + MARK_BYTES !== bytes.length) {
    throw fail('SML_UNEXPECTED', 'bytes after the end of the file', found.at + MARK_BYTES);
  }
  return decodeFile(bytes, 0, found, options);
}

/** A file as a meter sends it. Raises SML_NOT_ENCODABLE. */
export function encodeSmlFile(
  messages: readonly SmlMessageToSend[],
  check: 'x25' | 'kermit' = 'x25',
): Uint8Array<ArrayBuffer> {
  const content = encodeSmlMessages(messages, check);
  const out = new Uint8Array(content.length * 2 + 3 * MARK_BYTES);
  let length = 0;
  const put = (...values: number[]): void => {
    for (const value of values) out[length++] = value;
  };
  put(ESC, ESC, ESC, ESC, BEGIN, BEGIN, BEGIN, BEGIN);
  let run = 0;
  for (const byte of content) {
    put(byte);
    run = byte === ESC ? run + 1 : 0;
    if (run < ESCAPE_BYTES) continue;
    put(ESC, ESC, ESC, ESC);
    run = 0;
  }
  const padding = -length & 3;
  for (let i = 0; i < padding; i++) put(0);
  put(ESC, ESC, ESC, ESC, END, padding);
  const crc = makeSmlCheck(check, out, 0, length);
  put(crc >>> 8, crc & 0xff);
  return out.slice(0, length);
}

function fail(code: keyof typeof smlErrors, detail: string, offset = 0): OpenAmiError {
  return smlErrors[code](detail, { clause: TRANSPORT, offset });
}
