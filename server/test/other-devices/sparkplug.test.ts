/** An edge node of Sparkplug B at the embedded broker, and at somebody else's. */
import { ManualClock } from '@openami/model';
import { decodeSparkplug, encodeSparkplug, type SparkplugPayload } from '@openami/wire/sparkplug';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasMosquitto, type Mosquitto, startMosquitto } from '../helpers/mosquitto.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { asking, energyOf, registerMeters } from './world.ts';

const nowMs = Date.parse(fixtureNow);
const kWh = { keys: ['engUnit'], values: [{ type: 12, stringValue: 'kWh' }] };
const DOUBLE = 10;

/** An edge node of its own numbers, with one meter whose energy has an alias. */
class EdgeNode {
  readonly client: MqttClient;
  readonly asked: string[] = [];
  #seq = 0;

  constructor(client: MqttClient) {
    this.client = client;
    client.on('message', (topic, payload) => {
      const { metrics = [] } = decodeSparkplug(new Uint8Array(payload));
      this.asked.push(`${topic} ${metrics.map(({ name }) => name).join()}`);
    });
  }

  send(kind: string, device: string | undefined, payload: SparkplugPayload): Promise<unknown> {
    const topic = `spBv1.0/Plant/${kind}/Edge${device === undefined ? '' : `/${device}`}`;
    const bytes = encodeSparkplug({ timestamp: nowMs, seq: this.#seq, ...payload });
    this.#seq = (this.#seq + 1) % 256;
    return this.client.publishAsync(topic, Buffer.from(bytes), { qos: 1 });
  }

  async birth(device: string, value: number): Promise<void> {
    this.#seq = 0;
    await this.send('NBIRTH', undefined, { metrics: [{ name: 'bdSeq', datatype: 8, longValue: 0 }] });
    const metric = { name: 'energy/1-0:1.8.0', alias: 7, datatype: DOUBLE, doubleValue: value };
    await this.send('DBIRTH', device, { metrics: [{ ...metric, properties: kWh }] });
  }

  data(device: string, value: number, atMs: number): Promise<unknown> {
    const metric = { alias: 7, datatype: DOUBLE, doubleValue: value, timestamp: atMs };
    return this.send('DDATA', device, { metrics: [metric] });
  }
}

const quarterMs = 900_000;
const at = (ms: number) => new Date(ms).toISOString();

describe('Sparkplug B at the embedded broker', () => {
  let server: TestServer;
  const { login, rejections } = asking(() => server);
  beforeAll(async () => {
    server = await startServer({ meters: 1, clock: new ManualClock(nowMs) });
    await registerMeters(server, { 'S-1': [] });
  }, 90_000);
  afterAll(() => server?.close());

  it('births and data are readings; a rebirth is asked for where one is missing', async () => {
    const may = { topics: ['spBv1.0/Plant/+/Edge/#'], reportsFor: ['S-*'] };
    const node = new EdgeNode(await login('edge', may));
    const [granted] = await node.client.subscribeAsync('spBv1.0/Plant/NCMD/Edge/#');
    expect(granted!.qos).toBeLessThan(128);
    await node.data('S-1', 1, nowMs - 3 * quarterMs);
    await expect.poll(() => node.asked, patient).toEqual(['spBv1.0/Plant/NCMD/Edge Node Control/Rebirth']);
    expect(await energyOf(server, 'S-1')).toEqual([]);
    await node.birth('S-1', 100.5);
    await node.data('S-1', 101.25, nowMs - quarterMs);
    expect(await energyOf(server, 'S-1')).toEqual([
      [at(nowMs - quarterMs), 101.25],
      [at(nowMs), 100.5],
    ]);
    await node.client.publishAsync('spBv1.0/Plant/DDATA/Edge/S-1', Buffer.from('nonsense'), { qos: 1 });
    await node.client.publishAsync('spBv1.0/Other/DDATA/Edge/S-1', Buffer.from('nonsense'), { qos: 1 });
    await node.client.endAsync();
    const codes = (await rejections()).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['SPARKPLUG_ALIAS', 'MQTT_DENIED']));
    expect(codes.filter((code) => code.startsWith('SPARKPLUG_'))).toHaveLength(2);
    const { counters } = server.running.context.sparkplug;
    expect(counters).toMatchObject({ rebirths: 1, refused: 1 });
  });
});

describe.skipIf(!hasMosquitto)('other devices at an external broker', () => {
  let server: TestServer;
  let broker: Mosquitto;
  let client: MqttClient;
  const { seen } = asking(() => server);
  beforeAll(async () => {
    broker = await startMosquitto();
    const { url } = broker;
    const env = {
      ...{ OPENAMI_MQTT_BROKER_URL: url, OPENAMI_MQTT_TOPICS: 'zigbee2mqtt/#, spBv1.0/#' },
      OPENAMI_SPARKPLUG_HOST: 'openami',
    };
    server = await startServer({ meters: 1, clock: new ManualClock(nowMs), env });
    await registerMeters(server, { 'S-1': [], Freezer: [] });
    client = await connectAsync(url);
    await vi.waitFor(() => expect(server.running.mqtt[0]!.connected()).toBe(true), patient);
  }, 90_000);
  afterAll(async () => {
    await client?.endAsync(true);
    await server?.close();
    await broker?.close();
  });

  it('are read from the topics that are asked for, and from no other', async () => {
    const stored = () => energyOf(server, 'Freezer');
    const freezer = JSON.stringify({ energy: 7.25 });
    await expect
      .poll(async () => {
        await client.publishAsync('zigbee2mqtt/Freezer', freezer, { qos: 1 });
        return stored();
      }, patient)
      .toEqual([[at(nowMs), 7.25]]);
    await client.publishAsync('tele/Tap/SENSOR', '{"ENERGY": {"Total": 1}}', { qos: 1 });
    const node = new EdgeNode(client);
    await client.subscribeAsync('spBv1.0/Plant/NCMD/Edge');
    await node.data('S-1', 1, nowMs);
    await expect.poll(() => node.asked, patient).toEqual(['spBv1.0/Plant/NCMD/Edge Node Control/Rebirth']);
    await node.birth('S-1', 100.5);
    await node.data('S-1', 101.25, nowMs - quarterMs);
    await expect.poll(() => energyOf(server, 'S-1'), patient).toHaveLength(2);
    expect(await seen()).not.toContain('Tap');
  });

  it('the state of the host is told, kept by the broker, and told again when another word came', async () => {
    const states: { online: boolean; timestamp: number }[] = [];
    const topic = 'spBv1.0/STATE/openami';
    const node = await connectAsync(broker.url);
    node.on('message', (to, payload) => {
      if (to === topic) states.push(JSON.parse(payload.toString()));
    });
    await node.subscribeAsync(topic, { qos: 1 });
    const here = { online: true, timestamp: nowMs };
    const gone = { ...here, online: false };
    await expect.poll(() => states, patient).toEqual([here]);
    // the will of a connection that was lost before, told late
    await node.publishAsync(topic, JSON.stringify(gone), { qos: 1, retain: true });
    await expect.poll(() => states, patient).toEqual([here, gone, here]);
    await server.running.close();
    await expect.poll(() => states, patient).toEqual([here, gone, here, gone]);
    await node.endAsync(true);
  });
});
