/** Telegrams out of what a port or a gateway sends: in any chunking, between garbage. */
import { hexOf } from '@openami/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxLineBytes, type PortFrame, PortStream, portTelegramsOf, readHeard } from '../../src/index.ts';
import { secure, telegram, water, meter as wireless } from '../radio/telegrams.ts';
import { p1Bytes, pushBytes, readoutBytes, sealedP1, smlBytes } from './made.ts';

const atS = Date.UTC(2026, 2, 3, 10, 15) / 1_000;
const utf8 = (text: string) => new TextEncoder().encode(text);
const line = `{"telegram":"${hexOf(telegram(wireless(1), 1, water(1), secure))}","rssi":-70}`;
/** What is sent, and what is to be found of it. */
const samples: readonly (readonly [PortFrame['protocol'], Uint8Array])[] = [
  ['p1', p1Bytes(atS, '001234.567')],
  ['p1-sealed', sealedP1(atS, '001234.567', 7)],
  ['sml', smlBytes(12_345)],
  ['iec62056-21', readoutBytes('001234.567')],
  ['iec62056-21', pushBytes('001234.567')],
  ['line', utf8(`${line}\r\n`)],
];

/** Of bytes in pieces of these sizes, over and over. */
function framesOf(bytes: Uint8Array, sizes: readonly number[]) {
  const stream = new PortStream();
  const out: { frames: PortFrame[]; errors: string[] } = { frames: [], errors: [] };
  const keep = (decoded: ReturnType<PortStream['push']>) => {
    for (const { frame, error } of decoded) {
      if (error === undefined) out.frames.push(frame);
      else out.errors.push(error.code);
    }
  };
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    keep(stream.push(bytes.slice(at, at + size)));
    at += size;
  }
  keep(stream.flush());
  return out;
}

const chunks = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
const picks = fc.array(fc.nat(samples.length - 1), { minLength: 1, maxLength: 8 });

describe('a stream of telegrams', () => {
  it('gives each of them whole, whatever came before and however it is cut', () => {
    fc.assert(
      fc.property(picks, chunks, (which, sizes) => {
        const bytes = Buffer.concat(which.map((i) => samples[i]![1]));
        const { frames, errors } = framesOf(Uint8Array.from(bytes), sizes);
        expect(errors).toEqual([]);
        expect(frames.map(({ protocol }) => protocol)).toEqual(which.map((i) => samples[i]![0]));
        for (const [i, frame] of frames.entries()) {
          const sent = Buffer.from(samples[which[i]!]![1]).toString('latin1').trim();
          expect(Buffer.from(frame.bytes).toString('latin1').trim()).toBe(sent);
        }
      }),
    );
  });

  it('goes on with the next telegram after garbage', () => {
    // nothing of it begins a telegram, so the next one is found whole
    const noise = fc
      .uint8Array({ minLength: 1, maxLength: 60 })
      .map((bytes) => bytes.map((byte) => ([0x01, 0x02, 0x1b, 0x2f, 0xdb].includes(byte) ? 0xff : byte)));
    fc.assert(
      fc.property(noise, fc.nat(4), chunks, (garbage, which, sizes) => {
        const [protocol, telegramBytes] = samples[which]!;
        const bytes = Uint8Array.from([...garbage, 0xff, ...telegramBytes]);
        const { frames } = framesOf(bytes, sizes);
        expect(frames.filter((one) => one.protocol !== 'line').map((one) => one.protocol)).toEqual([
          protocol,
        ]);
      }),
    );
  });

  it('finds the second of two where the first was cut off', () => {
    for (const [protocol, bytes] of samples.slice(0, 5)) {
      if (protocol === 'p1-sealed') continue; // its length is all that tells its end
      const broken = bytes.slice(0, bytes.length - 12);
      const { frames, errors } = framesOf(Uint8Array.from([...broken, 13, 10, ...bytes]), [64]);
      expect(frames.map((one) => one.protocol)).toContain(protocol);
      expect(errors.length).toBeLessThanOrEqual(2);
    }
  });

  it('begins in the middle of a telegram with one error, however many lines it has left', () => {
    const bytes = p1Bytes(atS, '001234.567');
    const { frames, errors } = framesOf(Uint8Array.from([...bytes.slice(40), ...bytes]), [50]);
    expect(frames.map((one) => one.protocol)).toEqual(['p1']);
    expect(errors).toHaveLength(1);
  });

  it('takes any bytes without any other error than that of its form, and keeps few of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), chunks, (bytes, sizes) => {
        const { errors } = framesOf(bytes, sizes);
        for (const code of errors) expect(code).toMatch(/^(RADIO|P1|SML|IEC)_/);
      }),
    );
    const stream = new PortStream();
    const noEnd = utf8('a'.repeat(10_000));
    for (let i = 0; i < 50; i++) {
      stream.push(noEnd);
      expect(stream.pending).toBeLessThanOrEqual(maxLineBytes + noEnd.length);
    }
    for (const start of ['/OAM5x\r\n', '\x02', '\x1b\x1b\x1b\x1b\x01\x01\x01\x01']) {
      const other = new PortStream();
      other.push(utf8(start));
      let most = 0;
      for (let i = 0; i < 50; i++) {
        other.push(utf8('1.8.0(1*kWh)\r\n'.repeat(700)));
        most = Math.max(most, other.pending);
      }
      expect(most).toBeLessThan(0x4000 + 0x8000 + 10_000);
    }
  });

  it('finds it behind what began and did not end, once the line was silent for a while', () => {
    const begun = fc.constantFrom(
      ...[
        '/OAM5x\r\n1.8.0(1',
        '\x021.8.0(1',
        '\x01',
        'abc',
        '\x1b\x1b\x1b\x1b\x01\x01\x01\x01vb',
        '\xdb\x08',
      ],
    );
    fc.assert(
      fc.property(begun, fc.nat(4), (start, which) => {
        const [protocol, bytes] = samples[which]!;
        const stream = new PortStream();
        stream.push(Uint8Array.from(Buffer.from(start, 'latin1')));
        const found = [...stream.push(bytes), ...stream.flush(), ...stream.push(bytes), ...stream.flush()];
        const protocols = found.map(({ frame }) => frame?.protocol);
        expect(protocols.at(-1) ?? protocols.at(-2)).toBe(protocol);
      }),
    );
  });

  it('looks at hostile bytes in a time that grows with them, not with their square', () => {
    const starts = [
      '/OAM\n',
      '/OAM\n!',
      '\x02\x03',
      '\x02',
      '\x01',
      '\x1b',
      '/',
      '\xdb',
      '(\n',
      '/OAM5',
      '\x1b\x1b\x1b\x1b\x01\x01\x01\x01',
    ];
    for (const one of starts) {
      const timeOf = (size: number) => {
        const bytes = Uint8Array.from(Buffer.from(one.repeat(Math.ceil(size / one.length)), 'latin1'));
        const stream = new PortStream();
        const began = process.cpuUsage();
        for (let i = 0; i < 4; i++) stream.push(bytes);
        stream.flush();
        return process.cpuUsage(began).user;
      };
      // of eight times as many bytes 64 times the work would be the square; the best of three each
      const best = (size: number) => Math.min(timeOf(size), timeOf(size), timeOf(size));
      best(10_000);
      expect(best(80_000)).toBeLessThan(32 * best(10_000) + 20_000);
    }
  });

  it('gives up what follows too many telegrams at once, whole or damaged, and reads what comes next', () => {
    const good = p1Bytes(atS, '001234.567');
    const end = Buffer.from('\r\n');
    for (const one of ['/OAM\n!', '\x02\x03']) {
      const damaged = (count: number) => Uint8Array.from(Buffer.from(`${one.repeat(count)}\r\n`, 'latin1'));
      const within = new PortStream().push(Buffer.concat([damaged(900), good, end]));
      expect(within.map(({ frame }) => frame?.protocol)).toEqual([undefined, 'p1']);
      const stream = new PortStream();
      const over = stream.push(Buffer.concat([damaged(3_000), good, end]));
      expect(over.map(({ frame }) => frame?.protocol)).toEqual([undefined]);
      expect(stream.hasTooMany).toBe(true);
      expect(stream.push(Buffer.concat([good, end])).map(({ frame }) => frame?.protocol)).toEqual(['p1']);
      expect(stream.hasTooMany).toBe(false);
      const body = Buffer.concat([damaged(3_000), good]);
      expect(() => readHeard(Uint8Array.from(body))).toThrow(
        expect.objectContaining({ code: 'RADIO_TOO_MANY' }),
      );
    }
    // noise begins many, and hardly one of them has an end
    const noise = fc.sample(fc.uint8Array({ minLength: 65_000, maxLength: 65_000 }), {
      numRuns: 1,
      seed: 1,
    })[0]!;
    const noisy = new PortStream();
    noisy.push(noise.map((byte, i) => (i % 20 === 0 ? 0x02 : byte)));
    expect(noisy.hasTooMany).toBe(false);
    const many = Buffer.concat(Array.from({ length: 1_001 }, () => smlBytes(5)));
    expect(() => readHeard(many)).toThrow(expect.objectContaining({ code: 'RADIO_TOO_MANY' }));
    expect(readHeard(many.subarray(smlBytes(5).length)).telegrams).toHaveLength(1_000);
  });

  it('refuses a telegram whose check is wrong', () => {
    const bytes = p1Bytes(atS, '001234.567');
    bytes[Buffer.from(bytes).indexOf('567')]! ^= 1;
    const { frames, errors } = framesOf(bytes, [64]);
    expect(frames).toEqual([]);
    expect(errors).toContain('P1_CHECK');
  });
});

describe('a body', () => {
  it('may be used again once it is read', () => {
    for (const [, bytes] of samples.slice(0, 5)) {
      const body = Buffer.from(bytes);
      const [telegram] = readHeard(body).telegrams;
      const sent = hexOf(telegram!.bytes);
      body.fill(0);
      expect(hexOf(telegram!.bytes)).toBe(sent);
    }
  });

  it('is one or several telegrams of a port, also as hexadecimal or inside of JSON', () => {
    const p1 = p1Bytes(atS, '001234.567');
    const sml = smlBytes(5);
    const text = Buffer.from(p1).toString('latin1');
    const bodies: readonly (readonly [string | Uint8Array, readonly string[]])[] = [
      [p1, ['p1']],
      [Buffer.concat([sml, sml]), ['sml', 'sml']],
      [sealedP1(atS, '1', 1), ['p1-sealed']],
      [hexOf(sml), ['sml']],
      [`${hexOf(sml)}\n${hexOf(readoutBytes('1'))}`, ['sml', 'iec62056-21']],
      [JSON.stringify([{ telegram: hexOf(sml), gateway: 'hall' }, { telegram: text }]), ['sml', 'p1']],
    ];
    for (const [body, protocols] of bodies) {
      const { telegrams, faults } = readHeard(typeof body === 'string' ? utf8(body) : body);
      expect(faults).toEqual([]);
      expect(telegrams.map(({ port }) => port?.protocol)).toEqual(protocols);
    }
  });

  it('that begins like one and is damaged is a fault of its form', () => {
    const damaged = p1Bytes(atS, '1');
    damaged[30]! ^= 1;
    expect(() => readHeard(damaged)).toThrow(/RADIO_FORM|P1_CHECK/);
    expect(() => readHeard(utf8('/OAM5x\r\n'))).toThrow();
  });

  it('of a radio meter is no telegram of a port', () => {
    fc.assert(
      fc.property(fc.nat(9_999), fc.nat(255), (number, access) => {
        const bytes = telegram(wireless(number), access, water(number), secure);
        expect(portTelegramsOf(bytes)).toBeUndefined();
      }),
    );
  });
});
