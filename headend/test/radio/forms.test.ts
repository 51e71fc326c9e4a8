/** What gateways hand on, in their several ways, is the same telegram. */
import { hexOf } from '@openami/wire';
import { wrapBlocks } from '@openami/wire/mbus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxTelegrams, readHeard } from '../../src/index.ts';
import { bytes } from '../helpers/fixture.ts';
import { meter, telegram, water } from './telegrams.ts';

const sent = telegram(meter(1), 7, water(1234));
const hex = hexOf(sent);
const only = (body: string | Uint8Array) => {
  const { telegrams, faults } = readHeard(typeof body === 'string' ? bytes(body) : body);
  expect(faults).toEqual([]);
  expect(telegrams).toHaveLength(1);
  return telegrams[0]!;
};

describe('a telegram comes', () => {
  it('as hexadecimal lines, upper and lower case, with blanks', () => {
    expect(hexOf(only(hex).bytes)).toBe(hex);
    expect(hexOf(only(` ${hex.toUpperCase()}\r\n`).bytes)).toBe(hex);
    expect(readHeard(bytes(`${hex}\n\n${hex}\n`)).telegrams).toHaveLength(2);
  });

  it('as bytes', () => {
    expect(hexOf(only(sent).bytes)).toBe(hex);
  });

  it('as JSON under the usual names, with strength, time and gateway', () => {
    const atMs = Date.UTC(2026, 2, 30, 12);
    for (const name of ['telegram', 'hex', 'data', 'payload', 'rawData']) {
      const body = JSON.stringify({ [name]: hex, rssi: -71, time: '2026-03-30T12:00:00Z', gateway: 'roof' });
      expect(only(body)).toMatchObject({ rssiDbm: -71, atMs, gateway: 'roof' });
    }
    expect(only(JSON.stringify([{ telegram: hex, timestamp: atMs / 1_000 }])).atMs).toBe(atMs);
    expect(only(JSON.stringify({ telegram: hex, timestamp: atMs, rssi: 90 }))).toMatchObject({ atMs });
    expect(only(JSON.stringify({ telegram: hex, rssi: 90 })).rssiDbm).toBeUndefined();
    const lines = [hex, hex].map((one) => JSON.stringify({ hex: one })).join('\n');
    expect(readHeard(bytes(lines)).telegrams).toHaveLength(2);
  });

  it('as rtl_wmbus writes it, unless the receiver saw that it is damaged', () => {
    const line = `T1;1;1;2026-03-30 12:00:00.500;97;148;10000001;0x${hex}`;
    expect(only(line)).toMatchObject({ atMs: Date.UTC(2026, 2, 30, 12, 0, 0, 500) });
    expect(hexOf(only(line).bytes)).toBe(hex);
    expect(() => readHeard(bytes(line.replace('T1;1', 'T1;0')))).toThrow(/CRC/);
  });

  it('as receivers of the CUL family write it, with CRCs and their report behind', () => {
    for (const format of ['a', 'b'] as const) {
      const wrapped = wrapBlocks(new Uint8Array(sent), format);
      const line = `${format === 'a' ? 'b' : 'bY'}${hexOf(wrapped).toUpperCase()}`;
      expect(hexOf(only(line).bytes)).toBe(hexOf(wrapped));
      expect(only(`${line}0146`)).toMatchObject({ bytes: wrapped, rssiDbm: 0x46 / 2 - 74 });
      expect(only(`${line}01F2`).rssiDbm).toBe((0xf2 - 256) / 2 - 74);
    }
  });
});

describe('what is no telegram', () => {
  it('is told by its line, and the others are taken', () => {
    const { telegrams, faults } = readHeard(bytes(`${hex}\nnonsense\n12\n${hex}`));
    expect(telegrams).toHaveLength(2);
    expect(faults.map(({ message }) => message.slice(0, 2))).toEqual(['2:', '3:']);
  });

  it('gives a typed error and nothing else, whatever the bytes', () => {
    const texts = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string().map(bytes), fc.json().map(bytes));
    fc.assert(
      fc.property(texts, (body) => {
        try {
          expect(readHeard(body).telegrams.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: /^RADIO_/ });
        }
      }),
      { numRuns: 500 },
    );
    expect(() => readHeard(bytes(`${hex}\n`.repeat(maxTelegrams + 1)))).toThrow(/1001/);
  });
});
