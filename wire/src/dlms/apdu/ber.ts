/**
 * The little BER (X.690) that ACSE needs: tagged fields of known types inside one constructed APDU.
 * Fields are read in any order and written in the order of the table, which is the standard's.
 */
import { hexOf } from '../../bytes.ts';
import { type ByteReader, ByteWriter } from '../bytes.ts';
import { dlmsErrors } from '../errors.ts';
import { type Codec, codeOf, type NameOf } from './schema.ts';

type BerField = readonly [tag: number, codec: Codec<unknown>, required?: true];
type BerFields = Readonly<Record<string, BerField>>;
type FieldValue<F> = F extends readonly [number, Codec<infer T>, ...unknown[]] ? T : never;
type RequiredKeys<F extends BerFields> = {
  [K in keyof F]: F[K] extends readonly [number, unknown, true] ? K : never;
}[keyof F];
type BerObject<F extends BerFields> = { readonly [K in RequiredKeys<F>]: FieldValue<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: FieldValue<F[K]>;
};

/** A length, then fields with one-byte tags. Raises DLMS_UNKNOWN_TAG for a field that is not in the table. */
export function berFields<const F extends BerFields>(fields: F): Codec<BerObject<F>> {
  const entries = Object.entries(fields);
  return {
    read(outer) {
      const reader = outer.window(outer.length());
      const out: Record<string, unknown> = {};
      while (reader.left > 0) {
        const tag = reader.u8();
        const found = entries.find(([, field]) => field[0] === tag);
        if (found === undefined || found[0] in out) {
          throw reader.fail('DLMS_UNKNOWN_TAG', `unknown or repeated field ${tag}`, reader.at - 1);
        }
        const contents = reader.window(reader.length());
        out[found[0]] = found[1][1].read(contents);
        contents.finish();
      }
      for (const [name, field] of entries) {
        if (field[2] && !(name in out)) throw reader.fail('DLMS_BAD_VALUE', `${name} is missing`);
      }
      return out as BerObject<F>;
    },
    write(writer, value) {
      const contents = new ByteWriter();
      for (const [name, [tag, codec]] of entries) {
        const field = (value as Record<string, unknown>)[name];
        if (field !== undefined) writeTagged(contents, tag, codec, field);
      }
      writer.octets(contents.finish());
    },
  };
}

function writeTagged<T>(writer: ByteWriter, tag: number, codec: Codec<T>, value: T): void {
  const contents = new ByteWriter();
  codec.write(contents, value);
  writer.u8(tag);
  writer.octets(contents.finish());
}

/** A value in a tag of its own inside the field: EXPLICIT. */
export function explicit<T>(tag: number, codec: Codec<T>): Codec<T> {
  return {
    read(reader) {
      const found = reader.u8();
      if (found !== tag)
        throw reader.fail('DLMS_UNKNOWN_TAG', `tag ${found} instead of ${tag}`, reader.at - 1);
      const contents = reader.window(reader.length());
      const value = codec.read(contents);
      contents.finish();
      return value;
    },
    write: (writer, value) => writeTagged(writer, tag, codec, value),
  };
}

/** All bytes of the field. */
export const berBytes: Codec<Uint8Array> = {
  read: (reader) => reader.rest(),
  write: (writer, value) => writer.raw(value),
};

/** OCTET STRING in a field. */
export const berOctets = explicit(0x04, berBytes);

/** BIT STRING contents: how many bits of the last byte are unused, then the bytes. */
export const berBits: Codec<{ readonly bits: number; readonly value: Uint8Array }> = {
  read(reader) {
    const unused = reader.u8();
    const bits = reader.left * 8 - unused;
    if (unused > 7 || bits < 0) throw reader.fail('DLMS_BAD_LENGTH', `${unused} unused bits`);
    return { bits, value: reader.rest() };
  },
  write(writer, { bits, value }) {
    const unused = value.length * 8 - bits;
    if (unused < 0 || unused > 7) {
      throw dlmsErrors.DLMS_NOT_ENCODABLE(`${bits} bits in ${value.length} bytes`);
    }
    writer.u8(unused);
    writer.raw(value);
  },
};

/** INTEGER of one to four bytes that is not negative. */
const berContentsInteger: Codec<number> = {
  read(reader) {
    const size = reader.left;
    if (size < 1 || size > 5) throw reader.fail('DLMS_BAD_LENGTH', `an integer of ${size} bytes`);
    let value = reader.i8();
    while (reader.left > 0) value = value * 256 + reader.u8();
    return value;
  },
  write(writer, value) {
    if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff) {
      throw dlmsErrors.DLMS_NOT_ENCODABLE(`${value} is not an integer of 32 bits`);
    }
    let size = 1;
    while (size < 5 && (value < -(2 ** (size * 8 - 1)) || value >= 2 ** (size * 8 - 1))) size++;
    for (let i = size - 1; i >= 0; i--) writer.u8(Math.floor(value / 256 ** i) & 0xff);
  },
};

export const berInteger = explicit(0x02, berContentsInteger);

/** An INTEGER; or an OCTET STRING, which some servers put in its place. */
export const berIntegerOrOctets: Codec<number | Uint8Array> = {
  read: (reader) => (reader.peek() === 0x04 ? berOctets : berInteger).read(reader),
  write(writer, value) {
    if (typeof value === 'number') berInteger.write(writer, value);
    else berOctets.write(writer, value);
  },
};

/** An INTEGER by name; a number without one is `code-N`. */
export function berNamed<const N extends Readonly<Record<string, number>>>(names: N): Codec<NameOf<N>> {
  return {
    read(reader) {
      const code = reader.u8();
      const found = Object.entries(names).find(([, value]) => value === code);
      return (found?.[0] ?? `code-${code}`) as NameOf<N>;
    },
    write: (writer, name) => writer.u8(codeOf(names, name)),
  };
}

/** OBJECT IDENTIFIER contents that are `prefix` and one byte, by name; any other is `oid-` and hex. */
export function berObjectName<const N extends Readonly<Record<string, number>>>(
  prefix: readonly number[],
  names: N,
): Codec<(keyof N & string) | `oid-${string}`> {
  const start = hexOf(Uint8Array.from(prefix));
  const byOid = new Map(Object.entries(names).map(([name, code]) => [start + hexByte(code), name]));
  return {
    read(reader: ByteReader) {
      const hex = hexOf(reader.rest());
      return (byOid.get(hex) ?? `oid-${hex}`) as (keyof N & string) | `oid-${string}`;
    },
    write(writer, name) {
      const hex = Object.hasOwn(names, name) ? start + hexByte(names[name]!) : name.slice('oid-'.length);
      if (!/^([0-9a-f]{2})+$/.test(hex) || (!Object.hasOwn(names, name) && !name.startsWith('oid-'))) {
        throw dlmsErrors.DLMS_NOT_ENCODABLE(`"${name}" is not an object name of ACSE`);
      }
      for (let i = 0; i < hex.length; i += 2) writer.u8(Number.parseInt(hex.slice(i, i + 2), 16));
    },
  };
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
