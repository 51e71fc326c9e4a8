/** The security suites of IEC 62056-5-3 (clause 5.3.7.1): what keys, curve and hash go together. */
import type { Curve, DlmsCrypto } from './crypto.ts';
import { securityErrors } from './security-errors.ts';

export type SecuritySuite = 0 | 1 | 2;

export interface SuiteParameters {
  /** Length of encryption, authentication and key-encryption keys. */
  readonly keyBytes: 16 | 32;
  /** Of signatures and key agreement; suite 0 has neither. */
  readonly curve?: Curve;
  readonly hash?: 'sha256' | 'sha384';
  /** Length of a coordinate and of a private key. */
  readonly coordinateBytes: 0 | 32 | 48;
  /** Object identifiers that name the use of a derived key: AES-GCM and AES key wrap. */
  readonly cipherId: readonly number[];
  readonly wrapId: readonly number[];
}

const algorithm = [0x60, 0x85, 0x74, 0x05, 0x08, 0x03] as const;
const aes128 = { keyBytes: 16, cipherId: [...algorithm, 0], wrapId: [...algorithm, 2] } as const;
const aes256 = { keyBytes: 32, cipherId: [...algorithm, 1], wrapId: [...algorithm, 3] } as const;

export const securitySuites: Readonly<Record<SecuritySuite, SuiteParameters>> = {
  0: { ...aes128, coordinateBytes: 0 },
  1: { ...aes128, curve: 'P-256', hash: 'sha256', coordinateBytes: 32 },
  2: { ...aes256, curve: 'P-384', hash: 'sha384', coordinateBytes: 48 },
};

/** Whether a number is that of a suite that is known. */
export function isSecuritySuite(value: number): value is SecuritySuite {
  return value === 0 || value === 1 || value === 2;
}

/** Curve and hash of a suite. Raises DLMS_SECURITY_UNSUPPORTED for suite 0. */
export function publicKeyParameters(
  suite: SecuritySuite,
): SuiteParameters & { readonly curve: Curve; readonly hash: 'sha256' | 'sha384' } {
  const { curve, hash, ...rest } = securitySuites[suite];
  if (curve === undefined || hash === undefined) {
    throw securityErrors.DLMS_SECURITY_UNSUPPORTED('suite 0 has no signatures and no key agreement');
  }
  return { ...rest, curve, hash };
}

/**
 * Wraps a key for transfer (AES key wrap, RFC 3394). Raises DLMS_SECURITY_KEY for lengths that are not the
 * suite's.
 */
export function wrapKey(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  kek: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  checkKey(suite, kek, 'key-encryption key');
  checkKey(suite, key, 'key');
  return crypto.wrapKey(kek, key);
}

/** Raises DLMS_SECURITY_UNWRAP, or DLMS_SECURITY_KEY for a key-encryption key of the wrong length. */
export function unwrapKey(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  kek: Uint8Array,
  wrapped: Uint8Array,
): Uint8Array {
  checkKey(suite, kek, 'key-encryption key');
  const key =
    wrapped.length === securitySuites[suite].keyBytes + 8 ? crypto.unwrapKey(kek, wrapped) : undefined;
  if (key === undefined) throw securityErrors.DLMS_SECURITY_UNWRAP(`${wrapped.length} bytes`);
  return key;
}

/** Raises DLMS_SECURITY_KEY, naming `what`, for a key of another length than the suite has. */
export function checkKey(suite: SecuritySuite, key: Uint8Array, what: string): void {
  const { keyBytes } = securitySuites[suite];
  if (key.length !== keyBytes) {
    throw securityErrors.DLMS_SECURITY_KEY(
      `${what} of ${key.length} bytes, suite ${suite} takes ${keyBytes}`,
    );
  }
}

/** Raises DLMS_SECURITY_KEY for a system title that has not eight bytes. */
export function checkTitle(title: Uint8Array): void {
  if (title.length !== 8) throw securityErrors.DLMS_SECURITY_KEY(`system title of ${title.length} bytes`);
}
