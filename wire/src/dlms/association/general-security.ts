/**
 * Services of an association in general-ciphering and general-signing (IEC 62056-5-3 clause 5.3 and 8), as
 * an option: the key of a message is named, wrapped in it or agreed by it, and its sender may sign it. Both
 * sides are set up alike, each with its own private keys.
 */
import { type ApduOf, decodeApdu, services } from '../apdu/apdu.ts';
import type { DlmsCrypto } from '../security/crypto.ts';
import {
  agreementScheme,
  agreementSchemes,
  type GeneralCiphering,
  type GeneralHeader,
  type KeyInfo,
  protectGeneral,
  unprotectGeneral,
} from '../security/general-ciphering.ts';
import { originateOnePass, receiveOnePass, staticKey } from '../security/key-agreement.ts';
import {
  type CipherKey,
  checkSender,
  cipherKey,
  readContent,
  type SecurityControl,
} from '../security/protect.ts';
import { securityErrors } from '../security/security-errors.ts';
import { signApdu, verifySigned } from '../security/signing.ts';
import { type SecuritySuite, securitySuites, unwrapKey, wrapKey } from '../security/suite.ts';

/** How both sides come to the key of a message. */
export type GeneralKey =
  /** The global unicast key, by name. */
  | { readonly kind: 'identified' }
  /** One of each message, wrapped under the master key. */
  | { readonly kind: 'wrapped'; readonly master: Uint8Array }
  /** Scheme 1e1s: an ephemeral pair of each message, signed; key agreement keys and signature keys. */
  | {
      readonly kind: 'one-pass';
      readonly privateKey: Uint8Array;
      readonly peerPublicKey: Uint8Array;
      readonly signingKey: Uint8Array;
      readonly peerSigningKey: Uint8Array;
    }
  /** Scheme 0e2s: static key agreement keys, and the transaction id. */
  | { readonly kind: 'static'; readonly privateKey: Uint8Array; readonly peerPublicKey: Uint8Array };

export interface GeneralSecurity {
  /** Left out: what is ciphered is so in the usual envelope. */
  readonly key?: GeneralKey;
  /** Signature keys: ours, and the public one of the peer. */
  readonly signing?: { readonly privateKey: Uint8Array; readonly peerPublicKey: Uint8Array };
}

const [CIPHERING] = services['general-ciphering'];
const [SIGNING] = services['general-signing'];

/** Whether the first byte is that of general-ciphering or general-signing. */
export function isGeneral(tag: number): boolean {
  return tag === CIPHERING || tag === SIGNING;
}

/** Bytes added at most: header with titles and transaction id, key-info, lengths, tag, signature. */
export function generalOverhead({ key, signing }: GeneralSecurity, suite: SecuritySuite, ciphered: boolean) {
  const header = 1 + 9 * 3 + 2;
  const { coordinateBytes, keyBytes } = securitySuites[suite];
  const info = { identified: 3, wrapped: 6 + keyBytes + 8, 'one-pass': 8 + coordinateBytes * 4, static: 6 };
  return (
    (key !== undefined && ciphered ? header + 1 + info[key.kind] + 3 + 5 + 12 : 0) +
    (signing === undefined ? 0 : header + 3 + 3 + coordinateBytes * 2)
  );
}

export interface GeneralParty {
  readonly crypto: DlmsCrypto;
  readonly suite: SecuritySuite;
  /** The global unicast key. */
  readonly key: CipherKey;
  readonly ownTitle: Uint8Array;
  readonly general: GeneralSecurity;
}

type Protected = Pick<SecurityControl, 'authenticated' | 'encrypted'>;

/** Puts an APDU in general-ciphering. */
export function sealGeneral(
  party: GeneralParty,
  apdu: Uint8Array,
  header: GeneralHeader,
  options: Protected & { readonly counter: number },
): Uint8Array {
  const { key, keyInfo } = keyToSend(party, header);
  return protectGeneral(apdu, key, header, keyInfo, options);
}

function keyToSend(party: GeneralParty, header: GeneralHeader): { key: CipherKey; keyInfo: KeyInfo } {
  const { crypto, suite, general } = party;
  const one = general.key!;
  switch (one.kind) {
    case 'identified':
      return { key: party.key, keyInfo: { kind: 'identified', key: 'global-unicast' } };
    case 'wrapped': {
      const bytes = crypto.random(securitySuites[suite].keyBytes);
      const data = wrapKey(crypto, suite, one.master, bytes);
      return { key: ready(party, bytes), keyInfo: { kind: 'wrapped', kek: 'master-key', data } };
    }
    case 'one-pass': {
      const keys = { recipientPublicKey: one.peerPublicKey, signingKey: one.signingKey };
      const { key, keyInfo } = originateOnePass(crypto, suite, header, keys);
      return { key: ready(party, key), keyInfo };
    }
    case 'static': {
      const key = staticKey(crypto, suite, header, one.privateKey, one.peerPublicKey);
      const parameters = Uint8Array.of(agreementSchemes['0e2s']);
      return { key: ready(party, key), keyInfo: { kind: 'agreed', parameters, data: new Uint8Array(0) } };
    }
  }
}

function ready({ crypto, suite, key: { authenticationKey } }: GeneralParty, bytes: Uint8Array): CipherKey {
  return cipherKey(crypto, suite, bytes, authenticationKey);
}

/**
 * The key a message leads to. Raises DLMS_SECURITY_TOO_WEAK when it came about in another way than agreed.
 */
function keyReceived(party: GeneralParty, message: GeneralCiphering): CipherKey {
  const { crypto, suite, general } = party;
  const one = general.key!;
  const { keyInfo } = message;
  if (one.kind === 'identified') {
    const isUnicast = keyInfo?.kind === 'identified' && keyInfo.key === 'global-unicast';
    if (isUnicast) return party.key;
  } else if (one.kind === 'wrapped') {
    const isMaster = keyInfo?.kind === 'wrapped' && keyInfo.kek === 'master-key';
    if (isMaster) return ready(party, unwrapKey(crypto, suite, one.master, keyInfo.data));
  } else if (keyInfo?.kind === 'agreed') {
    const scheme = agreementScheme(keyInfo);
    if (one.kind === 'one-pass' && scheme === '1e1s') {
      const keys = { privateKey: one.privateKey, verificationKey: one.peerSigningKey };
      return ready(party, receiveOnePass(crypto, suite, message, keyInfo.data, keys));
    }
    if (one.kind === 'static' && scheme === '0e2s' && keyInfo.data.length === 0) {
      return ready(party, staticKey(crypto, suite, message, one.privateKey, one.peerPublicKey));
    }
  }
  throw securityErrors.DLMS_SECURITY_TOO_WEAK(`general-ciphering with another key than ${one.kind}`);
}

export interface OpenedGeneral {
  readonly apdu: Uint8Array;
  readonly control: SecurityControl;
  readonly counter: number;
  readonly header: GeneralHeader;
}

/** Opens general-ciphering. Raises what security raises; nothing is returned that no tag proved. */
export function openGeneral(
  party: GeneralParty,
  bytes: Uint8Array,
  peerTitle: Uint8Array | undefined,
): OpenedGeneral {
  const message = decodeApdu(bytes) as ApduOf<'general-ciphering'>;
  checkParties(party, message, peerTitle);
  const { apdu, verified } = unprotectGeneral(message, keyReceived(party, message));
  const { control, counter } = readContent(message.content);
  if (!verified) throw securityErrors.DLMS_SECURITY_TOO_WEAK('general-ciphering without authentication');
  return { apdu, control, counter, header: message };
}

/** Puts an APDU, plain or ciphered, in general-signing. */
export function signGeneral(party: GeneralParty, content: Uint8Array, header: GeneralHeader): Uint8Array {
  return signApdu(party.crypto, party.suite, party.general.signing!.privateKey, header, content);
}

/** The content of general-signing, once the signature of the peer holds. */
export function openSigned(
  party: GeneralParty,
  bytes: Uint8Array,
  peerTitle: Uint8Array | undefined,
): { readonly content: Uint8Array; readonly header: GeneralHeader } {
  if (bytes[0] !== SIGNING) throw securityErrors.DLMS_SECURITY_TOO_WEAK('not signed');
  const message = decodeApdu(bytes) as ApduOf<'general-signing'>;
  checkParties(party, message, peerTitle);
  const { crypto, suite, general } = party;
  const content = verifySigned(crypto, suite, general.signing!.peerPublicKey, message);
  return { content, header: message };
}

/** A message between others, or one of ours that comes back, is not taken. */
function checkParties(
  { ownTitle }: GeneralParty,
  { originator, recipient }: GeneralHeader,
  peerTitle: Uint8Array | undefined,
): void {
  if (peerTitle === undefined) throw securityErrors.DLMS_SECURITY_NO_TITLE();
  checkSender(peerTitle, originator);
  checkSender(ownTitle, recipient);
}
