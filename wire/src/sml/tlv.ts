/**
 * SML binary encoding (SML 1.04 clause 6): every element begins with its type and length.
 *
 *   7 6 5 4   3 2 1 0
 *   M type    length      M: another such byte follows with four more bits of length
 *
 *   0 octet string   4 boolean   5 integer   6 unsigned   7 list
 *
 * The length counts the bytes of the element, the type-length bytes with it; of a list it counts elements.
 * 01 is an octet string of no bytes and stands for an optional element that is not there; 00 ends a message.
 */
import type { OpenAmiError } from '@openami/model';
import { wholeOf } from '../decimal.ts';
import { type SmlErrorCode, smlErrors } from './errors.ts';

/** An element, whatever it means. */
export type SmlValue =
  | { readonly type: 'octets'; readonly octets: Uint8Array }
  | { readonly type: 'boolean'; readonly value: boolean }
  | SmlInteger
  | { readonly type: 'list'; readonly elements: readonly SmlValue[] };

export interface SmlInteger {
  readonly type: 'integer' | 'unsigned';
  /** A bigint only beyond 2^53. */
  readonly value: number | bigint;
  /** As sent, 1 to 8. */
  readonly bytes: number;
}

export const OCTETS = 0x00;
const BOOLEAN = 0x40;
const INTEGER = 0x50;
const UNSIGNED = 0x60;
export const LIST = 0x70;
const MORE = 0x80;
const UNSET = 0x01;
export const END_OF_MESSAGE = 0x00;
/** Four type-length bytes tell lengths to 65,535, more than a file may have. */
const MAX_HEAD_BYTES = 4;
const MAX_DEPTH = 16;
const ENCODING = 'SML 1.04 clause 6';

export class SmlReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  /** Of the element whose head was read: its type, and the bytes or elements that follow. */
  type = 0;
  length = 0;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  fail(code: SmlErrorCode, detail: string, at = this.at, clause = ENCODING): OpenAmiError {
    return smlErrors[code](`${detail} at byte ${at}`, { clause, offset: at });
  }

  /** Whether the next element is one that is not there; then it is passed over. */
  skipUnset(): boolean {
    if (this.bytes[this.at] !== UNSET || this.at >= this.end) return false;
    this.at++;
    return true;
  }

  /** Reads type and length of the next element. */
  head(): void {
    const start = this.at;
    let at = start;
    if (at >= this.end) throw this.fail('SML_TRUNCATED', 'no element');
    let byte = this.bytes[at++]!;
    this.type = byte & 0x70;
    let length = byte & 0x0f;
    while (byte & MORE) {
      if (at >= this.end) throw this.fail('SML_TRUNCATED', 'a length without its end', start);
      byte = this.bytes[at++]!;
      if ((byte & 0x70) !== 0 || at - start > MAX_HEAD_BYTES) {
        throw this.fail('SML_BAD_LENGTH', 'a length field of the wrong form', start);
      }
      length = (length << 4) | (byte & 0x0f);
    }
    if (this.type !== LIST) length -= at - start;
    if (length < 0) throw this.fail('SML_BAD_LENGTH', 'a length shorter than its own field', start);
    // an element of a list has at least one byte
    if (length > this.end - at) throw this.fail('SML_TRUNCATED', `an element of ${length}`, start);
    this.at = at;
    this.length = length;
  }

  octets(): Uint8Array {
    const start = this.at;
    this.head();
    if (this.type !== OCTETS) throw this.fail('SML_UNEXPECTED', 'not an octet string', start);
    this.at += this.length;
    return this.bytes.subarray(this.at - this.length, this.at);
  }

  boolean(): boolean {
    const start = this.at;
    this.head();
    if (this.type !== BOOLEAN || this.length !== 1) throw this.fail('SML_UNEXPECTED', 'not a boolean', start);
    return this.bytes[this.at++] !== 0;
  }

  /** A list of this many elements. */
  list(count: number): void {
    const start = this.at;
    this.head();
    if (this.type !== LIST || this.length !== count) {
      throw this.fail('SML_UNEXPECTED', `not a list of ${count}`, start);
    }
  }

  /** A list of any number of elements. */
  count(): number {
    const start = this.at;
    this.head();
    if (this.type !== LIST) throw this.fail('SML_UNEXPECTED', 'not a list', start);
    return this.length;
  }

  /** An integer of any length and either type within a range. */
  number(min: number, max: number): number {
    const start = this.at;
    const value = this.integer();
    if (typeof value === 'number') {
      if (value >= min && value <= max) return value;
      // some meters call a negative power of ten unsigned
      if (min === -0x80 && this.type === UNSIGNED && value <= 0xff) return value - 0x100;
    }
    throw this.fail('SML_UNEXPECTED', `${value} is not within ${min} to ${max}`, start);
  }

  integer(): number | bigint {
    const start = this.at;
    this.head();
    const { type, length } = this;
    if ((type !== INTEGER && type !== UNSIGNED) || length < 1 || length > 8) {
      throw this.fail('SML_UNEXPECTED', 'not an integer of 1 to 8 bytes', start);
    }
    return this.#integer(type === INTEGER);
  }

  /** The bytes of the integer whose head was read. */
  #integer(signed: boolean): number | bigint {
    const { bytes, length } = this;
    let at = this.at;
    this.at += length;
    const first = bytes[at]!;
    const isNegative = signed && first >= 0x80;
    if (length > 6) return this.#long(at, isNegative);
    let value = isNegative ? first - 0x100 : first;
    for (const end = at + length; ++at < end; ) value = value * 0x100 + bytes[at]!;
    return value;
  }

  #long(start: number, isNegative: boolean): number | bigint {
    let value = 0n;
    for (let i = 0; i < this.length; i++) value = (value << 8n) | BigInt(this.bytes[start + i]!);
    return wholeOf(isNegative ? value - (1n << BigInt(8 * this.length)) : value);
  }

  /** Any element. Raises SML_TOO_DEEP. */
  value(depth = 0): SmlValue {
    const start = this.at;
    this.head();
    const { type, length } = this;
    switch (type) {
      case OCTETS:
        this.at += length;
        return { type: 'octets', octets: this.bytes.subarray(this.at - length, this.at) };
      case INTEGER:
      case UNSIGNED:
        if (length < 1 || length > 8) throw this.fail('SML_BAD_LENGTH', `integer of ${length}`, start);
        return {
          type: type === INTEGER ? 'integer' : 'unsigned',
          value: this.#integer(type === INTEGER),
          bytes: length,
        };
      case BOOLEAN:
        if (length !== 1) throw this.fail('SML_BAD_LENGTH', `boolean of ${length}`, start);
        return { type: 'boolean', value: this.bytes[this.at++] !== 0 };
      case LIST: {
        if (depth >= MAX_DEPTH) throw this.fail('SML_TOO_DEEP', `more than ${MAX_DEPTH} lists`, start);
        const elements: SmlValue[] = [];
        for (let i = 0; i < length; i++) elements.push(this.value(depth + 1));
        return { type: 'list', elements };
      }
      default:
        throw this.fail('SML_UNEXPECTED', `element of type ${type >>> 4}`, start);
    }
  }
}

/** Builds the bytes of elements. */
export class SmlWriter {
  #bytes = new Uint8Array(256);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#bytes.length) {
      const grown = new Uint8Array(this.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.length++] = value;
  }

  /** What was written, as a view until the next is written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  unset(): void {
    this.byte(UNSET);
  }

  octets(octets: Uint8Array): void {
    this.#head(OCTETS, octets.length);
    for (const byte of octets) this.byte(byte);
  }

  boolean(value: boolean): void {
    this.#head(BOOLEAN, 1);
    this.byte(value ? 0xff : 0);
  }

  list(count: number): void {
    this.#head(LIST, count);
  }

  /** Raises SML_NOT_ENCODABLE for a value that does not fit the bytes. */
  integer(type: SmlInteger['type'], value: number | bigint, bytes: number): void {
    const whole = typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : undefined;
    const bits = BigInt(8 * bytes);
    const wrapped = type === 'integer' ? BigInt.asIntN : BigInt.asUintN;
    if (whole === undefined || bytes < 1 || bytes > 8 || wrapped(Number(bits), whole) !== whole) {
      throw smlErrors.SML_NOT_ENCODABLE(`${value} as ${type} of ${bytes} bytes`);
    }
    this.#head(type === 'integer' ? INTEGER : UNSIGNED, bytes);
    for (let i = bytes - 1; i >= 0; i--) this.byte(Number((whole >> BigInt(8 * i)) & 0xffn));
  }

  value(value: SmlValue): void {
    switch (value.type) {
      case 'octets':
        this.octets(value.octets);
        break;
      case 'boolean':
        this.boolean(value.value);
        break;
      case 'list':
        this.list(value.elements.length);
        for (const element of value.elements) this.value(element);
        break;
      default:
        this.integer(value.type, value.value, value.bytes);
    }
  }

  #head(type: number, length: number): void {
    for (let heads = 1; heads <= MAX_HEAD_BYTES; heads++) {
      const told = type === LIST ? length : length + heads;
      if (told >= 16 ** heads) continue;
      for (let i = heads - 1; i >= 0; i--) {
        const nibble = (told >>> (4 * i)) & 0x0f;
        this.byte((i > 0 ? MORE : 0) | (i === heads - 1 ? type : 0) | nibble);
      }
      return;
    }
    throw smlErrors.SML_NOT_ENCODABLE(`an element of ${length}`);
  }
}
