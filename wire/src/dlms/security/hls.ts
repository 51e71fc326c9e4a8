/**
 * High level security, passes 3 and 4 (IEC 62056-5-3 clause 5.3.2.4 and table of mechanisms): each side
 * proves that it holds the secret by what it makes of the other's challenge.
 *
 *   2  AES-ECB of the challenge under the secret (left to the maker; as Gurux and its meters do)
 *   3  MD5(challenge | secret)                     4  SHA-1(challenge | secret)
 *   5  SC | counter | GMAC(SC | authentication key | challenge)
 *   6  SHA-256(secret | own title | other title | challenge | own challenge)
 *   7  ECDSA(own title | other title | challenge | own challenge)
 */
import { join, sameBytes } from '../../bytes.ts';
import { type DlmsCrypto, TAG_BYTES } from './crypto.ts';
import { type CipherKey, openContent, readContent, sealContent } from './protect.ts';
import { securityErrors } from './security-errors.ts';
import { publicKeyParameters, type SecuritySuite } from './suite.ts';

export type HlsMechanism = 2 | 3 | 4 | 5 | 6 | 7;

/** The side that proves itself, and what it has. */
export interface HlsProof {
  readonly mechanism: HlsMechanism;
  /** What the other side sent to be answered: StoC for the client, CtoS for the server. */
  readonly challenge: Uint8Array;
  /** What this side sent itself. */
  readonly ownChallenge: Uint8Array;
  readonly ownTitle: Uint8Array;
  readonly otherTitle: Uint8Array;
  /** Mechanisms 2, 3, 4 and 6. */
  readonly secret?: Uint8Array;
  /** Mechanism 5. */
  readonly key?: CipherKey;
  /** Mechanism 5: the counter to use; of no meaning to `checkHls`. */
  readonly counter?: number;
  /** Mechanism 7: suite with the private key to sign with, or the public one to verify with. */
  readonly suite?: SecuritySuite;
  readonly signatureKey?: Uint8Array;
}

/** The answer to the challenge. Raises DLMS_SECURITY_KEY where what the mechanism needs is missing. */
export function answerHls(crypto: DlmsCrypto, proof: HlsProof): Uint8Array {
  const { mechanism } = proof;
  if (mechanism === 5) {
    const { counter } = proof;
    if (counter === undefined) throw missing(mechanism, 'counter');
    const options = { authenticated: true, encrypted: false, systemTitle: proof.ownTitle, counter };
    const sealed = sealContent(proof.challenge, needed(proof, 'key'), options);
    // the challenge itself is known to the other side and not sent back
    return join(sealed.subarray(0, 5), sealed.subarray(sealed.length - TAG_BYTES));
  }
  if (mechanism === 7) {
    const { curve } = publicKeyParameters(needed(proof, 'suite'));
    return crypto.sign(curve, needed(proof, 'signatureKey'), dialogue(proof));
  }
  return digest(crypto, proof);
}

/**
 * Checks what the other side answered; `proof` is from its point of view. Returns the counter of mechanism
 * 5: a fresh challenge cannot be answered by a replay, so it needs no check of its own. Raises
 * DLMS_SECURITY_CHALLENGE.
 */
export function checkHls(crypto: DlmsCrypto, proof: HlsProof, answer: Uint8Array): number | undefined {
  const { mechanism } = proof;
  if (mechanism === 5) return checkGmac(proof, answer);
  if (mechanism === 7) {
    const { curve } = publicKeyParameters(needed(proof, 'suite'));
    const right = crypto.verify(curve, needed(proof, 'signatureKey'), dialogue(proof), answer);
    if (!right) throw securityErrors.DLMS_SECURITY_CHALLENGE('mechanism 7');
    return undefined;
  }
  if (!sameBytes(digest(crypto, proof), answer)) {
    throw securityErrors.DLMS_SECURITY_CHALLENGE(`mechanism ${mechanism}`);
  }
  return undefined;
}

/**
 * Whether an answer to the challenge `theirs` would hold the one to `own`: who sent it could give that back
 * and needs no secret. Mechanism 2 answers block by block.
 */
export function isEcho(mechanism: HlsMechanism, theirs: Uint8Array, own: Uint8Array): boolean {
  if (mechanism !== 2) return sameBytes(theirs, own);
  const seen = blocksOf(theirs);
  return blocksOf(own).every((block) => seen.some((one) => sameBytes(one, block)));
}

function blocksOf(challenge: Uint8Array): Uint8Array[] {
  const bytes = padded(challenge);
  return Array.from({ length: bytes.length / 16 }, (_, i) => bytes.subarray(i * 16, i * 16 + 16));
}

function checkGmac(proof: HlsProof, answer: Uint8Array): number {
  const header = answer.subarray(0, 5);
  const key = needed(proof, 'key');
  if (answer.length !== 17 || (answer[0]! & 0x30) !== 0x10) {
    throw securityErrors.DLMS_SECURITY_CHALLENGE('mechanism 5: no GMAC of 17 bytes');
  }
  const content = readContent(join(header, join(proof.challenge, answer.subarray(5))));
  try {
    openContent(content, key, { systemTitle: proof.ownTitle });
  } catch (error) {
    throw securityErrors.DLMS_SECURITY_CHALLENGE('mechanism 5', { counter: content.counter }, error);
  }
  return content.counter;
}

function digest(crypto: DlmsCrypto, proof: HlsProof): Uint8Array {
  const secret = needed(proof, 'secret');
  if (proof.mechanism === 2) return crypto.aesEcb(padded(secret), padded(proof.challenge));
  if (proof.mechanism === 3) return crypto.md5(join(proof.challenge, secret));
  if (proof.mechanism === 4) return crypto.sha1(join(proof.challenge, secret));
  return crypto.sha256(join(secret, dialogue(proof)));
}

function dialogue({ ownTitle, otherTitle, challenge, ownChallenge }: HlsProof): Uint8Array {
  return join(join(ownTitle, otherTitle), join(challenge, ownChallenge));
}

/** Filled with zeros to whole blocks. */
function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(16, Math.ceil(bytes.length / 16) * 16));
  out.set(bytes);
  return out;
}

function needed<K extends 'secret' | 'key' | 'suite' | 'signatureKey'>(
  proof: HlsProof,
  name: K,
): NonNullable<HlsProof[K]> {
  const value = proof[name];
  if (value === undefined) throw missing(proof.mechanism, name);
  return value as NonNullable<HlsProof[K]>;
}

function missing(mechanism: number, what: string): Error {
  return securityErrors.DLMS_SECURITY_KEY(`mechanism ${mechanism} needs: ${what}`);
}
