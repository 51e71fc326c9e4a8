/** Messages of network servers: every kind, downlinks, topics, and what is damaged. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  base64Of,
  bytesOfBase64,
  chirpstackEvents,
  decodeChirpstack,
  decodeLorawanLine,
  decodeThingsStack,
  encodeChirpstackDownlink,
  encodeThingsStackDownlink,
  parseChirpstackTopic,
  parseThingsStackTopic,
  readWebhookHeaders,
} from '../../src/lorawan/index.ts';
import { codeOf } from '../code-of.ts';
import { chirpstackOthers, chirpstackUp, thingsOthers, thingsUp } from './golden.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const payload = Uint8Array.of(0x00, 0xff, 0x10);

describe('ChirpStack v4', () => {
  test('an uplink', () => {
    const event = decodeChirpstack(bytes(chirpstackUp), 'up');
    expect(event).toMatchObject({
      ...{ type: 'up', server: 'chirpstack', deduplicationId: chirpstackUp.deduplicationId },
      serverMs: Date.UTC(2026, 2, 1, 12, 0, 0, 123),
      device: {
        ...{ devEui: '70b3d5000000a1b2', name: 'Meter 12', devAddr: '01ab23cd', applicationId: '7d2e' },
        ...{ tenantId: 'b1c0', profile: 'Acme water', tags: { site: 'north' } },
      },
      ...{ fPort: 100, fCnt: 1042, bytes: payload, confirmed: true, adr: true, dataRateIndex: 5 },
      modulation: { kind: 'lora', bandwidthHz: 125_000, spreadingFactor: 7, codingRate: '4/5' },
      ...{ frequencyHz: 868_300_000, decoded: { volume: 1.5 }, sessionId: '01ab23cd' },
      rx: [
        { gatewayId: '00800000a0001234', rssiDbm: -101, snrDb: -7.25, isGpsTime: false, channel: 3 },
        { gatewayId: '00800000a0005678', rssiDbm: -88, snrDb: 0, isGpsTime: true },
      ],
    });
    if (event.type === 'up') expect(event.rx[1]!.gatewayMs! - event.rx[0]!.gatewayMs!).toBe(200);
    // an EUI may be written with what others put before hex
    const deviceInfo0x = { ...chirpstackUp.deviceInfo, devEui: '0x70B3D5000000A1B2' };
    expect(decodeChirpstack({ ...chirpstackUp, deviceInfo: deviceInfo0x }).device).toEqual(event.device);
    // what is zero is left out on the wire
    const { deviceInfo, rxInfo } = chirpstackUp;
    expect(decodeChirpstack({ deviceInfo, rxInfo })).toMatchObject({
      type: 'up',
      fPort: 0,
      fCnt: 0,
      confirmed: false,
    });
  });

  test('other modulations', () => {
    const of = (modulation: object) => decodeChirpstack({ ...chirpstackUp, txInfo: { modulation } });
    expect(of({ fsk: { datarate: 50_000 } })).toMatchObject({ modulation: { kind: 'fsk', bitRate: 50_000 } });
    expect(of({ lrFhss: { operatingChannelWidth: 137_000, codeRate: 'CR_2_6' } })).toMatchObject({
      modulation: { kind: 'lr-fhss', bandwidthHz: 137_000, codingRate: '2/6' },
    });
  });

  test.each([
    ['join', { type: 'join', sessionId: '01ab23cd' }],
    ['status', { type: 'status', marginDb: -3, batteryPercent: 71.5, externalPower: false }],
    ['status on mains', { type: 'status', batteryPercent: null, externalPower: true }],
    ['ack', { type: 'downlink', news: 'acked', ids: ['q1'], fCnt: 3 }],
    ['nack', { type: 'downlink', news: 'nacked', ids: ['q1'] }],
    ['txack', { type: 'downlink', news: 'sent', gatewayId: '00800000a0001234' }],
    ['log', { type: 'log', level: 'warning', code: 'UPLINK_F_CNT_RESET', context: { a: 'b' } }],
    ['location', { type: 'location', latitude: 48.1, longitude: 11.5, altitudeM: 520, source: 'GPS' }],
    ['integration', { type: 'service', service: 'loracloud', kind: 'e', object: { a: 1 } }],
  ] as const)('%s, with and without being told which', (name, expected) => {
    const body = chirpstackOthers[name];
    const told = chirpstackEvents.find((event) => event === name.split(' ')[0]?.replace('nack', 'ack'));
    expect(decodeChirpstack(bytes(body))).toMatchObject(expected);
    expect(decodeChirpstack(bytes(body), told)).toEqual(decodeChirpstack(bytes(body)));
  });

  test('topics', () => {
    const parts = { applicationId: '7d2e', devEui: '70b3d5000000a1b2', event: 'up' };
    expect(parseChirpstackTopic('application/7d2e/device/70B3D5000000A1B2/event/up')).toEqual(parts);
    expect(parseChirpstackTopic('eu868/application/7d2e/device/70b3d5000000a1b2/event/up')).toEqual(parts);
    expect(parseChirpstackTopic('application/7d2e/device/70b3d5000000a1b2/command/down')).toBeUndefined();
    expect(parseChirpstackTopic('application/7d2e/device/70b3/event/up')).toBeUndefined();
  });
});

describe('The Things Stack v3', () => {
  test('an uplink', () => {
    expect(decodeThingsStack(bytes(thingsUp))).toMatchObject({
      ...{ type: 'up', server: 'things-stack', deduplicationId: 'as:up:01Y', sessionId: 'AX==' },
      serverMs: Date.UTC(2026, 2, 1, 12, 0, 0, 300),
      device: {
        ...{ devEui: '70b3d5000000a1b2', name: 'meter-12', devAddr: '260b1234', joinEui: '70b3d50000000001' },
        ...{ applicationId: 'water', tenantId: 'ttn', profile: 'acme/water' },
      },
      ...{ fPort: 2, fCnt: 77, bytes: payload, confirmed: true, frequencyHz: 867_100_000 },
      modulation: { kind: 'lora', spreadingFactor: 9, codingRate: '4/5' },
      rx: [
        {
          ...{ gatewayId: '00800000a0001234', rssiDbm: -90, snrDb: 3.2, channel: 5, isGpsTime: true },
          gatewayMs: Date.UTC(2026, 2, 1, 11, 59, 59, 250),
        },
        { gatewayId: 'packetbroker', gatewayMs: null },
      ],
    });
  });

  test.each([
    ['join', { type: 'join', sessionId: 'AX==', serverMs: Date.UTC(2026, 2, 1, 11, 59, 59) }],
    ['queued', { type: 'downlink', news: 'queued', ids: ['mine', 'as:downlink:1'] }],
    ['sent', { type: 'downlink', news: 'sent', fPort: 5, fCnt: 8, bytes: Uint8Array.of(1, 2) }],
    ['acked', { type: 'downlink', news: 'acked', confirmed: true }],
    ['nacked', { type: 'downlink', news: 'nacked' }],
    ['failed', { type: 'downlink', news: 'failed', error: 'too_long: payload is too long', fPort: 5 }],
    ['location', { type: 'location', latitude: 1.5, longitude: -2.5, altitudeM: null, source: 'lbs' }],
    ['service', { type: 'service', service: 'das', object: { x: 1 } }],
  ] as const)('%s', (name, expected) => {
    expect(decodeThingsStack(bytes(thingsOthers[name]))).toMatchObject(expected);
  });

  test('topics and headers of webhooks', () => {
    expect(parseThingsStackTopic('v3/water@ttn/devices/meter-12/down/ack')).toEqual({
      ...{ applicationId: 'water@ttn', deviceId: 'meter-12', kind: 'down/ack' },
    });
    expect(parseThingsStackTopic('v3/water/devices/meter-12/up')?.kind).toBe('up');
    expect(parseThingsStackTopic('v3/water@ttn/devices/meter-12/down/push')).toBeUndefined();
    expect(
      readWebhookHeaders({
        'X-Tts-Domain': 'eu1.example',
        'x-downlink-apikey': 'k',
        'X-Downlink-Push': 'https://p',
      }),
    ).toEqual({ domain: 'eu1.example', apiKey: 'k', pushUrl: 'https://p', replaceUrl: null });
  });
});

describe('downlinks', () => {
  const order = {
    ...{ devEui: '70b3d5000000a1b2', applicationId: '7d2e', deviceId: 'meter-12', id: 'mine' },
    ...{ fPort: 5, bytes: Uint8Array.of(1, 2), confirmed: true },
  };

  test('as both servers take them', () => {
    expect(encodeChirpstackDownlink(order)).toEqual({
      topic: 'application/7d2e/device/70b3d5000000a1b2/command/down',
      payload: '{"devEui":"70b3d5000000a1b2","id":"mine","confirmed":true,"fPort":5,"data":"AQI="}',
    });
    const { topic, payload } = encodeThingsStackDownlink({ ...order, applicationId: 'water@ttn' }, 'replace');
    expect(topic).toBe('v3/water@ttn/devices/meter-12/down/replace');
    expect(JSON.parse(payload)).toEqual({
      downlinks: [
        { f_port: 5, frm_payload: 'AQI=', confirmed: true, priority: 'NORMAL', correlation_ids: ['mine'] },
      ],
    });
  });

  test.each([
    { fPort: 0 },
    { fPort: 224 },
    { fPort: 1.5 },
    { bytes: new Uint8Array(243) },
    { devEui: '70b3' },
    { applicationId: 'a/b' },
    { applicationId: '#' },
    { deviceId: '+' },
  ])('%o is refused', (change) => {
    expect(codeOf(() => encodeThingsStackDownlink({ ...order, ...change }))).toBe('LORAWAN_BAD_FIELD');
  });
});

test('base64 there and back, as others write it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
      const text = base64Of(data);
      expect(text).toBe(Buffer.from(data).toString('base64'));
      for (const each of [text, text.replace(/=+$/, ''), Buffer.from(data).toString('base64url')]) {
        expect(bytesOfBase64(each)).toEqual(data);
      }
    }),
  );
  for (const wrong of ['A', 'AB=', 'A B=', 'AB==C', 'äöü=']) expect(bytesOfBase64(wrong)).toBeUndefined();
});

describe('what is no message', () => {
  test.each([
    ['LORAWAN_NOT_JSON', '{'],
    ['LORAWAN_NOT_JSON', '[]'],
    ['LORAWAN_NOT_JSON', '7'],
    ['LORAWAN_UNKNOWN_MESSAGE', '{}'],
    ['LORAWAN_MESSAGE_TOO_LARGE', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['LORAWAN_MESSAGE_TOO_LARGE', `{"a":"${'x'.repeat(2 ** 20)}"}`],
    ['LORAWAN_BAD_FIELD', JSON.stringify({ ...chirpstackUp, fCnt: -1 })],
    ['LORAWAN_BAD_FIELD', JSON.stringify({ ...chirpstackUp, data: '*' })],
    ['LORAWAN_BAD_FIELD', JSON.stringify({ ...chirpstackUp, time: 'now' })],
    ['LORAWAN_BAD_FIELD', JSON.stringify({ ...chirpstackUp, rxInfo: {} })],
    ['LORAWAN_BAD_FIELD', JSON.stringify({ ...chirpstackUp, deviceInfo: { devEui: 'xyz' } })],
    ['LORAWAN_BAD_FIELD', JSON.stringify({ ...chirpstackUp, confirmed: 'yes' })],
  ])('%s: %.60s', (expected, text) => {
    expect(codeOf(() => decodeChirpstack(text))).toBe(expected);
    if (expected !== 'LORAWAN_BAD_FIELD') expect(codeOf(() => decodeThingsStack(text))).toBe(expected);
  });

  test('not UTF-8', () => {
    expect(codeOf(() => decodeChirpstack(Uint8Array.of(0x7b, 0xff, 0x7d)))).toBe('LORAWAN_NOT_JSON');
  });

  const bodies = [chirpstackUp, thingsUp, ...Object.values(chirpstackOthers), ...Object.values(thingsOthers)];
  test('any value in place of any field is an event or an error of ours', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.nat(),
        fc.jsonValue({ maxDepth: 2 }),
        (body, which, value) => {
          const paths: string[][] = [];
          const collect = (node: unknown, path: string[]) => {
            if (typeof node !== 'object' || node === null) return;
            for (const [name, item] of Object.entries(node)) {
              paths.push([...path, name]);
              collect(item, [...path, name]);
            }
          };
          collect(body, []);
          const path = paths[which % paths.length]!;
          const copy = structuredClone(body) as Record<string, unknown>;
          const holder = path
            .slice(0, -1)
            .reduce<Record<string, unknown>>((node, name) => node[name] as never, copy);
          holder[path.at(-1)!] = value;
          for (const decode of [decodeChirpstack, decodeThingsStack]) {
            expect(codeOf(() => decode(bytes(copy)))).toMatch(/^(ok|LORAWAN_[A-Z_]+)$/);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('lines', () => {
  test('a message, with or without its topic', () => {
    const line = decodeLorawanLine(JSON.stringify({ id: 'm', message: thingsUp }));
    expect(line).toMatchObject({
      id: 'm',
      ok: true,
      type: 'up',
      bytes: '00ff10',
      serverTime: '2026-03-01T12:00:00.300Z',
    });
    const topic = 'application/7d2e/device/70b3d5000000a1b2/event/join';
    expect(decodeLorawanLine({ id: 2, topic, message: JSON.stringify(chirpstackOthers.join) })).toMatchObject(
      {
        ...{ id: 2, ok: true, type: 'join' },
      },
    );
  });

  const hex = '40da1b0126800200017bcb460e6fcdb9ea8f';
  const keys = { nwkSKey: '000102030405060708090a0b0c0d0e0f', appSKey: '101112131415161718191a1b1c1d1e1f' };
  test('a frame, with what keys there are', () => {
    expect(decodeLorawanLine({ id: '1', hex })).toMatchObject({
      ...{ ok: true, type: 'unconfirmed-up', devAddr: '26011bda', fCnt: 2, fPort: 1 },
      ...{ micOk: null, encrypted: true, payload: '7bcb460e6f' },
    });
    expect(decodeLorawanLine({ hex, ...keys })).toMatchObject({
      micOk: true,
      encrypted: false,
      payload: '7761746572',
    });
    expect(decodeLorawanLine({ phy: hex, nwk_s_key: keys.nwkSKey })).toMatchObject({ micOk: true });
    expect(decodeLorawanLine({ hex, ...keys, fCntMsb: 1 })).toMatchObject({
      ...{ ok: false, error: { code: 'LORAWAN_MIC_WRONG' } },
    });
  });

  test.each([
    ['', 'LORAWAN_NOT_JSON'],
    ['[]', 'LORAWAN_NOT_JSON'],
    ['{"hex":"4"}', 'LORAWAN_BAD_FIELD'],
    ['{"hex":"40"}', 'LORAWAN_TRUNCATED'],
    ['{"message":7}', 'LORAWAN_NOT_JSON'],
    [`{"hex":"${hex}","appSKey":"00"}`, 'LORAWAN_BAD_KEY'],
    [`{"hex":"${hex}","fCntMsb":"x"}`, 'LORAWAN_BAD_FIELD'],
  ])('%s', (text, expected) => {
    expect(decodeLorawanLine(text)).toMatchObject({ ok: false, error: { code: expected } });
  });
});
