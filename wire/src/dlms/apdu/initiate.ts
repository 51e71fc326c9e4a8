/** InitiateRequest and InitiateResponse (IEC 62056-5-3 clause 8): what the association may do. */
import { dlmsErrors } from '../errors.ts';
import { bool, type Codec, i8, i16, octets, optional, sequence, u8, u16, withDefault } from './schema.ts';

/** Conformance bits, bit 0 first. */
export const conformanceBits = [
  'reserved-zero',
  'general-protection',
  'general-block-transfer',
  'read',
  'write',
  'unconfirmed-write',
  'delta-value-encoding',
  'reserved-seven',
  'attribute0-supported-with-set',
  'priority-mgmt-supported',
  'attribute0-supported-with-get',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'information-report',
  'data-notification',
  'access',
  'parameterized-access',
  'get',
  'set',
  'selective-access',
  'event-notification',
  'action',
] as const;
export type ConformanceBit = (typeof conformanceBits)[number];

/** Tag [APPLICATION 31] in its two-byte form; one byte (0x5F alone) is read too, as old meters write it. */
const conformance: Codec<readonly ConformanceBit[]> = {
  read(reader) {
    if (reader.u8() !== 0x5f) throw reader.fail('DLMS_UNKNOWN_TAG', 'no conformance block', reader.at - 1);
    if (reader.peek() === 0x1f) reader.at++;
    const length = reader.length();
    const unused = reader.u8();
    if (length !== 4 || unused !== 0) {
      throw reader.fail('DLMS_BAD_LENGTH', `conformance of ${length} bytes, ${unused} bits unused`);
    }
    const bits = reader.u24();
    return conformanceBits.filter((_, i) => (bits & (0x80_0000 >>> i)) !== 0);
  },
  write(writer, names) {
    let bits = 0;
    for (const name of names) {
      const index = conformanceBits.indexOf(name);
      if (index < 0) throw dlmsErrors.DLMS_NOT_ENCODABLE(`"${name}" is not a conformance bit`);
      bits |= 0x80_0000 >>> index;
    }
    writer.u32(0x5f1f_0400);
    writer.u24(bits);
  },
};

export const initiateRequest = sequence({
  dedicatedKey: optional(octets),
  responseAllowed: withDefault(bool, true),
  qualityOfService: optional(i8),
  version: u8,
  conformance,
  maxPduSize: u16,
});

/** `vaaName` is 0x0007 with logical names, 0xFA00 (-1536) with short names. */
export const initiateResponse = sequence({
  qualityOfService: optional(i8),
  version: u8,
  conformance,
  maxPduSize: u16,
  vaaName: i16,
});
