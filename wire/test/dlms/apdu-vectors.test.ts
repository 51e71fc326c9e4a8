import { describe, expect, test } from 'vitest';
import { decodeApdu, encodeApdu, readApdu } from '../../src/dlms/apdu/apdu.ts';
import { ByteReader } from '../../src/dlms/bytes.ts';
import { apduXml, parseXml } from './gurux-xml.ts';
import { hasVectors, hex, toHex, vectorLines } from './vectors.ts';

interface ApduVector {
  kind: 'apdu' | 'hdlc';
  hex: string;
  test: string;
  gurux_xml: string;
}

/**
 * Inputs that their authors made wrong, by the start of the bytes: the error, and whether the part that
 * can be read still agrees with the oracle.
 */
const wrong: Record<string, [code: string, agrees: boolean]> = {
  c401c0000f0000280000ff0100: ['DLMS_TRAILING_BYTES', true],
  // the oracle gives an empty element for the next-block form
  c302c0000f0000280000ff0100: ['DLMS_TRAILING_BYTES', false],
  // the oracle ignores the length of a ciphered service
  c801c0000101fa: ['DLMS_TRAILING_BYTES', false],
  cc02c101000000130101: ['DLMS_TRAILING_BYTES', false],
  c403c101000000010082049e: ['DLMS_TRAILING_BYTES', true],
  c402c101000000010082049e018205a004090c07: ['DLMS_TRUNCATED', false],
  c502c101000000130101: ['DLMS_TRAILING_BYTES', true],
  c403c101000000130101: ['DLMS_TRAILING_BYTES', true],
  c102c100080000010000ff02: ['DLMS_TRUNCATED', false],
  c103c100080000010000ff02: ['DLMS_TRAILING_BYTES', false],
  c104c100080000010000ff02: ['DLMS_TRUNCATED', false],
};

const vectors = vectorLines<ApduVector>('apdu.jsonl').filter(({ kind }) => kind === 'apdu');
const wrongOf = (text: string) => Object.entries(wrong).find(([start]) => text.startsWith(start))?.[1];

describe.skipIf(!hasVectors)('APDUs of others', () => {
  test('there are as many as expected', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(40);
    expect(vectors.filter((vector) => wrongOf(vector.hex)).length).toBe(Object.keys(wrong).length);
  });

  test.each(vectors.filter((vector) => !wrongOf(vector.hex)))('$test $hex', (vector) => {
    const apdu = decodeApdu(hex(vector.hex));
    expect(apduXml(apdu)).toEqual(parseXml(vector.gurux_xml));
    expect(toHex(encodeApdu(apdu))).toBe(vector.hex);
  });

  test.each(vectors.filter((vector) => wrongOf(vector.hex)))('wrong: $test $hex', (vector) => {
    const [code, agrees] = wrongOf(vector.hex)!;
    expect(() => decodeApdu(hex(vector.hex))).toThrow(expect.objectContaining({ code }));
    if (agrees) {
      const apdu = readApdu(new ByteReader(hex(vector.hex)));
      expect(apduXml(apdu)).toEqual(parseXml(vector.gurux_xml));
    }
  });
});
