/** From what gateways hand on to what is stored. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame } from '@openami/model';
import { bytesOfHex } from '@openami/wire';
import { AesKey, encodeWirelessTelegram, wrapBlocks } from '@openami/wire/mbus';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  checkRadioKey,
  HeardBook,
  type HeardTelegram,
  type KnownMeter,
  loadMeterModels,
  RadioIntake,
  RadioKeys,
} from '../../src/index.ts';
import { fixture, type MemorySink } from '../helpers/fixture.ts';
import { key, keyBytes, meter, otherKey, secure, telegram, water } from './telegrams.ts';

const name = 'OAM-10000001';
const models = loadMeterModels();
let known: Map<string, KnownMeter>;
let looks: number;
let kept: Frame[];
let heard: HeardBook;
let keys: RadioKeys;
let intake: RadioIntake;
let test: ReturnType<typeof fixture>;

beforeEach(() => {
  test = fixture();
  known = new Map();
  kept = [];
  looks = 0;
  heard = new HeardBook();
  const source = async (names: readonly string[]) => {
    looks++;
    return new Map([...known].filter(([one]) => names.includes(one)));
  };
  keys = new RadioKeys(source, test.clock);
  const { ingest, clock } = test;
  const keep = async (frame: Frame) => void kept.push(frame);
  intake = new RadioIntake({ ingest, clock, heard, keys, keep, models });
});

const hear = (bytes: Uint8Array, gateway = 'roof', more: Partial<HeardTelegram> = {}) =>
  intake.take({ bytes, ...more }, gateway);
const register = (with_: AesKey | undefined = key) =>
  known.set(name, { meterId: 1, device: name, key: with_ });

/** The CRC of EN 13757, bit by bit. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x3d65 : 0)) & 0xffff;
  }
  return crc ^ 0xffff;
}

describe('a telegram', () => {
  it('of a registered meter is opened with its key and stored, with the telegram as evidence', async () => {
    register();
    const sent = telegram(meter(1), 7, water(1_234), secure);
    expect(await hear(sent)).toEqual({ outcome: 'stored', meter: name, code: '' });
    expect(test.sink.unregistered).toMatchObject([
      { device: name, source: 'radio', value: 1.234, unit: 'm3', intervalS: 0 },
    ]);
    expect(test.sink.frames).toMatchObject([{ device: name, source: 'radio' }]);
    expect(Buffer.from(test.sink.frames[0]!.payload)).toEqual(Buffer.from(sent));
    expect(heard.get(name)).toMatchObject({ telegrams: 1, state: 'decrypted', paths: [{ gateway: 'roof' }] });
  });

  it('that several gateways hear is stored once, and each path is counted', async () => {
    register();
    const sent = telegram(meter(1), 7, water(1_234), secure);
    const outcomes = await Promise.all([
      hear(sent, 'roof', { rssiDbm: -60 }),
      hear(sent, 'cellar', { rssiDbm: -90 }),
      hear(sent, 'cellar', { rssiDbm: -100 }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'repeat', 'repeat']);
    expect(heard.get(name)).toMatchObject({
      telegrams: 1,
      paths: [
        { gateway: 'roof', telegrams: 1, rssiMean: -60 },
        { gateway: 'cellar', telegrams: 2, rssiMean: -95, rssiMin: -100, rssiMax: -90 },
      ],
    });
  });

  it('is stored once in a slot, and again when the status is another one', async () => {
    register();
    const outcomes: string[] = [];
    for (let i = 0; i < 8; i++) {
      const status = i === 5 ? 4 : i > 5 ? 4 : 0;
      outcomes.push((await hear(telegram(meter(1), i, water(1_000 + i), secure, status))).outcome);
      test.clock.advanceMs(16_000);
    }
    expect(outcomes).toEqual(['stored', ...Array(4).fill('thinned'), 'stored', 'thinned', 'thinned']);
    test.clock.advanceMs(900_000);
    expect((await hear(telegram(meter(1), 9, water(2_000), secure, 4))).outcome).toBe('stored');
  });

  it('of nobody is kept now and then, and its key is asked for once in a while', async () => {
    for (let i = 0; i < 100; i++) {
      expect(await hear(telegram(meter(1), i, water(i), secure))).toMatchObject({
        ...{ outcome: 'unread', code: 'MBUS_NO_KEY' },
      });
      test.clock.advanceMs(16_000);
    }
    expect(kept.length).toBe(2);
    expect(kept[0]).toMatchObject({ device: name, meter: 0, outcome: 'MBUS_NO_KEY', source: 'radio' });
    expect(looks).toBeLessThan(30);
    expect(test.sink.rejections).toEqual([]);
    expect(heard.get(name)).toMatchObject({ telegrams: 100, everyS: 16, state: 'no-key' });
  });

  it('of a registered meter with a wrong key is refused, with its reason', async () => {
    register(otherKey);
    expect(await hear(telegram(meter(1), 1, water(1), secure))).toMatchObject({ code: 'MBUS_WRONG_KEY' });
    expect(test.sink.rejections).toMatchObject([{ code: 'MBUS_WRONG_KEY', device: name }]);
    expect(heard.get(name)?.state).toBe('wrong-key');
  });

  it('behind a converter is that of the meter, with its key', async () => {
    register();
    const sent = encodeWirelessTelegram({
      ...{ meter: meter(1), link: meter(2, { type: 0x37 }), header: 'long', accessNumber: 1 },
      ...{ payload: water(5), security: secure },
    });
    expect(await hear(sent)).toMatchObject({ outcome: 'stored', meter: name });
    expect(heard.get(name)?.paths).toMatchObject([{ gateway: 'OAM-10000002' }]);
    expect(heard.get('OAM-10000002')?.paths).toMatchObject([{ gateway: 'roof' }]);
  });

  it('in its maker’s own form is read by the model of the meter', async () => {
    const file = createRequire(import.meta.url).resolve('@openami/wire/models/izarv2.json');
    const { samples } = JSON.parse(readFileSync(file, 'utf8'));
    const [{ telegram: sample, expected }] = samples;
    const { outcome, meter: of } = await hear(bytesOfHex(sample)!);
    expect(outcome).toBe('stored');
    expect(of.slice(4)).toBe(expected.id);
    expect(test.sink.unregistered).toContainEqual(
      expect.objectContaining({ device: of, value: expected.total_m3, unit: 'm3' }),
    );
    // one meter, and no converter before it
    expect([...heard.all()].map(({ name: one }) => one)).toEqual([of]);
  });

  it('that is damaged harms nobody', async () => {
    const sent = telegram(meter(1), 7, water(1_234), secure);
    for (let at = 0; at < sent.length; at++) {
      const damaged = sent.slice(0, at + 1);
      damaged[at]! ^= 0x55;
      const { outcome } = await hear(damaged);
      expect(['stored', 'thinned', 'unread']).toContain(outcome);
    }
  });

  it('in the clear is not believed of a meter that has a key, also behind a converter or in a mode of makers', async () => {
    register();
    await hear(telegram(meter(1), 1, water(1_000), secure));
    const clear = telegram(meter(1), 2, water(9_999_999), { mode: 0 }, 1);
    const ofMaker = telegram(meter(1), 3, water(9_999_999), { mode: 0 }, 2).slice();
    // security mode 16
    ofMaker[14] = 0x10;
    const behind = encodeWirelessTelegram({
      ...{ meter: meter(1), link: meter(2, { type: 0x37 }), header: 'long', accessNumber: 1, status: 3 },
      ...{ payload: water(9_999_999), security: { mode: 0 } },
    });
    for (const forged of [clear, ofMaker, behind]) {
      expect(await hear(forged)).toMatchObject({ outcome: 'unread', code: 'MBUS_NOT_ENCRYPTED' });
    }
    expect(test.sink.unregistered).toMatchObject([{ value: 1 }]);
    expect(test.sink.rejections).toMatchObject([{ code: 'MBUS_NOT_ENCRYPTED', device: name }]);
  });

  it('of another maker’s meter with the same number is not that of a meter known by its number', async () => {
    known.set('OAM-10000001', { meterId: 1, device: '10000001', key });
    known.set('XYZ-10000001', { meterId: 1, device: '10000001', key });
    const other = meter(1, { manufacturer: 'XYZ' });
    expect(await hear(telegram(other, 1, water(7)))).toMatchObject({
      outcome: 'stored',
      meter: 'XYZ-10000001',
    });
    const hidden = { mode: 5, key: otherKey } as const;
    expect(await hear(telegram(other, 2, water(7), hidden))).toMatchObject({ code: 'MBUS_NO_KEY' });
    expect(await hear(telegram(meter(1), 3, water(8), secure))).toMatchObject({ outcome: 'stored' });
    expect(test.sink.unregistered.map(({ device }) => device)).toEqual(['XYZ-10000001', '10000001']);
    expect(test.sink.rejections).toEqual([]);
  });

  it('of a stranger teaches no compact frames of registered meters', async () => {
    const compact = (litres: number) => {
      const full = water(litres);
      const [signature, crc] = [crcOf(full.subarray(0, 2)), crcOf(full)];
      return new Uint8Array([signature & 0xff, signature >> 8, crc & 0xff, crc >> 8, ...full.subarray(2)]);
    };
    const frame = (accessNumber: number) => {
      const bytes = telegram(meter(1), accessNumber, compact(5)).slice();
      // CI 7B: compact frame with a short header
      bytes[10] = 0x7b;
      return bytes;
    };
    known.set(name, { meterId: 1, device: name, key: undefined });
    await hear(telegram(meter(9), 1, water(1)));
    expect((await hear(frame(1))).outcome).toBe('thinned');
    await hear(telegram(meter(1), 2, water(1), { mode: 0 }, 1));
    expect((await hear(frame(3))).outcome).toBe('stored');
  });

  it('is known again with and without the CRCs of the link', async () => {
    register();
    const sent = telegram(meter(1), 7, water(1_234), secure);
    await hear(sent);
    expect(await hear(wrapBlocks(sent, 'a'), 'cellar')).toMatchObject({ outcome: 'repeat' });
    expect(heard.get(name)?.telegrams).toBe(1);
  });

  it('of mode 5 that somebody recorded is refused once a later one said more', async () => {
    register();
    const sent = [1_000, 1_005, 1_010].map((litres, i) => telegram(meter(1), i, water(litres), secure));
    for (const one of sent) {
      expect(await hear(one)).toMatchObject({ outcome: expect.stringMatching(/stored|thinned/) });
      test.clock.advanceMs(120_000);
    }
    // the last one says nothing old
    expect(await hear(sent[2]!)).toMatchObject({ outcome: expect.stringMatching(/stored|thinned/) });
    test.clock.advanceMs(900_000);
    expect(await hear(sent[0]!)).toMatchObject({ outcome: 'unread', code: 'RADIO_REPLAYED' });
    expect(test.sink.rejections).toMatchObject([{ code: 'RADIO_REPLAYED', device: name }]);
  });

  it('that was recorded and is sent again is not taken, where its counter tells', async () => {
    register();
    const counted = (counter: number, litres: number) =>
      telegram(meter(1), counter, water(litres), { mode: 7, key, counter });
    const [old, last] = [counted(1, 1_000), counted(4, 4_000)];
    expect((await hear(old)).outcome).toBe('stored');
    test.clock.advanceMs(1_800_000);
    expect((await hear(last)).outcome).toBe('stored');
    test.clock.advanceMs(900_000);
    expect(await hear(old)).toMatchObject({ outcome: 'unread', code: 'RADIO_REPLAYED' });
    expect(await hear(last)).toMatchObject({ outcome: 'repeat' });
    // a gateway that held it back says so
    const held = { atMs: test.clock.nowMs() - 1_800_000 };
    expect((await hear(counted(2, 2_000), 'cellar', held)).outcome).toBe('stored');
    expect((await hear(counted(5, 5_000))).outcome).toBe('stored');
    expect(test.sink.unregistered.map(({ value }) => value)).toEqual([1, 4, 2, 5]);
    expect(test.sink.rejections).toMatchObject([{ code: 'RADIO_REPLAYED' }]);
  });

  it('that could not be stored is no repeat when it comes again', async () => {
    register();
    const sent = telegram(meter(1), 7, water(1_234), secure);
    (test.sink as MemorySink).fail = new Error('disk full');
    await expect(hear(sent)).rejects.toThrow('disk full');
    (test.sink as MemorySink).fail = undefined;
    expect((await hear(sent)).outcome).toBe('stored');
  });
});

describe('telegrams of a meter that are being stored together', () => {
  const counted = (counter: number, status: number) =>
    telegram(meter(1), counter, water(counter), { mode: 7, key, counter }, status);
  const [first, second] = [counted(1, 0), counted(2, 4)];

  /** Both under way; `settle` ends the storing of one of them, and what comes after them is stored. */
  const underWay = async () => {
    register();
    const ends: { done: () => void; fail: (error: Error) => void }[] = [];
    const accept = () =>
      ends.length < 2
        ? new Promise<never>((done, fail) => ends.push({ done: done as () => void, fail }))
        : Promise.resolve(undefined as never);
    const ingest = { accept, refuse: accept };
    intake = new RadioIntake({ ingest, clock: test.clock, heard, keys, keep: async () => {}, models });
    const taken = [hear(first), hear(second)].map((one) => one.catch(({ message }: Error) => message));
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    const settle = async (which: number, error?: Error) => {
      if (error) ends[which]!.fail(error);
      else ends[which]!.done();
      return taken[which];
    };
    return settle;
  };
  const full = new Error('disk full');

  it('and could not be are taken both when they come again', async () => {
    const settle = await underWay();
    expect([await settle(0, full), await settle(1, full)]).toEqual(['disk full', 'disk full']);
    expect(await hear(first)).toMatchObject({ outcome: 'stored' });
    expect(await hear(second)).toMatchObject({ outcome: 'stored' });
  });

  it('leave the counter of the one that was stored; the other is taken when it comes again, once', async () => {
    const settle = await underWay();
    expect(await settle(1)).toMatchObject({ outcome: 'stored' });
    expect(await settle(0, full)).toBe('disk full');
    test.clock.advanceMs(120_000);
    expect(await hear(second)).toMatchObject({ outcome: 'repeat' });
    expect(await hear(first)).toMatchObject({ outcome: 'stored' });
    test.clock.advanceMs(120_000);
    expect(await hear(first)).toMatchObject({ outcome: 'unread', code: 'RADIO_REPLAYED' });
  });
});

describe('keys ready for use', () => {
  const gate = () => {
    let open = () => {};
    const passed = new Promise<void>((done) => {
      open = done;
    });
    return { passed, open };
  };

  it('are those of after a change, also where they were being looked up before it', async () => {
    const { passed, open } = gate();
    let now = new Map<string, KnownMeter>();
    const slow = new RadioKeys(async () => {
      const then = now;
      await passed;
      return then;
    }, test.clock);
    const before = slow.find(name);
    await new Promise((done) => setImmediate(done));
    now = new Map([[name, { meterId: 1, device: name, key }]]);
    slow.forgetAll();
    open();
    expect(await before).toBeUndefined();
    expect(await slow.find(name)).toMatchObject({ meterId: 1 });
  });

  it('are taken out together, however the meters send', async () => {
    const names = Array.from({ length: 500 }, (_, i) => `OAM-${20_000_000 + i}`);
    for (const one of names) known.set(one, { meterId: 1, device: one, key });
    for (const one of names) await keys.find(one);
    const first = looks;
    for (let round = 0; round < 3; round++) {
      test.clock.advanceMs(601_000);
      for (const one of names) expect(await keys.find(one)).toMatchObject({ device: one });
      keys.forgetAll();
      for (const one of names) expect(await keys.find(one)).toMatchObject({ device: one });
    }
    expect(looks - first).toBeLessThanOrEqual(6);
    known.delete(names[0]!);
    keys.forgetAll();
    expect(await keys.find(names[0]!)).toBeUndefined();
  });

  it('of meters of ours stay, however many strangers are heard', async () => {
    register();
    await keys.find(name);
    await Promise.all(Array.from({ length: 100_001 }, (_, i) => keys.find(`XYZ-${i}`)));
    const before = looks;
    expect(await keys.find(name)).toMatchObject({ meterId: 1 });
    expect(looks).toBe(before);
  });
});

describe('a key', () => {
  const opened = (of: AesKey | undefined, ...telegrams: Uint8Array[]) => checkRadioKey(of, telegrams).verdict;
  const hidden = [1, 2, 3].map((n) => telegram(meter(1), n, water(n), secure));

  it('is told right, wrong, not needed, or of no use', () => {
    expect(opened(key, ...hidden)).toBe('right');
    expect(opened(otherKey, ...hidden)).toBe('wrong');
    expect(opened(undefined, ...hidden)).toBe('wrong');
    expect(opened(key, telegram(meter(1), 1, water(1)))).toBe('plain');
    expect(opened(key, hidden[0]!.subarray(0, 9))).toBe('damaged');
    const own = telegram(meter(1), 1, new Uint8Array(32).fill(0xaa)).slice();
    // security mode 13: of the transport layer's own
    own[14] = 0x0d;
    expect(opened(key, own)).toBe('unsupported');
    expect(
      checkRadioKey(new AesKey(keyBytes), [...hidden, telegram(meter(1), 1, water(1))]).of,
    ).toMatchObject({
      ...{ right: 3, plain: 1, wrong: 0 },
    });
  });
});
