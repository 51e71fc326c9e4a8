/** Fields of JSON messages, as the JSON mapping of Protobuf writes them: zero values may be left out. */
import { OpenAmiError, parseInstantMs } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
import { utf8Text } from '../text.ts';
import { lorawanErrors } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_DEPTH = 32;
const MAX_TEXT = 1_024;
/** A PHYPayload has at most 255 bytes. */
const MAX_PAYLOAD_BYTES = 255;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message as bytes or text to an object. Throws LORAWAN_NOT_JSON, LORAWAN_MESSAGE_TOO_LARGE. */
export function parseMessage(message: Uint8Array | string): Fields {
  if (message.length > MAX_MESSAGE_BYTES) {
    throw lorawanErrors.LORAWAN_MESSAGE_TOO_LARGE(`${message.length} bytes of at most ${MAX_MESSAGE_BYTES}`);
  }
  const text = typeof message === 'string' ? message : utf8Text(message);
  if (text === undefined) throw lorawanErrors.LORAWAN_NOT_JSON('not UTF-8');
  if (isTooDeep(text)) throw lorawanErrors.LORAWAN_MESSAGE_TOO_LARGE(`more than ${MAX_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw lorawanErrors.LORAWAN_NOT_JSON(error instanceof Error ? error.message.slice(0, 200) : undefined);
  }
  if (!isFields(value)) throw lorawanErrors.LORAWAN_NOT_JSON();
  return value;
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      for (i += 1; i < text.length && text.charCodeAt(i) !== 0x22; i++)
        if (text.charCodeAt(i) === 0x5c) i += 1;
    } else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}

const bad = (name: string, what: string) => lorawanErrors.LORAWAN_BAD_FIELD(`${name}: ${what}`);
const absent = (value: unknown) => value === undefined || value === null;

/** The object under a name; empty where it is absent. */
export function objectOf(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (absent(value)) return {};
  if (!isFields(value)) throw bad(name, 'not an object');
  return value;
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (absent(value)) return '';
  if (typeof value !== 'string' || value.length > MAX_TEXT)
    throw bad(name, `not a text of at most ${MAX_TEXT}`);
  return value;
}

/** A finite number, also one written as text (64 bits); null where it is absent. */
export function numberOf(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (absent(value)) return null;
  const number = typeof value === 'string' && /^-?\d{1,20}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw bad(name, 'not a number');
  return number;
}

/** A whole number from 0 to `most`; 0 where it is absent. */
export function countOf(fields: Fields, name: string, most: number): number {
  const number = numberOf(fields, name) ?? 0;
  if (!Number.isInteger(number) || number < 0 || number > most)
    throw bad(name, `not a whole number up to ${most}`);
  return number;
}

export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (absent(value)) return false;
  if (typeof value !== 'boolean') throw bad(name, 'neither true nor false');
  return value;
}

/** Milliseconds since 1970 of an ISO time; null where it is absent, empty or the year 1. */
export function timeOf(fields: Fields, name: string): number | null {
  const text = textOf(fields, name);
  if (text === '' || text.startsWith('0001-')) return null;
  try {
    return parseInstantMs(text);
  } catch (error) {
    if (error instanceof OpenAmiError) throw bad(name, 'not a time with an offset');
    throw error;
  }
}

/** An EUI or address of `length` bytes as lower-case hex; empty where it is absent. */
export function euiOf(fields: Fields, name: string, length: number): string {
  const text = textOf(fields, name);
  if (text === '') return '';
  const bytes = bytesOfHex(text);
  if (bytes?.length !== length) throw bad(name, `not ${length} bytes in hex`);
  return text.replace(/[^0-9a-f]/gi, '').toLowerCase();
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digitValues = new Map([...digits].map((digit, value) => [digit, value]));
digitValues.set('-', 62).set('_', 63);

/** Bytes of base64 with or without padding, also of the URL alphabet; undefined for anything else. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const body = text.replace(/={1,2}$/, '');
  if (body.length % 4 === 1 || (body.length !== text.length && text.length % 4 !== 0)) return undefined;
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of body) {
    const value = digitValues.get(digit);
    if (value === undefined) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}

/** Base64 with padding. */
export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const held = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += digits[held >> 18]! + digits[(held >> 12) & 63]!;
    text += i + 1 < bytes.length ? digits[(held >> 6) & 63]! : '=';
    text += i + 2 < bytes.length ? digits[held & 63]! : '=';
  }
  return text;
}

/** Payload bytes of a base64 field; empty where it is absent. */
export function payloadOf(fields: Fields, name: string): Uint8Array {
  const bytes = bytesOfBase64(textOf(fields, name));
  if (bytes === undefined || bytes.length > MAX_PAYLOAD_BYTES) {
    throw bad(name, `not base64 of at most ${MAX_PAYLOAD_BYTES} bytes`);
  }
  return bytes;
}

/** Texts of an object: what is not text is left out. */
export function textsOf(fields: Fields, name: string, most = 64): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(fields, name)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries.slice(0, most).map(([key, text]) => [key, text.slice(0, MAX_TEXT)]));
}

/** The objects of a list; empty where it is absent. */
export function listOf(fields: Fields, name: string, most: number): readonly Fields[] {
  const value = fields[name];
  if (absent(value)) return [];
  if (!Array.isArray(value) || !value.every(isFields)) throw bad(name, 'not a list of objects');
  return value.slice(0, most);
}

export const orNull = (text: string): string | null => (text === '' ? null : text);
