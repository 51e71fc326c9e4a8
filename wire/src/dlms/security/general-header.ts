/**
 * What general-ciphering and general-signing begin with (IEC 62056-5-3 clause 8): five octet strings that say what
 * transaction this is, from whom and to whom. They are authenticated, or signed, with their lengths.
 */
import { type ByteReader, ByteWriter } from '../bytes.ts';

export interface GeneralHeader {
  readonly transactionId: Uint8Array;
  readonly originatorTitle: Uint8Array;
  readonly recipientTitle: Uint8Array;
  /** Empty when not given. */
  readonly dateTime: Uint8Array;
  readonly otherInformation: Uint8Array;
}

const fields = [
  'transactionId',
  'originatorTitle',
  'recipientTitle',
  'dateTime',
  'otherInformation',
] as const;

export function encodeGeneralHeader(header: GeneralHeader): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  for (const name of fields) out.octets(header[name]);
  return out.finish();
}

/** The fields and the bytes they stand in. Raises the errors of ByteReader. */
export function readGeneralHeader(reader: ByteReader): { header: GeneralHeader; bytes: Uint8Array } {
  const start = reader.at;
  const [transactionId, originatorTitle, recipientTitle, dateTime, otherInformation] = fields.map(() =>
    reader.octets(),
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const header = { transactionId, originatorTitle, recipientTitle, dateTime, otherInformation };
  return { header, bytes: reader.bytes.subarray(start, reader.at) };
}
