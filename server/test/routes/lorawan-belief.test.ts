/** What is believed of messages: whose they are, when they were sent; and where downlinks have a way to. */
import { startBareBroker } from '@openami/headend';
import { ManualClock, systemAccess } from '@openami/model';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LorawanDeviceItem, LorawanDeviceList } from '../../src/contract/lorawan.ts';
import { askerOf } from '../helpers/ask.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const dayMs = 86_400_000;
let server: TestServer;
let broker: { readonly url: string; close(): Promise<void> };
let network: MqttClient;
let gateway: string;

const asked = askerOf(() => server);
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
const ask = <T = any>(method: string, path: string, body?: unknown) =>
  asked<T>(method, `/api/v1/lorawan${path}`, body);
/** As the network server, which may hand in and no more. */
async function post(path: string, body: object) {
  const headers = { authorization: `Bearer ${gateway}`, 'content-type': 'application/json' };
  const url = new URL(`/api/v1/lorawan${path}`, server.url);
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}
const deviceOf = async (devEui: string): Promise<LorawanDeviceItem | undefined> =>
  (await ask<LorawanDeviceList>('GET', `/devices?q=${devEui}`)).body.items[0];
const rejected = async (): Promise<{ code: string; device: string }[]> =>
  (await server.fetch('/api/v1/rejections')).json() as Promise<{ code: string; device: string }[]>;

interface Uplink {
  readonly devEui: string;
  readonly fCnt: number;
  readonly applicationId?: string;
  readonly tenantId?: string;
  readonly atMs?: number;
}

const chirpstackUp = ({ devEui, fCnt, applicationId = 'app-1', tenantId = 't', atMs }: Uplink) => ({
  ...{ deduplicationId: `${devEui}-${fCnt}-${atMs}`, devAddr: '01020304', fCnt, fPort: 2, data: 'JAEA' },
  time: new Date(atMs ?? clock.nowMs()).toISOString(),
  deviceInfo: { tenantId, applicationId, deviceName: 'cellar', devEui },
});
const up = (uplink: Uplink) => post('/chirpstack?event=up', chirpstackUp(uplink));
const thingsUp = ({ devEui, fCnt, applicationId = 'app' }: Uplink) => ({
  end_device_ids: {
    ...{ device_id: 'other', application_ids: { application_id: applicationId } },
    dev_eui: devEui.toUpperCase(),
  },
  received_at: new Date(clock.nowMs()).toISOString(),
  uplink_message: { f_port: 2, f_cnt: fCnt, frm_payload: 'JAEA', session_key_id: 'a' },
});

beforeAll(async () => {
  broker = await startBareBroker();
  network = await connectAsync(broker.url, { reconnectPeriod: 50 });
  server = await startServer({ meters: 1, clock, env: { OPENAMI_LORAWAN_MQTT_URL: broker.url } });
  await vi.waitFor(() => expect(server.running.context.lorawan.connected()).toBe(true), patient);
  await new Promise((done) => setTimeout(done, 200));
  const { tokens } = server.running.context.registry;
  gateway = (await tokens.issue(systemAccess, { name: 'lns', role: 'gateway' })).secret;
}, 120_000);
afterAll(async () => {
  await server?.close();
  await network?.endAsync(true);
  await broker?.close();
});

it('a device is of the server, application and tenant it was heard at, until somebody says that it moved', async () => {
  const devEui = '00000000000000d1';
  expect((await up({ devEui, fCnt: 4 })).status).toBe(200);
  const before = await deviceOf(devEui);
  const others = [
    up({ devEui, fCnt: 60_000, applicationId: 'app-2' }),
    up({ devEui, fCnt: 60_000, tenantId: 'u' }),
    post('/thethingsstack', thingsUp({ devEui, fCnt: 60_000 })),
    post('/chirpstack?event=join', {
      ...{ deviceInfo: { devEui, applicationId: 'app-2', deviceName: 'mine' }, devAddr: '01020304' },
    }),
  ];
  for (const answer of await Promise.all(others))
    expect(answer).toMatchObject({ status: 409, body: { code: 'LORAWAN_OTHER_SERVER' } });
  expect(await deviceOf(devEui)).toEqual(before);
  const kept = (await rejected()).filter(({ code }) => code === 'LORAWAN_OTHER_SERVER');
  expect(kept).toHaveLength(4);
  expect(kept[0]).toMatchObject({ device: devEui });
  // what was refused is not read with a codec either
  await ask('POST', '/codecs', {
    ...{ id: 'acme/server', vendor: 'Acme', models: ['S'], fPorts: [2], decoder: 'script', examples: [] },
    examples: [{ fn: 'decodeUplink', input: { bytes: '01', fPort: 2 }, output: { data: { n: 1 } } }],
    script: 'function decodeUplink(input) { return { data: { n: input.bytes.length } }; }',
    mapping: { series: [{ value: 'n', quantity: '8-0:1.0.0', unit: 'L' }] },
  });
  const assigned = await ask('POST', `/devices/${devEui}/codec`, { codec: 'acme/server' });
  expect(assigned.body).toMatchObject({ read: 1 });
  const moved = { server: 'chirpstack', applicationId: 'app-2' };
  expect((await post(`/devices/${devEui}/server`, moved)).status).toBe(403);
  expect(await ask('POST', `/devices/${devEui}/server`, moved)).toMatchObject({
    ...{ status: 200, body: { applicationId: 'app-2', tenantId: null, missed: 0 } },
  });
  expect((await up({ devEui, fCnt: 5 })).status).toBe(409);
  expect((await up({ devEui, fCnt: 1, applicationId: 'app-2', tenantId: 'u' })).status).toBe(200);
  expect(await deviceOf(devEui)).toMatchObject({ fCnt: 1, missed: 0, resets: 0, tenantId: 'u' });
  expect((await ask('POST', '/devices/00000000000000ff/server', moved)).body.code).toBe('LORAWAN_NOT_HEARD');
  const trail = await server.running.context.registry.audit.list(systemAccess, { limit: 20 });
  expect(trail).toContainEqual(expect.objectContaining({ action: 'move', objectId: devEui }));
}, 60_000);

it('there is a way back to who was heard by the broker, and to nobody else', async () => {
  const order = (devEui: string) => ask('POST', `/devices/${devEui}/downlinks`, { fPort: 2, hex: '00' });
  const noWay = { status: 409, body: { code: 'LORAWAN_NO_WAY' } };
  const [things, hooked] = ['00000000000000d2', '00000000000000d3'];
  expect((await post('/thethingsstack', thingsUp({ devEui: things, fCnt: 1 }))).status).toBe(200);
  expect(await order(things)).toMatchObject(noWay);
  expect((await up({ devEui: hooked, fCnt: 1 })).status).toBe(200);
  expect(await order(hooked)).toMatchObject(noWay);
  // the broker brings the same: it was taken before
  const message = JSON.stringify(chirpstackUp({ devEui: hooked, fCnt: 1 }));
  await network.publishAsync(`application/app-1/device/${hooked}/event/up`, message, { qos: 1 });
  const unsafe = { status: 403, body: { code: 'LORAWAN_DOWNLINK_UNSAFE' } };
  await vi.waitFor(async () => expect(await order(hooked)).toMatchObject(unsafe), patient);
}, 60_000);

it('a time that cannot be is refused and kept; one a little ahead is of now', async () => {
  const devEui = '00000000000000d4';
  for (const at of ['2099-01-01T00:00:00Z', '1971-01-01T00:00:00Z'])
    expect(await up({ devEui, fCnt: 1, atMs: Date.parse(at) })).toMatchObject({
      ...{ status: 422, body: { code: 'LORAWAN_TIME' } },
    });
  expect(await deviceOf(devEui)).toBeUndefined();
  expect((await rejected()).filter(({ code }) => code === 'LORAWAN_TIME')).toHaveLength(2);
  // it waited in a broker
  expect((await up({ devEui, fCnt: 1, atMs: clock.nowMs() - 20 * dayMs })).status).toBe(200);
  expect(Date.parse((await deviceOf(devEui))!.last)).toBe(clock.nowMs() - 20 * dayMs);
  expect((await up({ devEui, fCnt: 2, atMs: clock.nowMs() + 7_200_000 })).status).toBe(200);
  expect(Date.parse((await deviceOf(devEui))!.last)).toBe(clock.nowMs());
  // by the broker it is kept alike, and holds up nothing
  const late = chirpstackUp({ devEui, fCnt: 3, atMs: Date.parse('2099-01-01T00:00:00Z') });
  for (const message of [late, chirpstackUp({ devEui, fCnt: 4 })])
    await network.publishAsync(`application/app-1/device/${devEui}/event/up`, JSON.stringify(message), {
      qos: 1,
    });
  await vi.waitFor(async () => expect((await deviceOf(devEui))?.fCnt).toBe(4), patient);
  expect((await rejected()).filter(({ code }) => code === 'LORAWAN_TIME')).toHaveLength(3);
}, 60_000);
