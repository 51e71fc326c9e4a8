/**
 * P1 telegrams: what DSMR 2.2 to 5, ESMR, e-MUCS and their kin in other countries send by themselves. The
 * form is that of a data readout (IEC 62056-21 mode D):
 *
 *   /XXX5 identification CR LF CR LF  1-0:1.8.1(000123.456*kWh) CR LF …  !CRC CR LF
 *
 * The check (DSMR 4 clause 5.2; CRC-16 over `/` to `!`) came with version 4; before there is none.
 */
import { crc16Arc } from '../crc16.ts';
import { type DataSet, type DataValue, parseDataSets } from '../iec62056-21/data-set.ts';
import { asciiText } from '../text.ts';
import { p1Errors } from './errors.ts';
import { BANG, CR, CRC_DIGITS, findAtLineStart, hexDigit, LF, SLASH, versionCodes } from './lines.ts';

/** `ok`; `none`: a version that has no check; `wrong` and `missing` only where the caller ignores it. */
export type P1Check = 'ok' | 'none' | 'wrong' | 'missing';

/** One line, in the order of the telegram. */
export interface P1Record {
  /** As sent; empty where the line has none. */
  readonly address: string;
  /** `1-0:1.8.1`, undefined where the address is no OBIS code. */
  readonly obis?: string;
  readonly values: readonly DataValue[];
  /** The whole line, where it is not made of data sets. */
  readonly text?: string;
}

export interface P1Identification {
  /** Three letters of the maker (FLAG). */
  readonly maker: string;
  readonly baudCode: string;
  /** All that follows, `\2M550T-1012`. */
  readonly text: string;
}

export interface P1Telegram {
  readonly identification: P1Identification;
  readonly check: P1Check;
  /** The check as sent. */
  readonly crc?: number;
  readonly records: readonly P1Record[];
}

export interface P1CheckOptions {
  /** Reads telegrams whose check is wrong or missing, or that have no end, and says so. */
  readonly ignoreCheck?: boolean;
}

const CLAUSE = 'DSMR 5.0.2 P1 clause 6.2';

/**
 * The telegram that `bytes` begin with; what follows its end is not looked at. A telegram whose line ends
 * lost their CR in a file is checked as if they had not. Raises P1_NOT_P1, P1_TRUNCATED, P1_CHECK.
 */
export function decodeP1(bytes: Uint8Array, options: P1CheckOptions = {}): P1Telegram {
  if (bytes[0] !== SLASH) throw p1Errors.P1_NOT_P1('no / at the start', { clause: CLAUSE });
  const end = findAtLineStart(bytes, BANG, 1, bytes.length);
  if (end < 0 && options.ignoreCheck !== true) {
    throw p1Errors.P1_TRUNCATED(`no end in ${bytes.length} bytes`, { clause: CLAUSE });
  }
  const text = asciiText(end < 0 ? bytes : bytes.subarray(0, end));
  const first = lineEnd(text, 0);
  const identification = identificationOf(text, first);
  const records = recordsOf(text, first + 1);
  const crc = end < 0 ? undefined : crcAt(bytes, end + 1);
  const check = end < 0 ? 'missing' : checkOf(bytes, end, crc, records);
  if ((check === 'wrong' || check === 'missing') && options.ignoreCheck !== true) {
    throw p1Errors.P1_CHECK(`the check is ${check}`, { clause: CLAUSE });
  }
  return { identification, check, ...(crc !== undefined && { crc }), records };
}

/** Where the line that begins at `from` ends: at its LF, or at the end of the text. */
function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function withoutCr(text: string, end: number): number {
  return text.charCodeAt(end - 1) === CR ? end - 1 : end;
}

function identificationOf(text: string, end: number): P1Identification {
  const line = text.slice(1, withoutCr(text, end));
  if (line.length < 4 || line.includes('(')) {
    throw p1Errors.P1_NOT_P1(`identification line /${line.slice(0, 20)}`, { clause: CLAUSE });
  }
  return { maker: line.slice(0, 3), baudCode: line[3]!, text: line.slice(4) };
}

function recordsOf(text: string, from: number): P1Record[] {
  const records: RecordDraft[] = [];
  for (let at = from; at < text.length; ) {
    const lf = lineEnd(text, at);
    const end = withoutCr(text, lf);
    if (end > at) addLine(records, text, at, end);
    at = lf + 1;
  }
  return records;
}

/** A record whose last line may still come. */
interface RecordDraft extends P1Record {
  readonly values: DataValue[];
}

function addLine(records: RecordDraft[], text: string, from: number, to: number): void {
  const sets = parseDataSets(text, from, to);
  if (sets === undefined) {
    records.push({ address: '', values: [], text: text.slice(from, to) });
    return;
  }
  for (const { address, values } of sets) {
    const last = records.at(-1);
    // the value of a gas block of versions 2 and 3 stands on a line of its own
    if (address === '' && last !== undefined && last.text === undefined) {
      for (const value of values) last.values.push(value);
    } else records.push({ address, obis: obisOfAddress(address), values });
  }
}

function crcAt(bytes: Uint8Array, at: number): number | undefined {
  let crc = 0;
  for (let i = 0; i < CRC_DIGITS; i++) {
    const digit = hexDigit(bytes[at + i]);
    if (digit < 0) return undefined;
    crc = (crc << 4) | digit;
  }
  return crc;
}

function checkOf(
  bytes: Uint8Array,
  end: number,
  crc: number | undefined,
  records: readonly P1Record[],
): P1Check {
  if (crc === undefined) {
    const after = bytes[end + 1];
    if (after !== undefined && after !== CR && after !== LF) return 'wrong';
    return hasCheckedVersion(records) ? 'missing' : 'none';
  }
  if (crc16Arc(bytes, 0, end + 1) === crc) return 'ok';
  return standardForms(bytes.subarray(0, end + 1)).some((form) => crc16Arc(form) === crc) ? 'ok' : 'wrong';
}

/**
 * The bytes as they were when their check was made, where they came another way: files lose the CR of line
 * ends, and some meters the empty line after the identification, when they encipher.
 */
function standardForms(bytes: Uint8Array): Uint8Array[] {
  const out: number[] = [];
  let blankAt = 0;
  for (const [at, byte] of bytes.entries()) {
    if (byte === LF && bytes[at - 1] !== CR) out.push(CR);
    out.push(byte);
    if (byte === LF && blankAt === 0) blankAt = out.length;
  }
  const withBlank = [...out.slice(0, blankAt), CR, LF, ...out.slice(blankAt)];
  return [out, withBlank].map((form) => Uint8Array.from(form));
}

/** DSMR tells version 4 as 40 and 42, 5 as 50; e-MUCS begins with 5. */
function hasCheckedVersion(records: readonly P1Record[]): boolean {
  return records.some(
    ({ obis, values }) =>
      obis !== undefined && versionCodes.includes(obis) && Number((values[0]?.value ?? '').slice(0, 1)) >= 4,
  );
}

const OBIS = /^(\d{1,3})-(\d{1,3}):(\d{1,3})[.:](\d{1,3})[.:](\d{1,3})(?:[*&.](\d{1,3}))?$/;
const codes = new Map<string, string>();
const MAX_CODES = 4_096;

/** The code of an address without `*255`; meters write it with a wrong separator, too (`1-0:99:97.0`). */
function obisOfAddress(address: string): string | undefined {
  const known = codes.get(address);
  if (known !== undefined) return known;
  const match = OBIS.exec(address);
  const code = match === null ? undefined : canonical(match);
  if (code !== undefined && codes.size < MAX_CODES) codes.set(address, code);
  return code;
}

function canonical(match: RegExpExecArray): string | undefined {
  const groups = match.slice(1).map((group) => (group === undefined ? 255 : Number(group)));
  if (groups.some((group) => group > 255)) return undefined;
  const [a, b, c, d, e, f] = groups;
  return `${a}-${b}:${c}.${d}.${e}${f === 255 ? '' : `*${f}`}`;
}

export type { DataSet, DataValue };
