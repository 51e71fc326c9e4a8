/** Fields of JSON messages, as the JSON mapping of Protobuf writes them: zero values may be left out. */
import { OpenAmiError, parseInstantMs } from '@openami/model';
import { base64UrlOf, bytesOfBase64Url } from '../base64url.ts';
import { bytesOfHex, hexOf } from '../bytes.ts';
import { isDeeperThan } from '../json-depth.ts';
import { utf8Bytes, utf8Text } from '../text.ts';
import { lorawanErrors } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_DEPTH = 32;
const MAX_TEXT = 1_024;
/** Of a list, and texts of an object. */
const MAX_ITEMS = 64;
/** A PHYPayload has at most 255 bytes. */
const MAX_PAYLOAD_BYTES = 255;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message as an object, read where it is not yet. Throws LORAWAN_NOT_JSON, LORAWAN_MESSAGE_TOO_LARGE. */
export function fieldsOf(message: Uint8Array | string | Fields): Fields {
  if (typeof message !== 'string' && !(message instanceof Uint8Array)) return message;
  if (message.length > MAX_MESSAGE_BYTES) {
    throw lorawanErrors.LORAWAN_MESSAGE_TOO_LARGE(`${message.length} bytes of at most ${MAX_MESSAGE_BYTES}`);
  }
  const text = typeof message === 'string' ? message : utf8Text(message);
  if (text === undefined) throw lorawanErrors.LORAWAN_NOT_JSON('not UTF-8');
  const bytes = typeof message === 'string' ? utf8Bytes(message) : message;
  if (isDeeperThan(bytes, MAX_DEPTH))
    throw lorawanErrors.LORAWAN_MESSAGE_TOO_LARGE(`more than ${MAX_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw lorawanErrors.LORAWAN_NOT_JSON(error instanceof Error ? error.message.slice(0, 200) : undefined);
  }
  if (!isFields(value)) throw lorawanErrors.LORAWAN_NOT_JSON();
  return value;
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
  return hexOf(bytes);
}

/** Bytes of base64 with or without padding, also of the URL alphabet; undefined for anything else. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.endsWith('=') && text.length % 4 !== 0 ? undefined : bytesOfBase64Url(text);
}

/** Base64 with padding. */
export function base64Of(bytes: Uint8Array): string {
  const text = base64UrlOf(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
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
export function textsOf(fields: Fields, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(fields, name)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries.slice(0, MAX_ITEMS).map(([key, text]) => [key, text.slice(0, MAX_TEXT)]));
}

/** The objects of a list, as many as are looked at; empty where it is absent. */
export function listOf(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name];
  if (absent(value)) return [];
  if (!Array.isArray(value) || !value.every(isFields)) throw bad(name, 'not a list of objects');
  return value.slice(0, MAX_ITEMS);
}

export const orNull = (text: string): string | null => (text === '' ? null : text);
