/** Firmware images: what they are known by, and whether somebody trusted signed them. */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { FirmwareSigner } from '@openami/model';
import { firmwareErrors } from './errors.ts';

export const maxImageBytes = 32 * 2 ** 20;

export function sha256Of(image: Uint8Array): string {
  return createHash('sha256').update(image).digest('hex');
}

const hashOf: Readonly<Record<string, string>> = { prime256v1: 'sha256', secp384r1: 'sha384' };

function keyOf({ name, publicKey }: FirmwareSigner): { key: KeyObject; hash: string } {
  try {
    const key = createPublicKey(publicKey);
    const hash = hashOf[key.asymmetricKeyDetails?.namedCurve ?? ''];
    if (hash !== undefined) return { key, hash };
  } catch {
    // Falls through: no key.
  }
  throw firmwareErrors.FIRMWARE_SIGNATURE(`the key of ${name} is no PEM public key on P-256 or P-384`);
}

/** What is wrong with trusted signers; empty when they are right. */
export function signerProblems(signers: readonly FirmwareSigner[]): string[] {
  return signers.flatMap((signer) => {
    try {
      keyOf(signer);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

/** Name of the trusted signer whose signature (ECDSA, DER) fits the image. Raises FIRMWARE_SIGNATURE. */
export function signerOf(
  image: Uint8Array,
  signature: Uint8Array,
  signers: readonly FirmwareSigner[],
): string {
  for (const signer of signers) {
    const { key, hash } = keyOf(signer);
    if (verify(hash, image, { key, dsaEncoding: 'der' }, signature)) return signer.name;
  }
  throw firmwareErrors.FIRMWARE_SIGNATURE(`it fits none of ${signers.length} trusted signers`);
}
