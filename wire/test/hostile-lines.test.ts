/** Bytes made to keep decoders busy: nested starts, values without end, many small parts. */
import { describe, expect, test } from 'vitest';
import { hexOf } from '../src/bytes.ts';
import { decodeIec62056Line, Iec62056Stream, profilesOf, recordsOfText } from '../src/iec62056-21/index.ts';
import { decodeP1Line, P1Stream } from '../src/p1/index.ts';
import { decodeSmlLine, SmlStream } from '../src/sml/index.ts';
import { asciiBytes } from '../src/text.ts';
import { inTime } from './cpu.ts';

interface Stream {
  push(chunk: Uint8Array): unknown;
  flush(): unknown;
}

const makers: readonly [name: string, make: () => Stream][] = [
  ['SML', () => new SmlStream()],
  ['P1', () => new P1Stream()],
  ['IEC 62056-21', () => new Iec62056Stream()],
  ['IEC 62056-21, pushes', () => new Iec62056Stream({ push: true })],
];
const BYTES = 32_000;
const patterns: readonly string[] = [
  '/',
  '/AAA',
  '/AAA5\r\n',
  '!',
  '\r\n!',
  '\x01',
  '\x02',
  '\x01\x02',
  '\x06',
  '\x1b',
  '\x1b\x1b\x1b\x1b\x01\x01\x01\x01',
  '\x1b\x1b\x1b\x1b\x1a',
  '\xdb\x08',
  '(',
  '()',
];

describe.each(makers)('%s', (_, make) => {
  test.each(patterns)('%j again and again', (pattern) => {
    const bytes = asciiBytes(pattern.repeat(Math.ceil(BYTES / pattern.length)));
    for (const size of [BYTES * 2, 100]) {
      inTime(() => {
        const stream = make();
        for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
        stream.flush();
      });
    }
  });
});

test('many values on lines of their own', () => {
  const text = `/OAM5X\r\n1-0:1.8.0(1)\r\n${'(1)\r\n'.repeat(3_000)}!\r\n`;
  const record = inTime(() => decodeP1Line(JSON.stringify({ text })));
  expect(record.ok).toBe(true);
  expect((record.records as { values: unknown[] }[])[0]!.values).toHaveLength(3_001);
});

test('a record of very many values, and very many profiles', () => {
  const block = `\x02${'()'.repeat(120_000)}\x03\x03`;
  expect(decodeIec62056Line(JSON.stringify({ text: block })).ok).toBe(true);
  const records = Array.from({ length: 300 }, (_, i) => `P.01(0260303001500)(00)(15)(1)(1.5)(u${i})(1)\r\n`);
  expect(inTime(() => profilesOf(recordsOfText(records.join(''))))).toHaveLength(300);
});

test('a very long octet string', () => {
  // a message of another number with 200,000 characters of text in it
  const text = asciiBytes('a'.repeat(65_000));
  const head = Uint8Array.of(0x76, 0x01, 0x62, 0x00, 0x62, 0x00, 0x72, 0x63, 0x09, 0x01);
  const length = text.length + 5;
  const tl = [12, 8, 4, 0].map((shift) => ((length >>> shift) & 0x0f) | (shift > 0 ? 0x80 : 0));
  const bytes = Uint8Array.of(...head, 0x80, ...tl, ...text, 0x63, 0, 0, 0);
  expect(decodeSmlLine(JSON.stringify({ hex: hexOf(bytes), ignoreCheck: true }))).not.toMatchObject({
    error: { code: 'INTERNAL' },
  });
});
