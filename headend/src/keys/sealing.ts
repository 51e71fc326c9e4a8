/**
 * AES-256-GCM with a random nonce, as one piece of bytes:
 *
 *   1 | nonce (12) | ciphertext | tag (16)
 *
 * The additional data ties the piece to its place, so that a row copied to another meter, kind or version
 * does not open.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const format = 1;
const nonceBytes = 12;
export const tagBytes = 16;
export const headBytes = 1 + nonceBytes;

/** A piece out of what a module made: ciphertext and tag stand together already. */
export function joinSealed(nonce: Uint8Array, ciphered: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(format), nonce, ciphered]);
}

/** The nonce of a piece; undefined for what is none. */
export function nonceOf(sealed: Uint8Array): Uint8Array | undefined {
  return sealed.length < headBytes + tagBytes || sealed[0] !== format
    ? undefined
    : Buffer.from(sealed.subarray(1, headBytes));
}

export function seal(key: KeyObject, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(aad);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(format), nonce, body, cipher.getAuthTag()]);
}

/** The plain bytes; undefined when key, place or bytes are not those it was sealed with. */
export function unseal(key: KeyObject, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  const nonce = nonceOf(sealed);
  if (nonce === undefined) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const body = decipher.update(sealed.subarray(headBytes, sealed.length - tagBytes));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    body.fill(0);
    return undefined;
  }
}
