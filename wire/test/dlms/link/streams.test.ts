/** All streaming decoders: any chunking, noise between frames, bounded memory and time. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clientAddress,
  decodeWrapper,
  encodeHdlcFrame,
  encodeMbusCarriage,
  encodeWrapper,
  HdlcDecoder,
  MbusDecoder,
  SegmentAssembler,
  StuffedHdlcDecoder,
  serverAddress,
  stuffHdlc,
  WrapperDecoder,
} from '../../../src/dlms/index.ts';
import type { FrameStream } from '../../../src/frame-stream.ts';
import { concat, mutations, payload, pieces, seeded } from './made.ts';

const head = { control: 0x53, address: 0xff, source: 1, destination: 0x67 };

interface Kind {
  name: string;
  make: () => FrameStream<unknown>;
  encode: (apdu: Uint8Array) => Uint8Array;
  payloadOf: (frame: never) => Uint8Array;
  /** Whether a check covers the frame. */
  checked: boolean;
  maxPending: number;
}

const hdlcOf = (apdu: Uint8Array) =>
  encodeHdlcFrame({
    destination: clientAddress(1),
    source: serverAddress(1, 17),
    control: { kind: 'ui', poll: true },
    segmented: false,
    information: apdu,
  });

const kinds: Kind[] = [
  {
    name: 'hdlc',
    make: () => new HdlcDecoder(),
    encode: hdlcOf,
    payloadOf: ({ information }: { information: Uint8Array }) => information,
    checked: true,
    maxPending: 2049,
  },
  {
    name: 'stuffed hdlc',
    make: () => new StuffedHdlcDecoder(),
    encode: (apdu) => stuffHdlc(hdlcOf(apdu)),
    payloadOf: ({ information }: { information: Uint8Array }) => information,
    checked: true,
    maxPending: 4095,
  },
  {
    name: 'wrapper',
    make: () => new WrapperDecoder(1000),
    encode: (apdu) => encodeWrapper({ source: 1, destination: 16, apdu }),
    payloadOf: ({ apdu }: { apdu: Uint8Array }) => apdu,
    checked: false,
    maxPending: 1008,
  },
  {
    name: 'mbus',
    make: () => new MbusDecoder(),
    encode: (apdu) => encodeMbusCarriage(apdu, head)[0]!,
    payloadOf: ({ part }: { part: Uint8Array }) => part,
    checked: true,
    maxPending: 261,
  },
];

describe.each(kinds)('$name', ({ name, make, encode, payloadOf, checked, maxPending }) => {
  // between flags, four bytes are a frame too short
  const noiseCode = name === 'stuffed hdlc' ? 'DLMS_LINK_TRUNCATED' : 'DLMS_LINK_FRAME';

  const apdus = fc.array(
    payload(200).filter((bytes) => bytes.length > 0),
    { minLength: 1, maxLength: 6 },
  );

  test('the same frames whatever the chunks', () => {
    fc.assert(
      fc.property(apdus, fc.integer(), fc.integer({ min: 1, max: 400 }), (sent, seed, max) => {
        const decoder = make();
        const items = [...pieces(concat(sent.map(encode)), seed, max)].flatMap((chunk) =>
          decoder.push(chunk),
        );
        expect([...items, ...decoder.flush()].map((item) => payloadOf(item.frame as never))).toEqual(sent);
        expect(decoder.pending).toBe(0);
      }),
    );
  });

  test('frames given out stay as they are when more bytes come', () => {
    const decoder = make();
    const sent = [1, 2, 3].map((fill) => new Uint8Array(40).fill(fill));
    const got: Uint8Array[] = [];
    for (const chunk of pieces(concat(sent.map(encode)), 7, 5)) {
      for (const item of decoder.push(chunk)) got.push(payloadOf(item.frame as never));
    }
    expect(got).toEqual(sent);
  });

  test('after noise, frames are found again, and one error tells of the noise', () => {
    const apdu = Uint8Array.of(0x0f, 1, 2, 3);
    const decoder = make();
    // no byte that could begin a frame
    const noise = Uint8Array.of(0x33, 0x44, 0x55, 0x33);
    const items = decoder.push(concat([encode(apdu), noise, encode(apdu)]));
    expect(items.map((item) => item.error?.code ?? payloadOf(item.frame as never))).toEqual([
      apdu,
      noiseCode,
      apdu,
    ]);
  });

  test('any bytes, any chunks: our errors only, and no more memory than a frame', () => {
    fc.assert(
      fc.property(payload(3000), fc.integer(), (bytes, seed) => {
        const decoder = make();
        for (const chunk of pieces(bytes, seed, 200)) {
          for (const item of decoder.push(chunk)) {
            if (item.error) expect(item.error).toBeInstanceOf(OpenAmiError);
          }
          expect(decoder.pending).toBeLessThanOrEqual(maxPending + 200);
        }
        for (const item of decoder.flush()) if (item.error) expect(item.error).toBeInstanceOf(OpenAmiError);
        expect(decoder.pending).toBe(0);
      }),
    );
  });

  test('one byte at a time is no slower than a frame allows', () => {
    const bytes = concat(Array.from({ length: 200 }, () => encode(new Uint8Array(200).fill(0x7e))));
    const decoder = make();
    const started = performance.now();
    let found = 0;
    for (let at = 0; at < bytes.length; at++) found += decoder.push(bytes.subarray(at, at + 1)).length;
    expect(found).toBe(200);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('of 200 damaged streams, none gives a wrong payload as right', () => {
    const sent = [
      Uint8Array.of(0x0f, 1, 2, 3, 0x7e, 4),
      new Uint8Array(90).fill(0x68),
      Uint8Array.of(0xc4, 9),
    ];
    const bytes = concat(sent.map(encode));
    for (const damaged of mutations(bytes, 200)) {
      const decoder = make();
      const items = [...decoder.push(damaged), ...decoder.flush()];
      const got = items.flatMap((item) => (item.frame ? [payloadOf(item.frame as never)] : []));
      if (checked) for (const one of got) expect(sent).toContainEqual(one);
      if (checked && damaged.length === bytes.length) expect(got.length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('wrapper', () => {
  test('golden bytes both ways', () => {
    const bytes = Uint8Array.of(0, 1, 0, 0x10, 0, 1, 0, 2, 0xc0, 1);
    const frame = { source: 16, destination: 1, apdu: Uint8Array.of(0xc0, 1) };
    expect(encodeWrapper(frame)).toEqual(bytes);
    expect(decodeWrapper(bytes)).toEqual(frame);
  });

  test.each([
    ['longer than the limit', Uint8Array.of(0, 1, 0, 16, 0, 1, 0x40, 0), 'DLMS_LINK_OVER_LIMIT'],
    ['empty', Uint8Array.of(0, 1, 0, 16, 0, 1, 0, 0), 'DLMS_LINK_FRAME'],
  ])('%s', (_, bytes, code) => {
    expect(new WrapperDecoder(1000).push(bytes)[0]?.error?.code).toBe(code);
  });

  test.each([
    ['cut off', Uint8Array.of(0, 1, 0, 16, 0, 1, 0, 9, 1), 'DLMS_LINK_TRUNCATED'],
    ['of version 2', Uint8Array.of(0, 2, 0, 16, 0, 1, 0, 1, 1), 'DLMS_LINK_FRAME'],
    ['nothing', new Uint8Array(0), 'DLMS_LINK_FRAME'],
    ['two', Uint8Array.of(0, 1, 0, 16, 0, 1, 0, 1, 1, 0, 1, 0, 16, 0, 1, 0, 1, 1), 'DLMS_LINK_FRAME'],
  ])('a datagram that is %s', (_, bytes, code) => {
    expect(() => decodeWrapper(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test('fields beyond 16 bits are refused', () => {
    const code = 'DLMS_LINK_NOT_ENCODABLE';
    for (const wrong of [
      { source: 65_536, destination: 1, apdu: new Uint8Array(1) },
      { source: 1, destination: 1, apdu: new Uint8Array(65_536) },
    ]) {
      expect(() => encodeWrapper(wrong)).toThrow(expect.objectContaining({ code }));
    }
  });
});

describe('M-Bus segments', () => {
  test('any APDU comes back out of its segments', () => {
    fc.assert(
      fc.property(payload(900), fc.integer({ min: 60, max: 250 }), (apdu, size) => {
        const decoder = new MbusDecoder();
        const assembler = new SegmentAssembler();
        const items = encodeMbusCarriage(apdu, head, size).flatMap((frame) => decoder.push(frame));
        const whole = items.flatMap((item) => assembler.mbus(item.frame!));
        expect(whole.map((item) => item.frame?.apdu)).toEqual([apdu]);
        expect(assembler.flush()).toEqual([]);
      }),
    );
  });

  test('a missing, repeated or late segment is an error, and the next APDU is whole again', () => {
    const apdu = new Uint8Array(600).map((_, i) => i);
    const segments = encodeMbusCarriage(apdu, head).flatMap((frame) => new MbusDecoder().push(frame));
    const run = (order: number[]) => {
      const assembler = new SegmentAssembler();
      const items = order.flatMap((index) => assembler.mbus(segments[index]!.frame!));
      return [
        ...items.map((item) => item.error?.code ?? 'whole'),
        ...assembler.flush().map(({ code }) => code),
      ];
    };
    expect(run([0, 1, 2])).toEqual(['whole']);
    expect(run([0, 2, 0, 1, 2])).toEqual(['DLMS_LINK_SEGMENT', 'whole']);
    expect(run([1, 2, 0, 1, 2])).toEqual(['DLMS_LINK_SEGMENT', 'DLMS_LINK_SEGMENT', 'whole']);
    expect(run([0, 1, 1, 0, 1, 2])).toEqual(['DLMS_LINK_SEGMENT', 'whole']);
    expect(run([0, 1, 0, 1, 2])).toEqual(['DLMS_LINK_TRUNCATED', 'whole']);
    expect(run([0, 1])).toEqual(['DLMS_LINK_TRUNCATED']);
  });

  test('an APDU beyond the limit, and more than 16 segments', () => {
    const assembler = new SegmentAssembler(300);
    const frames = encodeMbusCarriage(new Uint8Array(600), head).flatMap((frame) =>
      new MbusDecoder().push(frame),
    );
    const codes = frames.flatMap((item) => assembler.mbus(item.frame!)).map((item) => item.error?.code);
    expect(codes).toEqual(['DLMS_LINK_OVER_LIMIT', 'DLMS_LINK_SEGMENT']);
    expect(() => encodeMbusCarriage(new Uint8Array(5000), head)).toThrow(
      expect.objectContaining({ code: 'DLMS_LINK_NOT_ENCODABLE' }),
    );
  });

  test('acknowledgements, short frames and other applications are passed over', () => {
    const short = Uint8Array.of(0x10, 0x40, 0x01, 0x41, 0x16);
    const other = encodeMbusCarriage(Uint8Array.of(1), head)[0]!;
    other[6] = 0x72;
    other[other.length - 2] = other.subarray(4, -2).reduce((a, b) => a + b, 0) & 255;
    const decoder = new MbusDecoder();
    const good = encodeMbusCarriage(Uint8Array.of(0x0f, 1), head)[0]!;
    const items = decoder.push(concat([Uint8Array.of(0xe5), short, other, good]));
    expect(items.map((item) => item.error?.code ?? item.frame?.part)).toEqual([
      'DLMS_LINK_FRAME',
      Uint8Array.of(0x0f, 1),
    ]);
  });

  test('senders are not mixed up, and too many unfinished ones do not fill the memory', () => {
    const assembler = new SegmentAssembler();
    const next = seeded(3);
    for (let i = 0; i < 1000; i++) {
      const frame = {
        ...head,
        address: next(256),
        destination: next(256),
        segment: 0,
        last: false,
        part: new Uint8Array(200),
      };
      assembler.mbus(frame);
    }
    expect(assembler.flush().length).toBeLessThanOrEqual(64);
  });
});
