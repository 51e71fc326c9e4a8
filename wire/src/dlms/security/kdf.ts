/**
 * The key derivation of IEC 62056-5-3 (clause 5.3.4.6.5): one step of the concatenation KDF of NIST SP
 * 800-56A, hash(00000001 | Z | algorithm | party U | party V), cut to the length of the key.
 */
import type { DlmsCrypto } from './crypto.ts';
import { publicKeyParameters, type SecuritySuite } from './suite.ts';

export interface DeriveOptions {
  /** The shared secret. */
  readonly z: Uint8Array;
  /** The side that began, and the other: system titles, with the nonce of the scheme where it has one. */
  readonly partyU: Uint8Array;
  readonly partyV: Uint8Array;
  /** What the key is for: AES-GCM or AES key wrap. */
  readonly use?: 'cipher' | 'wrap';
}

/** A key of the length of the suite. Raises DLMS_SECURITY_UNSUPPORTED for suite 0. */
export function deriveKey(crypto: DlmsCrypto, suite: SecuritySuite, options: DeriveOptions): Uint8Array {
  const { hash, keyBytes, cipherId, wrapId } = publicKeyParameters(suite);
  const { z, partyU, partyV, use = 'cipher' } = options;
  const input = Uint8Array.of(
    0,
    0,
    0,
    1,
    ...z,
    ...(use === 'cipher' ? cipherId : wrapId),
    ...partyU,
    ...partyV,
  );
  return crypto[hash](input).slice(0, keyBytes);
}
