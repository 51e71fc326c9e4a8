/** One line of `openami decode`: JSON in, JSON out; nothing that a line holds stops the next. */
import { OpenAmiError, sentenceOf } from '@openami/model';
import { bytesOfHex } from './bytes.ts';
import { decodeErrors } from './decode-errors.ts';

/** What JSON can hold. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

export interface DecodedLine {
  readonly id: string | number | null;
  readonly ok: boolean;
  readonly [name: string]: Plain;
}

/** The fields of a line that was read. */
export type LineFields = Readonly<Record<string, unknown>>;

/** Decodes one line: what `decode` makes of its fields, or the error it raises, beside the id of the line. */
export function decodedLine(
  text: string,
  decode: (line: LineFields) => { readonly ok: boolean; readonly [name: string]: Plain },
): DecodedLine {
  let id: DecodedLine['id'] = null;
  try {
    const line = objectOf(text);
    id = idOf(line);
    return { id, ...decode(line) };
  } catch (error) {
    if (error instanceof OpenAmiError) return { id, ok: false, error: renderError(error) };
    // a fault of the program, which must not cost the other lines
    return { id, ok: false, error: { code: 'INTERNAL', message: String(error) } };
  }
}

/** An error for people and programs: what is wrong as a sentence, and `data` where it has some. */
export function renderError(error: OpenAmiError): {
  readonly code: string;
  readonly message: string;
  readonly [name: string]: Plain;
} {
  const data = Object.entries(error.data).filter((entry): entry is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return {
    ...{ code: error.code, message: sentenceOf(error) },
    ...(data.length === 0 ? {} : { data: Object.fromEntries(data) }),
  };
}

/** What tells lines apart: text, or a number that comes back as it was written. */
function idOf({ id = null }: LineFields): string | number | null {
  if (typeof id === 'string' || id === null) return id;
  if (typeof id !== 'number') throw decodeErrors.DECODE_BAD_FIELD('id is neither text nor a number');
  if (Math.abs(id) > Number.MAX_SAFE_INTEGER) {
    throw decodeErrors.DECODE_BAD_FIELD('id is a number beyond 2^53, which would come back changed');
  }
  return id;
}

function objectOf(text: string): Record<string, unknown> {
  if (text.trim() === '') throw decodeErrors.DECODE_LINE_EMPTY();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw decodeErrors.DECODE_NOT_JSON(error instanceof Error ? error.message : undefined);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw decodeErrors.DECODE_NOT_JSON();
  return value as Record<string, unknown>;
}

/** Bytes of a field in hex; undefined where it is not there. Raises DECODE_BAD_FIELD. */
export function hexField(line: LineFields, name: string): Uint8Array | undefined {
  const value = line[name];
  if (value === undefined || value === null || (value === '' && name !== 'hex')) return undefined;
  if (Array.isArray(value)) return joinedHex(value, name);
  if (typeof value !== 'string') throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  const bytes = bytesOfHex(value);
  if (bytes === undefined) throw decodeErrors.DECODE_BAD_FIELD(`${name} is not pairs of hexadecimal digits`);
  return bytes;
}

/** A capture may be written as a list of its frames. */
function joinedHex(parts: readonly unknown[], name: string): Uint8Array | undefined {
  const texts = parts.filter((part) => typeof part === 'string');
  if (texts.length !== parts.length || name !== 'hex') {
    throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  }
  return hexField({ hex: texts.join(' ') }, 'hex');
}

/** The text of a field; undefined where it is not there. Raises DECODE_BAD_FIELD. */
export function textField(line: LineFields, name: string): string | undefined {
  const value = line[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  return value;
}
