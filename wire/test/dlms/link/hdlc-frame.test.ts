import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fcs16 } from '../../../src/crc16.ts';
import {
  clientAddress,
  decodeHdlcFrame,
  encodeHdlcFrame,
  HdlcDecoder,
  type HdlcFrame,
  StuffedHdlcDecoder,
  serverAddress,
  stuffHdlc,
} from '../../../src/dlms/index.ts';
import { hasVectors, hex, toHex, vectorLines } from '../vectors.ts';
import { frames, mutations } from './made.ts';

const none = new Uint8Array(0);

/** Frames of recorded dialogues and of the example in the standard. */
const golden: [string, HdlcFrame][] = [
  [
    '7ea00703219 30f017e'.replace(' ', ''),
    {
      destination: clientAddress(1),
      source: clientAddress(16),
      control: { kind: 'snrm', poll: true },
      segmented: false,
      information: none,
    },
  ],
  [
    '7ea00703215303c77e',
    {
      destination: clientAddress(1),
      source: clientAddress(16),
      control: { kind: 'disc', poll: true },
      segmented: false,
      information: none,
    },
  ],
  [
    '7ea00703215111e47e',
    {
      destination: clientAddress(1),
      source: clientAddress(16),
      control: { kind: 'rr', receiveSequence: 2, poll: true },
      segmented: false,
      information: none,
    },
  ],
  [
    '7ea0190321326fd8e6e600c001c1000f0000280000ff020091537e',
    {
      destination: clientAddress(1),
      source: clientAddress(16),
      control: { kind: 'i', sendSequence: 1, receiveSequence: 1, poll: true },
      segmented: false,
      information: hex('e6e600c001c1000f0000280000ff0200'),
    },
  ],
  [
    '7ea01f21022373e6c781801205019a06019a070400000001080400000001cca27e',
    {
      destination: clientAddress(16),
      source: serverAddress(1, 17),
      control: { kind: 'ua', poll: true },
      segmented: false,
      information: hex('81801205019a06019a070400000001080400000001'),
    },
  ],
];

test('the check sequence of the standard', () => {
  expect(fcs16(new TextEncoder().encode('123456789'))).toBe(0x906e);
});

describe('frames', () => {
  test.each(golden)('%s', (text, frame) => {
    expect(toHex(encodeHdlcFrame(frame))).toBe(text);
    const bytes = hex(text);
    expect(decodeHdlcFrame(bytes, 1, bytes.length - 1)).toEqual(frame);
  });

  test.each([
    ['one byte', serverAddress(0x7f), '7ea007ff03'],
    ['two bytes', serverAddress(1, 0x11), '7ea008022303'],
    ['four bytes', serverAddress(1, 0x3fff), '7ea00a0002feff03'],
    ['four bytes for a large logical device', serverAddress(0x90), '7ea00a0220000103'],
    ['four bytes on demand', serverAddress(1, 0x10, 4), '7ea00a0002002103'],
  ])('an address of %s', (_, destination, start) => {
    const frame: HdlcFrame = {
      destination,
      source: clientAddress(1),
      control: { kind: 'snrm', poll: true },
      segmented: false,
      information: none,
    };
    const bytes = encodeHdlcFrame(frame);
    expect(toHex(bytes)).toMatch(new RegExp(`^${start}`));
    expect(decodeHdlcFrame(bytes, 1, bytes.length - 1)).toEqual(frame);
  });

  test.each(['7ea0030793e47e', '7ea0080203059 3'.replace(' ', ''), '7e'])(
    'what is not a frame: %s',
    (text) => {
      expect(() => decodeHdlcFrame(hex(text), 1)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^DLMS_LINK_/) }),
      );
    },
  );

  test('addresses and sizes out of range are refused', () => {
    const frame = golden[0]![1];
    for (const wrong of [
      { ...frame, source: clientAddress(128) },
      { ...frame, destination: { bytes: 1 as const, upper: 1, lower: 1 } },
      { ...frame, destination: serverAddress(1, 0x4000) },
      { ...frame, information: new Uint8Array(2040) },
    ]) {
      expect(() => encodeHdlcFrame(wrong)).toThrow(
        expect.objectContaining({ code: 'DLMS_LINK_NOT_ENCODABLE' }),
      );
    }
  });

  test('decode(encode(frame)) = frame, stuffed too', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodeHdlcFrame(frame);
        expect(new HdlcDecoder().push(bytes)).toEqual([{ frame }]);
        const stuffed = new StuffedHdlcDecoder();
        expect(stuffed.push(stuffHdlc(bytes))).toEqual([{ frame }]);
      }),
    );
  });

  test('a changed or missing byte never passes for the frame', () => {
    for (const [text, frame] of golden) {
      for (const bytes of mutations(hex(text), 200)) {
        const decoder = new HdlcDecoder();
        const items = [...decoder.push(bytes), ...decoder.flush()];
        for (const item of items) {
          if (item.error) expect(item.error.code).toMatch(/^DLMS_LINK_/);
          // only the flags may change without harm
          else expect(item.frame).toEqual(frame);
        }
      }
    }
  });

  test('any bytes give frames or our errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeHdlcFrame(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
    );
  });
});

interface HdlcVector {
  kind: string;
  hex: string;
  gurux_xml: string;
}

describe.skipIf(!hasVectors)('frames of others', () => {
  test.each(vectorLines<HdlcVector>('apdu.jsonl').filter(({ kind }) => kind === 'hdlc'))(
    '$test',
    (vector) => {
      const items = new HdlcDecoder().push(hex(vector.hex));
      expect(items).toHaveLength(1);
      const frame = items[0]!.frame!;
      const attribute = (name: string) =>
        new RegExp(`<${name} Value="([0-9A-F]+)"`).exec(vector.gurux_xml)?.[1];
      const address = ({ bytes, upper, lower }: HdlcFrame['source']) =>
        (bytes === 1 ? upper : (upper << 7) | lower).toString(16).toUpperCase();
      expect(address(frame.destination)).toBe(attribute('TargetAddress'));
      expect(address(frame.source)).toBe(attribute('SourceAddress'));
      expect(toHex(encodeHdlcFrame(frame))).toBe(vector.hex);
    },
  );
});
