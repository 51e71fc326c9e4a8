/**
 * The cryptography that DLMS security needs, handed in so that native code or a security module can take
 * its place.
 */

export type Curve = 'P-256' | 'P-384';

/** Of the authentication tag, in all suites (IEC 62056-5-3 clause 5.3.7). */
export const TAG_BYTES = 12;

/** An AES-GCM key made ready for many messages. */
export interface GcmKey {
  /** Ciphertext, then the tag. With an empty plaintext the tag alone: GMAC. */
  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext; undefined when the tag does not match. */
  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** As `open`, into the start of `out`; false, and nothing in it to be used, when the tag does not match. */
  openInto(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
  /** Encrypts or decrypts without a tag. */
  cipher(iv: Uint8Array, data: Uint8Array): Uint8Array;
}

export interface DlmsCrypto {
  /** Prepares a key of 16 or 32 bytes; keep what it returns for as long as the key is used. */
  gcmKey(key: Uint8Array): GcmKey;
  /** AES in ECB mode over whole blocks; only for HLS mechanism 2. */
  aesEcb(key: Uint8Array, blocks: Uint8Array): Uint8Array;
  /** AES key wrap (RFC 3394). */
  wrapKey(kek: Uint8Array, key: Uint8Array): Uint8Array;
  /** Undefined when the wrapped key was changed or the key-encryption key is another one. */
  unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined;
  md5(data: Uint8Array): Uint8Array;
  sha1(data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
  sha384(data: Uint8Array): Uint8Array;
  /** ECDSA with the hash of the curve's suite; r and s one after the other. */
  sign(curve: Curve, privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** False for a signature or key that is malformed, too. */
  verify(curve: Curve, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The x coordinate of the shared point; undefined for a public key that is not on the curve. */
  sharedSecret(curve: Curve, privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** x and y of the public key one after the other; undefined for a private key out of range. */
  publicKey(curve: Curve, privateKey: Uint8Array): Uint8Array | undefined;
  /** A new private key. */
  privateKey(curve: Curve): Uint8Array;
  random(bytes: number): Uint8Array;
}
