import { describe, expect, test } from 'vitest';
import { type ApduOf, decodeApdu, encodeApdu, readApdu } from '../../src/dlms/apdu/apdu.ts';
import { ByteReader } from '../../src/dlms/bytes.ts';
import { decodeCaptureObjects } from '../../src/dlms/cosem/objects.ts';
import { SegmentAssembler } from '../../src/dlms/link/assembler.ts';
import { HdlcDecoder } from '../../src/dlms/link/hdlc-decoder.ts';
import { renderValue } from '../../src/dlms/render.ts';
import { elementsOf } from '../../src/dlms/value.ts';
import { apduXml, type Element, parseXml } from './gurux-xml.ts';
import { hasVectors, hex, toHex, vectorLines, vectorText } from './vectors.ts';

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

describe.skipIf(!hasVectors)('APDUs of others in HDLC frames', () => {
  const framed = vectorLines<ApduVector>('apdu.jsonl')
    .filter(({ kind }) => kind === 'hdlc')
    .flatMap(({ hex: text, gurux_xml }) =>
      // some inputs have no oracle, others are link frames without an APDU
      apdusIn(text).map((bytes) => ({ bytes, apdu: toHex(bytes), oracle: apduElement(gurux_xml) })),
    );

  test.each(framed)('$apdu', ({ bytes, apdu, oracle }) => {
    const decoded = decodeApdu(bytes);
    expect(toHex(encodeApdu(decoded))).toBe(apdu);
    if (oracle) expect(apduXml(decoded)).toEqual(oracle);
  });

  test('there are as many as expected, with their oracles', () => {
    expect([framed.length, framed.filter(({ oracle }) => oracle).length]).toEqual([2, 2]);
  });

  test('a push of a server that invoked it itself', () => {
    const push = JSON.parse(vectorText('transcripts/gxc_push_hdlc.json')) as {
      hex: string;
      expected: { push_object_list: [number, string, number][] };
    };
    const apdu = decodeApdu(apdusIn(push.hex)[0]!) as ApduOf<'data-notification'>;
    const [list, name, address] = elementsOf(apdu.body)!;
    expect(
      decodeCaptureObjects({ type: 'array', elements: elementsOf(list!)! }).map(
        ({ classId, instance, attribute }) => [classId, instance, attribute],
      ),
    ).toEqual(push.expected.push_object_list);
    expect(renderValue(name!)).toMatchObject({ text: 'GRX0000000123456' });
    expect(address).toEqual({ type: 'double-long-unsigned', value: 0x0100_007f });
  });
});

/** APDUs of whole frames; UA frames and the like have none. */
function apdusIn(text: string): Uint8Array[] {
  const joiner = new SegmentAssembler();
  return new HdlcDecoder()
    .push(hex(text))
    .flatMap(({ frame }) => (frame ? joiner.hdlc(frame) : []))
    .flatMap(({ frame }) => (frame ? [frame.apdu] : []));
}

function apduElement(xml: string | null): Element | undefined {
  return xml ? parseXml(xml).children.find(({ name }) => name === 'PDU')?.children[0] : undefined;
}
