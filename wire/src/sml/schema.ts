/** Small codecs that messages are put together from: a message is a constant, its type is derived. */
import type { SmlReader, SmlWriter } from './tlv.ts';

export interface SmlCodec<T> {
  read(reader: SmlReader): T;
  write(writer: SmlWriter, value: T): void;
}

/** The values of a codec. */
export type SmlOf<C> = C extends SmlCodec<infer T> ? T : never;

export const octets: SmlCodec<Uint8Array> = {
  read: (r) => r.octets(),
  write: (w, value) => w.octets(value),
};

export const boolean: SmlCodec<boolean> = {
  read: (r) => r.boolean(),
  write: (w, value) => w.boolean(value),
};

export const u8: SmlCodec<number> = unsigned(1);
export const u32: SmlCodec<number> = unsigned(4);
export const i8: SmlCodec<number> = signed(1);
export const i16: SmlCodec<number> = signed(2);

/** Unsigned8 to Unsigned64, whichever was chosen. */
export const status: SmlCodec<number | bigint> = {
  read: (r) => r.integer(),
  write: (w, value) => w.integer('unsigned', value, [1, 2, 4].find((n) => value < 2 ** (8 * n)) ?? 8),
};

/** Integer64, as meters shorten it. */
export const i64: SmlCodec<number | bigint> = {
  read: (r) => r.integer(),
  write: (w, value) => w.integer('integer', value, 8),
};

function unsigned(bytes: number): SmlCodec<number> {
  const max = 2 ** (8 * bytes) - 1;
  return { read: (r) => r.number(0, max), write: (w, value) => w.integer('unsigned', value, bytes) };
}

function signed(bytes: number): SmlCodec<number> {
  const max = 2 ** (8 * bytes - 1) - 1;
  return { read: (r) => r.number(-max - 1, max), write: (w, value) => w.integer('integer', value, bytes) };
}

type Fields = Readonly<Record<string, SmlCodec<unknown>>>;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends SmlOf<F[K]> ? K : never;
}[keyof F];
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** The object of a sequence; fields that may be undefined may be left out. */
export type SequenceOf<F extends Fields> = Flat<
  { [K in Exclude<keyof F, OptionalKeys<F>>]: SmlOf<F[K]> } & {
    [K in OptionalKeys<F>]?: Exclude<SmlOf<F[K]>, undefined>;
  }
>;

/** SEQUENCE: a list with one element a field; a field that is not there is not in the object. */
export function sequence<const F extends Fields>(fields: F): SmlCodec<SequenceOf<F>> {
  const entries = Object.entries(fields);
  return {
    read(reader) {
      reader.list(entries.length);
      const out: Record<string, unknown> = {};
      for (const [name, codec] of entries) {
        const value = codec.read(reader);
        if (value !== undefined) out[name] = value;
      }
      return out as SequenceOf<F>;
    },
    write(writer, value) {
      writer.list(entries.length);
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, unknown>)[name]);
    },
  };
}

/** OPTIONAL */
export function optional<T>(codec: SmlCodec<T>): SmlCodec<T | undefined> {
  return {
    read: (reader) => (reader.skipUnset() ? undefined : codec.read(reader)),
    write(writer, value) {
      if (value === undefined) writer.unset();
      else codec.write(writer, value);
    },
  };
}

/** SEQUENCE OF */
export function listOf<T>(codec: SmlCodec<T>): SmlCodec<readonly T[]> {
  return {
    read(reader) {
      const count = reader.count();
      const out: T[] = [];
      for (let i = 0; i < count; i++) out.push(codec.read(reader));
      return out;
    },
    write(writer, values) {
      writer.list(values.length);
      for (const value of values) codec.write(writer, value);
    },
  };
}
