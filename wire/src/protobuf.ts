/**
 * Protocol Buffers by a schema: a message is a constant, its type is derived from it. What the schema does
 * not name is kept in `unknown`.
 */
import type { OpenAmiError } from '@openami/model';
import { wholeOf } from './decimal.ts';
import { utf8Bytes, utf8Text } from './text.ts';

type ScalarType = 'uint32' | 'uint64' | 'float' | 'double' | 'bool' | 'string' | 'bytes';

interface ProtoField {
  readonly id: number;
  readonly type: ScalarType | ProtoSchema;
  readonly repeated?: true;
  /** Fields of one group put each other out. */
  readonly oneof?: string;
}
export interface ProtoSchema {
  readonly [name: string]: ProtoField;
}

interface ScalarTypes {
  uint32: number;
  uint64: number | bigint;
  float: number;
  double: number;
  bool: boolean;
  string: string;
  bytes: Uint8Array;
}
type TypeOf<F extends ProtoField> = F['type'] extends ScalarType
  ? ScalarTypes[F['type']]
  : F['type'] extends ProtoSchema
    ? ProtoOf<F['type']>
    : never;

/** A message of a schema. */
export type ProtoOf<S extends ProtoSchema> = {
  readonly [K in keyof S]?: S[K]['repeated'] extends true ? readonly TypeOf<S[K]>[] : TypeOf<S[K]>;
} & { readonly unknown?: readonly ProtoUnknown[] };

interface ProtoUnknown {
  readonly id: number;
  readonly wireType: number;
  /** The bytes after the tag: a varint, 4, 8 or those of a string. */
  readonly bytes: Uint8Array;
}

export type ProtoFault = 'truncated' | 'malformed' | 'too many';

export interface ProtoLimits {
  /** Fields in all, of messages within messages as well. */
  readonly fields: number;
  readonly fault: (fault: ProtoFault, detail: string, at: number) => OpenAmiError;
}

/** The message of exactly these bytes. Throws what `limits.fault` makes. */
export function readProto<S extends ProtoSchema>(
  schema: S,
  bytes: Uint8Array,
  limits: ProtoLimits,
): ProtoOf<S> {
  return new ProtoReader(bytes, limits).message(schema, bytes.length) as ProtoOf<S>;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

class ProtoReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limits: ProtoLimits;
  #at = 0;
  #fields = 0;

  constructor(bytes: Uint8Array, limits: ProtoLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#limits = limits;
  }

  message(schema: ProtoSchema, end: number): object {
    const message: Record<string, unknown> = {};
    const fields = fieldsOf(schema);
    while (this.#at < end) {
      if (++this.#fields > this.#limits.fields) throw this.#fault('too many', 'more fields than the limit');
      const tag = Number(this.#varint(end));
      const id = Math.floor(tag / 8);
      const field = fields.get(id);
      if (id === 0) throw this.#fault('malformed', 'field 0');
      if (field === undefined) listOf(message, 'unknown').push(this.#unknown(id, tag & 7, end));
      else this.#field(message, field, tag & 7, end);
    }
    return message;
  }

  #field(message: Record<string, unknown>, field: ReadyField, wireType: number, end: number): void {
    const { name, type, repeated, rivals } = field;
    if (wireType !== wireTypeOf(type)) throw this.#fault('malformed', `${name} has wire type ${wireType}`);
    const value = typeof type === 'object' ? this.#inner(type, end) : this.#scalar(type, end);
    if (repeated) {
      listOf(message, name).push(value);
      return;
    }
    for (const rival of rivals) if (rival in message) delete message[rival];
    message[name] = value;
  }

  #inner(schema: ProtoSchema, end: number): object {
    const length = this.#length(end);
    return this.message(schema, this.#at + length);
  }

  #scalar(type: ScalarType, end: number): unknown {
    if (type === 'uint64') return this.#varint(end);
    if (type === 'uint32') return low32(this.#varint(end));
    if (type === 'bool') return this.#varint(end) !== 0;
    if (type === 'float') return this.#view.getFloat32(this.#take(4, end), true);
    if (type === 'double') return this.#view.getFloat64(this.#take(8, end), true);
    const length = this.#length(end);
    const at = this.#take(length, end);
    const bytes = this.#bytes.subarray(at, at + length);
    if (type === 'bytes') return bytes;
    const text = utf8Text(bytes);
    if (text === undefined) throw this.#fault('malformed', 'a text that is no UTF-8');
    return text;
  }

  #unknown(id: number, wireType: number, end: number): ProtoUnknown {
    const start = this.#at;
    if (wireType === VARINT) this.#varint(end);
    else if (wireType === FIXED64) this.#take(8, end);
    else if (wireType === FIXED32) this.#take(4, end);
    else if (wireType === LENGTH) {
      const length = this.#length(end);
      const at = this.#take(length, end);
      return { id, wireType, bytes: this.#bytes.subarray(at, at + length) };
    } else throw this.#fault('malformed', `wire type ${wireType}`);
    return { id, wireType, bytes: this.#bytes.subarray(start, this.#at) };
  }

  #length(end: number): number {
    const length = Number(this.#varint(end));
    if (length > end - this.#at) throw this.#fault('truncated', `${length} bytes announced`);
    return length;
  }

  #varint(end: number): number | bigint {
    let low = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#bytes[this.#take(1, end)]!;
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return low;
      scale *= 128;
    }
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1, end)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return wholeOf(BigInt.asUintN(64, value));
    }
    throw this.#fault('malformed', 'a number of more than ten bytes');
  }

  #take(count: number, end: number): number {
    const at = this.#at;
    if (count > end - at) throw this.#fault('truncated', 'the bytes end inside a field');
    this.#at += count;
    return at;
  }

  #fault(fault: ProtoFault, detail: string): Error {
    return this.#limits.fault(fault, `${detail}, byte ${this.#at}`, this.#at);
  }
}

/** A message as bytes, fields in the order of the schema. */
export function writeProto<S extends ProtoSchema>(schema: S, message: ProtoOf<S>): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  writeMessage(out, schema, message as Readonly<Record<string, unknown>>);
  return Uint8Array.from(out);
}

function writeMessage(out: number[], schema: ProtoSchema, message: Readonly<Record<string, unknown>>): void {
  for (const [name, { id, type, repeated }] of Object.entries(schema)) {
    const field = message[name];
    if (field === undefined) continue;
    for (const value of repeated ? (field as readonly unknown[]) : [field]) writeField(out, id, type, value);
  }
  for (const { id, wireType, bytes } of (message.unknown ?? []) as readonly ProtoUnknown[]) {
    writeVarint(out, id * 8 + wireType);
    if (wireType === LENGTH) writeVarint(out, bytes.length);
    append(out, bytes);
  }
}

function writeField(out: number[], id: number, type: ScalarType | ProtoSchema, value: unknown): void {
  writeVarint(out, id * 8 + wireTypeOf(type));
  if (typeof type === 'object') {
    const inner: number[] = [];
    writeMessage(inner, type, value as Readonly<Record<string, unknown>>);
    writeVarint(out, inner.length);
    append(out, inner);
  } else if (type === 'uint32' || type === 'uint64') writeVarint(out, value as number | bigint);
  else if (type === 'bool') out.push(value ? 1 : 0);
  else if (type === 'float' || type === 'double') writeFloat(out, type, value as number);
  else {
    const bytes = type === 'string' ? utf8Bytes(value as string) : (value as Uint8Array);
    writeVarint(out, bytes.length);
    append(out, bytes);
  }
}

function writeFloat(out: number[], type: 'float' | 'double', value: number): void {
  const view = new DataView(new ArrayBuffer(type === 'float' ? 4 : 8));
  if (type === 'float') view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  append(out, new Uint8Array(view.buffer));
}

function writeVarint(out: number[], value: number | bigint): void {
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 0x7fn; left >>= 7n) out.push(Number(left & 0x7fn) | 0x80);
  out.push(Number(left));
}

function append(out: number[], bytes: Iterable<number>): void {
  for (const byte of bytes) out.push(byte);
}

function wireTypeOf(type: ScalarType | ProtoSchema): number {
  if (typeof type === 'object' || type === 'string' || type === 'bytes') return LENGTH;
  if (type === 'float') return FIXED32;
  return type === 'double' ? FIXED64 : VARINT;
}

function listOf(message: Record<string, unknown>, name: string): unknown[] {
  const list = (message[name] ?? []) as unknown[];
  message[name] = list;
  return list;
}

function low32(value: number | bigint): number {
  return typeof value === 'number' ? value % 0x1_0000_0000 : Number(BigInt.asUintN(32, value));
}

/** A field of a schema by its number. */
interface ReadyField {
  readonly name: string;
  readonly type: ProtoField['type'];
  readonly repeated?: true;
  /** Other fields of its group, which it puts out. */
  readonly rivals: readonly string[];
}

const fieldTables = new WeakMap<ProtoSchema, Map<number, ReadyField>>();

function fieldsOf(schema: ProtoSchema): Map<number, ReadyField> {
  let fields = fieldTables.get(schema);
  if (fields === undefined) {
    const entries = Object.entries(schema);
    fields = new Map(
      entries.map(([name, { id, type, repeated, oneof }]) => {
        const rivals = entries.filter(([other, field]) => other !== name && field.oneof === oneof);
        const names = oneof === undefined ? [] : rivals.map(([other]) => other);
        return [id, { name, type, ...(repeated && { repeated }), rivals: names }];
      }),
    );
    fieldTables.set(schema, fields);
  }
  return fields;
}
