/**
 * CoAP messages over UDP (RFC 7252 clause 3):
 *
 *   version (2 bits) type (2) token length (4) | code (8) | message id (16)
 *   token | options: delta, length, value … | 0xff payload
 */
import { coapMessageErrors } from './errors.ts';

export type CoapType = 'con' | 'non' | 'ack' | 'rst';

export interface CoapOption {
  readonly number: number;
  readonly value: Uint8Array;
}

export interface CoapMessage {
  readonly type: CoapType;
  /** Class (3 bits) and detail (5 bits); 0 is an empty message. See `coapCodes`. */
  readonly code: number;
  readonly id: number;
  readonly token: Uint8Array;
  /** In ascending order of their numbers. */
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

const types: readonly CoapType[] = ['con', 'non', 'ack', 'rst'];
const EMPTY = new Uint8Array(0);
const MAX_OPTIONS = 64;
const MAX_TOKEN = 8;
const CLAUSE = 'RFC 7252 clause 3';

/** The message of exactly these bytes. Throws `coapMessageErrors` only. */
export function decodeCoap(bytes: Uint8Array, maxBytes = 4_096): CoapMessage {
  if (bytes.length < 4) throw coapMessageErrors.COAP_TRUNCATED(`${bytes.length} bytes`, { clause: CLAUSE });
  const first = bytes[0]!;
  const id = (bytes[2]! << 8) | bytes[3]!;
  const type = types[(first >> 4) & 3]!;
  // what the sender must be told of a message that it wants to be confirmed
  const data = { clause: CLAUSE, id, isConfirmable: type === 'con' };
  if (first >> 6 !== 1) throw coapMessageErrors.COAP_MALFORMED(`version ${first >> 6}`, { clause: CLAUSE });
  if (bytes.length > maxBytes) throw coapMessageErrors.COAP_TOO_LARGE(`${bytes.length} bytes`, data);
  const tokenEnd = 4 + (first & 15);
  const code = bytes[1]!;
  if ((first & 15) > MAX_TOKEN) throw coapMessageErrors.COAP_MALFORMED('a token of more than 8 bytes', data);
  if (tokenEnd > bytes.length) throw coapMessageErrors.COAP_TRUNCATED('within the token', data);
  if (code === 0 && bytes.length > 4)
    throw coapMessageErrors.COAP_MALFORMED('an empty message has content', data);
  const { options, at } = optionsOf(bytes, tokenEnd, data);
  if (at === bytes.length - 1) throw coapMessageErrors.COAP_MALFORMED('a payload without bytes', data);
  const payload = at < bytes.length ? bytes.subarray(at + 1) : EMPTY;
  return { type, code, id, token: bytes.subarray(4, tokenEnd), options, payload };
}

/** Options from `at` to the payload marker or the end. */
function optionsOf(
  bytes: Uint8Array,
  start: number,
  data: Readonly<Record<string, unknown>>,
): { readonly options: CoapOption[]; readonly at: number } {
  const options: CoapOption[] = [];
  let number = 0;
  let at = start;
  const extended = (nibble: number): number => {
    if (nibble < 13) return nibble;
    if (nibble === 15) throw coapMessageErrors.COAP_MALFORMED(`option head at byte ${at}`, data);
    const size = nibble - 12;
    if (at + size > bytes.length) throw coapMessageErrors.COAP_TRUNCATED('within an option', data);
    const value = size === 1 ? bytes[at]! + 13 : ((bytes[at]! << 8) | bytes[at + 1]!) + 269;
    at += size;
    return value;
  };
  while (at < bytes.length && bytes[at] !== 0xff) {
    const head = bytes[at]!;
    at += 1;
    number += extended(head >> 4);
    const length = extended(head & 15);
    if (at + length > bytes.length) throw coapMessageErrors.COAP_TRUNCATED('within an option', data);
    if (number > 0xffff) throw coapMessageErrors.COAP_MALFORMED(`option ${number}`, data);
    if (options.length === MAX_OPTIONS) throw coapMessageErrors.COAP_TOO_LARGE('too many options', data);
    options.push({ number, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return { options, at };
}

/** A message as bytes; options in any order. */
export function encodeCoap(message: CoapMessage): Uint8Array<ArrayBuffer> {
  const { type, code, id, token, options, payload } = message;
  const out: number[] = [
    0x40 | (types.indexOf(type) << 4) | token.length,
    code,
    id >> 8,
    id & 0xff,
    ...token,
  ];
  let before = 0;
  // options of one number keep their order
  for (const { number, value } of [...options].sort((a, b) => a.number - b.number)) {
    const delta = extendedOf(number - before);
    const length = extendedOf(value.length);
    out.push((delta.nibble << 4) | length.nibble, ...delta.bytes, ...length.bytes, ...value);
    before = number;
  }
  if (payload.length === 0) return Uint8Array.from(out);
  const bytes = new Uint8Array(out.length + 1 + payload.length);
  bytes.set(out);
  bytes[out.length] = 0xff;
  bytes.set(payload, out.length + 1);
  return bytes;
}

function extendedOf(value: number): { readonly nibble: number; readonly bytes: readonly number[] } {
  if (value < 13) return { nibble: value, bytes: [] };
  if (value < 269) return { nibble: 13, bytes: [value - 13] };
  return { nibble: 14, bytes: [(value - 269) >> 8, (value - 269) & 0xff] };
}
