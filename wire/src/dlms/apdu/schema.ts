/**
 * Small codecs that services are put together from: a service is a constant made of these and its type
 * is derived. Everything is A-XDR (IEC 61334-6): fields in order, no tags but those of choices, one byte
 * before what is optional.
 */
import type { ByteReader, ByteWriter } from '../bytes.ts';
import { readData, writeData } from '../data.ts';
import { dlmsErrors } from '../errors.ts';
import type { CosemValue } from '../value.ts';

export interface Codec<T> {
  read(reader: ByteReader): T;
  write(writer: ByteWriter, value: T): void;
}

/** The values of a codec. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

export const u8: Codec<number> = { read: (r) => r.u8(), write: (w, value) => w.u8(value) };
export const u16: Codec<number> = { read: (r) => r.u16(), write: (w, value) => w.u16(value) };
export const u32: Codec<number> = { read: (r) => r.u32(), write: (w, value) => w.u32(value) };
export const i8: Codec<number> = { read: (r) => r.i8(), write: (w, value) => w.i8(value) };
export const i16: Codec<number> = { read: (r) => r.i16(), write: (w, value) => w.i16(value) };

/** Bytes after their length. */
export const octets: Codec<Uint8Array> = {
  read: (r) => r.octets(),
  write: (w, value) => w.octets(value),
};

/** BOOLEAN: any byte but zero is true. */
export const bool: Codec<boolean> = {
  read: (r) => r.u8() !== 0,
  write: (w, value) => w.u8(value ? 1 : 0),
};

export const data: Codec<CosemValue> = { read: (r) => readData(r), write: (w, value) => writeData(w, value) };

/** A NULL of a choice: no bytes, no fields. */
export const nothing: Codec<object> = { read: () => ({}), write: () => {} };

type Fields = Readonly<Record<string, Codec<unknown>>>;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never;
}[keyof F];
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** The object of a sequence; fields that may be undefined may be left out. */
export type SequenceOf<F extends Fields> = Flat<
  { [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
    [K in OptionalKeys<F>]?: Exclude<ValueOf<F[K]>, undefined>;
  }
>;

/** Fields one after another; a field that is not there is not in the object. */
export function sequence<const F extends Fields>(fields: F): Codec<SequenceOf<F>> {
  const entries = Object.entries(fields);
  return {
    read(reader) {
      const out: Record<string, unknown> = {};
      for (const [name, codec] of entries) {
        const value = codec.read(reader);
        if (value !== undefined) out[name] = value;
      }
      return out as SequenceOf<F>;
    },
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, unknown>)[name]);
    },
  };
}

/** OPTIONAL: a byte that says whether the value follows. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    read: (reader) => (present(reader) ? codec.read(reader) : undefined),
    write(writer, value) {
      writer.u8(value === undefined ? 0 : 1);
      if (value !== undefined) codec.write(writer, value);
    },
  };
}

/** DEFAULT: a byte that says whether the value follows; the default is not written. */
export function withDefault<T>(codec: Codec<T>, fallback: T): Codec<T> {
  return {
    read: (reader) => (present(reader) ? codec.read(reader) : fallback),
    write(writer, value) {
      writer.u8(value === fallback ? 0 : 1);
      if (value !== fallback) codec.write(writer, value);
    },
  };
}

function present(reader: ByteReader): boolean {
  const flag = reader.u8();
  // Anything but 0 and 1 means that the fields are not where they should be.
  if (flag > 1) throw reader.fail('DLMS_BAD_VALUE', `presence flag ${flag}`, reader.at - 1);
  return flag === 1;
}

/** SEQUENCE OF: a count, then the elements, each of at least one byte. */
export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    read(reader) {
      const count = reader.count();
      const out: T[] = [];
      for (let i = 0; i < count; i++) out.push(codec.read(reader));
      return out;
    },
    write(writer, values) {
      writer.length(values.length);
      for (const value of values) codec.write(writer, value);
    },
  };
}

type Variants = Readonly<Record<string, readonly [tag: number, codec: Codec<object>]>>;

/** One of several forms, told apart by `kind`. */
export type ChoiceOf<V extends Variants> = {
  [K in keyof V]: Flat<{ kind: K } & ValueOf<V[K][1]>>;
}[keyof V];

/** CHOICE: a tag byte, then the fields of that form. `name` is what errors call it. */
export function choice<const V extends Variants>(name: string, variants: V): Codec<ChoiceOf<V>> {
  const byTag: ([string, Codec<object>] | undefined)[] = [];
  for (const [kind, [tag, codec]] of Object.entries(variants)) byTag[tag] = [kind, codec];
  return {
    read(reader) {
      const tag = reader.u8();
      const found = byTag[tag];
      if (found === undefined) throw reader.fail('DLMS_UNKNOWN_TAG', `${name} choice ${tag}`, reader.at - 1);
      return { kind: found[0], ...found[1].read(reader) } as ChoiceOf<V>;
    },
    write(writer, value) {
      const found = Object.hasOwn(variants, value.kind) ? variants[value.kind as string] : undefined;
      if (found === undefined) {
        throw dlmsErrors.DLMS_NOT_ENCODABLE(`${name} has no choice "${String(value.kind)}"`);
      }
      writer.u8(found[0]);
      found[1].write(writer, value);
    },
  };
}

/** A field by itself, for choices whose form is one value: `{kind, value}`. */
export function single<T>(codec: Codec<T>): Codec<{ readonly value: T }> {
  return {
    read: (reader) => ({ value: codec.read(reader) }),
    write: (writer, { value }) => codec.write(writer, value),
  };
}

/** A name of the list, or `code-N` for a number that is not in it, so that nothing is lost. */
export type NameOf<N extends Readonly<Record<string, number>>> = (keyof N & string) | `code-${number}`;

/** ENUMERATED in one byte, by name. */
export function named<const N extends Readonly<Record<string, number>>>(names: N): Codec<NameOf<N>> {
  const byCode: (string | undefined)[] = [];
  for (const [name, code] of Object.entries(names)) byCode[code] = name;
  return {
    read(reader) {
      const code = reader.u8();
      return (byCode[code] ?? `code-${code}`) as NameOf<N>;
    },
    write: (writer, name) => writer.u8(codeOf(names, name)),
  };
}

/** The number of a name of `names`. Raises DLMS_NOT_ENCODABLE. */
export function codeOf<N extends Readonly<Record<string, number>>>(names: N, name: NameOf<N>): number {
  if (Object.hasOwn(names, name)) return names[name]!;
  const code = /^code-(\d{1,3})$/.exec(name)?.[1];
  if (code === undefined) throw dlmsErrors.DLMS_NOT_ENCODABLE(`"${name}" is not in the list`);
  return Number(code);
}

/** Six bytes as `1.0.99.1.0.255`. */
export const logicalName: Codec<string> = {
  read(reader) {
    const [a, b, c, d, e, f] = reader.take(6);
    return `${a}.${b}.${c}.${d}.${e}.${f}`;
  },
  write(writer, name) {
    writer.raw(logicalNameBytes(name));
  },
};

/** The six bytes of `1.0.99.1.0.255`. Raises DLMS_NOT_ENCODABLE. */
export function logicalNameBytes(name: string): Uint8Array<ArrayBuffer> {
  const groups = /^\d{1,3}(\.\d{1,3}){5}$/.test(name) ? name.split('.').map(Number) : [];
  if (groups.length !== 6 || groups.some((group) => group > 255)) {
    throw dlmsErrors.DLMS_NOT_ENCODABLE(`"${name}" is not a logical name such as 1.0.99.1.0.255`);
  }
  return Uint8Array.from(groups);
}

/** Six bytes as `1.0.99.1.0.255`; undefined when they are not six. */
export function logicalNameText(bytes: Uint8Array): string | undefined {
  return bytes.length === 6 ? bytes.join('.') : undefined;
}
