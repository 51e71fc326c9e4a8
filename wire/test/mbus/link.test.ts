import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { crcEn13757 } from '../../src/crc16.ts';
import {
  controlName,
  decode3of6,
  decodeManchester,
  decodeWmbus,
  encode3of6,
  encodeManchester,
  encodeWiredFrame,
  unwrapBlocks,
  type WiredFrame,
  WiredFrameStream,
  WirelessFrameStream,
  wiredFrames,
  wrapBlocks,
} from '../../src/mbus/index.ts';
import { codeOf, water, waterTelegram } from './made.ts';

const byte = fc.nat(255);
const frames: fc.Arbitrary<WiredFrame> = fc.oneof(
  fc.constant({ kind: 'ack' as const }),
  fc.record({ kind: fc.constant('short' as const), control: byte, address: byte }),
  fc.record({
    kind: fc.constant('long' as const),
    control: byte,
    address: byte,
    ci: byte,
    data: fc.uint8Array({ maxLength: 252 }),
  }),
);

describe('wired frames', () => {
  test('bytes of each kind', () => {
    expect(hexOf(encodeWiredFrame({ kind: 'ack' }))).toBe('e5');
    expect(hexOf(encodeWiredFrame({ kind: 'short', control: 0x7b, address: 5 }))).toBe('107b058016');
    const data = Uint8Array.of(0x01, 0x7a, 0x08);
    const frame = { kind: 'long', control: 0x53, address: 0xfe, ci: 0x51, data } as const;
    expect(hexOf(encodeWiredFrame(frame))).toBe('6806066853fe51017a082516');
    expect(codeOf(() => encodeWiredFrame({ ...frame, data: new Uint8Array(253) }))).toBe(
      'MBUS_NOT_ENCODABLE',
    );
  });

  test('come out of a stream in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 6 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (sent, sizes) => {
          const bytes = Uint8Array.from(sent.flatMap((frame) => [...encodeWiredFrame(frame)]));
          const stream = new WiredFrameStream();
          const got: unknown[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value!;
            got.push(...stream.push(bytes.subarray(at, at + size)).map(({ frame, error }) => frame ?? error));
            at += size;
          }
          expect([...got, ...stream.flush()]).toEqual(sent);
        },
      ),
    );
  });

  test('a frame is found again after noise, and damage is told once', () => {
    const good = encodeWiredFrame({ kind: 'short', control: 0x40, address: 1 });
    const stream = new WiredFrameStream();
    const got = stream.push(Uint8Array.from([0x00, 0x13, 0x99, ...good]));
    expect(got.map(({ frame, error }) => frame?.kind ?? error?.code)).toEqual(['MBUS_BAD_FRAME', 'short']);
  });

  test.each([
    ['', 'none'],
    ['10', 'MBUS_TRUNCATED'],
    ['1040014216', 'MBUS_CHECKSUM'],
    ['1040014117', 'MBUS_BAD_FRAME'],
    ['68030468', 'MBUS_BAD_FRAME'],
    ['680303680801702216', 'MBUS_CHECKSUM'],
    ['6803036808', 'MBUS_TRUNCATED'],
  ])('%s', (hex, code) => expect(codeOf(() => wiredFrames(bytesOfHex(hex)!))).toBe(code));
});

test('names of C fields', () => {
  const names = [0x40, 0x53, 0x73, 0x5b, 0x7b, 0x5a, 0x08, 0x28, 0x18, 0x44, 0x46, 0x47, 0x00, 0x06].map(
    controlName,
  );
  expect(names.join(' ')).toBe(
    'SND-NKE SND-UD SND-UD REQ-UD2 REQ-UD2 REQ-UD1 RSP-UD RSP-UD RSP-UD SND-NR SND-IR ACC-NR ACK CNF-IR',
  );
});

describe('blocks of wireless telegrams', () => {
  test('the CRC', () => {
    // of "123456789", as tables of CRCs print it for DNP with its bytes in this order
    expect(crcEn13757(Uint8Array.from('123456789', (letter) => letter.charCodeAt(0)))).toBe(0xc2b7);
  });

  test('put on and taken off, each format found by itself', () => {
    const telegram = fc.uint8Array({ minLength: 10, maxLength: 240 }).map((bytes) => {
      bytes[0] = bytes.length - 1;
      return bytes;
    });
    fc.assert(
      fc.property(telegram, fc.constantFrom('a', 'b', 'none'), (bytes, format) => {
        const wrapped = wrapBlocks(bytes, format);
        expect(hexOf(unwrapBlocks(wrapped, format).bytes)).toBe(hexOf(bytes));
        const found = unwrapBlocks(wrapped, 'auto');
        expect([found.format, hexOf(found.bytes)]).toEqual([format, hexOf(bytes)]);
      }),
      { numRuns: 300 },
    );
  });

  test('no changed byte of a frame with CRCs is passed on', () => {
    for (const format of ['a', 'b'] as const) {
      const bytes = waterTelegram({ format });
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice();
        changed[at]! ^= 0x10;
        expect(codeOf(() => unwrapBlocks(changed, format))).toMatch(/CHECKSUM|TRUNCATED|TRAILING|BAD_FRAME/);
      }
    }
  });

  test.each([
    ['', 'MBUS_TRUNCATED'],
    ['0344b4', 'MBUS_BAD_FRAME'],
    ['0c44b4010000001122330107', 'MBUS_TRUNCATED'],
    ['0944b40100000011223301077a', 'MBUS_TRAILING_BYTES'],
  ])('%s', (hex, code) => expect(codeOf(() => unwrapBlocks(bytesOfHex(hex)!))).toBe(code));

  test('too long for one telegram', () => {
    expect(codeOf(() => wrapBlocks(new Uint8Array(254).fill(1), 'b'))).toBe('MBUS_NOT_ENCODABLE');
  });
});

describe('telegrams out of a stream', () => {
  const telegram = (id: number, format: 'a' | 'b'): Uint8Array =>
    waterTelegram({ format, meter: { ...water, id: String(id).padStart(8, '0') } });

  test('with and without sync words, in any pieces, noise between them', () => {
    const part = fc.record({
      id: fc.nat(99_999_999),
      sync: fc.constantFrom('', '54cd', '543d'),
      noise: fc.uint8Array({ maxLength: 3, max: 8 }),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.integer({ min: 1, max: 60 }), (parts, size) => {
        const bytes = Uint8Array.from(
          parts.flatMap(({ id, sync, noise }) => {
            return [...noise, ...bytesOfHex(sync)!, ...telegram(id, sync === '543d' ? 'b' : 'a')];
          }),
        );
        const stream = new WirelessFrameStream();
        const got: string[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          for (const { frame } of stream.push(bytes.subarray(at, at + size))) {
            if (frame !== undefined) got.push(decodeWmbus(frame.bytes, { format: 'none' }).meter!.id);
          }
        }
        expect([...got, ...stream.flush().filter(({ frame }) => frame)]).toEqual(
          parts.map(({ id }) => String(id).padStart(8, '0')),
        );
      }),
    );
  });

  test('damage is told, and the next telegram found', () => {
    const bad = telegram(1, 'a');
    bad[20]! ^= 1;
    const stream = new WirelessFrameStream();
    const got = [...stream.push(Uint8Array.from([...bad, ...telegram(2, 'a')])), ...stream.flush()];
    expect(got.map(({ frame, error }) => error?.code ?? frame!.format)).toEqual(['MBUS_CHECKSUM', 'a']);
    const usualB = new WirelessFrameStream('b');
    expect(usualB.push(telegram(3, 'b')).map(({ frame }) => frame?.format)).toEqual(['b']);
    usualB.push(telegram(3, 'b').subarray(0, 20));
    expect(usualB.flush()[0]!.error!.code).toBe('MBUS_TRUNCATED');
  });
});

describe('line codes', () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  test('3 out of 6 goes there and back; every word has three ones', () => {
    fc.assert(
      fc.property(bytes, (sent) => {
        expect(hexOf(decode3of6(encode3of6(sent)))).toBe(hexOf(sent));
      }),
    );
    expect(hexOf(encode3of6(Uint8Array.of(0x0f, 0xf0)))).toBe('5a9a56');
    expect(codeOf(() => decode3of6(Uint8Array.of(0xff, 0xff, 0xff)))).toBe('MBUS_BAD_FRAME');
  });

  test('Manchester goes there and back', () => {
    fc.assert(
      fc.property(bytes, (sent) => {
        expect(hexOf(decodeManchester(encodeManchester(sent)))).toBe(hexOf(sent));
      }),
    );
    expect(hexOf(encodeManchester(Uint8Array.of(0x0f)))).toBe('aa55');
    expect(codeOf(() => decodeManchester(Uint8Array.of(0xaa, 0xab)))).toBe('MBUS_BAD_FRAME');
  });
});
