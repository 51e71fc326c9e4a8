/** Payloads that are application data of M-Bus: bare records, with a header, enciphered, behind other bytes. */
import { OpenAmiError } from '@openami/model';
import { decodeWmbus, encodeWirelessTelegram } from '@openami/wire/mbus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadMeterModels } from '../../src/index.ts';
import { type CodecDefinition, checkCodec } from '../../src/lorawan/codec.ts';
import { readCodec } from '../../src/lorawan/codec-shape.ts';
import { mbusPayloadDecoder } from '../../src/lorawan/mbus-payload.ts';
import { key, meter, otherKey, secure, water } from '../radio/telegrams.ts';

const models = loadMeterModels();
const devEui = '0102030405060708';
const frameMs = Date.UTC(2026, 2, 30, 12);
const base = { id: 'acme/mbus', vendor: 'Acme', models: ['M1'], fPorts: [2], decoder: 'mbus' } as const;
const codecOf = (mbus?: CodecDefinition['mbus']) => readCodec({ ...base, ...(mbus ? { mbus } : {}) });
const frame = { devEui, fPort: 2, fCnt: 1, frameMs };

function decode(
  bytes: Uint8Array,
  mbus?: CodecDefinition['mbus'],
  with_ = undefined as typeof key | undefined,
) {
  const decoder = mbusPayloadDecoder({ models, offsetS: 3_600, keyOf: async () => with_ });
  return decoder.decode(bytes, frame, codecOf(mbus));
}

/** What stands behind the link of a telegram: CI, header, records. */
function application(litres: number, isSecret: boolean): Uint8Array {
  const telegram = encodeWirelessTelegram({
    ...{ meter: meter(1), accessNumber: 9, payload: water(litres), header: 'long' as const },
    security: isSecret ? secure : { mode: 0 },
  });
  expect(decodeWmbus(telegram, { key, format: 'auto' }).records).toHaveLength(1);
  return telegram.subarray(10);
}

const litresOf = (message: Awaited<ReturnType<typeof decode>>) =>
  message.series.map(({ quantity, unit, value, end }) => [quantity, unit, value[0], end[0]]);

describe('the decoder mbus', () => {
  it('reads bare records behind any bytes, as what the codec says the device measures', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), fc.uint8Array({ maxLength: 8 }), async (litres, before) => {
        const bytes = Uint8Array.from([...before, ...water(litres)]);
        const message = await decode(bytes, { offset: before.length, header: 'none', deviceType: 7 });
        expect(message.device).toBe(devEui);
        expect(litresOf(message)).toEqual([['8-0:1.0.0*255', 'm3', litres / 1_000, frameMs / 1_000]]);
      }),
    );
  });

  it('reads a header before the records, and what is enciphered with the key of the meter', async () => {
    const expected = [['8-0:1.0.0*255', 'm3', 1.234, frameMs / 1_000]];
    expect(litresOf(await decode(application(1_234, false)))).toEqual(expected);
    const secret = application(1_234, true);
    expect(litresOf(await decode(secret, undefined, key))).toEqual(expected);
    await expect(decode(secret)).rejects.toMatchObject({ code: 'MBUS_NO_KEY' });
    await expect(decode(secret, undefined, otherKey)).rejects.toMatchObject({ code: 'MBUS_WRONG_KEY' });
    expect((await decode(secret, undefined, key)).device).toBe(devEui);
  });

  it('gives a typed error or a message for any bytes', async () => {
    const settings = fc.record({
      offset: fc.nat(10),
      header: fc.constantFrom<'ci' | 'none'>('ci', 'none'),
    });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), settings, async (bytes, mbus) => {
        try {
          expect((await decode(bytes, mbus, key)).device).toBe(devEui);
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
    );
  });
});

describe('a codec of it', () => {
  it('names no script, no examples and no mapping; one of a network server no script', () => {
    expect(codecOf({ offset: 1 })).toMatchObject({ script: '', examples: [], mapping: { series: [] } });
    const mapping = { series: [{ value: 'v', quantity: '8-0:1.0.0', unit: 'm3' }] };
    const ofServer = readCodec({ ...base, decoder: 'server', mapping });
    expect(ofServer).toMatchObject({ script: '', examples: [] });
    for (const codec of [ofServer, codecOf()]) checkCodec(codec, ['mbus']);
  });

  it('is refused with what is missing or wrong', () => {
    const missing = (more: object, what: string) =>
      expect(() => readCodec({ ...base, ...more })).toThrow(new RegExp(`${what}: missing`));
    missing({ decoder: 'script' }, 'script');
    missing({ decoder: 'script', script: 'x' }, 'examples');
    missing({ decoder: 'server' }, 'mapping');
    for (const mbus of [{ offset: -1 }, { offset: 1.5 }, { deviceType: 256 }])
      expect(() => checkCodec(codecOf(mbus), ['mbus'])).toThrow(/mbus\./);
    const ofServer = { ...base, decoder: 'server', mapping: { series: [] }, mbus: {} };
    expect(() => checkCodec(readCodec(ofServer), ['mbus'])).toThrow(/mbus: decoder server/);
    expect(() => readCodec({ ...base, mbus: { offest: 1 } })).toThrow(/mbus.offest/);
  });
});
