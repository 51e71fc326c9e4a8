/**
 * general-ciphering (IEC 62056-5-3 clause 8): an APDU protected end to end, with the key named, wrapped or
 * agreed in the message itself. The fields before the key are authenticated with the content, with their
 * lengths.
 */
import { type ApduOf, encodeApdu } from '../apdu/apdu.ts';
import { ByteWriter } from '../bytes.ts';
import {
  type CipherKey,
  openContent,
  type ProtectOptions,
  readContent,
  sealContent,
  type Unprotected,
} from './protect.ts';
import { securityErrors } from './security-errors.ts';

export type GeneralCiphering = ApduOf<'general-ciphering'>;

/**
 * A key both sides hold, one of this message wrapped under the master key, or one they derive
 * (key-agreement.ts).
 */
export type KeyInfo = NonNullable<GeneralCiphering['keyInfo']>;

/** What general-ciphering and general-signing begin with; `dateTime` and `otherInformation` may be empty. */
export type GeneralHeader = Pick<GeneralCiphering, (typeof headerFields)[number]>;

/** Schemes by the byte that stands for them in key-info. */
export const agreementSchemes = { '1e1s': 1, '0e2s': 2 } as const;
export type AgreementScheme = keyof typeof agreementSchemes;

const headerFields = ['transactionId', 'originator', 'recipient', 'dateTime', 'otherInformation'] as const;

/** The fields with their lengths, as they are authenticated or signed. */
export function encodeGeneralHeader(header: GeneralHeader): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  for (const name of headerFields) out.octets(header[name]);
  return out.finish();
}

/** Protects an APDU under a key that `keyInfo` leads to. */
export function protectGeneral(
  apdu: Uint8Array,
  key: CipherKey,
  header: GeneralHeader,
  keyInfo: KeyInfo | undefined,
  options: Pick<ProtectOptions, 'authenticated' | 'encrypted' | 'counter' | 'broadcast'>,
): Uint8Array {
  const extra = encodeGeneralHeader(header);
  const content = sealContent(apdu, key, { ...options, systemTitle: header.originator }, extra);
  return encodeApdu({ service: 'general-ciphering', ...header, keyInfo, content });
}

/** The plain APDU, with the errors of `readContent` and `unprotectApdu`. */
export function unprotectGeneral(message: GeneralCiphering, key: CipherKey): Unprotected {
  if (message.originator.length !== 8) throw securityErrors.DLMS_SECURITY_NO_TITLE();
  const options = { systemTitle: message.originator, extra: encodeGeneralHeader(message) };
  return openContent(readContent(message.content), key, options);
}

/** The scheme an agreed key came about by. Raises DLMS_SECURITY_UNSUPPORTED for one that is not known. */
export function agreementScheme(keyInfo: Extract<KeyInfo, { kind: 'agreed' }>): AgreementScheme {
  const [code] = keyInfo.parameters;
  for (const scheme of ['1e1s', '0e2s'] as const) {
    if (keyInfo.parameters.length === 1 && code === agreementSchemes[scheme]) return scheme;
  }
  throw securityErrors.DLMS_SECURITY_UNSUPPORTED(`key agreement scheme ${code}`);
}
