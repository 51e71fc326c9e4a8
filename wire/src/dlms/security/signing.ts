/**
 * general-signing (IEC 62056-5-3 clause 8, tag DF): an APDU, plain or ciphered, with the ECDSA signature of its sender.
 *
 *   DF | general header | length content | length signature
 *
 * Signed are the header with its lengths and the content. Whether the length of the content belongs to it is read in
 * both ways by the meters there are; without is what we send, both are accepted.
 */
import { ByteReader, ByteWriter } from '../bytes.ts';
import type { DlmsCrypto } from './crypto.ts';
import { encodeGeneralHeader, type GeneralHeader, readGeneralHeader } from './general-header.ts';
import { join } from './protect.ts';
import { securityErrors } from './security-errors.ts';
import { publicKeyParameters, type SecuritySuite } from './suite.ts';

const GENERAL_SIGNING = 0xdf;

export interface GeneralSigning {
  readonly header: GeneralHeader;
  /** Plain or ciphered APDU. */
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
  readonly headerBytes: Uint8Array;
  /** The content after its length. */
  readonly contentBytes: Uint8Array;
}

export function signApdu(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  signingKey: Uint8Array,
  header: GeneralHeader,
  content: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { curve } = publicKeyParameters(suite);
  const headerBytes = encodeGeneralHeader(header);
  const out = new ByteWriter(content.length + headerBytes.length + 110);
  out.u8(GENERAL_SIGNING);
  out.raw(headerBytes);
  out.octets(content);
  out.octets(crypto.sign(curve, signingKey, join(headerBytes, content)));
  return out.finish();
}

/** Takes the APDU apart; nothing is verified yet. Raises the errors of ByteReader. */
export function readGeneralSigning(bytes: Uint8Array): GeneralSigning {
  const reader = new ByteReader(bytes, 'IEC 62056-5-3 general-signing');
  const tag = reader.u8();
  if (tag !== GENERAL_SIGNING) throw reader.fail('DLMS_UNKNOWN_TAG', `0x${tag.toString(16)}`, 0);
  const { header, bytes: headerBytes } = readGeneralHeader(reader);
  const start = reader.at;
  const content = reader.octets();
  const contentBytes = bytes.subarray(start, reader.at);
  const signature = reader.octets();
  reader.finish();
  return { header, content, signature, headerBytes, contentBytes };
}

/** The content, once its signature holds. Raises DLMS_SECURITY_SIGNATURE. */
export function verifySigned(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  verificationKey: Uint8Array,
  message: GeneralSigning,
): Uint8Array {
  const { curve } = publicKeyParameters(suite);
  const { headerBytes, content, contentBytes, signature } = message;
  for (const signed of [content, contentBytes]) {
    if (crypto.verify(curve, verificationKey, join(headerBytes, signed), signature)) return content;
  }
  throw securityErrors.DLMS_SECURITY_SIGNATURE('general-signing');
}
