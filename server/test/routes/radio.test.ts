/** Meters that gateways hear: from a telegram over MQTT or HTTP to a registered meter with its past. */
import { ManualClock, systemAccess } from '@openami/model';
import { bytesOfHex, hexOf } from '@openami/wire';
import { AesKey, encodeWirelessTelegram } from '@openami/wire/mbus';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceCredential } from '../../src/contract/identity.ts';
import type { HeardList, HeardRegistered, RadioKeyCheck } from '../../src/contract/radio.ts';
import { askerOf } from '../helpers/ask.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const keyHex = '00112233445566778899aabbccddeeff';
const key = new AesKey(bytesOfHex(keyHex)!);
const otherHex = 'ffeeddccbbaa99887766554433221100';
const meter = { manufacturer: 'OAM', id: '12345678', version: 1, type: 7 };
const name = 'OAM-12345678';

let server: TestServer;
const ask = askerOf(() => server);
let clock: ManualClock;
let access = 0;

beforeAll(async () => {
  clock = new ManualClock(Date.parse(fixtureNow));
  server = await startServer({ meters: 1, clock });
}, 90_000);
afterAll(() => server?.close());

/** A water register of so many litres, encrypted. */
function telegram(litres: number, of = meter, isSecret = true): Uint8Array {
  const payload = new Uint8Array([0x04, 0x13, 0, 0, 0, 0]);
  new DataView(payload.buffer).setUint32(2, litres, true);
  const security = isSecret ? ({ mode: 5, key } as const) : ({ mode: 0 } as const);
  return encodeWirelessTelegram({
    meter: of,
    accessNumber: access++ & 0xff,
    payload,
    security,
    header: 'short',
  });
}

const post = (body: string | Uint8Array, type: string) =>
  server
    .fetch('/api/v1/radio/telegrams?gateway=roof', {
      ...{ method: 'POST', headers: { 'content-type': type }, body: body as string },
    })
    .then(async (answer) => ({ status: answer.status, body: (await answer.json()) as object }));

describe('meters that are heard', () => {
  it('stand in a list with their paths, over HTTP and MQTT', async () => {
    const first = telegram(1_000);
    const line = JSON.stringify({ telegram: hexOf(first), rssi: -71 });
    expect(await post(line, 'application/json')).toEqual({
      ...{ status: 200, body: { stored: 0, thinned: 0, repeats: 0, unread: 1, faults: 0 } },
    });
    const { body } = await ask<DeviceCredential>('POST', '/api/v1/devices/cellar/credential');
    const client = await connectAsync(server.mqttUrl, { ...body, reconnectPeriod: 0 });
    await client.publishAsync('openami/v1/cellar/telegrams', Buffer.from(first), { qos: 1 });
    await client.publishAsync('openami/v1/cellar/telegrams', 'nonsense', { qos: 1 });
    await client.publishAsync('openami/v1/roof/telegrams', Buffer.from(first), { qos: 1 });
    await client.endAsync();
    const { items, heard } = (await ask<HeardList>('GET', '/api/v1/radio/heard')).body;
    expect(heard).toBe(1);
    expect(items).toMatchObject([
      {
        ...{ name, medium: 'water', meterId: null, telegrams: 1, state: 'no-key', code: 'MBUS_NO_KEY' },
        paths: [
          { gateway: 'roof', telegrams: 1, rssiMean: -71 },
          { gateway: 'cellar', telegrams: 1, rssiMean: null },
        ],
      },
    ]);
    const metrics = await (await server.fetch('/metrics')).text();
    for (const line of [
      'openami_radio_telegrams{gateway="roof",outcome="unread"} 1',
      'openami_radio_telegrams{gateway="cellar",outcome="repeat"} 1',
      'openami_radio_telegrams{gateway="cellar",outcome="fault"} 1',
      'openami_radio_rssi_dbm{gateway="roof"} -71',
      'openami_radio_heard{state="no-key"} 1',
    ])
      expect(metrics).toContain(line);
    const scanned = await ask<HeardList>('GET', '/api/v1/radio/heard?q=8OAM0112345678');
    expect(scanned.body.items).toMatchObject([{ name }]);
    const rejections = (await ask<{ code: string }[]>('GET', '/api/v1/rejections')).body;
    const codes = rejections.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['MQTT_DENIED', 'RADIO_FORM']));
    expect(codes).not.toContain('MBUS_NO_KEY');
  });

  it('are registered with their key, backwards to the first telegram that was kept', async () => {
    for (let i = 1; i <= 8; i++) {
      clock.advanceMs(900_000);
      await post(hexOf(telegram(1_000 + i * 10)), 'text/plain');
    }
    const check = async (hex?: string) =>
      (await ask<RadioKeyCheck>('POST', `/api/v1/radio/heard/${name}/check-key`, { key: hex })).body;
    expect(await check(otherHex)).toMatchObject({ verdict: 'wrong', of: { wrong: 9 } });
    expect(await check(keyHex)).toMatchObject({ verdict: 'right', of: { right: 9, wrong: 0 } });
    const register = (body: unknown) =>
      ask<HeardRegistered>('POST', `/api/v1/radio/heard/${name}/register`, body);
    expect(await register({ key: otherHex })).toMatchObject({
      status: 422,
      body: { code: 'RADIO_KEY_WRONG' },
    });
    expect(await register({})).toMatchObject({ status: 422, body: { code: 'RADIO_KEY_WRONG' } });
    const { status, body } = await register({ key: keyHex });
    expect(status).toBe(200);
    expect(body).toMatchObject({ moved: 9, telegrams: 9 });
    const now = (await ask<HeardList>('GET', '/api/v1/radio/heard?registered=true')).body.items;
    expect(now).toMatchObject([{ name, meterId: body.meterId, state: 'decrypted', code: '' }]);
    const { readings } = server.running.context.store;
    const span = { fromS: Date.parse(fixtureNow) / 1_000 - 1, toS: clock.nowMs() / 1_000 };
    const found = await readings.profile(systemAccess, body.channelIds[0]!, span);
    expect([...found.value].slice(0, found.length).map((value) => value / found.resolution[0]!)).toHaveLength(
      9,
    );
    const litres = Array.from(
      found.value.slice(0, found.length),
      (value, i) => (value * found.resolution[i]!) / 1e3,
    );
    expect(litres).toEqual(Array.from({ length: 9 }, (_, i) => 1_000 + i * 10));
    // and from now on
    clock.advanceMs(900_000);
    expect((await post(hexOf(telegram(1_100)), 'text/plain')).body).toMatchObject({ stored: 1 });
    await expect
      .poll(
        async () => (await ask<HeardList>('GET', '/api/v1/radio/heard?registered=true')).body.items,
        patient,
      )
      .toMatchObject([{ name, meterId: body.meterId, state: 'decrypted' }]);
    expect(JSON.stringify(await ask('GET', '/api/v1/audit'))).not.toContain(keyHex);
  });

  it('are registered again without harm, also where it broke off before the key', async () => {
    const register = (body: unknown, of = name) =>
      ask<HeardRegistered & { code: string }>('POST', `/api/v1/radio/heard/${of}/register`, body);
    const again = await register({ key: keyHex });
    expect(again).toMatchObject({ status: 200, body: { moved: 0 } });
    expect(again.body.channelIds).toHaveLength(1);
    expect(await register({ key: otherHex })).toMatchObject({ body: { code: 'RADIO_KEY_WRONG' } });

    const broken = { ...meter, id: '12345679' };
    await post(hexOf(telegram(500, broken)), 'text/plain');
    await server.running.context.radio.readKept(systemAccess, 'OAM-12345679', { key: bytesOfHex(keyHex)! });
    const { items } = await server.running.context.store.evidence.unregistered(systemAccess, {
      device: 'OAM-12345679',
    });
    const channels = items.map(({ quantity, unit, intervalS }) => ({ quantity, unit, intervalS }));
    const half = await ask<HeardRegistered>('POST', '/api/v1/unregistered/adopt', {
      ...{ device: 'OAM-12345679', commodity: 'water', channels },
    });
    expect(half.body).toMatchObject({ moved: 1 });
    expect(await register({ key: keyHex }, 'OAM-12345679')).toMatchObject({
      ...{ status: 200, body: { meterId: half.body.meterId, channelIds: half.body.channelIds } },
    });
    clock.advanceMs(900_000);
    expect((await post(hexOf(telegram(510, broken)), 'text/plain')).body).toMatchObject({ stored: 1 });
  });

  it('keep no key that they do not need', async () => {
    const open = { ...meter, id: '12345680' };
    await post(hexOf(telegram(500, open, false)), 'text/plain');
    const path = '/api/v1/radio/heard/OAM-12345680/register';
    expect(await ask('POST', path, { key: keyHex })).toMatchObject({ body: { code: 'RADIO_KEY_UNUSED' } });
    expect(await ask('POST', path, {})).toMatchObject({ status: 200, body: { moved: 1 } });
  });

  it('are read with a key of a key file at once', async () => {
    const later = { ...meter, id: '12345681' };
    const { meters } = server.running.context.registry;
    await meters.create(systemAccess, { serial: 'OAM-12345681', commodity: 'water', state: 'active' });
    await server.running.context.directory.refresh();
    expect((await post(hexOf(telegram(1, later)), 'text/plain')).body).toMatchObject({ unread: 1 });
    const file = `serial,wmbus\nOAM-12345681,${keyHex}\n`;
    const taken = await server.fetch('/api/v1/keys/import?name=keys.csv', {
      ...{ method: 'POST', headers: { 'content-type': 'text/csv' }, body: file },
    });
    expect(taken.status).toBeLessThan(300);
    expect((await post(hexOf(telegram(2, later)), 'text/plain')).body).toMatchObject({ stored: 1 });
  });

  it('refuses what is no name, no key, and who may not', async () => {
    expect((await ask('POST', '/api/v1/radio/heard/x%20y/register', {})).status).toBe(400);
    expect((await ask('POST', '/api/v1/radio/heard/OAM-00000001/register', {})).status).toBe(404);
    expect((await ask('POST', `/api/v1/radio/heard/${name}/check-key`, { key: '12' })).status).toBe(400);
    expect((await post('', 'text/plain')).status).toBe(422);
    expect((await fetch(new URL('/api/v1/radio/heard', server.url))).status).toBe(401);
  });
});
