/**
 * Enciphered telegrams (Luxembourg, and meters made after its companion standard): the telegram as the
 * content of a general-glo APDU of DLMS under security suite 0.
 *
 *   DB 08 title | length | 30 counter(4) | ciphertext, tag(12)
 *
 * The nonce is title and counter. What is authenticated beside the telegram is 30 and the authentication
 * key, or nothing: meters of both kinds are in use.
 */
import { join } from '../bytes.ts';
import { type GcmKey, TAG_BYTES } from '../dlms/security/crypto.ts';
import { nobleCrypto } from '../dlms/security/noble-crypto.ts';
import { p1Errors } from './errors.ts';

export const GENERAL_GLO = 0xdb;
const TITLE_BYTES = 8;
const LENGTH_AT = 2 + TITLE_BYTES;
/** Tag, title, the longest length field. */
export const SEALED_HEAD_BYTES = LENGTH_AT + 3;
const SECURITY_BYTES = 5;
const AUTHENTICATED_AND_ENCRYPTED = 0x30;
const KEY_BYTES = 16;
const EMPTY = new Uint8Array(0);
const CLAUSE = 'IEC 62056-5-3 clause 5.3';

/** A key made ready for many telegrams. */
export interface P1Key {
  readonly gcm: GcmKey;
  readonly authenticationKey?: Uint8Array;
}

/** Raises P1_NOT_ENCODABLE for keys of another length than 16 bytes. */
export function p1Key(encryptionKey: Uint8Array, authenticationKey?: Uint8Array): P1Key {
  for (const key of [encryptionKey, authenticationKey ?? encryptionKey]) {
    if (key.length !== KEY_BYTES) throw p1Errors.P1_NOT_ENCODABLE(`a key of ${key.length} bytes`);
  }
  return { gcm: nobleCrypto.gcmKey(encryptionKey), ...(authenticationKey && { authenticationKey }) };
}

export interface OpenedP1 {
  readonly telegram: Uint8Array;
  readonly systemTitle: Uint8Array;
  /** Counts up with every telegram; one that does not was sent before. */
  readonly counter: number;
  /** What was authenticated beside the telegram. */
  readonly additionalData: 'authentication-key' | 'none';
}

/** How long the frame at `at` is; undefined where it is none. Needs `SEALED_HEAD_BYTES`. */
export function sealedLength(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== GENERAL_GLO || bytes[at + 1] !== TITLE_BYTES) return undefined;
  const { length, start } = contentOf(bytes, at);
  return length < SECURITY_BYTES + TAG_BYTES ? undefined : start + length - at;
}

function contentOf(bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  const first = bytes[at + LENGTH_AT]!;
  const more = first < 0x80 ? 0 : first - 0x80;
  const start = at + LENGTH_AT + 1 + more;
  if (more === 0) return { length: first, start };
  if (more > 2) return { length: 0, start };
  let length = 0;
  for (let i = 1; i <= more; i++) length = (length << 8) | bytes[at + LENGTH_AT + i]!;
  return { length, start };
}

/** Opens one whole frame. Raises P1_TRUNCATED, P1_NOT_P1, P1_UNSUPPORTED, P1_NO_KEY, P1_WRONG_KEY. */
export function openP1(bytes: Uint8Array, key: P1Key | undefined): OpenedP1 {
  if (bytes.length < SEALED_HEAD_BYTES)
    throw p1Errors.P1_TRUNCATED('a frame without its head', { clause: CLAUSE });
  const size = sealedLength(bytes, 0);
  if (size === undefined) throw p1Errors.P1_NOT_P1('no general-glo of a telegram', { clause: CLAUSE });
  if (bytes.length < size) {
    throw p1Errors.P1_TRUNCATED(`${bytes.length} of ${size} bytes`, { clause: CLAUSE });
  }
  const { start } = contentOf(bytes, 0);
  const control = bytes[start]!;
  if (control !== AUTHENTICATED_AND_ENCRYPTED) {
    throw p1Errors.P1_UNSUPPORTED(`security control 0x${control.toString(16)}`, { clause: CLAUSE });
  }
  if (key === undefined) throw p1Errors.P1_NO_KEY();
  const systemTitle = bytes.slice(2, LENGTH_AT);
  const nonce = join(systemTitle, bytes.subarray(start + 1, start + SECURITY_BYTES));
  const sealed = bytes.subarray(start + SECURITY_BYTES, size);
  const counter = new DataView(nonce.buffer).getUint32(TITLE_BYTES);
  if (key.authenticationKey !== undefined) {
    const telegram = key.gcm.open(nonce, additionalData(key.authenticationKey), sealed);
    if (telegram) return { telegram, systemTitle, counter, additionalData: 'authentication-key' };
  }
  const telegram = key.gcm.open(nonce, EMPTY, sealed);
  if (telegram) return { telegram, systemTitle, counter, additionalData: 'none' };
  throw p1Errors.P1_WRONG_KEY(undefined, { clause: CLAUSE });
}

function additionalData(authenticationKey: Uint8Array): Uint8Array {
  return join(Uint8Array.of(AUTHENTICATED_AND_ENCRYPTED), authenticationKey);
}

/** A telegram enciphered as a meter does. Raises P1_NOT_ENCODABLE. */
export function sealP1(
  telegram: Uint8Array,
  key: P1Key,
  systemTitle: Uint8Array,
  counter: number,
): Uint8Array<ArrayBuffer> {
  const size = SECURITY_BYTES + telegram.length + TAG_BYTES;
  if (systemTitle.length !== TITLE_BYTES || size > 0xffff) {
    throw p1Errors.P1_NOT_ENCODABLE(
      `a title of ${systemTitle.length} bytes, a telegram of ${telegram.length}`,
    );
  }
  const head = Uint8Array.of(GENERAL_GLO, TITLE_BYTES, ...systemTitle, 0x82, size >>> 8, size & 0xff);
  const control = Uint8Array.of(AUTHENTICATED_AND_ENCRYPTED, 0, 0, 0, 0);
  new DataView(control.buffer).setUint32(1, counter);
  const aad = key.authenticationKey === undefined ? EMPTY : additionalData(key.authenticationKey);
  const nonce = join(systemTitle, control.subarray(1));
  return join(join(head, control), key.gcm.seal(nonce, aad, telegram));
}
