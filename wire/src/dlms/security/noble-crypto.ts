/** DlmsCrypto in plain JavaScript, for Node and browsers alike. */
import { aeskw, ecb } from '@noble/ciphers/aes.js';
import { p256, p384 } from '@noble/curves/nist.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { AesGcmKey } from './aes-gcm.ts';
import type { Curve, DlmsCrypto } from './crypto.ts';
import { securityErrors } from './security-errors.ts';

const curves = { 'P-256': p256, 'P-384': p384 } as const;
/** The standard does not ask for the smaller of the two values of s. */
const ecdsa = { prehash: true, lowS: false, format: 'compact' } as const;

export const nobleCrypto: DlmsCrypto = {
  gcmKey(key) {
    if (key.length !== 16 && key.length !== 32) {
      throw securityErrors.DLMS_SECURITY_KEY(`an AES key of ${key.length} bytes`);
    }
    return new AesGcmKey(key);
  },
  aesEcb: (key, blocks) => ecb(key, { disablePadding: true }).encrypt(blocks),
  wrapKey: (kek, key) => aeskw(kek).encrypt(key),
  unwrapKey: (kek, wrapped) => attempt(() => aeskw(kek).decrypt(wrapped)),
  md5,
  sha1,
  sha256,
  sha384,
  sign: (curve, privateKey, message) => curves[curve].sign(message, privateKey, ecdsa),
  verify: (curve, publicKey, message, signature) =>
    attempt(() => curves[curve].verify(signature, message, uncompressed(publicKey), ecdsa)) ?? false,
  sharedSecret: (curve, privateKey, publicKey) =>
    attempt(() => curves[curve].getSharedSecret(privateKey, uncompressed(publicKey)).subarray(1)),
  publicKey: (curve, privateKey) => attempt(() => curves[curve].getPublicKey(privateKey, false).subarray(1)),
  privateKey: (curve: Curve) => curves[curve].utils.randomSecretKey(),
  random: randomBytes,
};

/** The point as the library takes it: a byte that says "uncompressed", then x and y. */
function uncompressed(publicKey: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + publicKey.length);
  out[0] = 4;
  out.set(publicKey, 1);
  return out;
}

/** The library raises plain errors for malformed keys, points and signatures. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
