import { connect as tcpConnect } from 'node:net';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { type MqttFront, type MqttLimits, startEmbeddedBroker } from '../../src/index.ts';
import { bytes, fixture, message, nowS, silent } from '../helpers/fixture.ts';

const quarter = nowS - (nowS % 900);
const readings = (serial: string) => `openami/v1/${serial}/readings`;
const running: { close(): Promise<void> }[] = [];
const clients: MqttClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  for (const front of running.splice(0)) await front.close();
});

async function broker(limits: Partial<MqttLimits> = {}) {
  const parts = fixture();
  const front = await startEmbeddedBroker({
    ingest: parts.ingest,
    clock: parts.clock,
    log: silent,
    port: 0,
    limits,
    verify: async (username, password) => {
      if (password !== `${username}-secret`) return undefined;
      return username === 'gateway' ? { name: username, reportsFor: ['OA*'] } : { name: username };
    },
  });
  running.push(front);
  return { ...parts, front };
}

async function login(front: MqttFront, username: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(front.url, {
    ...{ username, password: `${username}-secret`, reconnectPeriod: 0, ...options },
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

function rawSocket(front: MqttFront) {
  const socket = tcpConnect(Number(new URL(front.url).port), '127.0.0.1');
  const gone = new Promise((done) =>
    socket
      .on('close', done)
      .on('error', () => undefined)
      .resume(),
  );
  return { socket, gone, open: new Promise((done) => socket.once('connect', done)) };
}

const closed = (client: MqttClient) => new Promise<void>((done) => client.once('close', () => done()));

describe('PUBACK', () => {
  test('waits for the commit', async () => {
    const { front, sink } = await broker();
    let open!: () => void;
    sink.gate = new Promise((done) => {
      open = done;
    });
    const client = await login(front, 'OA1');
    let acknowledged = false;
    const publish = client.publishAsync(readings('OA1'), Buffer.from(message(undefined, quarter, [1])), {
      qos: 1,
    });
    publish.then(() => {
      acknowledged = true;
    });
    await expect.poll(() => sink.commits).toBe(1);
    await new Promise((done) => setTimeout(done, 50));
    expect(acknowledged).toBe(false);
    open();
    await publish;
    expect(sink.rows()).toEqual([[1, quarter, 1000, 0]]);
    expect(sink.frames[0]).toMatchObject({ source: 'mqtt', device: 'OA1', meter: 10 });
  });

  test('does not come when the store fails; the device sends again and is acknowledged', async () => {
    const { front, sink } = await broker();
    sink.fail = new Error('disk');
    const client = await login(front, 'OA1', { reconnectPeriod: 50, clean: false, clientId: 'oa1' });
    const publish = client.publishAsync(readings('OA1'), Buffer.from(message(undefined, quarter, [1])), {
      qos: 1,
    });
    await expect.poll(() => front.counters.unacknowledged).toBeGreaterThan(0);
    expect(sink.readings.length).toBe(0);
    sink.fail = undefined;
    await publish;
    expect(sink.rows()).toEqual([[1, quarter, 1000, 0]]);
    expect(front.counters.acknowledged).toBe(1);
  });

  test('of malformed and refused messages comes, once they are kept', async () => {
    const { front, sink } = await broker();
    const client = await login(front, 'OA1');
    for (const text of ['{"series":', '', '\xff\xfe', '[[[[[[[[[[[[']) {
      await client.publishAsync(readings('OA1'), Buffer.from(text, 'latin1'), { qos: 1 });
    }
    expect(sink.rejections).toHaveLength(4);
    expect(sink.frames).toHaveLength(4);
  });

  test('many messages at once, QoS 0, 1 and 2, and events', async () => {
    const { front, sink } = await broker();
    const client = await login(front, 'OA1');
    const all = Array.from({ length: 300 }, (_, i) =>
      client.publishAsync(readings('OA1'), Buffer.from(message('OA1', quarter - 900 * i, [i])), {
        qos: (i % 3) as 0 | 1 | 2,
      }),
    );
    await Promise.all(all);
    const event = { events: [{ code: '3.26.0.85', at: nowS }] };
    await client.publishAsync('openami/v1/OA1/events', JSON.stringify(event), { qos: 1 });
    await expect.poll(() => sink.readings.length).toBe(300);
    expect(sink.events).toHaveLength(1);
    expect(sink.commits).toBeLessThan(300);
  });
});

describe('who may what', () => {
  test('wrong credentials are refused and guessing is slowed', async () => {
    const { front, clock } = await broker({ loginFailures: 3 });
    const attempt = (password: string) =>
      login(front, 'OA1', { password }).then(
        () => 0,
        (error: { code?: number }) => error.code,
      );
    expect([await attempt('x'), await attempt('y'), await attempt('')]).toEqual([4, 4, 4]);
    expect(await attempt('OA1-secret')).toBe(3);
    expect(front.counters).toMatchObject({ loginsFailed: 3, loginsLimited: 1 });
    clock.advanceMs(60_001);
    expect(await attempt('OA1-secret')).toBe(0);
    await expect(connectAsync(front.url, { reconnectPeriod: 0 })).rejects.toMatchObject({ code: 4 });
  });

  test.each([
    ['another device', 'OA1', readings('OA2'), {}],
    ['another topic', 'OA1', 'openami/v1/OA1/commands/x', {}],
    ['system topics', 'OA1', '$SYS/x', {}],
    ['retained', 'OA1', readings('OA1'), { retain: true }],
    ['a gateway beyond its pattern', 'gateway', readings('XX1'), {}],
  ])('publishing is denied: %s', async (_name, user, topic, options) => {
    const { front, sink } = await broker();
    const client = await login(front, user);
    const gone = closed(client);
    client.publish(topic, Buffer.from(message(undefined, quarter, [1])), { qos: 1, ...options });
    await gone;
    expect(front.counters.denied).toBe(1);
    expect(sink.commits).toBe(0);
  });

  test('a device cannot speak for another in the body, a gateway can', async () => {
    const { front, sink } = await broker();
    const body = Buffer.from(message('OA1', quarter, [1]));
    await (await login(front, 'OA2')).publishAsync(readings('OA2'), body, { qos: 1 });
    expect(sink.rejections.map(({ code }) => code)).toEqual(['DEVICE_NOT_ALLOWED']);
    const gateway = await login(front, 'gateway');
    await gateway.publishAsync(readings('gateway'), body, { qos: 1 });
    await gateway.publishAsync(readings('OA1'), body, { qos: 1 });
    expect(sink.readings.length).toBe(2);
  });

  test('subscribing is for own commands only', async () => {
    const { front } = await broker();
    const client = await login(front, 'OA1');
    for (const filter of [
      '#',
      'openami/v1/+/commands/#',
      readings('OA1'),
      'openami/v1/OA2/commands/#',
      '$SYS/#',
    ]) {
      await expect(client.subscribeAsync(filter, { qos: 1 })).rejects.toThrow();
    }
    await client.subscribeAsync('openami/v1/OA1/commands/#', { qos: 1 });
    const heard = new Promise<string>((done) =>
      client.on('message', (topic, body) => done(`${topic} ${body}`)),
    );
    await front.sendCommand('OA1', 'switch', bytes('off'));
    expect(await heard).toBe('openami/v1/OA1/commands/switch off');
    await expect(front.sendCommand('OA2', 'switch', bytes('off'))).rejects.toMatchObject({
      code: 'MQTT_NOT_CONNECTED',
    });
    await client.unsubscribeAsync('openami/v1/OA1/commands/#');
    await expect(front.sendCommand('OA1', 'switch', bytes('off'))).rejects.toMatchObject({
      code: 'MQTT_NOT_CONNECTED',
    });
  });

  test('nobody closes a connection of another by its client id', async () => {
    const { front, sink } = await broker();
    const victim = await login(front, 'OA1', { clientId: 'same' });
    await expect(login(front, 'OA2', { clientId: 'same' })).rejects.toMatchObject({ code: 2 });
    await victim.publishAsync(readings('OA1'), Buffer.from(message(undefined, quarter, [1])), { qos: 1 });
    expect(sink.readings.length).toBe(1);
  });
});

describe('limits', () => {
  test('a packet is refused by its announced length', async () => {
    const { front } = await broker({ packetBytes: 1_000 });
    const client = await login(front, 'OA1');
    const gone = closed(client);
    client.publish(readings('OA1'), Buffer.alloc(1_001), { qos: 1 });
    await gone;
    await expect.poll(() => front.counters.errors).toBe(1);
  });

  test('a first packet that announces 200 MB closes the connection at once', async () => {
    const { front } = await broker();
    const { socket, gone } = rawSocket(front);
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x63, 0x00]));
    await gone;
    expect(front.counters.errors).toBe(1);
  });

  test('a client that never reads is dropped and holds nobody up', async () => {
    const { front, sink } = await broker({ drainTimeoutMs: 200 });
    const stuck = rawSocket(front);
    await stuck.open;
    stuck.socket.pause();
    const login1 = [0x10, 0x20, 0, 4, ...Buffer.from('MQTT'), 4, 0xc2, 0, 60];
    const name = [...Buffer.from('OA1')];
    const secret = [...Buffer.from('OA1-secret')];
    stuck.socket.write(Buffer.from([...login1, 0, 3, ...name, 0, 3, ...name, 0, 10, ...secret]));
    await expect.poll(() => front.counters.connections).toBe(1);
    const pings = Buffer.alloc(65_536, Buffer.from([0xc0, 0]));
    let broken = false;
    stuck.socket.on('error', () => {
      broken = true;
    });
    const flood = setInterval(() => {
      if (stuck.socket.writableLength < 1_000_000) for (let i = 0; i < 10; i++) stuck.socket.write(pings);
    }, 5);
    const client = await login(front, 'OA2');
    await client.publishAsync(readings('OA2'), Buffer.from(message('OA2', quarter - 7200, [1])), { qos: 1 });
    expect(sink.readings.length).toBe(1);
    await expect.poll(() => front.counters.connections, { timeout: 20_000 }).toBe(1);
    clearInterval(flood);
    stuck.socket.destroy();
    expect(broken || front.counters.errors > 0).toBe(true);
  });

  test('connections of one address, silent connections and long keep-alives are bounded', async () => {
    const { front } = await broker({ connectionsPerAddress: 2, connectTimeoutMs: 200, keepaliveS: 100 });
    await expect(login(front, 'OA1', { keepalive: 101 })).rejects.toThrow();
    await login(front, 'OA1', { keepalive: 60 });
    const quiet = rawSocket(front);
    await quiet.open;
    await rawSocket(front).gone;
    expect(front.counters.connectionsRefused).toBe(1);
    await quiet.gone;
    await login(front, 'OA2', { keepalive: 60 });
  });
});

test('close lets what is under way be stored and acknowledged', async () => {
  const { front, sink } = await broker();
  let open!: () => void;
  sink.gate = new Promise((done) => {
    open = done;
  });
  const client = await login(front, 'OA1');
  const publish = client.publishAsync(readings('OA1'), Buffer.from(message(undefined, quarter, [1])), {
    qos: 1,
  });
  await expect.poll(() => sink.commits).toBe(1);
  const closing = front.close();
  open();
  await publish;
  await closing;
  expect(sink.readings.length).toBe(1);
});

test('a taken port is a typed error', async () => {
  const { front, ingest, clock } = await broker();
  const port = Number(new URL(front.url).port);
  const again = startEmbeddedBroker({ ingest, clock, log: silent, port, verify: async () => undefined });
  await expect(again).rejects.toMatchObject({ code: 'MQTT_LISTEN_FAILED' });
});
