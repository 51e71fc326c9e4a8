/**
 * general-ciphering (IEC 62056-5-3 clause 8, tag DD): an APDU protected end to end, with the key named, wrapped or agreed
 * in the message itself:
 *
 *   DD | general header | key-info, optional | length | SC | counter | content
 */
import { ByteReader, ByteWriter } from '../bytes.ts';
import { encodeGeneralHeader, type GeneralHeader, readGeneralHeader } from './general-header.ts';
import {
  type CipheredContent,
  type CipherKey,
  openContent,
  type ProtectOptions,
  readContent,
  sealContent,
  type Unprotected,
} from './protect.ts';
import { securityErrors } from './security-errors.ts';

const GENERAL_CIPHERING = 0xdd;

export type KeyInfo =
  /** A key both sides hold. */
  | { readonly type: 'identified'; readonly keyId: 'unicast' | 'broadcast' }
  /** A key of this message, wrapped under the master key. */
  | { readonly type: 'wrapped'; readonly key: Uint8Array }
  /** A key that both sides derive: see key-agreement.ts. */
  | { readonly type: 'agreed'; readonly scheme: '1e1s' | '0e2s'; readonly data: Uint8Array };

export interface GeneralCiphering {
  readonly header: GeneralHeader;
  readonly headerBytes: Uint8Array;
  readonly keyInfo: KeyInfo | undefined;
  readonly content: CipheredContent;
}

/** Protects an APDU under a key that `keyInfo` leads to. */
export function protectGeneral(
  apdu: Uint8Array,
  key: CipherKey,
  header: GeneralHeader,
  keyInfo: KeyInfo | undefined,
  options: Pick<ProtectOptions, 'authenticated' | 'encrypted' | 'counter' | 'broadcast'>,
): Uint8Array<ArrayBuffer> {
  const headerBytes = encodeGeneralHeader(header);
  const out = new ByteWriter(apdu.length + headerBytes.length + 64);
  out.u8(GENERAL_CIPHERING);
  out.raw(headerBytes);
  out.u8(keyInfo === undefined ? 0 : 1);
  if (keyInfo !== undefined) writeKeyInfo(out, keyInfo);
  out.octets(sealContent(apdu, key, { ...options, systemTitle: header.originatorTitle }, headerBytes));
  return out.finish();
}

/** Takes the APDU apart. Raises the decode errors of readProtected. */
export function readGeneralCiphering(bytes: Uint8Array): GeneralCiphering {
  const reader = new ByteReader(bytes, 'IEC 62056-5-3 general-ciphering');
  const tag = reader.u8();
  if (tag !== GENERAL_CIPHERING) throw reader.fail('DLMS_UNKNOWN_TAG', `0x${tag.toString(16)}`, 0);
  const { header, bytes: headerBytes } = readGeneralHeader(reader);
  const keyInfo = reader.u8() === 0 ? undefined : readKeyInfo(reader);
  const content = readContent(reader.octets());
  reader.finish();
  return { header, headerBytes, keyInfo, content };
}

/** The plain APDU, with the errors of unprotectApdu. */
export function unprotectGeneral(message: GeneralCiphering, key: CipherKey): Unprotected {
  const { header, headerBytes, content } = message;
  if (header.originatorTitle.length !== 8) throw securityErrors.DLMS_SECURITY_NO_TITLE();
  return openContent(content, key, { systemTitle: header.originatorTitle, extra: headerBytes });
}

function writeKeyInfo(out: ByteWriter, info: KeyInfo): void {
  if (info.type === 'identified') {
    out.u8(0);
    out.u8(info.keyId === 'unicast' ? 0 : 1);
  } else if (info.type === 'wrapped') {
    out.u8(1);
    // kek-id: the master key is the only one there is
    out.u8(0);
    out.octets(info.key);
  } else {
    out.u8(2);
    out.octets(Uint8Array.of(info.scheme === '1e1s' ? 1 : 2));
    out.octets(info.data);
  }
}

function readKeyInfo(reader: ByteReader): KeyInfo {
  const choice = reader.u8();
  if (choice === 0) {
    const id = reader.u8();
    if (id > 1) throw securityErrors.DLMS_SECURITY_UNSUPPORTED(`key-id ${id}`);
    return { type: 'identified', keyId: id === 0 ? 'unicast' : 'broadcast' };
  }
  if (choice === 1) {
    const kek = reader.u8();
    if (kek !== 0) throw securityErrors.DLMS_SECURITY_UNSUPPORTED(`kek-id ${kek}`);
    return { type: 'wrapped', key: reader.octets() };
  }
  if (choice !== 2) throw reader.fail('DLMS_UNKNOWN_TAG', `key-info choice ${choice}`);
  const parameters = reader.octets();
  const scheme = ({ 1: '1e1s', 2: '0e2s' } as const)[parameters[0] ?? 0];
  if (parameters.length !== 1 || scheme === undefined) {
    throw securityErrors.DLMS_SECURITY_UNSUPPORTED('key agreement scheme');
  }
  return { type: 'agreed', scheme, data: reader.octets() };
}
