/** From telegrams of meters' ports to what is stored. */
import type { Frame } from '@openami/model';
import { p1Key } from '@openami/wire/p1';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  checkPortKey,
  HeardBook,
  type KnownMeter,
  keptPortMessage,
  PortIntake,
  type PortWay,
  portTelegramsOf,
  RadioKeys,
} from '../../src/index.ts';
import { fixture, nowS } from '../helpers/fixture.ts';
import {
  authenticationKey,
  gasId,
  meterId,
  p1Bytes,
  plate,
  portKeyBytes,
  pushBytes,
  readoutBytes,
  sealedP1,
  smlBytes,
  titleName,
} from './made.ts';

const zone = 'Europe/Berlin';
const portKey = p1Key(portKeyBytes, authenticationKey);
let known: Map<string, KnownMeter>;
let kept: Frame[];
let heard: HeardBook;
let intake: PortIntake;
let keys: RadioKeys;
let test: ReturnType<typeof fixture>;

beforeEach(() => {
  test = fixture();
  known = new Map();
  kept = [];
  heard = new HeardBook();
  keys = new RadioKeys(
    async (names) => new Map([...known].filter(([one]) => names.includes(one))),
    test.clock,
  );
  const { ingest, clock } = test;
  intake = new PortIntake({ ingest, clock, heard, keys, zone, keep: async (frame) => void kept.push(frame) });
});

const take = (bytes: Uint8Array, way: Partial<PortWay> = {}) =>
  intake.take(portTelegramsOf(bytes)!.telegrams[0]!, { gateway: 'hall', ...way });
const register = (name: string, more: Partial<KnownMeter> = {}) => {
  known.set(name, { meterId: 7, device: name, key: undefined, ...more });
  keys.forgetAll();
};
const stored = () =>
  test.sink.unregistered.map(({ device, quantity, value, unit }) => [device, quantity, value, unit]);

describe('a telegram of a P1 port', () => {
  it('is of the meter and of each meter behind it, which are heard by their own names', async () => {
    const sent = p1Bytes(nowS - 10, '001234.567');
    expect(await take(sent)).toEqual({ outcome: 'stored', meter: meterId, code: '' });
    expect(stored()).toEqual(
      expect.arrayContaining([
        [meterId, '1-0:1.8.1', 1234.567, 'kWh'],
        [gasId, '7-0:3.0.0', 321.5, 'm3'],
      ]),
    );
    expect(test.sink.frames.map(({ device }) => device).sort()).toEqual([meterId, gasId].sort());
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').trim();
    expect(text(test.sink.frames[0]!.payload)).toBe(text(sent));
    expect([...heard.all()]).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          name: meterId,
          protocol: 'p1',
          type: 2,
          state: 'plain',
          manufacturer: 'OAM',
        }),
        expect.objectContaining({ name: gasId, type: 3, state: 'plain' }),
      ]),
    );
    expect(heard.get(gasId)!.paths).toMatchObject([{ gateway: meterId }]);
    expect(heard.get(meterId)!.paths).toMatchObject([{ gateway: 'hall', telegrams: 1 }]);
  });

  it('comes every second, and one in a quarter of an hour is stored', async () => {
    const outcomes = [];
    for (let i = 0; i < 20; i++) {
      outcomes.push((await take(p1Bytes(nowS + i, `00${1234 + i}.567`))).outcome);
      test.clock.advanceMs(60_000);
    }
    expect(outcomes.filter((one) => one === 'stored')).toHaveLength(2);
    expect(outcomes.filter((one) => one === 'thinned')).toHaveLength(18);
    expect(heard.get(meterId)).toMatchObject({ telegrams: 20 });
  });

  it('that two gateways hand on is one, and what could not be stored comes again', async () => {
    const sent = p1Bytes(nowS, '1.000');
    test.sink.fail = new Error('full');
    await expect(take(sent)).rejects.toThrow('full');
    test.sink.fail = undefined;
    expect(await take(sent)).toMatchObject({ outcome: 'stored' });
    expect(await take(sent, { gateway: 'attic' })).toMatchObject({ outcome: 'repeat' });
    expect(heard.get(meterId)!.paths.map(({ gateway }) => gateway)).toEqual(['hall', 'attic']);
  });

  it('for which the sender may not speak is refused', async () => {
    register(meterId);
    await take(p1Bytes(nowS, '1.000'), { mayReport: (device) => device !== meterId });
    expect(test.sink.rejections).toMatchObject([{ device: meterId, code: 'DEVICE_NOT_ALLOWED' }]);
    expect(stored().map(([device]) => device)).not.toContain(meterId);
    expect(stored().map(([device]) => device)).toContain(gasId);
  });

  it('under a name of a meter on the air, or none that can be used, is kept for nobody', async () => {
    for (const id of ['OAM-12345678', 'x'.repeat(65)]) {
      expect(await take(p1Bytes(nowS, '1.000', { id }))).toEqual({
        ...{ outcome: 'unread', meter: '', code: 'RADIO_NO_METER' },
      });
    }
    expect(test.sink.unregistered).toEqual([]);
    expect(heard.size).toBe(0);
  });
});

describe('an enciphered telegram', () => {
  it('is kept under the title of its meter until there is a key', async () => {
    const sent = sealedP1(nowS, '001234.567', 1);
    expect(await take(sent)).toEqual({ outcome: 'unread', meter: titleName, code: 'P1_NO_KEY' });
    expect(kept).toMatchObject([{ device: titleName, outcome: 'P1_NO_KEY' }]);
    expect(heard.get(titleName)).toMatchObject({ state: 'no-key', protocol: 'p1' });
    const frames = kept.map(({ payload, receivedMs }) => ({ payload, receivedMs }));
    const of = (key: Uint8Array | undefined) => ({
      ...{ name: titleName, zone, portKey: key && p1Key(key, authenticationKey) },
    });
    expect(await checkPortKey(frames, of(portKeyBytes))).toMatchObject({
      verdict: 'right',
      of: { right: 1 },
    });
    expect(await checkPortKey(frames, of(new Uint8Array(16)))).toMatchObject({ verdict: 'wrong' });
    expect(await checkPortKey(frames, of(undefined))).toMatchObject({ verdict: 'wrong' });
    const message = await keptPortMessage(frames[0]!, of(portKeyBytes));
    expect(message).toMatchObject({ device: titleName });
    expect(message!.series.map(({ quantity }) => quantity)).toContain('1-0:1.8.1');
  });

  it('is opened with the key of its meter; an older one is one that somebody recorded', async () => {
    register(titleName, { portKey });
    const first = sealedP1(nowS, '001234.000', 1);
    expect(await take(first)).toMatchObject({ outcome: 'stored', meter: titleName });
    expect(heard.get(titleName)).toMatchObject({ state: 'decrypted' });
    test.clock.advanceMs(900_000);
    expect(await take(sealedP1(nowS + 900, '001235.000', 2))).toMatchObject({ outcome: 'stored' });
    test.clock.advanceMs(900_000);
    expect(await take(first)).toMatchObject({ outcome: 'unread', code: 'RADIO_REPLAYED' });
    // one that a gateway held back says when it was heard
    test.clock.advanceMs(900_000);
    const held = sealedP1(nowS, '001233.000', 0);
    expect(await take(held, { atMs: (nowS + 10) * 1_000 })).toMatchObject({ outcome: 'stored' });
    const behind = stored().filter(([device]) => device === gasId);
    expect(behind.length).toBeGreaterThan(0);
  });

  it('in the clear under the name of a meter with a key is refused', async () => {
    register(meterId, { portKey });
    expect(await take(p1Bytes(nowS, '1.000'))).toMatchObject({
      outcome: 'unread',
      code: 'RADIO_NOT_ENCRYPTED',
    });
    expect(test.sink.rejections).toMatchObject([{ code: 'RADIO_NOT_ENCRYPTED' }]);
    expect(test.sink.unregistered).toEqual([]);
  });
});

describe('other ports', () => {
  it('give readings of SML and of IEC 62056-21 under the name the meter says', async () => {
    await take(smlBytes(123_456));
    await take(readoutBytes('001234.567'));
    await take(pushBytes('000020.5'));
    expect(stored()).toEqual([
      [plate, '1-0:1.8.0*255', 12_345.6, 'Wh'],
      ['00012345', '1-0:1.8.0*255', 1234.567, 'kWh'],
      ['0273011003684', '1-0:1.8.0*255', 20.5, 'kWh'],
    ]);
    expect([...heard.all()].map(({ protocol }) => protocol).sort()).toEqual([
      'iec62056-21',
      'iec62056-21',
      'sml',
    ]);
  });

  it('stand for the meter that their gateway is named after where they do not say who they are', async () => {
    expect(await take(readoutBytes('5.0', ''), { gateway: 'W-4711' })).toMatchObject({ meter: 'W-4711' });
    expect(stored()).toEqual([['W-4711', '1-0:1.8.0*255', 5, 'kWh']]);
  });
});
