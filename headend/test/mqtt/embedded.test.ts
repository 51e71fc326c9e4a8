import { connect as tcpConnect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { type MqttFront, type MqttLimits, startEmbeddedBroker } from '../../src/index.ts';
import { bytes, fixture, message, nowS, silent } from '../helpers/fixture.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
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

/** CONNECT of MQTT 3.1.1, or of another version. */
function connectPacket(username: string, version = 4, clientId = ''): Buffer {
  const text = (value: string) => [0, value.length, ...Buffer.from(value)];
  const head = [...text('MQTT'), version, 0xc2, 0, 60, ...(version >= 5 ? [0] : [])];
  const body = [...head, ...text(clientId || username), ...text(username), ...text(`${username}-secret`)];
  return Buffer.from([0x10, body.length, ...body]);
}

async function rawLogin(front: MqttFront, username: string) {
  const raw = rawSocket(front);
  await raw.open;
  raw.socket.write(connectPacket(username));
  await new Promise((done) => raw.socket.once('data', done));
  return raw;
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
    ['another device', 'OA1', readings('OA2')],
    ['another topic', 'OA1', 'openami/v1/OA1/commands/x'],
    ['system topics', 'OA1', '$SYS/x'],
    ['a topic of nobody', 'OA1', 'home/kitchen'],
    ['a gateway beyond its pattern', 'gateway', readings('XX1')],
    ['a huge serial', 'gateway', readings(`OA${'9'.repeat(10_000)}`)],
  ])('publishing is denied, kept as a rejection and holds nothing up: %s', async (_name, user, topic) => {
    const { front, sink } = await broker();
    const client = await login(front, user);
    const body = Buffer.from(message(undefined, quarter, [1]));
    for (const qos of [0, 1, 2] as const) await client.publishAsync(topic, body, { qos });
    const good = Buffer.from(message('OA1', quarter, [1]));
    await client.publishAsync(readings(user), good, { qos: 1 });
    await expect.poll(() => sink.rejections.length).toBe(3);
    expect(front.counters).toMatchObject({ denied: 3, published: 1, errors: 0 });
    for (const rejection of sink.rejections) {
      expect(rejection).toMatchObject({ code: 'MQTT_DENIED', device: user, source: 'mqtt' });
      expect(rejection.detail).toContain(topic.slice(0, 100));
      expect(rejection.detail.length).toBeLessThan(300);
    }
    expect(sink.readings.length).toBe(1);
  });

  test('nothing a client publishes reaches another, and nothing is retained', async () => {
    const { front, sink } = await broker();
    const heard: string[] = [];
    const listener = await login(front, 'gateway');
    listener.on('message', (topic) => heard.push(topic));
    await listener.subscribeAsync('openami/v1/OA1/commands/#', { qos: 1 });
    const client = await login(front, 'OA1');
    const body = Buffer.from(message(undefined, quarter, [1]));
    for (const qos of [0, 1, 2] as const) {
      await client.publishAsync(readings('OA1'), body, { qos, retain: true });
      await client.publishAsync('openami/v1/OA1/commands/x', body, { qos, retain: true });
    }
    await expect.poll(() => sink.readings.length).toBe(3);
    expect(front.counters).toMatchObject({ published: 3, retained: 6, denied: 3 });
    const late = await login(front, 'gateway', { clientId: 'late' });
    late.on('message', (topic) => heard.push(topic));
    await late.subscribeAsync('openami/v1/OA1/commands/#', { qos: 1 });
    await front.sendCommand('OA1', 'x', bytes('1'));
    await expect.poll(() => heard).toEqual(['openami/v1/OA1/commands/x']);
  });

  test('a will is taken like a message of its client', async () => {
    const { front, sink } = await broker();
    const payload = Buffer.from(message(undefined, quarter, [1]));
    const dying = async (topic: string) => {
      const will = { topic, payload, qos: 1 as const, retain: true };
      const client = await login(front, 'OA1', { will });
      client.stream.destroy();
    };
    await dying(readings('OA1'));
    await expect.poll(() => sink.rows()).toEqual([[1, quarter, 1000, 0]]);
    await dying(readings('OA2'));
    await expect.poll(() => sink.rejections.map(({ code }) => code)).toEqual(['MQTT_DENIED']);
    expect(sink.readings.length).toBe(1);
  });

  test.each(['openami/v1/+/readings', 'openami/v1/OA1/#', 'a/'.repeat(30)])(
    'a topic that cannot be closes the connection: %s',
    async (topic) => {
      const { front, sink } = await broker();
      const { socket, gone } = await rawLogin(front, 'OA1');
      const name = Buffer.from(topic);
      const rest = Buffer.concat([
        Buffer.from([0, name.length]),
        name,
        Buffer.from([0, 1]),
        Buffer.from('{}'),
      ]);
      socket.write(Buffer.concat([Buffer.from([0x32, rest.length]), rest]));
      await gone;
      expect(front.counters).toMatchObject({ errors: 1, published: 0 });
      expect(sink.commits).toBe(0);
    },
  );

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

  test('who was let in before is not held up by others that guess at the same address', async () => {
    const { front } = await broker({ loginFailures: 2 });
    await login(front, 'OA1');
    const code = (username: string, password: string) =>
      login(front, username, { password }).then(
        () => 0,
        (error: { code?: number }) => error.code,
      );
    for (let i = 0; i < 20; i++) expect(await code(`X${i}`, 'guess')).toBe(4);
    expect(await code('X99', 'guess')).toBe(3);
    expect(await code('OA1', 'OA1-secret')).toBe(0);
    expect(await code('OA2', 'OA2-secret')).toBe(3);
    // A gateway may open many connections at once; many guesses at once are as many guesses.
    const fleet = await Promise.all(Array.from({ length: 20 }, () => code('OA1', 'OA1-secret')));
    expect(fleet.every((one) => one === 0)).toBe(true);
    const burst = await Promise.all(Array.from({ length: 10 }, () => code('OA1', 'guess')));
    expect(burst.filter((one) => one === 4)).toHaveLength(2);
  });

  test('a client of MQTT 5 reads why it is refused', async () => {
    const { front } = await broker();
    const { socket, gone, open } = rawSocket(front);
    await open;
    const answer: Buffer[] = [];
    socket.on('data', (chunk) => answer.push(chunk));
    socket.write(connectPacket('OA1', 5));
    await gone;
    const bytesOf = Buffer.concat(answer);
    expect([...bytesOf.subarray(0, 4)]).toEqual([0x20, bytesOf.length - 2, 0, 0x84]);
    expect(bytesOf.toString()).toContain('set the protocol version of the client to 3.1.1');
    expect(front.counters).toMatchObject({ versionsRefused: 1, connections: 0 });
  });

  test('a client library of MQTT 5 says what is wrong', async () => {
    const { front } = await broker();
    const refused = login(front, 'OA1', { protocolVersion: 5 });
    await expect(refused).rejects.toMatchObject({ code: 0x84, message: /Unsupported Protocol Version/i });
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

  test('the next connection with a client id closes the one before, again and again', async () => {
    const { front, sink } = await broker();
    for (let i = 0; i < 20; i++) {
      const client = await login(front, 'OA1', { clientId: 'same' });
      await client.subscribeAsync('openami/v1/OA1/commands/#', { qos: 1 });
    }
    const last = clients.at(-1)!;
    await last.publishAsync(readings('OA1'), Buffer.from(message(undefined, quarter, [1])), { qos: 1 });
    expect(sink.readings.length).toBe(1);
    await expect.poll(() => front.counters.connections).toBe(1);
    await expect(login(front, 'OA2', { clientId: 'same' })).rejects.toMatchObject({ code: 2 });
    await expect(login(front, 'OA1', { clientId: 'x'.repeat(300) })).rejects.toMatchObject({ code: 2 });
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
    stuck.socket.write(connectPacket('OA1'));
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

  test('a client with a long keep-alive, or none, is held to the limit', async () => {
    const { front } = await broker({ keepaliveS: 1 });
    const clients = await Promise.all([0, 7_200].map((keepalive) => login(front, 'OA1', { keepalive })));
    await Promise.all(clients.map(closed));
    expect(front.counters.errors).toBe(2);
  });

  test('QoS 2 messages that are never released hold no payload', async () => {
    const { front, sink } = await broker();
    const { socket } = await rawLogin(front, 'OA1');
    const topic = Buffer.from(readings('OA1'));
    const payload = Buffer.concat([message(undefined, quarter, [1]), Buffer.alloc(900_000, 0x20)]);
    const before = process.memoryUsage().arrayBuffers;
    for (let id = 1; id <= 60; id++) {
      let left = 2 + topic.length + 2 + payload.length;
      const length: number[] = [];
      for (; left > 0; left = Math.floor(left / 128)) length.push((left % 128) | (left >= 128 ? 128 : 0));
      socket.write(Buffer.from([0x34, ...length, 0, topic.length, ...topic, 0, id]));
      socket.write(payload);
      await expect.poll(() => sink.readings.length, { interval: 5 }).toBe(id);
    }
    const held = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    };
    await expect.poll(held, { timeout: 5_000 }).toBeLessThan(20_000_000);
    socket.destroy();
  });

  test('connections of one address and silent connections are bounded', async () => {
    const { front } = await broker({ connectionsPerAddress: 2, connectTimeoutMs: 200 });
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
