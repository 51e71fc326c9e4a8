/**
 * Key agreement (IEC 62056-5-3 clause 5.3.4.6, after NIST SP 800-56A) in its three schemes, named by how
 * many key pairs are ephemeral and how many static:
 *
 *   2e0s  both sides make a pair: new global keys, through `key_agreement` of Security setup
 *   1e1s  the originator makes a pair, the recipient has one: a key for one general-ciphering APDU
 *   0e2s  both have one; the transaction id makes the key new
 */
import { join } from '../../bytes.ts';
import type { DlmsCrypto } from './crypto.ts';
import { agreementSchemes, type GeneralHeader, type KeyInfo } from './general-ciphering.ts';
import { deriveKey } from './kdf.ts';
import { securityErrors } from './security-errors.ts';
import { publicKeyParameters, type SecuritySuite } from './suite.ts';

/** Keys that `key_agreement` and `key_transfer` name (Security setup, class 64). */
export const keyIds = { unicast: 0, broadcast: 1, authentication: 2, master: 3 } as const;

/** An ephemeral pair and, for the other side, its public key signed. */
export interface EphemeralOffer {
  readonly privateKey: Uint8Array;
  /** Public key, then its signature. */
  readonly signed: Uint8Array;
}

/** 2e0s, either side: makes a pair and signs key id and public key with the static signing key. */
export function offerKeyAgreement(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  keyId: number,
  signingKey: Uint8Array,
): EphemeralOffer {
  const { curve } = publicKeyParameters(suite);
  const privateKey = crypto.privateKey(curve);
  const publicKey = crypto.publicKey(curve, privateKey)!;
  const signature = crypto.sign(curve, signingKey, join(Uint8Array.of(keyId), publicKey));
  return { privateKey, signed: join(publicKey, signature) };
}

export interface AgreeOptions {
  readonly keyId: number;
  /** Ours, of the offer. */
  readonly privateKey: Uint8Array;
  /** What the other side sent: public key, then signature. */
  readonly signed: Uint8Array;
  /** The static signature key of the other side. */
  readonly verificationKey: Uint8Array;
  readonly clientTitle: Uint8Array;
  readonly serverTitle: Uint8Array;
}

/** 2e0s, either side: the new key. Raises DLMS_SECURITY_SIGNATURE and DLMS_SECURITY_KEY. */
export function agreeKey(crypto: DlmsCrypto, suite: SecuritySuite, options: AgreeOptions): Uint8Array {
  const { curve } = publicKeyParameters(suite);
  const { publicKey, signature } = split(suite, options.signed);
  const message = join(Uint8Array.of(options.keyId), publicKey);
  if (signature === undefined || !crypto.verify(curve, options.verificationKey, message, signature)) {
    throw securityErrors.DLMS_SECURITY_SIGNATURE('ephemeral public key');
  }
  const z = secret(crypto, suite, options.privateKey, publicKey);
  return deriveKey(crypto, suite, { z, partyU: options.clientTitle, partyV: options.serverTitle });
}

/** 1e1s, originator: the key of one APDU and the key-info that leads the recipient to it. */
export function originateOnePass(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  header: GeneralHeader,
  keys: { readonly recipientPublicKey: Uint8Array; readonly signingKey: Uint8Array },
): { readonly key: Uint8Array; readonly keyInfo: KeyInfo } {
  const { curve } = publicKeyParameters(suite);
  const privateKey = crypto.privateKey(curve);
  const publicKey = crypto.publicKey(curve, privateKey)!;
  const data = join(publicKey, crypto.sign(curve, keys.signingKey, publicKey));
  const z = secret(crypto, suite, privateKey, keys.recipientPublicKey);
  const parameters = Uint8Array.of(agreementSchemes['1e1s']);
  return { key: onePassKey(crypto, suite, header, z), keyInfo: { kind: 'agreed', parameters, data } };
}

/**
 * 1e1s, recipient. The signature of the ephemeral key is checked where a verification key is given; without
 * one the message proves no originator. Raises DLMS_SECURITY_SIGNATURE and DLMS_SECURITY_KEY.
 */
export function receiveOnePass(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  header: GeneralHeader,
  data: Uint8Array,
  keys: { readonly privateKey: Uint8Array; readonly verificationKey?: Uint8Array },
): Uint8Array {
  const { curve } = publicKeyParameters(suite);
  const { publicKey, signature } = split(suite, data);
  if (keys.verificationKey !== undefined) {
    if (signature === undefined || !crypto.verify(curve, keys.verificationKey, publicKey, signature)) {
      throw securityErrors.DLMS_SECURITY_SIGNATURE('ephemeral public key');
    }
  }
  return onePassKey(crypto, suite, header, secret(crypto, suite, keys.privateKey, publicKey));
}

/** Its length goes into the key in one byte. */
const MAX_TRANSACTION_ID_BYTES = 255;

/**
 * 0e2s, either side: the key of the APDU with this header. Raises DLMS_SECURITY_KEY, and
 * DLMS_SECURITY_UNSUPPORTED for a transaction id that is too long.
 */
export function staticKey(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  header: GeneralHeader,
  privateKey: Uint8Array,
  otherPublicKey: Uint8Array,
): Uint8Array {
  const z = secret(crypto, suite, privateKey, otherPublicKey);
  const { transactionId } = header;
  if (transactionId.length > MAX_TRANSACTION_ID_BYTES) {
    throw securityErrors.DLMS_SECURITY_UNSUPPORTED(`a transaction id of ${transactionId.length} bytes`);
  }
  const nonce = join(Uint8Array.of(transactionId.length), transactionId);
  const partyV = join(nonce, header.recipient);
  return deriveKey(crypto, suite, { z, partyU: header.originator, partyV });
}

function onePassKey(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  header: GeneralHeader,
  z: Uint8Array,
): Uint8Array {
  return deriveKey(crypto, suite, { z, partyU: header.originator, partyV: header.recipient });
}

function secret(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  const { curve } = publicKeyParameters(suite);
  const z = crypto.sharedSecret(curve, privateKey, publicKey);
  if (z === undefined) throw securityErrors.DLMS_SECURITY_KEY(`no key pair of ${curve}`);
  return z;
}

function split(
  suite: SecuritySuite,
  signed: Uint8Array,
): { readonly publicKey: Uint8Array; readonly signature: Uint8Array | undefined } {
  const length = publicKeyParameters(suite).coordinateBytes * 2;
  if (signed.length !== length && signed.length !== length * 2) {
    throw securityErrors.DLMS_SECURITY_KEY(`ephemeral public key and signature of ${signed.length} bytes`);
  }
  return {
    publicKey: signed.subarray(0, length),
    signature: signed.length > length ? signed.subarray(length) : undefined,
  };
}
