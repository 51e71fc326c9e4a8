import { mbusErrors } from '../../mbus/errors.ts';
import { isDate } from '../../mbus/record/time.ts';

/** Reads fields low byte first, one after the other. Raises MBUS_TRUNCATED. */
export class FieldReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(size: number): Uint8Array {
    if (size > this.left) {
      throw mbusErrors.MBUS_TRUNCATED(`${Math.max(0, this.left)} of ${size} bytes of the maker's own`, {
        offset: this.at,
      });
    }
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  skip(size: number): this {
    this.take(size);
    return this;
  }

  /** Unsigned, of up to 6 bytes. */
  unsigned(size: number): number {
    const field = this.take(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + field[i]!;
    return value;
  }

  /** Two's complement, of up to 4 bytes. */
  signed(size: number): number {
    const shift = 32 - 8 * size;
    return (this.unsigned(size) << shift) >> shift;
  }

  u8(): number {
    return this.unsigned(1);
  }

  u16(): number {
    return this.unsigned(2);
  }

  u24(): number {
    return this.unsigned(3);
  }

  u32(): number {
    return this.unsigned(4);
  }

  /** Two decimal digits a byte; undefined where there are others. */
  bcd(size: number): number | undefined {
    return digits(this.take(size));
  }
}

function digits(field: Uint8Array): number | undefined {
  let value = 0;
  for (let i = field.length - 1; i >= 0; i--) {
    const pair = bcdByte(field[i]!);
    if (pair === undefined) return undefined;
    value = value * 100 + pair;
  }
  return value;
}

/** Digits of one byte; undefined where there are others. */
export function bcdByte(byte: number): number | undefined {
  return byte >> 4 > 9 || (byte & 15) > 9 ? undefined : (byte >> 4) * 10 + (byte & 15);
}

export const two = (value: number): string => String(value).padStart(2, '0');

/** `2024-02-29`; null for what is no day of the calendar. */
export function dayText(year: number | undefined, month: number | undefined, day: number | undefined) {
  if (year === undefined || month === undefined || day === undefined) return null;
  return isDate(year, month, day) ? `${year}-${two(month)}-${two(day)}` : null;
}

/** The same of three bytes of two digits each, the year since 2000. */
export function digitDay(year: number, month: number, day: number): string | null {
  const short = bcdByte(year);
  return dayText(short === undefined ? undefined : 2000 + short, bcdByte(month), bcdByte(day));
}

/** Day in bits 0 to 4, month in 5 to 8, years since 2000 in 9 to 15: as several makers pack it. */
export function packedDay(word: number): string | null {
  return dayText(2000 + (word >> 9), (word >> 5) & 15, word & 31);
}

/** `2024-02-29 22:22` of seconds since 1970 on the meter's clock. */
export function minuteText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** Names of bits that are set, sorted, the unknown ones as `PREFIX_HEX`; `none` where there are none. */
export function bitNames(
  value: number,
  names: Readonly<Record<number, string>>,
  none = 'OK',
  unknownPrefix?: string,
): string {
  const found: string[] = [];
  let unknown = value;
  for (const [bit, name] of Object.entries(names)) {
    if ((value & Number(bit)) === 0) continue;
    found.push(name);
    unknown &= ~Number(bit);
  }
  if (unknownPrefix !== undefined && unknown !== 0) {
    found.push(`${unknownPrefix}_${(unknown >>> 0).toString(16).toUpperCase()}`);
  }
  return found.length === 0 ? none : found.sort().join(' ');
}
