/** The value of a record (EN 13757-3 clause 6.3.3, annexes A and B). */
import { hexOf, reversed } from '../../bytes.ts';
import { wholeOf } from '../../decimal.ts';
import { manufacturerOf } from '../address.ts';
import { plainText, type RecordHead } from './head.ts';
import { type MbusTime, timeAt } from './time.ts';

/** Why a record holds no value that may be used as a number. */
export type Flaw =
  /** The meter says so in a VIFE; its name is in `modifiers`. */
  | 'error'
  /** A pattern the standard keeps for "no value": 80 00 …, digits that are none. */
  | 'invalid';

export class MbusRecord {
  readonly head: RecordHead;
  /** The value as sent, in the order it was sent. */
  readonly data: Uint8Array;
  /** Before it is scaled: value = raw × 10^head.power. A whole number, or that of a real. */
  readonly raw: number | bigint | undefined;
  /** Text, identifications with their leading zeros, and digits that are no number. */
  readonly text: string | undefined;
  readonly time: MbusTime | undefined;
  readonly flaw: Flaw | undefined;

  constructor(head: RecordHead, data: Uint8Array, value: Value) {
    this.head = head;
    this.data = data;
    this.raw = value.raw;
    this.text = value.text;
    this.time = value.time;
    this.flaw = value.flaw;
  }
}

interface Value {
  readonly raw: number | bigint | undefined;
  readonly text: string | undefined;
  readonly time: MbusTime | undefined;
  readonly flaw: Flaw | undefined;
}

const powers = Array.from({ length: 23 }, (_, n) => 10 ** n);

/** The value in `head.unit`, as the nearest number; undefined where it is none or flawed. */
export function numberOf(record: MbusRecord): number | undefined {
  return record.flaw === undefined ? scaled(record) : undefined;
}

/** The value in `head.unit` whatever the meter says of it. */
export function scaled({ raw, head: { power } }: Pick<MbusRecord, 'raw' | 'head'>): number | undefined {
  if (raw === undefined) return undefined;
  const value = Number(raw);
  // both are exact up to 10^22, so the one rounding is that of the division
  if (power < 0 && power >= -22) return value / powers[-power]!;
  return power === 0 ? value : power > 0 && power <= 22 ? value * powers[power]! : value * 10 ** power;
}

/** The value in decimal digits, exactly; undefined where there is none. */
export function exactOf({ raw, head: { power } }: MbusRecord): string | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw === 'number' && !Number.isInteger(raw))
    return String(scaled({ raw, head: { power } as RecordHead }));
  const whole = BigInt(raw);
  if (power >= 0) return String(whole * 10n ** BigInt(power));
  const digits = String(whole < 0n ? -whole : whole).padStart(1 - power, '0');
  const fraction = digits.slice(power).replace(/0+$/, '');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, power)}${fraction === '' ? '' : `.${fraction}`}`;
}

function numeric(raw: number | bigint, flaw?: Flaw): Value {
  return { raw, text: undefined, time: undefined, flaw };
}
function textual(text: string, raw?: number | bigint, flaw?: Flaw): Value {
  return { raw, text, time: undefined, flaw };
}
function timed(time: MbusTime): Value {
  return { raw: undefined, text: undefined, time, flaw: time.valid ? undefined : 'invalid' };
}
const NOTHING: Value = { raw: undefined, text: undefined, time: undefined, flaw: undefined };

/** Reads a value of a head; `bytes` low byte first. */
export function fixedValue(head: RecordHead, bytes: Uint8Array): Value {
  const value = plainValue(head, bytes);
  return head.modifiers.length > 0 && head.modifiers.some(isError) ? { ...value, flaw: 'error' } : value;
}

const isError = (name: string): boolean => name.startsWith('error:');

function plainValue(head: RecordHead, bytes: Uint8Array): Value {
  const { coding, size } = head;
  if (coding === 'integer') return integerValue(head, bytes);
  if (coding === 'bcd') return bcdValue(head, bytes, 0, size);
  if (coding === 'real') {
    const real = new DataView(bytes.buffer, bytes.byteOffset, size).getFloat32(0, true);
    return numeric(real, Number.isFinite(real) ? undefined : 'invalid');
  }
  return NOTHING;
}

function integerValue({ type, size }: RecordHead, bytes: Uint8Array): Value {
  if (type === 'number') return signedValue(bytes, 0, size);
  if (type === 'time') {
    const time = timeAt(bytes, 0, size);
    // a length that no type of time has: the number is kept
    return time === undefined ? { ...signedValue(bytes, 0, size), flaw: 'invalid' } : timed(time);
  }
  const raw = unsignedAt(bytes, 0, size);
  if (type === 'letters' && size === 2) return textual(manufacturerOf(Number(raw)), raw);
  return type === 'id' ? textual(digitsOf(bytes), raw) : numeric(raw);
}

/** All digits, the last byte first. */
function digitsOf(bytes: Uint8Array): string {
  return hexOf(reversed(bytes)).toUpperCase();
}

function signedValue(bytes: Uint8Array, at: number, size: number): Value {
  if (size <= 4) {
    let bits = 0;
    for (let i = size - 1; i >= 0; i--) bits = (bits << 8) | bytes[at + i]!;
    const shift = 32 - 8 * size;
    const raw = (bits << shift) >> shift;
    // one byte has no pattern to spare
    return numeric(raw, size > 1 && bits << shift === 0x80000000 >> 0 ? 'invalid' : undefined);
  }
  const unsigned = unsignedBig(bytes, at, size);
  const raw = BigInt.asIntN(8 * size, unsigned);
  return numeric(wholeOf(raw), unsigned === 1n << BigInt(8 * size - 1) ? 'invalid' : undefined);
}

function unsignedAt(bytes: Uint8Array, at: number, size: number): number | bigint {
  if (size > 6) return wholeOf(unsignedBig(bytes, at, size));
  let raw = 0;
  for (let i = size - 1; i >= 0; i--) raw = raw * 256 + bytes[at + i]!;
  return raw;
}

function unsignedBig(bytes: Uint8Array, at: number, size: number): bigint {
  let raw = 0n;
  for (let i = size - 1; i >= 0; i--) raw = (raw << 8n) | BigInt(bytes[at + i]!);
  return raw;
}

/** Digits, low pair first. An F in the first place is a minus; other letters are no number (annex B). */
function bcdValue(head: Pick<RecordHead, 'type'>, bytes: Uint8Array, at: number, size: number): Value {
  const top = bytes[at + size - 1]!;
  const negative = top >> 4 === 0x0f;
  let value = 0;
  let good = true;
  for (let i = size - 1; i >= 0; i--) {
    const high = i === size - 1 && negative ? 0 : bytes[at + i]! >> 4;
    const low = bytes[at + i]! & 0x0f;
    if (high > 9 || low > 9) good = false;
    value = value * 100 + high * 10 + low;
  }
  if (good && head.type !== 'id' && head.type !== 'time')
    return numeric(negative && value !== 0 ? -value : value);
  const digits = digitsOf(bytes.subarray(at, at + size));
  if (!good) return textual(digits, undefined, head.type === 'id' ? undefined : 'invalid');
  return textual(digits, negative ? -value : value, head.type === 'time' ? 'invalid' : undefined);
}

/** Bytes of a value of variable length whose first byte is `lvar`; undefined where that is reserved. */
export function variableSize(lvar: number): number | undefined {
  if (lvar < 0xc0) return lvar;
  if (lvar <= 0xc9) return lvar - 0xc0;
  if (lvar >= 0xd0 && lvar <= 0xd9) return lvar - 0xd0;
  if (lvar >= 0xe0 && lvar <= 0xef) return lvar - 0xe0;
  if (lvar >= 0xf0 && lvar <= 0xf4) return 4 * (lvar - 0xec);
  if (lvar === 0xf5) return 48;
  return lvar === 0xf6 ? 64 : undefined;
}

/** Reads a value of variable length; `bytes` without the byte that tells it, low byte first. */
export function variableValue(head: RecordHead, lvar: number, bytes: Uint8Array): Value {
  // profiles, and what only makers know, are bytes whatever the length says
  if (head.modifiers.some((name) => name.includes('profile'))) return NOTHING;
  if (lvar < 0xc0) return isPrintable(bytes) ? textual(plainText(bytes, false)) : NOTHING;
  if (lvar <= 0xd9) {
    const value = bcdValue({ type: 'number' }, bytes, 0, bytes.length);
    if (bytes.length === 0 || typeof value.raw !== 'number') return value;
    if (bytes.length > 7) return bigBcd(bytes, lvar >= 0xd0);
    return lvar >= 0xd0 ? numeric(-value.raw) : value;
  }
  // binary: a profile, a key, a time, or a large number
  if (head.type === 'time') {
    const time = timeAt(bytes, 0, bytes.length);
    if (time !== undefined) return timed(time);
  }
  if (bytes.length === 0 || bytes.length > 8) return NOTHING;
  return numeric(wholeOf(unsignedBig(bytes, 0, bytes.length)));
}

/** Letters of ISO 8859-1, blanks and line breaks. */
function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte >= 0xa0 || (byte >= 0x09 && byte <= 0x0d),
  );
}

/** One element of a compact profile; undefined for the pattern of none. */
export function elementValue(
  bytes: Uint8Array,
  at: number,
  size: number,
  coding: 'integer' | 'bcd',
  signed: boolean,
): number | bigint | undefined {
  if (coding === 'bcd') return bcdValue({ type: 'number' }, bytes, at, size).raw;
  if (!signed) {
    const raw = unsignedAt(bytes, at, size);
    return BigInt(raw) === (1n << BigInt(8 * size)) - 1n ? undefined : raw;
  }
  const { raw, flaw } = signedValue(bytes, at, size);
  return flaw === undefined ? raw : undefined;
}

function bigBcd(bytes: Uint8Array, negative: boolean): Value {
  const digits = digitsOf(bytes);
  const hasMinus = digits.startsWith('F');
  const size = BigInt(hasMinus ? digits.slice(1) : digits);
  return numeric(wholeOf(negative === hasMinus ? size : -size));
}
