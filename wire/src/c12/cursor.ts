/** Reading and writing of numbers in the byte order that table 0 of a device states (C12.19 clause 5.3). */
import type { OpenAmiError } from '@openami/model';
import { c12Errors } from './errors.ts';

const EMPTY = new Uint8Array(0);

/** Reads within bounds; raises C12_TRUNCATED at the end. `take` gives views. */
export class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  readonly clause: string;
  /** Least significant byte first. Links and services are always most significant first. */
  littleEndian: boolean;

  constructor(bytes: Uint8Array, clause: string, littleEndian = false, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.clause = clause;
    this.littleEndian = littleEndian;
    this.at = at;
    this.end = Math.min(end, bytes.length);
  }

  get left(): number {
    return this.end - this.at;
  }

  fail(code: keyof typeof c12Errors, what: string): OpenAmiError {
    return c12Errors[code](`${what} at byte ${this.at} (${this.clause})`, {
      clause: this.clause,
      offset: this.at,
    });
  }

  need(count: number): void {
    if (count > this.left) throw this.fail('C12_TRUNCATED', `${count} bytes wanted, ${this.left} left`);
  }

  finish(): void {
    if (this.left > 0) throw this.fail('C12_TRAILING_BYTES', `${this.left} bytes too many`);
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.at++]!;
  }

  u16(): number {
    return this.uint(2);
  }

  /** Up to six bytes, which a number holds exactly. */
  uint(count: number): number {
    this.need(count);
    let value = 0;
    for (let i = 0; i < count; i++) {
      value = value * 256 + this.bytes[this.littleEndian ? this.at + count - 1 - i : this.at + i]!;
    }
    this.at += count;
    return value;
  }

  big(count: number): bigint {
    this.need(count);
    let value = 0n;
    for (let i = 0; i < count; i++) {
      value = (value << 8n) | BigInt(this.bytes[this.littleEndian ? this.at + count - 1 - i : this.at + i]!);
    }
    this.at += count;
    return value;
  }

  float(count: 4 | 8): number {
    this.need(count);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at, count);
    this.at += count;
    return count === 4 ? view.getFloat32(0, this.littleEndian) : view.getFloat64(0, this.littleEndian);
  }

  take(count: number): Uint8Array {
    this.need(count);
    if (count === 0) return EMPTY;
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }
}

/** Collects bytes; raises C12_NOT_ENCODABLE for what does not fit. */
export class Sink {
  #bytes = new Uint8Array(64);
  #length = 0;
  readonly littleEndian: boolean;

  constructor(littleEndian = false) {
    this.littleEndian = littleEndian;
  }

  get length(): number {
    return this.#length;
  }

  #room(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }

  u8(value: number): this {
    return this.uint(value, 1);
  }

  u16(value: number): this {
    return this.uint(value, 2);
  }

  uint(value: number, count: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** count) {
      throw c12Errors.C12_NOT_ENCODABLE(`${value} in ${count} bytes`);
    }
    const at = this.#room(count);
    let rest = value;
    for (let i = 0; i < count; i++) {
      this.#bytes[this.littleEndian ? at + i : at + count - 1 - i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  big(value: bigint, count: number): this {
    if (value < 0n || value >= 1n << BigInt(8 * count)) {
      throw c12Errors.C12_NOT_ENCODABLE(`${value} in ${count} bytes`);
    }
    const at = this.#room(count);
    let rest = value;
    for (let i = 0; i < count; i++) {
      this.#bytes[this.littleEndian ? at + i : at + count - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return this;
  }

  float(value: number, count: 4 | 8): this {
    const at = this.#room(count);
    const view = new DataView(this.#bytes.buffer, at, count);
    if (count === 4) view.setFloat32(0, value, this.littleEndian);
    else view.setFloat64(0, value, this.littleEndian);
    return this;
  }

  put(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
