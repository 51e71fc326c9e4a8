/**
 * CBOR (RFC 8949) with exact numbers: integers of 64 bits, decimal fractions (tag 4), and single-precision
 * numbers as the decimal they stand for. Other tags are read through: what they hold is what is given.
 */
import { concat } from '../bytes.ts';
import { type Decimal, decimalOfFloat32, decimalOfNumber, wholeOf } from '../decimal.ts';
import { utf8Text } from '../text.ts';
import { type ExactFault, type ExactLimits, ExactMap, type ExactValue, isDecimal, isList } from './value.ts';

/** The item that the bytes are, to the last of them. Throws what `limits.fault` makes. */
export function readExactCbor(bytes: Uint8Array, limits: ExactLimits): ExactValue {
  const reader = new CborReader(bytes, limits);
  const value = reader.item(0);
  reader.end();
  return value;
}

const BREAK = 0xff;
const DECIMAL_FRACTION = 4;
const INDEFINITE = -1;

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limits: ExactLimits;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array, limits: ExactLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#limits = limits;
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw this.#fault('malformed', 'more follows after the item');
  }

  item(depth: number): ExactValue {
    if (++this.#values > this.#limits.values) throw this.#fault('too many', 'more items than the limit');
    const first = this.#byte();
    const major = first >> 5;
    const minor = first & 31;
    if (major === 7) return this.#simple(minor);
    if (major < 2) return this.#integer(major, minor);
    if (major === 6) return this.#tagged(Number(this.#argument(minor)), depth);
    const length = minor === 31 ? INDEFINITE : Number(this.#argument(minor));
    if (major === 2) return this.#string(length, 2);
    if (major === 3) return this.#text(length);
    if (depth >= this.#limits.depth) throw this.#fault('too deep', 'nested deeper than the limit');
    return major === 4 ? this.#array(length, depth + 1) : this.#map(length, depth + 1);
  }

  #integer(major: number, minor: number): Decimal {
    const size = this.#argument(minor);
    if (major === 0) return { raw: size, power: 0 };
    return { raw: typeof size === 'number' ? -1 - size : wholeOf(-1n - size), power: 0 };
  }

  #argument(minor: number): number | bigint {
    if (minor < 24) return minor;
    if (minor > 27) throw this.#fault('malformed', `additional information ${minor}`);
    const size = 1 << (minor - 24);
    const at = this.#take(size);
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at);
    return size === 4 ? this.#view.getUint32(at) : wholeOf(this.#view.getBigUint64(at));
  }

  #simple(minor: number): ExactValue {
    if (minor === 20 || minor === 21) return minor === 21;
    if (minor === 22 || minor === 23) return null;
    if (minor === 25) return numberOf(halfOf(this.#view.getUint16(this.#take(2))), decimalOfFloat32);
    if (minor === 26) return numberOf(this.#view.getFloat32(this.#take(4)), decimalOfFloat32);
    if (minor === 27) return numberOf(this.#view.getFloat64(this.#take(8)), decimalOfNumber);
    throw this.#fault('malformed', `simple value ${minor}`);
  }

  #tagged(tag: number, depth: number): ExactValue {
    if (depth >= this.#limits.depth) throw this.#fault('too deep', 'nested deeper than the limit');
    const content = this.item(depth + 1);
    if (tag !== DECIMAL_FRACTION) return content;
    const [power, raw, ...rest] = isList(content) ? content : [];
    const isFraction = power !== undefined && raw !== undefined && rest.length === 0;
    if (!isFraction || !isWhole(power) || !isWhole(raw) || Math.abs(Number(power.raw)) > 1_000) {
      throw this.#fault('malformed', 'a decimal fraction is [exponent, whole number]');
    }
    return { raw: raw.raw, power: Number(power.raw) };
  }

  #array(length: number, depth: number): ExactValue {
    this.#checkRoom(length);
    const items: ExactValue[] = [];
    while (length === INDEFINITE ? !this.#broken() : items.length < length) items.push(this.item(depth));
    return items;
  }

  #map(length: number, depth: number): ExactValue {
    this.#checkRoom(length * 2);
    const entries: [ExactValue, ExactValue][] = [];
    const keys = new Set<string>();
    while (length === INDEFINITE ? !this.#broken() : entries.length < length) {
      const key = this.item(depth);
      const name = keyName(key);
      if (keys.has(name)) throw this.#fault('malformed', `key ${name.slice(0, 40)} is there twice`);
      keys.add(name);
      entries.push([key, this.item(depth)]);
    }
    return new ExactMap(entries);
  }

  #text(length: number): string {
    const text = utf8Text(this.#string(length, 3));
    if (text === undefined) throw this.#fault('malformed', 'a text that is no UTF-8');
    return text;
  }

  #string(length: number, major: number): Uint8Array {
    if (length !== INDEFINITE) {
      const at = this.#take(length);
      return this.#bytes.subarray(at, at + length);
    }
    const parts: Uint8Array[] = [];
    while (!this.#broken()) {
      const first = this.#byte();
      if (first >> 5 !== major || (first & 31) === 31) throw this.#fault('malformed', 'a piece of a string');
      const size = Number(this.#argument(first & 31));
      const at = this.#take(size);
      parts.push(this.#bytes.subarray(at, at + size));
    }
    return concat(parts);
  }

  /** Each item has a byte at least: a count beyond what is left is refused before anything is made. */
  #checkRoom(items: number): void {
    if (items > this.#bytes.length - this.#at) throw this.#fault('truncated', `${items} items announced`);
  }

  #broken(): boolean {
    if (this.#at >= this.#bytes.length) throw this.#fault('truncated', 'the bytes end inside an item');
    if (this.#bytes[this.#at] !== BREAK) return false;
    this.#at += 1;
    return true;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #take(count: number): number {
    const at = this.#at;
    if (!(count <= this.#bytes.length - at)) throw this.#fault('truncated', 'the bytes end inside an item');
    this.#at += count;
    return at;
  }

  #fault(fault: ExactFault, detail: string): Error {
    return this.#limits.fault(fault, `${detail}, byte ${this.#at}`, this.#at);
  }
}

function isWhole(value: ExactValue): value is Decimal {
  return isDecimal(value) && value.power === 0;
}

function numberOf(value: number, decimal: (value: number) => Decimal): ExactValue {
  return Number.isFinite(value) ? decimal(value) : value;
}

/** RFC 8949 appendix D. */
function halfOf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  const size =
    exponent === 31
      ? fraction === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

/** What tells keys apart, whatever they are. */
function keyName(key: ExactValue): string {
  if (typeof key === 'string') return `"${key}"`;
  if (isDecimal(key)) return `${key.raw}e${key.power}`;
  if (isList(key)) return `[${key.map(keyName).join()}]`;
  if (key instanceof Uint8Array) return `h'${key.join()}'`;
  return key instanceof ExactMap ? '{}' : String(key);
}
