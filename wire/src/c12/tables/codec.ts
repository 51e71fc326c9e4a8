/** Tables of the language, read and written. */
import { bytesOfHex, copyOf, hexOf } from '../../bytes.ts';
import { Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import {
  type Formats,
  formatsOf,
  niBytes,
  plainFormats,
  putInt,
  putNi,
  putText,
  putTime,
  readInt,
  readNi,
  readTime,
  textOf,
  timeBytes,
} from './formats.ts';
import type { BitSpec, Scope, Size, TableDefinition, Type } from './language.ts';
import { fieldOf, isClockTime, isDecimal, type TableRecord, type Tables, type TableValue } from './value.ts';

/** Elements of all arrays of a table; no table of a device comes near. */
const MAX_ELEMENTS = 1_000_000;
/** Elements of no bytes: a device that has no clock still has its blocks. */
const MAX_EMPTY = 4_096;
const FILL = 'FILL';

class TableScope implements Scope {
  readonly formats: Formats;
  readonly #tables: Tables;
  readonly #isMade: boolean;
  readonly clause: string;
  elements = 0;
  /** Records that are being read or written, the outermost first. */
  readonly records: TableRecord[] = [];

  /** With `isMade`, flags that a value made by hand leaves out are not set. */
  constructor(tables: Tables, clause: string, isMade: boolean) {
    this.#isMade = isMade;
    this.#tables = tables;
    this.clause = clause;
    const config = tables.get(0);
    this.formats = config === undefined ? plainFormats : formatsOf(config);
  }

  number(table: number, path: string): number {
    const found = this.#tables.get(table);
    const value = fieldOf(found, path);
    // a set of a table is asked for the number of a bit
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (found === undefined) {
      throw c12Errors.C12_NEEDS_TABLE(`table ${table} for ${path} (${this.clause})`, { table });
    }
    const at = path.lastIndexOf('.');
    const members = fieldOf(found, path.slice(0, at));
    if (Array.isArray(members)) return members.includes(Number(path.slice(at + 1))) ? 1 : 0;
    if (this.#isMade && members !== undefined) return 0;
    throw c12Errors.C12_BAD_VALUE(`table ${table} has no ${path} (${this.clause})`, { table });
  }

  own(path: string): number {
    for (const one of [...this.records].reverse()) {
      const value = fieldOf(one, path);
      if (typeof value === 'number') return value;
      if (typeof value === 'boolean') return value ? 1 : 0;
    }
    throw c12Errors.C12_BAD_VALUE(`${path} is not there (${this.clause})`);
  }

  size(size: Size): number {
    return typeof size === 'number' ? size : size(this);
  }

  count(size: Size): number {
    const count = this.size(size);
    this.elements += count;
    if (this.elements > MAX_ELEMENTS) {
      throw c12Errors.C12_OVER_LIMIT(`more than ${MAX_ELEMENTS} elements (${this.clause})`);
    }
    return count;
  }
}

function scopeOf(definition: TableDefinition, tables: Tables, isMade = false): TableScope {
  if (definition.id !== 0 && !tables.has(0)) {
    throw c12Errors.C12_NEEDS_TABLE(`table 0 before ${definition.name}`, { table: 0 });
  }
  return new TableScope(tables, `C12.19 table ${definition.id}`, isMade);
}

/**
 * Reads a table. Raises C12_TRUNCATED, C12_TRAILING_BYTES, C12_NEEDS_TABLE, C12_BAD_VALUE, C12_OVER_LIMIT,
 * C12_UNSUPPORTED.
 */
export function decodeTable(definition: TableDefinition, bytes: Uint8Array, tables: Tables): TableRecord {
  const scope = scopeOf(definition, tables);
  const cursor = new Cursor(bytes, scope.clause, scope.formats.littleEndian);
  const value = read(definition.type, cursor, scope) as TableRecord;
  cursor.finish();
  return value;
}

/** Reads what stands at `at` as a type of the table: a block of a profile, for instance. */
export function decodePart(
  definition: TableDefinition,
  type: Type,
  bytes: Uint8Array,
  tables: Tables,
  at = 0,
): TableValue {
  const scope = scopeOf(definition, tables);
  return read(type, new Cursor(bytes, scope.clause, scope.formats.littleEndian, at), scope);
}

/** Bytes that a type of the table takes on this device. */
export function partBytes(definition: TableDefinition, type: Type, tables: Tables): number {
  return byteSize(type, scopeOf(definition, tables));
}

/** Writes a table. Raises C12_NOT_ENCODABLE, C12_NEEDS_TABLE. */
export function encodeTable(
  definition: TableDefinition,
  value: TableRecord,
  tables: Tables,
): Uint8Array<ArrayBuffer> {
  const scope = scopeOf(definition, definition.id === 0 ? new Map([[0, value]]) : tables, true);
  const sink = new Sink(scope.formats.littleEndian);
  write(definition.type, value, sink, scope, definition.name);
  return sink.done();
}

function read(type: Type, cursor: Cursor, scope: TableScope): TableValue {
  switch (type.kind) {
    case 'uint':
      return type.bytes <= 6 ? cursor.uint(type.bytes) : cursor.big(type.bytes);
    case 'int':
      return readInt(cursor, type.bytes, scope.formats);
    case 'ni':
      return readNi(cursor, scope.formats[`ni${type.which}`], scope.formats);
    case 'text':
      return textOf(copyOf(cursor.take(scope.size(type.size))), scope.formats.charFormat);
    case 'binary':
      return copyOf(cursor.take(scope.size(type.size)));
    case 'rest':
      return copyOf(cursor.rest());
    case 'bcd':
      return hexOf(cursor.take(scope.size(type.size)));
    case 'set':
      return membersOf(cursor.take(scope.size(type.size)));
    case 'clock':
      return readTime(cursor, type.time, scope.formats);
    case 'bits':
      return readBits(cursor.uint(type.bytes), type.bits);
    case 'record':
      return readRecord(type, cursor, scope);
    case 'array': {
      const count = scope.count(type.count);
      // a count that cannot be right costs nothing
      const size = byteSize(type.of, scope);
      if (size === 0 && count > MAX_EMPTY)
        throw cursor.fail('C12_OVER_LIMIT', `${count} elements of nothing`);
      cursor.need(count * size);
      const out: TableValue[] = [];
      for (let i = 0; i < count; i++) out.push(read(type.of, cursor, scope));
      return out;
    }
    case 'choice':
      return read(type.of(scope), cursor, scope);
  }
}

function readRecord(type: Type & { kind: 'record' }, cursor: Cursor, scope: TableScope): TableRecord {
  const out: Record<string, TableValue> = {};
  scope.records.push(out);
  for (const [name, field] of Object.entries(type.fields)) {
    if (field.kind !== 'optional') out[name] = read(field, cursor, scope);
    else if (field.when(scope)) out[name] = read(field.type, cursor, scope);
  }
  scope.records.pop();
  return out;
}

function readBits(value: number, spec: Readonly<Record<string, BitSpec>>): TableRecord {
  const out: Record<string, TableValue> = {};
  let rest = value;
  for (const [name, place] of Object.entries(spec)) {
    const [first, last] = typeof place === 'number' ? [place, place] : place;
    const part = Math.floor(value / 2 ** first) % 2 ** (last - first + 1);
    rest -= part * 2 ** first;
    out[name] = typeof place === 'number' ? part === 1 : part;
  }
  // bits that the standard leaves free are kept
  if (rest > 0) out[FILL] = rest;
  return out;
}

function membersOf(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (const [at, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) out.push(8 * at + bit);
  }
  return out;
}

function write(type: Type, value: TableValue | undefined, sink: Sink, scope: TableScope, name: string): void {
  const bad = () => c12Errors.C12_NOT_ENCODABLE(`${name} is no ${type.kind}`);
  switch (type.kind) {
    case 'uint':
      if (typeof value === 'bigint') sink.big(value, type.bytes);
      else if (typeof value === 'number') sink.uint(value, type.bytes);
      else throw bad();
      break;
    case 'int':
      if (typeof value !== 'number' && typeof value !== 'bigint') throw bad();
      putInt(sink, value, type.bytes, scope.formats);
      break;
    case 'ni':
      if (!isDecimal(value)) throw bad();
      putNi(sink, value, scope.formats[`ni${type.which}`], scope.formats);
      break;
    case 'text':
      if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw bad();
      putText(sink, value, scope.size(type.size), scope.formats.charFormat);
      break;
    case 'binary':
      if (!(value instanceof Uint8Array) || value.length !== scope.size(type.size)) throw bad();
      sink.put(value);
      break;
    case 'rest':
      if (!(value instanceof Uint8Array)) throw bad();
      sink.put(value);
      break;
    case 'bcd':
      if (typeof value !== 'string') throw bad();
      putDigits(sink, value, scope.size(type.size));
      break;
    case 'set':
      if (!Array.isArray(value)) throw bad();
      putMembers(sink, value, scope.size(type.size), name);
      break;
    case 'clock':
      if (!isClockTime(value)) throw bad();
      putTime(sink, value, type.time, scope.formats);
      break;
    default:
      writeNested(type, value, sink, scope, name);
  }
}

function writeNested(
  type: Extract<Type, { kind: 'bits' | 'record' | 'array' | 'choice' }>,
  value: TableValue | undefined,
  sink: Sink,
  scope: TableScope,
  name: string,
): void {
  if (type.kind === 'choice') {
    write(type.of(scope), value, sink, scope, name);
    return;
  }
  if (typeof value !== 'object') throw c12Errors.C12_NOT_ENCODABLE(`${name} is no ${type.kind}`);
  if (type.kind === 'array') {
    const count = scope.count(type.count);
    if (!Array.isArray(value) || value.length !== count) {
      throw c12Errors.C12_NOT_ENCODABLE(`${name} does not have ${count} elements`);
    }
    for (const [i, one] of value.entries()) write(type.of, one, sink, scope, `${name}[${i}]`);
    return;
  }
  const fields = value as TableRecord;
  if (type.kind === 'bits') {
    sink.uint(bitsOf(fields, type.bits, name), type.bytes);
    return;
  }
  scope.records.push(fields);
  for (const [field, spec] of Object.entries(type.fields)) {
    const inner = `${name}.${field}`;
    if (spec.kind !== 'optional') write(spec, fields[field], sink, scope, inner);
    else if (spec.when(scope)) write(spec.type, fields[field], sink, scope, inner);
  }
  scope.records.pop();
}

function bitsOf(fields: TableRecord, spec: Readonly<Record<string, BitSpec>>, name: string): number {
  const fill = fields[FILL];
  let out = typeof fill === 'number' ? fill : 0;
  for (const [field, place] of Object.entries(spec)) {
    const [first, last] = typeof place === 'number' ? [place, place] : place;
    const value = Number(fields[field] ?? 0);
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (last - first + 1)) {
      throw c12Errors.C12_NOT_ENCODABLE(`${name}.${field} = ${value}`);
    }
    out += value * 2 ** first;
  }
  return out;
}

function putMembers(sink: Sink, members: readonly TableValue[], size: number, name: string): void {
  const bytes = new Uint8Array(size);
  for (const member of members) {
    const number = Number(member);
    if (!Number.isInteger(number) || number < 0 || number >= 8 * size) {
      throw c12Errors.C12_NOT_ENCODABLE(`${number} in the set ${name} of ${size} bytes`);
    }
    bytes[number >> 3]! |= 1 << (number & 7);
  }
  sink.put(bytes);
}

function putDigits(sink: Sink, digits: string, size: number): void {
  if (!/^[0-9a-f]*$/i.test(digits) || digits.length !== 2 * size) {
    throw c12Errors.C12_NOT_ENCODABLE(`'${digits}' as ${2 * size} digits`);
  }
  sink.put(bytesOfHex(digits)!);
}

function byteSize(type: Type, scope: TableScope): number {
  switch (type.kind) {
    case 'uint':
    case 'int':
    case 'bits':
      return type.bytes;
    case 'rest':
      return 0;
    case 'ni':
      return niBytes(scope.formats[`ni${type.which}`]);
    case 'text':
    case 'binary':
    case 'bcd':
    case 'set':
      return scope.size(type.size);
    case 'clock':
      return timeBytes(type.time, scope.formats);
    case 'array':
      return scope.size(type.count) * byteSize(type.of, scope);
    case 'choice':
      return byteSize(type.of(scope), scope);
    case 'record': {
      let total = 0;
      for (const field of Object.values(type.fields)) {
        if (field.kind !== 'optional') total += byteSize(field, scope);
        else if (field.when(scope)) total += byteSize(field.type, scope);
      }
      return total;
    }
  }
}
