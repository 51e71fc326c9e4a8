/** Meters whose ports are handed on: over HTTP, MQTT and TCP, to registered meters with their past. */
import { connect, createServer, type Socket } from 'node:net';
import { ManualClock, systemAccess } from '@openami/model';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  gasId,
  meterId,
  p1Bytes,
  plate,
  portKeyHex,
  readoutBytes,
  sealedP1,
  smlBytes,
  titleName,
} from '../../../headend/test/ports/made.ts';
import type { DeviceCredential } from '../../src/contract/identity.ts';
import type { HeardList, HeardRegistered, RadioKeyCheck } from '../../src/contract/radio.ts';
import { askerOf } from '../helpers/ask.ts';
import { freePort } from '../helpers/free-port.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
const ask = askerOf(() => server);
let clock: ManualClock;
let tcpPort: number;
let far: Awaited<ReturnType<typeof forwarder>>;
const sockets: Socket[] = [];

/** A forwarder that listens. */
async function forwarder() {
  const connected: Socket[] = [];
  const listener = createServer((socket) => connected.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  return { listener, port, connected };
}

beforeAll(async () => {
  clock = new ManualClock(Date.parse(fixtureNow));
  tcpPort = await freePort();
  far = await forwarder();
  server = await startServer({
    ...{ meters: 1, clock },
    env: {
      OPENAMI_RADIO_TCP_PORT: String(tcpPort),
      OPENAMI_RADIO_TCP_URLS: `tcp://127.0.0.1:${far.port}?gateway=attic`,
    },
  });
}, 90_000);
afterAll(async () => {
  await server?.close();
  for (const socket of [...sockets, ...far.connected]) socket.destroy();
  far.listener.close();
});

const nowS = () => Math.floor(clock.nowMs() / 1_000);
const post = (body: string | Uint8Array, type = 'application/octet-stream') =>
  server
    .fetch('/api/v1/radio/telegrams?gateway=hall', {
      ...{ method: 'POST', headers: { 'content-type': type }, body: body as string },
    })
    .then(async (answer) => ({ status: answer.status, body: (await answer.json()) as object }));
const heardOf = async (name: string) =>
  (await ask<HeardList>('GET', `/api/v1/radio/heard?q=${encodeURIComponent(name)}`)).body.items;
const register = (name: string, body: object = {}) =>
  ask<HeardRegistered & { code: string }>(
    'POST',
    `/api/v1/radio/heard/${encodeURIComponent(name)}/register`,
    body,
  );

async function valuesOf(channel: number): Promise<number[]> {
  const span = { fromS: Date.parse(fixtureNow) / 1_000 - 86_400, toS: nowS() };
  const { value, resolution, length } = await server.running.context.store.readings.profile(
    systemAccess,
    channel,
    span,
  );
  return Array.from(value.subarray(0, length), (count, i) => (count * resolution[i]!) / 1e6);
}

describe('meters at their ports', () => {
  it('are heard over HTTP, and registered with what was kept, each meter behind them by itself', async () => {
    for (let i = 0; i < 3; i++) {
      const gas = `00${321 + i}.500`;
      expect(await post(p1Bytes(nowS(), `00${1234 + i}.567`, { gas }))).toMatchObject({
        ...{ status: 200, body: { stored: 1, faults: 0 } },
      });
      clock.advanceMs(900_000);
    }
    expect(await heardOf(meterId)).toMatchObject([
      { name: meterId, protocol: 'p1', medium: 'electricity', meterId: null, state: 'plain' },
    ]);
    const registered = await register(meterId);
    expect(registered).toMatchObject({ status: 200, body: { telegrams: 3 } });
    const gas = await register(gasId);
    expect(gas).toMatchObject({ status: 200, body: { telegrams: 3 } });
    expect(await valuesOf(gas.body.channelIds[0]!)).toEqual([321.5, 322.5, 323.5]);
    const meter = await server.running.context.registry.meters.find(systemAccess, gasId);
    expect(meter).toMatchObject({ commodity: 'gas', manufacturer: 'OAM' });
    expect(await register(meterId, { key: portKeyHex })).toMatchObject({
      body: { code: 'RADIO_KEY_UNUSED' },
    });
    // and from now on
    const before = (await valuesOf(registered.body.channelIds[0]!)).length;
    await post(p1Bytes(nowS(), '001240.000'));
    expect(await valuesOf(registered.body.channelIds[0]!)).toHaveLength(before + 1);
    expect(await heardOf(meterId)).toMatchObject([{ meterId: registered.body.meterId }]);
  });

  it('are heard over TCP, from a serial adapter and from a forwarder, and stored as their meter', async () => {
    const ready = await (await server.fetch('/health/ready')).json();
    expect(ready).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({
          name: 'radio tcp',
          ok: true,
          detail: expect.stringContaining(`${tcpPort}`),
        }),
      ]),
    });
    const socket = connect(tcpPort, '127.0.0.1');
    sockets.push(socket);
    socket.write(Buffer.concat([smlBytes(10_000).subarray(30), smlBytes(10_000)]));
    await expect
      .poll(() => heardOf(plate), patient)
      .toMatchObject([{ name: plate, protocol: 'sml', paths: [{ gateway: '127.0.0.1' }] }]);
    const { body } = await register(plate);
    clock.advanceMs(900_000);
    far.connected[0]!.write(smlBytes(20_000));
    await expect.poll(() => valuesOf(body.channelIds[0]!), patient).toEqual([1, 2]);
    const [{ paths } = { paths: [] }] = await heardOf(plate);
    expect(paths.map(({ gateway }) => gateway)).toEqual(['127.0.0.1', 'attic']);
  });

  it('are believed over MQTT only from a gateway that may speak for them, once they are registered', async () => {
    const { body } = await ask<DeviceCredential>('POST', '/api/v1/devices/cellar/credential');
    const client = await connectAsync(server.mqttUrl, { ...body, reconnectPeriod: 0 });
    clock.advanceMs(900_000);
    const send = (bytes: Uint8Array) =>
      client.publishAsync('openami/v1/cellar/telegrams', Buffer.from(bytes), { qos: 1 });
    await send(smlBytes(90_000));
    const rejections = (await ask<{ code: string; device: string }[]>('GET', '/api/v1/rejections')).body;
    expect(rejections).toContainEqual(expect.objectContaining({ code: 'DEVICE_NOT_ALLOWED', device: plate }));
    await send(readoutBytes('5.000', '00099999'));
    expect(await heardOf('00099999')).toMatchObject([
      { protocol: 'iec62056-21', paths: [{ gateway: 'cellar' }] },
    ]);
    expect(await register('00099999', { commodity: 'heat' })).toMatchObject({
      status: 200,
      body: { moved: 1 },
    });
    await client.endAsync();
  });

  it('that encipher are opened with the key of the vault, backwards to the first telegram', async () => {
    for (let i = 1; i <= 2; i++) {
      expect(await post(sealedP1(nowS(), `00${1000 + i}.000`, i))).toMatchObject({ body: { unread: 1 } });
      clock.advanceMs(900_000);
    }
    const path = `/api/v1/radio/heard/${titleName}`;
    const check = async (key: string) =>
      (await ask<RadioKeyCheck>('POST', `${path}/check-key`, { key })).body;
    expect(await check('ff00ff00ff00ff00ff00ff00ff00ff00')).toMatchObject({
      verdict: 'wrong',
      of: { wrong: 2 },
    });
    expect(await check(portKeyHex)).toMatchObject({ verdict: 'right', of: { right: 2 } });
    expect(await register(titleName)).toMatchObject({ body: { code: 'RADIO_KEY_WRONG' } });
    const { status, body } = await register(titleName, { key: portKeyHex });
    expect({ status, telegrams: body.telegrams }).toEqual({ status: 200, telegrams: 2 });
    expect(await post(sealedP1(nowS(), '001003.000', 3))).toMatchObject({ body: { stored: 1 } });
    const of = await Promise.all(body.channelIds.map(valuesOf));
    expect(of).toContainEqual([1001, 1002, 1003]);
    clock.advanceMs(900_000);
    expect(await post(sealedP1(nowS(), '000000.001', 2))).toMatchObject({ body: { unread: 1 } });
    expect(JSON.stringify(await ask('GET', '/api/v1/audit'))).not.toContain(portKeyHex);
  });

  it('refuses what is damaged, over HTTP with its reason', async () => {
    const damaged = p1Bytes(nowS(), '1.000');
    damaged[30]! ^= 1;
    expect(await post(damaged)).toMatchObject({ status: 422, body: { code: 'RADIO_FORM' } });
  });
});
