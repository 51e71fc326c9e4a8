/**
 * general-signing (IEC 62056-5-3 clause 8): an APDU, plain or ciphered, with the ECDSA signature of its
 * sender. Signed are the fields of the header with their lengths, and the content. Whether the length of
 * the content belongs to it is read in both ways by the meters there are: we sign without, and accept both.
 */

import { join } from '../../bytes.ts';
import { type ApduOf, encodeApdu } from '../apdu/apdu.ts';
import { ByteWriter } from '../bytes.ts';
import type { DlmsCrypto } from './crypto.ts';
import { encodeGeneralHeader, type GeneralHeader } from './general-ciphering.ts';
import { securityErrors } from './security-errors.ts';
import { publicKeyParameters, type SecuritySuite } from './suite.ts';

export type GeneralSigning = ApduOf<'general-signing'>;

/** The APDU in general-signing. Raises DLMS_SECURITY_UNSUPPORTED for suite 0. */
export function signApdu(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  signingKey: Uint8Array,
  header: GeneralHeader,
  content: Uint8Array,
): Uint8Array {
  const { curve } = publicKeyParameters(suite);
  const signature = crypto.sign(curve, signingKey, join(encodeGeneralHeader(header), content));
  return encodeApdu({ service: 'general-signing', ...header, content, signature });
}

/** The content, once its signature holds. Raises DLMS_SECURITY_SIGNATURE. */
export function verifySigned(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  verificationKey: Uint8Array,
  message: GeneralSigning,
): Uint8Array {
  const { curve } = publicKeyParameters(suite);
  const header = encodeGeneralHeader(message);
  const withLength = new ByteWriter();
  withLength.octets(message.content);
  for (const signed of [message.content, withLength.finish()]) {
    if (crypto.verify(curve, verificationKey, join(header, signed), message.signature))
      return message.content;
  }
  throw securityErrors.DLMS_SECURITY_SIGNATURE('general-signing');
}
