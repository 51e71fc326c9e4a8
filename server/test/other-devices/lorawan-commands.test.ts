/** Valves of LoRaWAN meters: ordered, approved by a second person, sent once, confirmed by what the device says. */
import { startBareBroker } from '@openami/headend';
import { ManualClock, systemAccess } from '@openami/model';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { peopleOf } from '../helpers/people.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const devEui = '00000000000000a1';
const other = '00000000000000a2';
/** The first byte is the valve. */
const valve = {
  ...{ id: 'acme/valve', vendor: 'Acme', models: ['V1'], fPorts: [2], decoder: 'script' },
  script: `
    function decodeUplink(input) { return { data: { valve: input.bytes[0] ? 'open' : 'closed', n: input.bytes[1] } }; }
    function encodeDownlink(input) {
      if (input.data.reportS !== undefined) return { bytes: [9, input.data.reportS], fPort: input.fPort };
      return { bytes: [input.data.open ? 1 : 0], fPort: 10 };
    }`,
  examples: [{ fn: 'decodeUplink', input: { bytes: '0107' }, output: { data: { valve: 'open', n: 7 } } }],
  mapping: { series: [{ value: 'n', quantity: '1-0:1.8.0', unit: 'kWh' }] },
  control: {
    connect: { fPort: 10, data: { open: true } },
    disconnect: { fPort: 10, data: { open: false } },
    state: { value: 'valve', connected: 'open', disconnected: 'closed' },
    harmless: [{ fPort: 11, fields: ['reportS'] }],
  },
};
const { state: _state, ...silentControl } = valve.control;
/** As above, of a device that never says where its valve is. */
const silent = { ...valve, id: 'acme/silent', control: silentControl };

interface Got {
  readonly id: string;
  readonly data: string;
  readonly confirmed: boolean;
  readonly fPort: number;
}

let server: TestServer;
let broker: { readonly url: string; close(): Promise<void> };
let network: MqttClient;
const got: Got[] = [];
const { ask, signIn } = peopleOf(() => server);
const counters = new Map<string, number>();

const publish = (device: string, event: string, message: object) =>
  network.publishAsync(`application/app-1/device/${device}/event/${event}`, JSON.stringify(message), {
    qos: 1,
  });
const infoOf = (device: string) => ({
  devEui: device,
  applicationId: 'app-1',
  tenantId: 't',
  deviceName: 'v',
});

/** An uplink that says where the valve is. */
async function says(device: string, isOpen: boolean): Promise<void> {
  const fCnt = (counters.get(device) ?? 0) + 1;
  counters.set(device, fCnt);
  const time = new Date(clock.nowMs()).toISOString();
  await publish(device, 'up', {
    ...{ deduplicationId: `${device}-${fCnt}`, time, devAddr: '01020304', fCnt, fPort: 2 },
    ...{ deviceInfo: infoOf(device), data: Buffer.from([isOpen ? 1 : 0, 7]).toString('base64') },
  });
  await vi.waitFor(() => expect(server.running.context.lorawan.heard.get(device)?.fCnt).toBe(fCnt), patient);
}
const acknowledges = (device: string, { id }: Got) =>
  publish(device, 'ack', {
    ...{ deviceInfo: infoOf(device), queueItemId: id, acknowledged: true, fCntDown: 3 },
  });

const order = async (body: object) => {
  const made = await ask('olga', 'POST', '/commands', { reason: 'unpaid', ...body });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body as { id: number; needsApproval: boolean };
};
const approved = async (body: object) => {
  const { id } = await order(body);
  expect((await ask('otto', 'POST', `/commands/orders/${id}/approve`, {})).status).toBe(200);
  return id;
};
const commandOf = async (id: number) => (await ask('olga', 'GET', `/commands?order=${id}`)).body.items[0];
const until = (id: number, wanted: object) =>
  vi.waitFor(async () => {
    // what waits for its time is due a moment later
    clock.advanceMs(1_000);
    expect(await commandOf(id)).toMatchObject(wanted);
  }, patient);

beforeAll(async () => {
  broker = await startBareBroker();
  network = await connectAsync(broker.url, { reconnectPeriod: 50 });
  network.on('message', (_topic, payload) => got.push(JSON.parse(payload.toString()) as Got));
  await network.subscribeAsync('application/app-1/device/+/command/down', { qos: 1 });
  server = await startServer({ meters: 3, clock, env: { OPENAMI_LORAWAN_MQTT_URL: broker.url } });
  await vi.waitFor(() => expect(server.running.context.lorawan.connected()).toBe(true), patient);
  await new Promise((done) => setTimeout(done, 200));
  await signIn('olga', 'operator');
  await signIn('otto', 'operator');
  for (const codec of [valve, silent])
    expect(await ask('token', 'POST', '/lorawan/codecs', codec)).toMatchObject({ status: 200 });
  const given = [
    [devEui, valve.id, 'T1000'],
    [other, silent.id, 'T1001'],
  ] as const;
  for (const [device, codec, meter] of given) {
    await ask('token', 'POST', `/lorawan/devices/${device}/codec`, { codec, meter });
    await says(device, true);
  }
  for (const id of [1, 2, 3])
    expect(
      await ask('olga', 'PUT', `/meters/${id}/endpoint`, { protocol: 'lorawan', mode: 'inbound' }),
    ).toEqual(expect.objectContaining({ status: 200 }));
}, 120_000);
afterAll(async () => {
  await server?.close();
  await network?.endAsync(true);
  await broker?.close();
});

it('a valve is closed once a second person agreed, and is closed when the device says so', async () => {
  const { id, needsApproval } = await order({ kind: 'disconnect', meterIds: [1] });
  expect(needsApproval).toBe(true);
  expect(await ask('olga', 'POST', `/commands/orders/${id}/approve`, {})).toMatchObject({
    ...{ status: 403, body: { code: 'COMMAND_FOUR_EYES' } },
  });
  expect(got).toHaveLength(0);
  await ask('otto', 'POST', `/commands/orders/${id}/approve`, {});
  await expect.poll(() => got, patient).toMatchObject([{ data: 'AA==', fPort: 10, confirmed: true }]);
  // the uplink after which the device gets it still says open
  await says(devEui, true);
  await acknowledges(devEui, got[0]!);
  await until(id, { state: 'running', error: 'COMMAND_UNDER_WAY' });
  await says(devEui, false);
  await until(id, { state: 'confirmed', after: { outputOn: false }, sends: 1 });
  expect((await ask('olga', 'GET', '/meters/1')).body.usagePoint.state).toBe('disconnected');
  const looked = await ask('olga', 'POST', '/commands/look', { meterId: 1, kind: 'connect' });
  expect(looked.body).toMatchObject({ found: { outputOn: false } });
  const trail = await server.running.context.registry.audit.list(systemAccess, { limit: 50 });
  expect(trail.map(({ action }) => action)).toEqual(expect.arrayContaining(['request', 'approve', 'send']));
  expect(got).toHaveLength(1);
}, 90_000);

it('a device that only acknowledges confirms by that, and says nothing of the supply', async () => {
  got.length = 0;
  const id = await approved({ kind: 'disconnect', meterIds: [2] });
  await expect.poll(() => got, patient).toHaveLength(1);
  await says(other, false);
  await until(id, { state: 'running' });
  await acknowledges(other, got[0]!);
  await until(id, { state: 'confirmed', after: { outputOn: false, saidBy: 'acknowledgement' } });
  expect((await ask('olga', 'GET', '/meters/2')).body.usagePoint.state).not.toBe('disconnected');
}, 90_000);

it('what is not declared harmless is a command, whoever asks', async () => {
  got.length = 0;
  const send = (who: string, body: object) => ask(who, 'POST', `/lorawan/devices/${devEui}/downlinks`, body);
  for (const who of ['olga', 'token']) {
    for (const body of [
      { fPort: 11, hex: '00' },
      { fPort: 10, data: { open: false } },
      { fPort: 11, data: { reportS: 5, open: false } },
      // harmless on its port alone
      { fPort: 10, data: { reportS: 0 } },
      { fPort: 10, data: {} },
    ])
      expect(await send(who, body), JSON.stringify(body)).toMatchObject({
        ...{ status: 403, body: { code: 'LORAWAN_DOWNLINK_UNSAFE' } },
      });
  }
  expect(await send('olga', { fPort: 11, data: { reportS: 5 } })).toMatchObject({ status: 200 });
  await expect.poll(() => got, patient).toMatchObject([{ fPort: 11, data: 'CQU=' }]);
  expect(await ask('olga', 'POST', '/lorawan/codecs', valve)).toMatchObject({
    ...{ status: 403, body: { code: 'LORAWAN_CONTROL' } },
  });
  // the supply of the meter was cut a short time ago, and what bytes do is not known
  clock.advanceMs(2 * 3_600_000);
  const id = await approved({ kind: 'downlink', params: { fPort: 12, hex: 'c0de' }, meterIds: [1] });
  await expect.poll(() => got, patient).toHaveLength(2);
  expect(got[1]).toMatchObject({ fPort: 12, data: 'wN4=', confirmed: true });
  await acknowledges(devEui, got[1]!);
  await until(id, { state: 'confirmed', after: { acknowledged: true }, sends: 1 });
}, 90_000);

it('nobody alone makes harmless what closes a valve: who has a codec with control is for administrators', async () => {
  got.length = 0;
  const refused = { status: 403, body: { code: 'LORAWAN_CONTROL' } };
  // of another model, to which any bytes on this port are harmless
  const foreign = {
    ...{ ...valve, id: 'acme/display', models: ['D1'] },
    script: valve.script.replace('input.data.open ? 1 : 0', 'input.data.raw ?? 0'),
    control: { harmless: [{ fPort: 10, fields: ['raw'] }] },
  };
  expect(await ask('token', 'POST', '/lorawan/codecs', foreign)).toMatchObject({ status: 200 });
  const { control: _control, ...plain } = valve;
  expect(await ask('olga', 'POST', '/lorawan/codecs', { ...plain, id: 'acme/plain' })).toMatchObject({
    status: 200,
  });
  const assign = (who: string, device: string, body: object) =>
    ask(who, 'POST', `/lorawan/devices/${device}/codec`, body);
  for (const codec of [foreign.id, 'acme/plain', null])
    expect(await assign('olga', devEui, { codec }), String(codec)).toMatchObject(refused);
  expect(await assign('olga', devEui, { codec: valve.id, meter: 'T1001' })).toMatchObject(refused);
  // one that has no codec yet may be a valve all the same
  expect(await assign('olga', '00000000000000a3', { codec: foreign.id })).toMatchObject(refused);
  expect(await assign('olga', '00000000000000a3', { codec: 'acme/plain' })).toMatchObject({ status: 200 });
  // what it has is read again by anybody
  expect(await assign('olga', devEui, { codec: valve.id, all: true })).toMatchObject({ status: 200 });
  // a version that says nothing of downlinks, in the place of one that does
  expect(await ask('olga', 'POST', '/lorawan/codecs', plain)).toMatchObject(refused);
  const enabled = { id: foreign.id, enabled: false };
  expect(await ask('olga', 'POST', '/lorawan/codecs/enabled', enabled)).toMatchObject({ status: 200 });
  expect(await ask('olga', 'POST', '/lorawan/codecs/enabled', { ...enabled, enabled: true })).toMatchObject(
    refused,
  );
  expect(got).toHaveLength(0);
}, 90_000);

it('what is declared harmless and is, over the air, what switches the supply, is a command', async () => {
  got.length = 0;
  const careless = {
    ...{ ...valve, id: 'acme/careless' },
    script: valve.script.replace(
      'if (',
      'if (input.data.mode !== undefined) return { bytes: [input.data.mode], fPort: 10 }; if (',
    ),
    control: { ...valve.control, harmless: [{ fPort: 10, fields: ['mode'] }] },
  };
  const device = '00000000000000a4';
  expect(await ask('token', 'POST', '/lorawan/codecs', careless)).toMatchObject({ status: 200 });
  await ask('token', 'POST', `/lorawan/devices/${device}/codec`, { codec: careless.id });
  await says(device, true);
  const send = (mode: number) =>
    ask('olga', 'POST', `/lorawan/devices/${device}/downlinks`, { fPort: 10, data: { mode } });
  for (const mode of [0, 1])
    expect(await send(mode)).toMatchObject({ status: 403, body: { code: 'LORAWAN_DOWNLINK_UNSAFE' } });
  expect(await send(7)).toMatchObject({ status: 200 });
  await expect.poll(() => got, patient).toMatchObject([{ fPort: 10, data: 'Bw==' }]);
  // nor is it harmless by a codec that came after it
  await ask('token', 'POST', '/lorawan/codecs/enabled', { id: 'acme/display', enabled: true });
  await ask('token', 'POST', `/lorawan/devices/${device}/codec`, { codec: 'acme/display' });
  const raw = (value: number) =>
    ask('olga', 'POST', `/lorawan/devices/${device}/downlinks`, { fPort: 10, data: { raw: value } });
  expect(await raw(0)).toMatchObject({ status: 403, body: { code: 'LORAWAN_DOWNLINK_UNSAFE' } });
  expect(await raw(7)).toMatchObject({ status: 200 });
  await ask('token', 'POST', `/lorawan/devices/${device}/codec`, { codec: null });
  expect(
    await ask('olga', 'POST', `/lorawan/devices/${device}/codec`, { codec: 'acme/plain' }),
  ).toMatchObject({
    ...{ status: 403, body: { code: 'LORAWAN_CONTROL' } },
  });
}, 90_000);

it('parameters that do not fit, meters without a device and kinds of others are refused', async () => {
  const refused = (body: object) => ask('olga', 'POST', '/commands', body);
  const invalid = { status: 422, body: { code: 'COMMAND_INVALID' } };
  for (const params of [{ fPort: 12 }, { fPort: 12, hex: 'ab', data: '1' }, { fPort: 12, data: '{' }])
    expect(await refused({ kind: 'downlink', params, meterIds: [1] })).toMatchObject(invalid);
  const write = { path: '/3312/0/5850', type: 'boolean', value: '0' };
  expect(await refused({ kind: 'lwm2m-write', params: write, meterIds: [1] })).toMatchObject(invalid);
  const noDevice = await approved({ kind: 'disconnect', meterIds: [3] });
  await until(noDevice, { state: 'failed', error: 'COMMAND_NOT_READABLE', sends: 0 });
  const limit = { thresholdW: 1, minOverS: 1, minUnderS: 1 };
  const unknown = await approved({ kind: 'load-limit', params: limit, meterIds: [1] });
  await until(unknown, { state: 'failed', error: 'COMMAND_NOT_READABLE', sends: 0 });
}, 90_000);

it('the kill switch holds what was ordered before, tries of it among it', async () => {
  got.length = 0;
  const { id: made, needsApproval } = await order({ kind: 'connect', meterIds: [1] });
  expect(needsApproval).toBe(false);
  await expect.poll(() => got, patient).toHaveLength(1);
  await ask('olga', 'POST', '/commands/kill-switch/on', {});
  // refused by the device: it would be tried again
  await publish(devEui, 'ack', {
    ...{ deviceInfo: infoOf(devEui), queueItemId: got[0]!.id, acknowledged: false, fCntDown: 4 },
  });
  const list = async () => (await ask('olga', 'GET', `/lorawan/devices/${devEui}/downlinks`)).body.items;
  await vi.waitFor(async () => {
    clock.advanceMs(5_000);
    expect((await list())[0]).toMatchObject({ step: 'handing', error: 'the kill switch is on' });
  }, patient);
  expect(got).toHaveLength(1);
  await ask('token', 'POST', '/commands/kill-switch/off', {});
  await vi.waitFor(() => {
    clock.advanceMs(30_000);
    expect(got).toHaveLength(2);
  }, patient);
  await says(devEui, true);
  await until(made, { state: 'confirmed', after: { outputOn: true } });
}, 90_000);
