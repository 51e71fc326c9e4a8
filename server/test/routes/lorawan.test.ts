/** LoRaWAN: from a network server's message over HTTP or its broker to readings, and downlinks back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBareBroker } from '@openami/headend';
import { ManualClock, systemAccess } from '@openami/model';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  CodecAssigned,
  CodecItem,
  CodecList,
  DownlinkItem,
  DownlinkList,
  LorawanDeviceList,
  LorawanTaken,
} from '../../src/contract/lorawan.ts';
import { askerOf } from '../helpers/ask.ts';
import { hasMosquitto, type Mosquitto, startMosquitto } from '../helpers/mosquitto.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const startMs = Date.parse(fixtureNow);
/** Litres in two bytes, after the battery in tenths of a volt; a command opens or closes the valve. */
const water = {
  ...{ id: 'acme/water', vendor: 'Acme', models: ['W1'], fPorts: [2], decoder: 'script' },
  script: `
    function decodeUplink(input) {
      if (input.bytes.length < 3) return { errors: ['too short'] };
      return { data: { battery: input.bytes[0] / 10, litres: input.bytes[1] * 256 + input.bytes[2] } };
    }
    function encodeDownlink(input) {
      if (input.data.reportS !== undefined) return { bytes: [input.data.reportS], fPort: 11 };
      return { bytes: [input.data.open ? 1 : 0], fPort: 10 };
    }`,
  examples: [
    {
      ...{ fn: 'decodeUplink', input: { bytes: '240100', fPort: 2 } },
      output: { data: { battery: 3.6, litres: 256 } },
    },
    { fn: 'encodeDownlink', input: { data: { open: true } }, output: { bytes: [1], fPort: 10 } },
  ],
  mapping: { series: [{ value: 'litres', quantity: '8-0:1.0.0', unit: 'L' }] },
  control: { harmless: [{ fPort: 11, fields: ['reportS'] }] },
};
/** Its example is harmless; with other payloads it hangs where the sandbox alone cannot stop it. */
const hostile = {
  ...{ id: 'evil/loop', vendor: 'Evil', models: ['E'], fPorts: [], decoder: 'script' },
  script: `function decodeUplink(input) {
    if (input.bytes[0] === 1) return { data: { litres: 1 } };
    return { data: { litres: Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) } };
  }`,
  examples: [{ fn: 'decodeUplink', input: { bytes: [1] }, output: { data: { litres: 1 } } }],
  mapping: water.mapping,
};

let server: TestServer;
let clock: ManualClock;

const asked = askerOf(() => server);
const ask = <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  asked<T>(method, `/api/v1/lorawan${path}`, body, headers);

interface Uplink {
  readonly devEui: string;
  readonly fCnt: number;
  readonly bytes: readonly number[];
  readonly fPort?: number;
  readonly atMs?: number;
}

function chirpstackUp({ devEui, fCnt, bytes, fPort = 2, atMs = clock.nowMs() }: Uplink) {
  const time = new Date(atMs).toISOString();
  return {
    ...{ deduplicationId: `${devEui}-${fCnt}-${atMs}`, time, devAddr: '01020304', fCnt, fPort },
    deviceInfo: {
      ...{ tenantId: 't', applicationId: 'app-1', deviceName: `meter ${devEui.slice(-2)}`, devEui },
      deviceProfileName: 'W1',
    },
    data: Buffer.from(bytes).toString('base64'),
    rxInfo: [
      { gatewayId: '0016C001F153A14C', rssi: -80, snr: 7.5, gwTime: time },
      { gatewayId: '0016c001f153a14d', rssi: -112, snr: -4, gwTime: time },
    ],
    txInfo: { modulation: { lora: { bandwidth: 125_000, spreadingFactor: 9, codeRate: 'CR_4_5' } } },
  };
}

const up = (uplink: Uplink) => ask<LorawanTaken>('POST', '/chirpstack?event=up', chirpstackUp(uplink));
const litresBytes = (litres: number) => [36, litres >> 8, litres & 255];
const devices = async (query = '') => (await ask<LorawanDeviceList>('GET', `/devices${query}`)).body;
const assign = (devEui: string, body: object) =>
  ask<CodecAssigned & { code: string }>('POST', `/devices/${devEui}/codec`, body);

/** Registers a water meter of this serial, and gives its register back. */
async function register(serial: string): Promise<number> {
  const { registry, directory } = server.running.context;
  const commodity = 'water' as const;
  const { id: meterId } = await registry.meters.create(systemAccess, { serial, commodity, state: 'active' });
  const channel = await registry.channels.create(systemAccess, {
    ...{ meterId, alias: 'volume', obis: '8-0:1.0.0*255', quantityKeys: ['8-0:1.0.0'] },
    ...{ intervalS: 0, resolution: 1_000, unit: 'm3' },
  });
  await directory.refresh();
  return channel.id;
}

async function litresOf(channel: number): Promise<number[]> {
  const { readings } = server.running.context.store;
  const span = { fromS: startMs / 1_000 - 86_400, toS: startMs / 1_000 + 10 * 86_400 };
  const found = await readings.profile(systemAccess, channel, span);
  return Array.from(found.value.slice(0, found.length), (value, i) =>
    Math.round((value * found.resolution[i]!) / 1e3),
  );
}

function litresUntil(channel: number, litres: readonly number[]) {
  return expect.poll(() => litresOf(channel), patient).toEqual(litres);
}

/** The subscription is granted after the connection. */
async function connected(): Promise<void> {
  await vi.waitFor(() => expect(server.running.context.lorawan.connected()).toBe(true), patient);
  await new Promise((done) => setTimeout(done, 200));
}

type Broker = Pick<Mosquitto, 'url' | 'close'>;

describe('messages of network servers over HTTP', () => {
  beforeAll(async () => {
    clock = new ManualClock(startMs);
    server = await startServer({ meters: 1, clock });
  }, 90_000);
  afterAll(() => server?.close());

  const first = '0102030405060708';

  it('are kept of devices without a codec, which stand in the list with gateways and gaps', async () => {
    for (const fCnt of [1, 2, 5]) {
      clock.advanceMs(900_000);
      expect(await up({ devEui: first, fCnt, bytes: litresBytes(1_000 + fCnt) })).toEqual({
        ...{ status: 200, body: { devEui: first, event: 'up', outcome: 'unread', code: 'CODEC_NONE' } },
      });
    }
    // the network server sends it again: it was acknowledged too late
    expect((await up({ devEui: first, fCnt: 5, bytes: litresBytes(1_005) })).body.outcome).toBe('repeat');
    const { deviceInfo } = chirpstackUp({ devEui: first, fCnt: 0, bytes: [] });
    const status = { deviceInfo, margin: 12, batteryLevel: 87.5 };
    expect((await ask('POST', '/chirpstack?event=status', status)).body).toMatchObject({ outcome: 'noted' });
    const { items, heard } = await devices();
    expect(heard).toBe(1);
    expect(items).toMatchObject([
      {
        ...{ devEui: first, state: 'no-codec', code: 'CODEC_NONE', meterId: null, codecId: null },
        ...{ uplinks: 3, missed: 2, resets: 0, fCnt: 5, everyS: 900, spreadingFactor: 9 },
        ...{ batteryPercent: 87.5, marginDb: 12, applicationId: 'app-1', deviceName: 'meter 08' },
        paths: [
          { gateway: '0016c001f153a14c', uplinks: 3, rssiMean: -80, snrDb: 7.5 },
          { gateway: '0016c001f153a14d', uplinks: 3, rssiMin: -112, snrDb: -4 },
        ],
      },
    ]);
  });

  it('a codec whose example gives something else is refused with the difference', async () => {
    const wrong = { ...water.examples[0]!, output: { data: { battery: 3.6, litres: 255 } } };
    const { status, body } = await ask<{ code: string; errors: unknown }>('POST', '/codecs', {
      ...{ ...water, examples: [wrong] },
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'CODEC_EXAMPLE_FAILED',
      errors: [{ path: 'examples[0].output.data.litres', message: '256 instead of 255' }],
    });
    expect((await ask<CodecList>('GET', '/codecs')).body.items).toEqual([]);
    expect((await ask('POST', '/codecs', { ...water, scirpt: '' })).body).toMatchObject({
      code: 'CODEC_INVALID',
    });
  });

  it('are read backwards once the device has a codec, and from then on', async () => {
    expect(await ask<CodecItem>('POST', '/codecs', water)).toMatchObject({
      ...{ status: 200, body: { id: 'acme/water', version: 1, enabled: true, examples: 2 } },
    });
    // the same again is no new version
    expect((await ask<CodecItem>('POST', '/codecs', water)).body.version).toBe(1);
    const channel = await register(first.toUpperCase());
    expect((await assign(first, { codec: 'nobody/none' })).body.code).toBe('LORAWAN_CODEC_UNKNOWN');
    expect((await assign(first, { codec: water.id })).body).toEqual({
      ...{ devEui: first, codecId: water.id, meter: first.toUpperCase(), read: 3, failed: 0, code: '' },
    });
    await litresUntil(channel, [1_001, 1_002, 1_005]);
    expect((await devices('?registered=true')).items).toMatchObject([{ devEui: first, state: 'read' }]);
    clock.advanceMs(900_000);
    expect((await up({ devEui: first, fCnt: 6, bytes: litresBytes(1_010) })).body).toMatchObject({
      ...{ outcome: 'stored', code: '' },
    });
    await litresUntil(channel, [1_001, 1_002, 1_005, 1_010]);
    // another port, and a payload that the codec refuses
    expect((await up({ devEui: first, fCnt: 7, bytes: [1], fPort: 9 })).body.code).toBe('CODEC_PORT');
    expect((await up({ devEui: first, fCnt: 8, bytes: [1] })).body.code).toBe('CODEC_REFUSED');
    expect((await devices()).items[0]).toMatchObject({ state: 'failed', code: 'CODEC_REFUSED', missed: 2 });
  });

  it('are read by the built-in decoder of M-Bus, without a script', async () => {
    const mbus = {
      ...{ id: 'acme/mbus', vendor: 'Acme', models: ['M1'], fPorts: [2], decoder: 'mbus' },
      mbus: { offset: 1, header: 'none', deviceType: 7 },
    };
    expect(await ask<CodecItem>('POST', '/codecs', mbus)).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    const devEui = '00000000000000b5';
    const channel = await register(devEui.toUpperCase());
    // litres as a whole number of four bytes, behind a byte of the device's own
    const bytes = [0x7f, 0x04, 0x13, 0xd2, 0x04, 0, 0];
    await up({ devEui, fCnt: 1, bytes });
    expect((await assign(devEui, { codec: mbus.id })).body).toMatchObject({ read: 1, failed: 0 });
    await litresUntil(channel, [1_234]);
    expect((await up({ devEui, fCnt: 2, bytes: [0x7f, 0x04, 0x13] })).body).toMatchObject({
      ...{ outcome: 'unread', code: expect.stringMatching(/^MBUS_/) },
    });
  });

  it('are kept while the codec is switched off', async () => {
    const second = '0102030405060709';
    const channel = await register('W-9');
    const { body } = await assign(second, { codec: water.id, meter: 'W-9' });
    expect(body).toMatchObject({ meter: 'W-9', read: 0 });
    await ask('POST', '/codecs/enabled', { id: water.id, enabled: false });
    expect((await up({ devEui: second, fCnt: 1, bytes: litresBytes(5) })).body.code).toBe('CODEC_NONE');
    await ask('POST', '/codecs/enabled', { id: water.id, enabled: true });
    clock.advanceMs(60_000);
    expect((await up({ devEui: second, fCnt: 2, bytes: litresBytes(6) })).body.outcome).toBe('stored');
    await litresUntil(channel, [6]);
    expect((await assign(second, { codec: water.id })).body).toMatchObject({ meter: 'W-9', read: 1 });
    await litresUntil(channel, [5, 6]);
  });

  it('of The Things Stack are read alike', async () => {
    const devEui = '010203040506070a';
    const channel = await register(devEui);
    await assign(devEui, { codec: water.id });
    const at = new Date(clock.nowMs()).toISOString();
    const message = {
      end_device_ids: {
        ...{ device_id: 'meter-a', application_ids: { application_id: 'app' }, dev_eui: 'x' },
        dev_eui: devEui.toUpperCase(),
      },
      ...{ correlation_ids: ['as:up:1'], received_at: at },
      uplink_message: {
        ...{ session_key_id: 'AYfg', f_port: 2, f_cnt: 3, received_at: at },
        frm_payload: Buffer.from(litresBytes(77)).toString('base64'),
        rx_metadata: [{ gateway_ids: { gateway_id: 'gw' }, time: at, rssi: -90, snr: 1 }],
      },
    };
    expect(await ask('POST', '/thethingsstack', message)).toMatchObject({
      ...{ status: 200, body: { devEui, outcome: 'stored' } },
    });
    await litresUntil(channel, [77]);
    expect((await devices('?q=meter-a')).items).toMatchObject([{ server: 'things-stack', fCnt: 3 }]);
  });

  it('a codec that hangs holds up no other device', async () => {
    expect((await ask('POST', '/codecs', hostile)).status).toBe(200);
    const evil = '0102030405060710';
    const good = '0102030405060711';
    const channel = await register(good);
    await assign(evil, { codec: hostile.id });
    await assign(good, { codec: water.id });
    const answers = await Promise.all([
      ...[1, 2, 3].map((fCnt) => up({ devEui: evil, fCnt, bytes: [2] })),
      ...[1, 2, 3].map((fCnt) =>
        up({ devEui: good, fCnt, bytes: litresBytes(fCnt), atMs: clock.nowMs() - (4 - fCnt) * 60_000 }),
      ),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    for (const { body } of answers.slice(0, 3)) expect(body.code).toMatch(/^CODEC_(TIMEOUT|SUSPENDED)$/);
    for (const { body } of answers.slice(3)) expect(body.outcome).toBe('stored');
    await litresUntil(channel, [1, 2, 3]);
    // a whole codec is still taken
    expect((await ask<CodecItem>('POST', '/codecs', { ...water, models: ['W1', 'W2'] })).body.version).toBe(
      2,
    );
  }, 60_000);

  it('that are none are refused, as is who may not', async () => {
    expect(await ask('POST', '/chirpstack?event=up', { nonsense: 1 })).toMatchObject({
      ...{ status: 422, body: { code: 'LORAWAN_MESSAGE' } },
    });
    expect((await ask('POST', '/chirpstack?event=nothing', {})).status).toBe(400);
    expect((await ask('POST', `/devices/${first}/downlinks`, { fPort: 1, hex: '00' })).body).toMatchObject({
      code: 'LORAWAN_NO_BROKER',
    });
    expect((await assign('XYZ', { codec: null })).status).toBe(400);
    const { secret } = await server.running.context.registry.tokens.issue(systemAccess, {
      ...{ name: 'looker', role: 'viewer' },
    });
    const headers = { authorization: `Bearer ${secret}` };
    const at = (path: string) => new URL(`/api/v1/lorawan${path}`, server.url);
    expect((await fetch(at('/devices'), { headers })).status).toBe(200);
    expect((await fetch(at('/chirpstack'), { method: 'POST', headers, body: '{}' })).status).toBe(403);
    expect((await fetch(at('/codecs'), { method: 'POST', headers })).status).toBe(403);
    expect((await fetch(at('/devices'))).status).toBe(401);
  });

  it('what is known is known after a restart', async () => {
    const before = await devices();
    const { dataDir } = server;
    await server.running.close();
    server = await startServer({ meters: 1, clock, dataDir });
    const byName = ({ items }: LorawanDeviceList) => items.toSorted((a, b) => (a.devEui < b.devEui ? -1 : 1));
    expect(byName(await devices())).toEqual(byName(before));
    expect((await ask<CodecList>('GET', '/codecs')).body.items.map(({ id }) => id)).toEqual([
      ...['acme/mbus', 'acme/water', 'evil/loop'],
    ]);
    expect((await up({ devEui: first, fCnt: 8, bytes: [1] })).body.outcome).toBe('repeat');
    clock.advanceMs(900_000);
    expect((await up({ devEui: first, fCnt: 11, bytes: litresBytes(1_020) })).body.outcome).toBe('stored');
    expect((await devices()).items[0]).toMatchObject({ devEui: first, missed: 4 });
  }, 90_000);
});

describe.each([
  ['aedes', startBareBroker as () => Promise<Broker>, true],
  ['Mosquitto', () => startMosquitto(), hasMosquitto],
])('a network server behind %s', (_name, startBroker, present) => {
  describe.skipIf(!present)('is present', () => {
    let broker: Broker;
    let network: MqttClient;
    const devEui = '00000000000000a1';
    const topic = (event: string) => `application/app-1/device/${devEui}/event/${event}`;
    const publish = (event: string, message: object | string) =>
      network.publishAsync(topic(event), typeof message === 'string' ? message : JSON.stringify(message), {
        qos: 1,
      });
    const downlinks = async () => (await ask<DownlinkList>('GET', `/devices/${devEui}/downlinks`)).body.items;

    beforeAll(async () => {
      clock = new ManualClock(startMs);
      broker = await startBroker();
      network = await connectAsync(broker.url, { reconnectPeriod: 50 });
      server = await startServer({ meters: 1, clock, env: { OPENAMI_LORAWAN_MQTT_URL: broker.url } });
      await connected();
    }, 90_000);
    afterAll(async () => {
      await server?.close();
      await network?.endAsync(true);
      await broker?.close();
    });

    it('has its messages stored, and those that are none kept with their reason', async () => {
      const channel = await register(devEui);
      await ask('POST', '/codecs', water);
      await assign(devEui, { codec: water.id });
      for (let fCnt = 1; fCnt <= 20; fCnt++) {
        clock.advanceMs(60_000);
        await publish('up', chirpstackUp({ devEui, fCnt, bytes: litresBytes(fCnt) }));
      }
      await publish('up', 'nonsense');
      await publish('up', chirpstackUp({ devEui: '00000000000000a2', fCnt: 1, bytes: [1] }));
      await publish('join', { deviceInfo: { devEui, applicationId: 'app-1' }, devAddr: '01020304' });
      await litresUntil(
        channel,
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      await expect
        .poll(async () => (await devices()).items, patient)
        .toMatchObject([{ devEui, uplinks: 20, missed: 0, joins: 1 }]);
      const codes = async () => {
        const rejections = (await (await server.fetch('/api/v1/rejections')).json()) as { code: string }[];
        return rejections.map(({ code }) => code);
      };
      await expect
        .poll(codes, patient)
        .toEqual(expect.arrayContaining(['LORAWAN_NOT_JSON', 'LORAWAN_BAD_FIELD']));
      const ready = await server.fetch('/health/ready');
      expect(JSON.stringify(await ready.json())).toContain('"lorawan"');
    }, 30_000);

    it('gets downlinks, and says what became of them', async () => {
      const got: { id: string; data: string; fPort: number; confirmed: boolean }[] = [];
      network.on('message', (_topic, payload) => got.push(JSON.parse(payload.toString())));
      await network.subscribeAsync(`application/app-1/device/${devEui}/command/down`, { qos: 1 });
      const order = (body: object, key: string) =>
        ask<DownlinkItem>('POST', `/devices/${devEui}/downlinks`, body, { 'idempotency-key': key });
      const body = { fPort: 11, data: { reportS: 1 }, confirmed: true };
      const plain = { fPort: 11, data: { reportS: 255 } };
      const ordered = (await order(body, 'valve-1')).body;
      expect(ordered).toMatchObject({ hex: '01', fPort: 11, step: 'queued', confirmed: true });
      await expect.poll(() => got, patient).toHaveLength(1);
      expect(got[0]).toMatchObject({ data: 'AQ==', fPort: 11, confirmed: true });
      await expect.poll(downlinks, patient).toMatchObject([{ step: 'handed', tries: 1 }]);
      const deviceInfo = { devEui, applicationId: 'app-1' };
      await publish('txack', { deviceInfo, queueItemId: got[0]!.id, downlinkId: 7, fCntDown: 3 });
      await expect.poll(downlinks, patient).toMatchObject([{ step: 'sent', fCnt: 3 }]);
      await publish('ack', { deviceInfo, queueItemId: got[0]!.id, acknowledged: true, fCntDown: 3 });
      await expect.poll(downlinks, patient).toMatchObject([{ step: 'acked', fCnt: 3 }]);
      // the same order again is the same downlink
      expect((await order(body, 'valve-1')).body.id).toBe(ordered.id);
      expect((await order({ fPort: 2 }, 'valve-2')).body).toMatchObject({ code: 'LORAWAN_DOWNLINK' });
      // a port that the codec does not encode for, and data that it makes nothing of
      expect(await order({ ...plain, fPort: 12 }, 'valve-2a')).toMatchObject({
        ...{ status: 422, body: { code: 'CODEC_FPORT' } },
      });
      expect(await order({ ...plain, data: null }, 'valve-2b')).toMatchObject({
        ...{ status: 422, body: { code: 'LORAWAN_DOWNLINK', detail: expect.stringMatching('CODEC_THREW') } },
      });
      expect((await order(plain, 'valve-3')).body).toMatchObject({ step: 'queued' });
      await expect.poll(() => got, patient).toHaveLength(2);
      expect(got[1]).toMatchObject({ data: '/w==', fPort: 11 });
      const path = `/devices/${devEui}/downlinks/${ordered.id}/cancel`;
      expect((await ask<DownlinkItem>('POST', path)).body).toMatchObject({ step: 'acked' });
      expect((await ask('POST', path.replace('a1', 'a2'))).status).toBe(404);
      const handed = async () => (await downlinks()).find(({ step }) => step === 'handed');
      await expect.poll(handed, patient).toBeDefined();
      expect((await ask('POST', `/devices/${devEui}/downlinks/${(await handed())!.id}/cancel`)).body).toEqual(
        expect.objectContaining({ status: 409, code: 'LORAWAN_DOWNLINK_STATE' }),
      );
      // a device takes one after each of its uplinks: a queue without end would never be empty
      for (let at = 4; at < 23; at++)
        expect((await order(plain, `valve-${at}`)).body).toMatchObject({ devEui });
      expect((await order(plain, 'valve-23')).body).toMatchObject({
        ...{ status: 409, code: 'LORAWAN_DOWNLINKS' },
      });
      expect((await order(plain, 'valve-22')).body).toMatchObject({ devEui });
    }, 30_000);
  });
});

it('The Things Stack is heard by its broker, and gets downlinks under its names of device and tenant', async () => {
  clock = new ManualClock(startMs);
  const broker = await startBareBroker();
  const network = await connectAsync(broker.url, { reconnectPeriod: 0 });
  server = await startServer({
    ...{ meters: 1, clock },
    env: {
      OPENAMI_LORAWAN_MQTT_URL: broker.url,
      OPENAMI_LORAWAN_MQTT_KIND: 'thethingsstack',
      OPENAMI_LORAWAN_MQTT_APPLICATION: 'app@acme',
    },
  });
  const devEui = '00000000000000c1';
  try {
    await connected();
    const got: { topic: string; text: string }[] = [];
    network.on('message', (topic, payload) => got.push({ topic, text: payload.toString() }));
    await network.subscribeAsync('v3/app@acme/devices/cellar/down/push');
    const ids = {
      device_id: 'cellar',
      dev_eui: devEui.toUpperCase(),
      application_ids: { application_id: 'app' },
    };
    const publish = (kind: string, content: object, application = 'app@acme') =>
      network.publishAsync(
        `v3/${application}/devices/cellar/${kind}`,
        JSON.stringify({ end_device_ids: ids, ...content }),
      );
    const uplink = { f_port: 2, f_cnt: 1, frm_payload: 'BAE=', session_key_id: 'a' };
    await publish('up', { uplink_message: { ...uplink, f_cnt: 9 } }, 'other@acme');
    await publish('up', { uplink_message: uplink });
    await expect
      .poll(async () => (await devices()).items, patient)
      .toMatchObject([{ devEui, server: 'things-stack', applicationId: 'app@acme', uplinks: 1, fCnt: 1 }]);
    await ask('POST', '/codecs', water);
    await assign(devEui, { codec: water.id });
    const downlinkOf = (reportS: number) => ({ fPort: 11, data: { reportS }, confirmed: true });
    await ask('POST', `/devices/${devEui}/downlinks`, downlinkOf(10));
    await expect.poll(() => got, patient).toHaveLength(1);
    const [downlink] = (JSON.parse(got[0]!.text) as { downlinks: { correlation_ids: string[] }[] }).downlinks;
    expect(downlink).toMatchObject({ f_port: 11, frm_payload: 'Cg==', confirmed: true });
    await publish('down/ack', { downlink_ack: { ...downlink, f_cnt: 12 } });
    await expect
      .poll(async () => (await ask<DownlinkList>('GET', `/devices/${devEui}/downlinks`)).body.items, patient)
      .toMatchObject([{ step: 'acked', fCnt: 12 }]);
    // its webhook names the application without the tenant; the way back has it
    const posted = { end_device_ids: ids, uplink_message: { ...uplink, f_cnt: 2 } };
    expect((await ask<LorawanTaken>('POST', '/thethingsstack', posted)).body.outcome).toBe('unread');
    await ask('POST', `/devices/${devEui}/downlinks`, downlinkOf(0));
    await expect.poll(() => got, patient).toHaveLength(2);
  } finally {
    await server.close();
    await network.endAsync(true);
    await broker.close();
  }
}, 90_000);

it('what is not acknowledged waits in the broker while the server is away', async () => {
  clock = new ManualClock(startMs);
  const broker = await startBareBroker();
  const env = { OPENAMI_LORAWAN_MQTT_URL: broker.url, OPENAMI_LORAWAN_MQTT_TENANT: 't' };
  const dataDir = mkdtempSync(join(tmpdir(), 'openami-lorawan-'));
  server = await startServer({ meters: 1, clock, env, dataDir });
  const devEui = '00000000000000b1';
  try {
    await connected();
    await server.running.close();
    const network = await connectAsync(broker.url, { reconnectPeriod: 0 });
    const uplink = chirpstackUp({ devEui, fCnt: 1, bytes: [1] });
    const message = JSON.stringify(uplink);
    // of another tenant on the same broker: not ours
    const { deviceInfo } = uplink;
    const other = { ...deviceInfo, tenantId: 'o', devEui: '00000000000000b2' };
    const foreign = JSON.stringify({ ...uplink, deviceInfo: other });
    await network.publishAsync(`application/a/device/${other.devEui}/event/up`, foreign, { qos: 1 });
    await network.publishAsync(`application/a/device/${devEui}/event/up`, message, { qos: 1 });
    await network.endAsync();
    server = await startServer({ meters: 1, clock, env, dataDir });
    await expect.poll(async () => (await devices()).items, patient).toMatchObject([{ devEui, uplinks: 1 }]);
  } finally {
    await server.close();
    await broker.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 90_000);
