/** A bounds-checked view over bytes and a growing writer: big-endian, as all of DLMS/COSEM is. */
import type { OpenAmiError } from '@openami/model';
import { i32At } from '../bytes.ts';
import { dlmsErrors } from './errors.ts';

const EMPTY = new Uint8Array(0);

/**
 * Reads from a window of bytes and raises DLMS_TRUNCATED at its end. `take` gives views of the input,
 * not copies: a caller that reuses its receive buffer copies first.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Index of the next byte. */
  at: number;
  /** Index after the last byte that may be read. */
  readonly end: number;
  /** Part of the standard being read; goes into errors. */
  clause: string;
  /** Values made of packed elements so far (data.ts), to stop when a few bytes make too many. */
  unfolded = 0;
  #view: DataView | undefined;

  constructor(bytes: Uint8Array, clause = 'IEC 62056-5-3', start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.clause = clause;
    this.at = start;
    this.end = Math.min(end, bytes.length);
  }

  get left(): number {
    return this.end - this.at;
  }

  /** The error of this place, to be thrown. */
  fail(code: keyof typeof dlmsErrors, what: string, offset = this.at): OpenAmiError {
    return dlmsErrors[code](`${what} at byte ${offset} (${this.clause})`, { clause: this.clause, offset });
  }

  /** Raises DLMS_TRUNCATED unless `count` bytes are left. */
  need(count: number): void {
    if (count > this.end - this.at) {
      throw this.fail('DLMS_TRUNCATED', `${count} bytes wanted, ${this.end - this.at} left`);
    }
  }

  /** Raises DLMS_TRAILING_BYTES unless all was read. */
  finish(): void {
    if (this.at < this.end) {
      throw this.fail('DLMS_TRAILING_BYTES', `${this.end - this.at} bytes too many`);
    }
  }

  /** The next byte without taking it; -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1;
  }

  u8(): number {
    if (this.at >= this.end) this.need(1);
    return this.bytes[this.at++]!;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    this.need(2);
    const { bytes, at } = this;
    this.at = at + 2;
    return (bytes[at]! << 8) | bytes[at + 1]!;
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  u24(): number {
    return this.u8() * 0x1_0000 + this.u16();
  }

  i32(): number {
    this.need(4);
    this.at += 4;
    return i32At(this.bytes, this.at - 4);
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  u64(): bigint {
    return this.#viewOf(8).getBigUint64(this.at - 8);
  }

  i64(): bigint {
    return this.#viewOf(8).getBigInt64(this.at - 8);
  }

  f32(): number {
    return this.#viewOf(4).getFloat32(this.at - 4);
  }

  f64(): number {
    return this.#viewOf(8).getFloat64(this.at - 8);
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    this.need(count);
    if (count === 0) return EMPTY;
    const start = this.at;
    this.at = start + count;
    return this.bytes.subarray(start, this.at);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.left);
  }

  /**
   * A length (X.690 8.1.3, the same in A-XDR): one byte to 127, else 0x81 to 0x84 and that many bytes.
   * Raises DLMS_BAD_LENGTH for the indefinite and longer forms.
   */
  length(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    if (first === 0x81) return this.u8();
    if (first === 0x82) return this.u16();
    if (first === 0x83) return this.u24();
    if (first === 0x84) return this.u32();
    throw this.fail('DLMS_BAD_LENGTH', `length form 0x${first.toString(16)}`, this.at - 1);
  }

  /** Bytes after their length. */
  octets(): Uint8Array {
    return this.take(this.length());
  }

  /** A count of elements of at least `minBytes` each: more than could follow is DLMS_TRUNCATED at once. */
  count(minBytes = 1): number {
    const count = this.length();
    this.need(count * minBytes);
    return count;
  }

  /** A reader of the next `count` bytes, which this one skips. */
  window(count: number): ByteReader {
    this.need(count);
    const inner = new ByteReader(this.bytes, this.clause, this.at, this.at + count);
    this.at += count;
    return inner;
  }

  #viewOf(count: number): DataView {
    this.need(count);
    this.at += count;
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }
}

interface Room {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

/** Room of writers that have finished: an APDU takes several, and new buffers cost more than writing. */
const spares: Room[] = [];
const MAX_SPARES = 8;
const MAX_SPARE_BYTES = 1 << 14;
const LEAST_BYTES = 512;
const none = newRoom(0);

function roomOf(capacity: number): Room {
  const spare = spares.pop();
  return spare !== undefined && spare.bytes.length >= capacity
    ? spare
    : newRoom(Math.max(capacity, LEAST_BYTES));
}

function newRoom(capacity: number): Room {
  const bytes = new Uint8Array(capacity);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Collects bytes; raises DLMS_NOT_ENCODABLE for a number that does not fit its field. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 64) {
    const { bytes, view } = roomOf(capacity);
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#length;
  }

  /** A copy of what was written; the writer is empty after it. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = this.#bytes.slice(0, this.#length);
    if (this.#bytes.length <= MAX_SPARE_BYTES && spares.length < MAX_SPARES) {
      spares.push({ bytes: this.#bytes, view: this.#view });
    }
    this.#bytes = none.bytes;
    this.#view = none.view;
    this.#length = 0;
    return out;
  }

  u8(value: number): void {
    if (value !== (value & 0xff)) misfit(value, 'an unsigned byte');
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  i8(value: number): void {
    if (value !== (value << 24) >> 24) misfit(value, 'a signed byte');
    this.u8(value & 0xff);
  }

  u16(value: number): void {
    if (value !== (value & 0xffff)) misfit(value, '16 unsigned bits');
    this.#room(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
  }

  i16(value: number): void {
    if (value !== (value << 16) >> 16) misfit(value, '16 signed bits');
    this.u16(value & 0xffff);
  }

  u24(value: number): void {
    if (value !== (value & 0xff_ffff)) misfit(value, '24 unsigned bits');
    this.u8(value >>> 16);
    this.u16(value & 0xffff);
  }

  u32(value: number): void {
    if (value !== value >>> 0) misfit(value, '32 unsigned bits');
    this.#room(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  i32(value: number): void {
    if (value !== (value | 0)) misfit(value, '32 signed bits');
    this.u32(value >>> 0);
  }

  u64(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) misfit(value, '64 unsigned bits');
    this.#room(8);
    this.#view.setBigUint64(this.#length, value);
    this.#length += 8;
  }

  i64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) misfit(value, '64 signed bits');
    this.u64(BigInt.asUintN(64, value));
  }

  f32(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.#length, value);
    this.#length += 4;
  }

  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A length in its shortest form. */
  length(count: number): void {
    if (count < 0x80) this.u8(count);
    else if (count < 0x100) this.u16(0x8100 | count);
    else if (count < 0x1_0000) {
      this.u8(0x82);
      this.u16(count);
    } else if (count < 0x100_0000) {
      this.u8(0x83);
      this.u24(count);
    } else {
      this.u8(0x84);
      this.u32(count);
    }
  }

  /** Bytes after their length. */
  octets(bytes: Uint8Array): void {
    this.length(bytes.length);
    this.raw(bytes);
  }

  /** Makes room; what was read of `#bytes` or `#view` before may be stale after. */
  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function misfit(value: number | bigint, field: string): never {
  throw dlmsErrors.DLMS_NOT_ENCODABLE(`${value} does not fit ${field}`);
}
