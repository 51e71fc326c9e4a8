/**
 * What comes out of the ports of meters, as a gateway or an adapter hands it on: telegrams of P1, plain or
 * enciphered, files of SML, readouts of IEC 62056-21, and lines of text that hold telegrams of radio meters.
 * In any chunking; after garbage it goes on with the next telegram.
 *
 *   1b 1b 1b 1b 01 01 01 01 …     SML
 *   / X X X Z … CR LF … ! …       P1, or a push of IEC 62056-21 (mode D)
 *   / X X X Z … CR LF STX … ETX   the readout of a sign-on of IEC 62056-21
 *   db 08 …                       P1, enciphered
 *   {"telegram": … }, 1e44…       a line
 */
import type { OpenAmiError } from '@openami/model';
import { asciiText, concat, copyOf } from '@openami/wire';
import { decodeIecMessage, Iec62056Stream, type IecReadout, type IecRecord } from '@openami/wire/iec62056-21';
import {
  type Decoded,
  FrameStream,
  GENERAL_GLO,
  isFill,
  mayBeMaker,
  P1Stream,
  type P1Telegram,
  readWhole,
  type Scan,
  SEALED_HEAD_BYTES,
  scanned,
  sealedLength,
} from '@openami/wire/p1';
import { type SmlFile, SmlStream } from '@openami/wire/sml';
import { radioErrors } from '../radio/errors.ts';

/** A telegram of a meter's port; `bytes` are those of the line, for evidence. */
export type PortTelegram = { readonly bytes: Uint8Array } & (
  | { readonly protocol: 'p1'; readonly telegram: P1Telegram }
  /** Enciphered: nobody opened it yet. */
  | { readonly protocol: 'p1-sealed' }
  | { readonly protocol: 'sml'; readonly file: SmlFile }
  | { readonly protocol: 'iec62056-21'; readonly readout: IecReadout; readonly maker: string }
);

/** A telegram, or a line of text that may hold some. */
export type PortFrame = PortTelegram | { readonly protocol: 'line'; readonly bytes: Uint8Array };

/** In one message, and at once out of a connection. */
export const maxTelegrams = 1_000;
/** Of one telegram; also of the blocks of one readout together. */
export const maxPortTelegramBytes = 0x8000;
/** Hexadecimal digits of the longest telegram in a line of JSON. */
export const maxLineBytes = 0x1_2000;
/** STX, ETX and the check. */
const MIN_BLOCK_BYTES = 3;
/** An identification line of IEC 62056-21. */
const MAX_IDENTIFICATION_BYTES = 160;

const [SOH, STX, ETX, EOT, ESC] = [0x01, 0x02, 0x03, 0x04, 0x1b] as const;
const [LF, CR, TAB, BANG, SLASH] = [0x0a, 0x0d, 0x09, 0x21, 0x2f] as const;
const starts: readonly number[] = [SOH, STX, ESC, SLASH, GENERAL_GLO];
/** Addresses of the meters behind a P1 port, and of what is told of the port itself. */
const p1Address = /^0-[0-4]:/;
/** Lines from inside a telegram, whose beginning was lost. */
const isLeftover = (text: string) => text.startsWith('!') || text.endsWith(')');

export class PortStream extends FrameStream<PortFrame> {
  #p1 = new P1Stream();
  #sml = new SmlStream();
  #iec = new Iec62056Stream({ push: true });
  /** The identification line before a block, and blocks whose readout goes on. */
  #parts: Uint8Array[] = [];
  #records: IecRecord[] = [];
  /** Bytes of the line that were looked through. */
  #searched = 0;
  /** Telegrams and blocks of what was given last, whole and damaged. */
  #decoded = 0;
  #isEnding = false;

  override scan(bytes: Uint8Array, at: number, end: number): Scan<PortFrame> {
    if (this.#isEnding) this.#forget();
    // one of a few bytes costs as much as any: what follows too many is not looked at
    if (this.hasTooMany) return { used: end - at, error: tooMany };
    switch (bytes[at]) {
      case ESC:
        return this.#file(bytes, at, end);
      case SLASH:
        return this.#telegram(bytes, at, end);
      case STX:
      case SOH:
        return this.#block(bytes, at, end);
      case GENERAL_GLO:
        return this.#counted(sealed(bytes, at, end));
      default:
        return this.#line(bytes, at, end);
    }
  }

  /** What was given last holds more than `maxTelegrams`, whole and damaged; the rest was given up. */
  get hasTooMany(): boolean {
    return this.#decoded > maxTelegrams;
  }

  override push(chunk: Uint8Array): Decoded<PortFrame>[] {
    this.#decoded = 0;
    return super.push(chunk);
  }

  /** The end of the bytes, or a long pause: a last line or telegram may lack the end of its line. */
  override flush(): Decoded<PortFrame>[] {
    const last = this.pending > 0 ? this.push(Uint8Array.of(CR, LF)) : [];
    this.#isEnding = true;
    const out = [...last, ...super.flush()];
    this.#isEnding = false;
    this.#forget();
    this.#forgetParts();
    return out;
  }

  /** How far was looked is of the bytes at one place, and at the end another place is looked at. */
  #forget(): void {
    this.#searched = 0;
    this.#p1 = new P1Stream();
    this.#sml = new SmlStream();
    this.#iec = new Iec62056Stream({ push: true });
  }

  #file(bytes: Uint8Array, at: number, end: number): Scan<PortFrame> {
    return framed(this.#counted(this.#sml.scan(bytes, at, end)), bytes, at, end, (file, raw) => ({
      ...{ protocol: 'sml', file, bytes: raw },
    }));
  }

  #telegram(bytes: Uint8Array, at: number, end: number): Scan<PortFrame> {
    if (!mayBeMaker(bytes, at + 1, end)) return garbage(bytes, at, at, end);
    const limit = Math.min(end, at + MAX_IDENTIFICATION_BYTES);
    const lf = bytes.subarray(at, limit).indexOf(LF);
    const after = at + lf + 1;
    if (lf >= 0 && after === end) return { used: 0, need: end - at + 1 };
    if (lf >= 0 && (bytes[after] === STX || bytes[after] === SOH)) {
      this.#forgetParts();
      this.#parts = [copyOf(bytes.subarray(at, after))];
      return { used: lf + 1 };
    }
    const stop = this.#textUntil(bytes, at, end, isTelegramEnd);
    if (stop === undefined) return garbage(bytes, at, at, end);
    if (stop < end && bytes[stop] === SLASH) {
      const used = stop - at;
      return { used, error: () => radioErrors.RADIO_FORM('a telegram that begins anew before its end') };
    }
    return framed(this.#counted(this.#p1.scan(bytes, at, end)), bytes, at, end, pushed);
  }

  #block(bytes: Uint8Array, at: number, end: number): Scan<PortFrame> {
    if (this.#textUntil(bytes, at, end, isBlockEnd) === undefined) return garbage(bytes, at, at, end);
    const scan = this.#counted(this.#iec.scan(bytes, at, end));
    const { frame, used } = scan;
    if (frame?.kind !== 'data') {
      if (scan.error !== undefined) this.#forgetParts();
      return limited({ used, need: scan.need, error: scan.error }, end - at);
    }
    this.#parts.push(copyOf(bytes.subarray(at, at + used)));
    this.#records.push(...frame.records);
    const raw = concat(this.#parts);
    if (raw.length > maxPortTelegramBytes) {
      this.#forgetParts();
      return { used, error: () => radioErrors.RADIO_FORM(`a readout of ${raw.length} bytes`) };
    }
    if (!frame.isLast) return { used };
    const readout = { records: this.#records };
    const first = this.#parts[0]!;
    const maker = first[0] === SLASH ? asciiText(first.subarray(1, 4)).toUpperCase() : '';
    this.#forgetParts();
    return { used, frame: { protocol: 'iec62056-21', readout, maker, bytes: raw } };
  }

  #line(bytes: Uint8Array, at: number, end: number): Scan<PortFrame> {
    const from = at + this.#searched;
    this.#searched = 0;
    for (let to = from; to < end; to++) {
      const byte = bytes[to]!;
      if (byte === LF) return lineOf(bytes, at, to);
      if (!isText(byte)) return garbage(bytes, at, to, end);
      if (to - at >= maxLineBytes) {
        return { used: to - at, error: () => radioErrors.RADIO_FORM(`a line of over ${maxLineBytes} bytes`) };
      }
    }
    // no line of what is left has an end
    if (this.#isEnding) return { used: end - at };
    this.#searched = end - at;
    return { used: 0, need: end - at + 1 };
  }

  /** Where text ends, `end` while it goes on; undefined where something else than text comes before it. */
  #textUntil(bytes: Uint8Array, at: number, end: number, isEnd: IsEnd): number | undefined {
    const from = at + Math.max(1, this.#searched);
    this.#searched = 0;
    for (let i = from; i < end; i++) {
      const byte = bytes[i]!;
      if (isEnd(byte, bytes[i - 1]!)) return i;
      if (!isText(byte) && byte !== LF && byte !== STX) return undefined;
    }
    this.#searched = end - at;
    return end;
  }

  /** What is shorter than any block, as most of noise is, was seen not to be one without decoding. */
  #counted<T>(scan: Scan<T>): Scan<T> {
    if (scan.used >= MIN_BLOCK_BYTES) this.#decoded += 1;
    return scan;
  }

  #forgetParts(): void {
    this.#parts = [];
    this.#records = [];
  }

  protected override truncated(detail: string): OpenAmiError {
    return radioErrors.RADIO_FORM(detail);
  }

  protected override isIdle(bytes: Uint8Array, length: number): boolean {
    return bytes.subarray(0, length).every(isFill);
  }
}

/**
 * The telegrams that bytes are; undefined where they are none of a port, and faults where damaged. Raises
 * RADIO_TOO_MANY.
 */
export function portTelegramsOf(bytes: Uint8Array):
  | {
      readonly telegrams: readonly PortTelegram[];
      readonly faults: readonly OpenAmiError[];
    }
  | undefined {
  if (!isOfPort(bytes)) return undefined;
  const stream = new PortStream();
  const { frames, errors } = readWhole(stream, bytes);
  if (stream.hasTooMany) throw tooMany();
  return { telegrams: frames.filter((one) => one.protocol !== 'line'), faults: errors };
}

/** Whether bytes begin as what comes out of a port does, and no telegram of a radio meter. */
function isOfPort(bytes: Uint8Array): boolean {
  const at = bytes.findIndex((byte) => !isFill(byte));
  if (at < 0) return false;
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === STX) return true;
  if (first === ESC) return second === ESC && bytes[at + 2] === ESC;
  if (first === SLASH) return /^\/[A-Za-z]{3}[ -~]*[\r\n]/.test(asciiText(bytes.subarray(at, at + 160)));
  if (first !== GENERAL_GLO || bytes.length - at < SEALED_HEAD_BYTES) return false;
  return sealedLength(bytes, at) === bytes.length - at;
}

function sealed(bytes: Uint8Array, at: number, end: number): Scan<PortFrame> {
  if (end - at < SEALED_HEAD_BYTES) return { used: 0, need: SEALED_HEAD_BYTES };
  const size = sealedLength(bytes, at);
  if (size === undefined || size > maxPortTelegramBytes) {
    return { used: 1, error: () => radioErrors.RADIO_FORM('no frame of an enciphered telegram') };
  }
  if (end - at < size) return { used: 0, need: size };
  return { used: size, frame: { protocol: 'p1-sealed', bytes: copyOf(bytes.subarray(at, at + size)) } };
}

/** What another stream found, as a frame of this one. */
function framed<T>(
  { used, need, frame, error }: Scan<T>,
  bytes: Uint8Array,
  at: number,
  end: number,
  make: (frame: T, raw: Uint8Array) => PortFrame,
): Scan<PortFrame> {
  if (frame === undefined) return limited({ used, need, error }, end - at);
  if (used > maxPortTelegramBytes) return tooLong(used);
  // a copy: it outlives the bytes of the line
  const raw = copyOf(bytes.subarray(at, at + used));
  return scanned(used, () => make(frame, raw));
}

/** What has no end yet is given up where it is too long. */
function limited(scan: Scan<PortFrame>, bytes: number): Scan<PortFrame> {
  return scan.need !== undefined && bytes > maxPortTelegramBytes ? tooLong(1) : scan;
}

function tooMany(): OpenAmiError {
  return radioErrors.RADIO_TOO_MANY(`over ${maxTelegrams} telegrams`);
}

function tooLong(used: number): Scan<PortFrame> {
  return { used, error: () => radioErrors.RADIO_FORM(`a telegram of over ${maxPortTelegramBytes} bytes`) };
}

/** P1 has a check, or tells of what is behind the port; all else of this form is a push of IEC 62056-21. */
function pushed(telegram: P1Telegram, bytes: Uint8Array): PortFrame {
  const isP1 = telegram.check === 'ok' || telegram.records.some(({ address }) => p1Address.test(address));
  if (isP1) return { protocol: 'p1', telegram, bytes };
  const message = decodeIecMessage(bytes, { push: true });
  const readout = { records: message.kind === 'push' ? message.records : [] };
  return { protocol: 'iec62056-21', readout, maker: telegram.identification.maker.toUpperCase(), bytes };
}

function lineOf(bytes: Uint8Array, at: number, lf: number): Scan<PortFrame> {
  const used = lf + 1 - at;
  const text = asciiText(bytes.subarray(at, lf)).trim();
  if (text === '') return { used };
  if (isLeftover(text)) {
    return { used, error: () => radioErrors.RADIO_FORM('lines of a telegram whose beginning was lost') };
  }
  return { used, frame: { protocol: 'line', bytes: copyOf(bytes.subarray(at, lf)) } };
}

/** Bytes that are no text, up to where something may begin. */
function garbage(bytes: Uint8Array, at: number, from: number, end: number): Scan<PortFrame> {
  // what begins in the middle of a line begins anew
  let to = from;
  if (from === at || !starts.includes(bytes[from]!)) {
    to = Math.max(from, at + 1);
    while (to < end && bytes[to] !== LF && !starts.includes(bytes[to]!)) to++;
  }
  const isBlank = bytes.subarray(at, to).every(isFill);
  if (isBlank) return { used: to - at };
  return { used: to - at, error: () => radioErrors.RADIO_FORM(`${to - at} bytes that are no telegram`) };
}

type IsEnd = (byte: number, before: number) => boolean;

// what begins anew ends it, too: no byte is looked at for each start before it
const isBlockEnd = (byte: number) => byte === ETX || byte === EOT || byte === SOH || byte === STX;
const isTelegramEnd = (byte: number, before: number) =>
  (byte === BANG || byte === SLASH) && (before === LF || before === CR);

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === CR || byte === TAB;
}
