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

/**
 * Decodes one line, as text or read already: what `decode` makes of its fields, or the error it raises,
 * beside the id of the line. `read` makes fields of text.
 */
export function decodedLine(
  text: string | LineFields,
  decode: (line: LineFields) => { readonly ok: boolean; readonly [name: string]: Plain },
  read: (text: string) => LineFields = objectOf,
): DecodedLine {
  let id: DecodedLine['id'] = null;
  try {
    const line = typeof text === 'string' ? read(text) : text;
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

function objectOf(text: string): LineFields {
  if (text.trim() === '') throw decodeErrors.DECODE_LINE_EMPTY();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw decodeErrors.DECODE_NOT_JSON(error instanceof Error ? error.message : undefined);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw decodeErrors.DECODE_NOT_JSON();
  return value as LineFields;
}

/** Bytes of a field in hex; undefined where it is not there. Raises DECODE_BAD_FIELD. */
export function hexField(line: LineFields, name: string): Uint8Array | undefined {
  const sent = line[name];
  if (sent === undefined || sent === null || (sent === '' && name !== 'hex')) return undefined;
  const value = name === 'hex' ? hexTexts(line).join(' ') : sent;
  if (typeof value !== 'string') throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  const bytes = bytesOfHex(value);
  if (bytes === undefined) throw decodeErrors.DECODE_BAD_FIELD(`${name} is not pairs of hexadecimal digits`);
  return bytes;
}

/** `hex` as it stands, or each of its parts: a capture may be a list of frames. Raises DECODE_BAD_FIELD. */
export function hexTexts({ hex }: LineFields): readonly string[] {
  if (hex === undefined || hex === null) throw decodeErrors.DECODE_BAD_FIELD('hex is missing');
  const texts: readonly unknown[] = Array.isArray(hex) ? hex : [hex];
  if (!texts.every((text) => typeof text === 'string'))
    throw decodeErrors.DECODE_BAD_FIELD('hex is not text');
  return texts;
}

/** The bytes of `hex`, which has to be there. Raises DECODE_BAD_FIELD. */
export function hexOfLine(line: LineFields): Uint8Array {
  const bytes = hexField(line, 'hex');
  if (bytes === undefined) throw decodeErrors.DECODE_BAD_FIELD('hex is missing');
  return bytes;
}

/** The bytes of `hex`, else those of `text`, one of which has to be there. Raises DECODE_BAD_FIELD. */
export function hexOrText(line: LineFields, bytesOfText: (text: string) => Uint8Array): Uint8Array {
  const bytes = hexField(line, 'hex');
  if (bytes !== undefined) return bytes;
  const text = textField(line, 'text');
  if (text === undefined) throw decodeErrors.DECODE_BAD_FIELD('hex or text is missing');
  return bytesOfText(text);
}

/** The text of a field; undefined where it is not there. Raises DECODE_BAD_FIELD. */
export function textField(line: LineFields, name: string): string | undefined {
  const value = line[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  return value;
}
