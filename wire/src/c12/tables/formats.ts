/** The built-in types whose form table 0 chooses (C12.19 clauses 5 and 9.1.1). */
import { bytesOfHex, copyOf, hexOf } from '../../bytes.ts';
import { type Decimal, decimalOf, decimalText, wholeOf } from '../../decimal.ts';
import { asciiBytes, asciiText, utf8Bytes, utf8Text } from '../../text.ts';
import type { Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import { type ClockTime, fieldOf, type TableRecord } from './value.ts';

export interface Formats {
  readonly littleEndian: boolean;
  /** 1 ISO 7-bit, 2 ISO 8859-1, 3 UTF-8. */
  readonly charFormat: number;
  /** 0 no clock, 1 BCD, 2 UINT8, 3 minutes since 1970, 4 seconds since 1970. */
  readonly tmFormat: number;
  /** 0 two's complement, 1 one's complement, 2 sign and magnitude. */
  readonly intFormat: number;
  readonly ni1: number;
  readonly ni2: number;
}

/** Of a device that has not said: what table 0 itself needs. */
export const plainFormats: Formats = {
  littleEndian: true,
  charFormat: 1,
  tmFormat: 0,
  intFormat: 0,
  ni1: 8,
  ni2: 8,
};

/** Formats that a decoded table 0 states. */
export function formatsOf(config: TableRecord): Formats {
  const number = (path: string) => {
    const value = fieldOf(config, path);
    return typeof value === 'number' ? value : 0;
  };
  return {
    littleEndian: number('FORMAT_CONTROL_1.DATA_ORDER') === 0,
    charFormat: number('FORMAT_CONTROL_1.CHAR_FORMAT'),
    tmFormat: number('FORMAT_CONTROL_2.TM_FORMAT'),
    intFormat: number('FORMAT_CONTROL_2.INT_FORMAT'),
    ni1: number('FORMAT_CONTROL_3.NI_FORMAT1'),
    ni2: number('FORMAT_CONTROL_3.NI_FORMAT2'),
  };
}

type NiForm =
  | { readonly kind: 'float'; readonly bytes: 4 | 8 }
  | { readonly kind: 'text' | 'bcd'; readonly bytes: number }
  | { readonly kind: 'int'; readonly bytes: number; readonly power: number };

/** Non-integer formats by their number (C12.19 clause 9.1.1, NI_FORMAT_ENUM). */
const niForms: readonly NiForm[] = [
  { kind: 'float', bytes: 8 },
  { kind: 'float', bytes: 4 },
  { kind: 'text', bytes: 12 },
  { kind: 'text', bytes: 6 },
  { kind: 'int', bytes: 4, power: -4 },
  { kind: 'bcd', bytes: 6 },
  { kind: 'bcd', bytes: 4 },
  { kind: 'int', bytes: 3, power: 0 },
  { kind: 'int', bytes: 4, power: 0 },
  { kind: 'int', bytes: 5, power: 0 },
  { kind: 'int', bytes: 6, power: 0 },
  { kind: 'int', bytes: 8, power: 0 },
  { kind: 'bcd', bytes: 8 },
  { kind: 'text', bytes: 21 },
];

const CLAUSE = 'C12.19 clause 9.1.1';

function niForm(format: number): NiForm {
  const form = niForms[format];
  if (form === undefined) {
    throw c12Errors.C12_UNSUPPORTED(`non-integer format ${format} (${CLAUSE})`, { clause: CLAUSE });
  }
  return form;
}

export function niBytes(format: number): number {
  return niForm(format).bytes;
}

export function readNi(cursor: Cursor, format: number, formats: Formats): Decimal {
  const form = niForm(format);
  switch (form.kind) {
    case 'float':
      return { raw: cursor.float(form.bytes), power: 0 };
    case 'int':
      return { raw: readInt(cursor, form.bytes, formats), power: form.power };
    case 'bcd':
      return { raw: wholeOf(bcdNumber(cursor, form.bytes)), power: 0 };
    case 'text':
      return readDecimal(cursor, form.bytes);
  }
}

export function putNi(sink: Sink, value: Decimal, format: number, formats: Formats): void {
  const form = niForm(format);
  switch (form.kind) {
    case 'float':
      sink.float(Number(value.raw) * 10 ** value.power, form.bytes);
      break;
    case 'int':
      putInt(sink, rescaled(value, form.power), form.bytes, formats);
      break;
    case 'bcd':
      putBcd(sink, rescaled(value, 0), form.bytes);
      break;
    case 'text': {
      const text = decimalText(exactly(value));
      if (text.length > form.bytes) throw c12Errors.C12_NOT_ENCODABLE(`${text} in ${form.bytes} characters`);
      sink.put(utf8Bytes(text.padStart(form.bytes)));
      break;
    }
  }
}

/** Signed, in the form table 0 states; a number below 2^53, else a bigint. */
export function readInt(cursor: Cursor, bytes: number, { intFormat }: Formats): number | bigint {
  const bits = BigInt(8 * bytes);
  const value = bytes <= 6 ? cursor.uint(bytes) : cursor.big(bytes);
  const big = BigInt(value);
  if (big >> (bits - 1n) === 0n) return wholeOf(big);
  if (intFormat === 0) return wholeOf(big - (1n << bits));
  if (intFormat === 1) return wholeOf(big - (1n << bits) + 1n);
  if (intFormat === 2) return wholeOf(-(big - (1n << (bits - 1n))));
  throw cursor.fail('C12_BAD_VALUE', 'INT_FORMAT 3 of table 0');
}

export function putInt(sink: Sink, value: number | bigint, bytes: number, { intFormat }: Formats): void {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    throw c12Errors.C12_NOT_ENCODABLE(`${value} as a whole number`);
  }
  const big = BigInt(value);
  const half = 1n << BigInt(8 * bytes - 1);
  const lowest = intFormat === 0 ? -half : 1n - half;
  if (big < lowest || big >= half) throw c12Errors.C12_NOT_ENCODABLE(`${value} in ${bytes} bytes`);
  const lift = intFormat === 0 ? 2n * half : 2n * half - 1n;
  sink.big(big >= 0n ? big : intFormat === 2 ? half - big : big + lift, bytes);
}

function bcdNumber(cursor: Cursor, bytes: number): bigint {
  const digits = hexOf(cursor.take(bytes));
  if (/\D/.test(digits)) throw cursor.fail('C12_BAD_VALUE', 'BCD digit above 9');
  return BigInt(digits);
}

function putBcd(sink: Sink, value: number | bigint, bytes: number): void {
  const text = String(value).padStart(2 * bytes, '0');
  if (!/^\d+$/.test(text) || text.length > 2 * bytes) {
    throw c12Errors.C12_NOT_ENCODABLE(`${value} in ${2 * bytes} digits`);
  }
  sink.put(bytesOfHex(text)!);
}

/** A decimal number as text, blanks around it; nothing but blanks is 0. */
function readDecimal(cursor: Cursor, bytes: number): Decimal {
  const text = asciiText(cursor.take(bytes)).replace(/[ \0]+/g, '');
  const value = text === '' ? { raw: 0, power: 0 } : decimalWithExponent(text);
  if (value === undefined) throw cursor.fail('C12_BAD_VALUE', `'${text}' is no number`);
  return value;
}

function decimalWithExponent(text: string): Decimal | undefined {
  const [mantissa = '', exponent = '0', ...more] = text.split(/e/i);
  const value = decimalOf(mantissa);
  if (value === undefined || more.length > 0 || !/^[+-]?\d{1,3}$/.test(exponent)) return undefined;
  return { raw: value.raw, power: value.power + Number(exponent) };
}

/** The decimal that a number prints as. */
function exactly({ raw, power }: Decimal): Decimal {
  if (typeof raw !== 'number' || Number.isInteger(raw)) return { raw, power };
  const value = decimalWithExponent(String(raw));
  if (value === undefined) throw c12Errors.C12_NOT_ENCODABLE(`${raw}`);
  return { raw: value.raw, power: value.power + power };
}

/** The whole number of units of 10^power that a quantity is. Raises C12_NOT_ENCODABLE where it is none. */
function rescaled(value: Decimal, power: number): number | bigint {
  const whole = exactly(value);
  const shift = whole.power - power;
  if (Math.abs(shift) > 40) throw c12Errors.C12_NOT_ENCODABLE(`10^${whole.power}`);
  const factor = 10n ** BigInt(Math.abs(shift));
  const raw = BigInt(whole.raw);
  if (shift >= 0) return raw * factor;
  if (raw % factor !== 0n) throw c12Errors.C12_NOT_ENCODABLE(`${raw}E${whole.power} in steps of 10^${power}`);
  return raw / factor;
}

/** Text in the character set of table 0; bytes where it is none that is read. */
export function textOf(bytes: Uint8Array, charFormat: number): string | Uint8Array {
  if (charFormat === 3) return utf8Text(bytes) ?? bytes;
  if (charFormat > 3) return bytes;
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Filled up with blanks. */
export function putText(sink: Sink, value: string | Uint8Array, size: number, charFormat: number): void {
  const bytes = typeof value !== 'string' ? value : charFormat === 3 ? utf8Bytes(value) : asciiBytes(value);
  if (bytes.length > size || (typeof value === 'string' && charFormat < 3 && /[^\0-\xff]/.test(value))) {
    throw c12Errors.C12_NOT_ENCODABLE(`'${value}' in ${size} characters`);
  }
  const out = new Uint8Array(size).fill(0x20);
  out.set(bytes);
  sink.put(out);
}

export type TimeKind = 'ltime' | 'stime' | 'time';

const DAY_S = 86_400;
const BASE_PARTS: Readonly<Record<TimeKind, number>> = { ltime: 6, stime: 5, time: 3 };

export function timeBytes(kind: TimeKind, { tmFormat }: Formats): number {
  if (tmFormat === 1 || tmFormat === 2) return BASE_PARTS[kind];
  if (tmFormat === 3) return kind === 'ltime' ? 5 : 4;
  if (tmFormat === 4) return 4;
  if (tmFormat === 0) return 0;
  throw c12Errors.C12_UNSUPPORTED(`TM_FORMAT ${tmFormat} of table 0`);
}

/** LTIME_DATE, STIME_DATE and TIME (of a day). */
export function readTime(cursor: Cursor, kind: TimeKind, formats: Formats): ClockTime {
  const size = timeBytes(kind, formats);
  cursor.need(size);
  const raw = cursor.bytes.subarray(cursor.at, cursor.at + size);
  return { seconds: size === 0 ? null : secondsOf(cursor, kind, formats), raw: copyOf(raw) };
}

function secondsOf(cursor: Cursor, kind: TimeKind, { tmFormat }: Formats): number | null {
  if (tmFormat === 4 || (tmFormat === 3 && kind === 'time')) return cursor.uint(4);
  if (tmFormat === 3) {
    const minutes = cursor.uint(4);
    return minutes * 60 + (kind === 'ltime' ? cursor.u8() : 0);
  }
  const parts = [...cursor.take(BASE_PARTS[kind])].map((byte) =>
    tmFormat === 2 ? byte : byte >> 4 > 9 || (byte & 0xf) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 0xf),
  );
  if (kind === 'time') parts.unshift(70, 1, 1);
  const [year, month, day, hour, minute, second = 0] = parts as [number, number, number, number, number];
  if (!(year <= 99 && month >= 1 && month <= 12 && day >= 1 && hour <= 24 && minute <= 59 && second <= 59)) {
    return null;
  }
  if (kind === 'time') return hour * 3_600 + minute * 60 + second;
  // C12.19 clause 5.2: 90 to 99 are of the last century
  const fullYear = year >= 90 ? 1_900 + year : 2_000 + year;
  const days = Date.UTC(fullYear, month - 1, day) / (DAY_S * 1_000);
  if (new Date(days * DAY_S * 1_000).getUTCDate() !== day) return null;
  return days * DAY_S + hour * 3_600 + minute * 60 + second;
}

export function putTime(sink: Sink, value: ClockTime, kind: TimeKind, formats: Formats): void {
  const size = timeBytes(kind, formats);
  const { seconds, raw } = value;
  if (size === 0) return;
  if (seconds === null) {
    if (raw.length !== size) throw c12Errors.C12_NOT_ENCODABLE('a time that is not set, of another format');
    sink.put(raw);
    return;
  }
  const { tmFormat } = formats;
  if (tmFormat === 4 || (tmFormat === 3 && kind === 'time')) {
    sink.uint(seconds, 4);
    return;
  }
  if (tmFormat === 3) {
    sink.uint(Math.floor(seconds / 60), 4);
    if (kind === 'ltime') sink.u8(seconds % 60);
    return;
  }
  const date = new Date(seconds * 1_000);
  const parts = [
    date.getUTCFullYear() % 100,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  const [from, to] = kind === 'time' ? [3, 6] : [0, BASE_PARTS[kind]];
  for (const part of parts.slice(from, to))
    sink.u8(tmFormat === 1 ? Math.floor(part / 10) * 16 + (part % 10) : part);
}

/** A time of a clock from seconds since 1970 in that clock's own time. */
export function clockTime(seconds: number): ClockTime {
  return { seconds, raw: new Uint8Array(0) };
}
