/**
 * ClickHouse *Native* blocks: columns in, columns out, no object a row.
 *
 *   block  = varuint columns, varuint rows, column...
 *   column = string name, string type, data       string = varuint bytes, UTF-8
 *
 * Numbers are little-endian arrays. A result is any number of blocks one after another.
 * Source: https://clickhouse.com/docs/en/interfaces/formats/Native (as sent over HTTP: no block info).
 */
import { readingStoreErrors } from './errors.ts';

/** Column data by type. `Int64` is an exact Float64Array (below 2^53) on both ways. */
export type ColumnData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float64Array
  | readonly (string | Uint8Array)[];

export type ColumnType =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | "DateTime('UTC')"
  | 'Date'
  | 'Int64'
  | 'UInt64'
  | 'Float64'
  | 'String';

/** One column to write; the first `rows` entries of `data` count. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType | "DateTime64(3, 'UTC')";
  readonly data: ColumnData;
}

const widths: Readonly<Record<string, number>> = {
  UInt8: 1,
  UInt16: 2,
  Date: 2,
  UInt32: 4,
  DateTime: 4,
  Int64: 8,
  UInt64: 8,
  DateTime64: 8,
  Float64: 8,
};

const utf8 = new TextEncoder();
const text = new TextDecoder();
const twoTo32 = 4_294_967_296;

function baseType(type: string): string {
  const bracket = type.indexOf('(');
  return bracket < 0 ? type : type.slice(0, bracket);
}

function varuintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function putVaruint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let pos = at;
  while (rest >= 128) {
    out[pos++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  out[pos++] = rest;
  return pos;
}

function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const pos = putVaruint(out, at, bytes.length);
  out.set(bytes, pos);
  return pos + bytes.length;
}

/** Bytes of each cell of a column of strings, so that the block can be sized before it is written. */
function cellBytes(column: Column, rows: number): Uint32Array {
  const bytes = new Uint32Array(rows);
  const data = column.data as readonly (string | Uint8Array)[];
  for (let i = 0; i < rows; i++) {
    const cell = data[i]!;
    // what a batch has in common is the same string in every row
    if (i > 0 && cell === data[i - 1]) bytes[i] = bytes[i - 1]!;
    else bytes[i] = typeof cell === 'string' ? Buffer.byteLength(cell) : cell.length;
  }
  return bytes;
}

/** Writes a column of strings, straight into the block. */
function putCells(out: Buffer, from: number, column: Column, lengths: Uint32Array): number {
  const data = column.data as readonly (string | Uint8Array)[];
  let pos = from;
  for (let i = 0; i < lengths.length; i++) {
    const cell = data[i]!;
    const length = lengths[i]!;
    pos = putVaruint(out, pos, length);
    if (typeof cell !== 'string') out.set(cell, pos);
    else if (length === cell.length && length <= shortChars) {
      // plain characters: a call for so few costs more than they do
      for (let c = 0; c < length; c++) out[pos + c] = cell.charCodeAt(c);
    } else out.write(cell, pos);
    pos += length;
  }
  return pos;
}

const shortChars = 32;

/** Writes whole numbers below 2^53 as 64-bit two's complement. */
function putInt64(out: Uint8Array, at: number, values: Float64Array, rows: number): number {
  const words = new Uint32Array(rows * 2);
  for (let i = 0, w = 0; i < rows; i++, w += 2) {
    const value = values[i]!;
    words[w] = value;
    words[w + 1] = Math.floor(value / twoTo32);
  }
  out.set(new Uint8Array(words.buffer), at);
  return at + rows * 8;
}

/** Encodes one block. */
export function encodeBlock(columns: readonly Column[], rows: number): Buffer {
  const strings = columns.map((column) => (column.type === 'String' ? cellBytes(column, rows) : undefined));
  let size = varuintBytes(columns.length) + varuintBytes(rows);
  columns.forEach((column, c) => {
    size += 1 + column.name.length + 1 + column.type.length;
    const cells = strings[c];
    if (!cells) size += rows * widths[baseType(column.type)]!;
    else for (const bytes of cells) size += varuintBytes(bytes) + bytes;
  });
  const out = Buffer.allocUnsafe(size);
  let pos = putVaruint(out, putVaruint(out, 0, columns.length), rows);
  columns.forEach((column, c) => {
    pos = putBytes(out, pos, utf8.encode(column.name));
    pos = putBytes(out, pos, utf8.encode(column.type));
    const cells = strings[c];
    if (cells) {
      pos = putCells(out, pos, column, cells);
      return;
    }
    const base = baseType(column.type);
    const data = column.data as Uint8Array | Uint16Array | Uint32Array | Float64Array;
    if (base === 'Int64' || base === 'UInt64' || base === 'DateTime64') {
      pos = putInt64(out, pos, data as Float64Array, rows);
      return;
    }
    const bytes = rows * widths[base]!;
    if (data.byteLength < bytes) throw new RangeError(`column ${column.name} has too few rows`);
    out.set(new Uint8Array(data.buffer, data.byteOffset, bytes), pos);
    pos += bytes;
  });
  return out;
}

/** A decoded result: columns by name, all blocks joined. */
export interface Table {
  readonly rows: number;
  /** Unsigned 32-bit column (UInt32, DateTime). */
  u32(name: string): Uint32Array;
  u16(name: string): Uint16Array;
  u8(name: string): Uint8Array;
  /** Int64, UInt64, Float64. */
  f64(name: string): Float64Array;
  strings(name: string): string[];
  bytes(name: string): Uint8Array[];
}

interface Piece {
  readonly rows: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly cells?: Uint8Array[];
}

class Cursor {
  readonly bytes: Uint8Array;
  at = 0;
  onEnd = (): Error => readingStoreErrors.NATIVE_FORMAT(excerpt(this.bytes));

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.bytes.length) throw this.onEnd();
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  varuint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.take(1)[0]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw readingStoreErrors.NATIVE_FORMAT(excerpt(this.bytes));
  }

  string(): string {
    return text.decode(this.take(this.varuint()));
  }
}

/** A server that fails half-way writes its error behind the blocks: show it. */
function excerpt(bytes: Uint8Array): string {
  const tail = text.decode(bytes.subarray(Math.max(0, bytes.length - 2_000)));
  const found = /Code: \d+\.[\s\S]*/.exec(tail);
  return found ? found[0].trim() : 'The block ends too early or has an unknown shape';
}

/** Decodes all blocks of a result. Throws NATIVE_FORMAT. */
export function decodeBlocks(bytes: Uint8Array): Table {
  const cursor = new Cursor(bytes);
  const pieces = new Map<string, Piece[]>();
  let rows = 0;
  while (cursor.at < bytes.length) {
    const columns = cursor.varuint();
    const blockRows = cursor.varuint();
    for (let c = 0; c < columns; c++) {
      const name = cursor.string();
      const type = cursor.string();
      const list = pieces.get(name);
      const piece = takePiece(cursor, type, blockRows);
      if (list) list.push(piece);
      else pieces.set(name, [piece]);
    }
    rows += blockRows;
  }
  return tableOf(rows, pieces);
}

/**
 * Length and rows of the block that starts at the head of `bytes`; undefined while it is not complete. Throws
 * NATIVE_FORMAT where no block can start so.
 */
export function measureBlock(bytes: Uint8Array): { rows: number; bytes: number } | undefined {
  const cursor = new Cursor(bytes);
  cursor.onEnd = () => new Incomplete();
  try {
    const columns = cursor.varuint();
    const rows = cursor.varuint();
    for (let c = 0; c < columns; c++) {
      cursor.string();
      takePiece(cursor, cursor.string(), rows);
    }
    return { rows, bytes: cursor.at };
  } catch (error) {
    if (error instanceof Incomplete) return undefined;
    throw error;
  }
}

class Incomplete extends Error {}

function takePiece(cursor: Cursor, type: string, rows: number): Piece {
  if (type === 'String') {
    const cells: Uint8Array[] = [];
    for (let i = 0; i < rows; i++) cells.push(cursor.take(cursor.varuint()));
    return { rows, type, data: new Uint8Array(0), cells };
  }
  const width = widths[baseType(type)];
  if (width === undefined) {
    throw readingStoreErrors.NATIVE_FORMAT(excerpt(cursor.bytes), { type: type.slice(0, 40) });
  }
  return { rows, type, data: cursor.take(rows * width) };
}

function tableOf(rows: number, pieces: Map<string, Piece[]>): Table {
  const of = (name: string): Piece[] => {
    const list = pieces.get(name);
    if (!list && rows > 0) throw readingStoreErrors.NATIVE_FORMAT(`There is no column ${name}`);
    return list ?? [];
  };
  const joined = (name: string, width: number): ArrayBuffer => {
    const out = new Uint8Array(rows * width);
    let at = 0;
    for (const piece of of(name)) {
      if (widths[baseType(piece.type)] !== width) {
        throw readingStoreErrors.NATIVE_FORMAT(`Column ${name} is ${piece.type}`);
      }
      out.set(piece.data, at);
      at += piece.data.length;
    }
    return out.buffer;
  };
  const cells = (name: string) => of(name).flatMap((piece) => piece.cells ?? []);
  return {
    rows,
    u32: (name) => new Uint32Array(joined(name, 4)),
    u16: (name) => new Uint16Array(joined(name, 2)),
    u8: (name) => new Uint8Array(joined(name, 1)),
    f64: (name) => {
      const type = baseType(pieces.get(name)?.[0]?.type ?? 'Int64');
      const buffer = joined(name, 8);
      return type === 'Float64' ? new Float64Array(buffer) : wholeNumbers(buffer, type === 'UInt64', rows);
    },
    strings: (name) => cells(name).map((cell) => text.decode(cell)),
    bytes: (name) => cells(name),
  };
}

function wholeNumbers(buffer: ArrayBuffer, unsigned: boolean, rows: number): Float64Array {
  const low = new Uint32Array(buffer);
  const high = unsigned ? low : new Int32Array(buffer);
  const out = new Float64Array(rows);
  for (let i = 0, w = 0; i < rows; i++, w += 2) out[i] = high[w + 1]! * twoTo32 + low[w]!;
  return out;
}
