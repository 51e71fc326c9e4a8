import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ExternalBrokerOptions, type MqttFront, startExternalFront } from '../../src/index.ts';
import { bytes, fixture, message, nowS, silent } from '../helpers/fixture.ts';

const quarter = nowS - (nowS % 900);
const mosquitto = '/usr/sbin/mosquitto';
if (!existsSync(mosquitto)) console.log(`skipped with Mosquitto: no ${mosquitto}`);

interface Broker {
  readonly url: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

async function startAedes(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => aedes.handle(socket));
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const stop = async () => {
    const gone = new Promise((done) => server.close(done));
    await new Promise<void>((done) => aedes.close(done));
    await gone;
  };
  return { url: `mqtt://127.0.0.1:${port}`, stop };
}

async function startMosquitto(port?: number): Promise<Broker & { port: number }> {
  const at = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'openami-mosquitto-'));
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${at} 127.0.0.1\nallow_anonymous true\n`);
  const child = spawn(mosquitto, ['-c', config], { stdio: 'ignore' });
  const url = `mqtt://127.0.0.1:${at}`;
  const stop = async () => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  while (!(await listens(at))) await new Promise((done) => setTimeout(done, 20));
  return { url, port: at, stop };
}

const fronts: MqttFront[] = [];
const clients: MqttClient[] = [];
afterEach(async () => {
  for (const front of fronts.splice(0)) await front.close();
  for (const client of clients.splice(0)) await client.endAsync(true);
});

async function front(url: string, more: Partial<ExternalBrokerOptions> = {}) {
  const parts = fixture();
  const { ingest, clock } = parts;
  const front = await startExternalFront({ ingest, clock, log: silent, url, ...more });
  fronts.push(front);
  await expect.poll(() => front.connected(), { timeout: 5_000 }).toBe(true);
  // The subscription is granted after the connection.
  await new Promise((done) => setTimeout(done, 100));
  return { ...parts, front };
}

async function device(url: string): Promise<MqttClient> {
  const client = await connectAsync(url);
  clients.push(client);
  return client;
}

const send = (client: MqttClient, serial: string, payload: Uint8Array, kind = 'readings') =>
  client.publishAsync(`openami/v1/${serial}/${kind}`, Buffer.from(payload), { qos: 1 });

describe.each([
  ['aedes', 4 as const, startAedes, true],
  ['Mosquitto', 5 as const, startMosquitto, existsSync(mosquitto)],
])('client of %s', (_name, version, start, present) => {
  describe.skipIf(!present)('is present', () => {
    let broker: Broker;
    beforeAll(async () => {
      broker = await start();
    });
    afterAll(() => broker.stop());

    test('stores and acknowledges many messages, poison among them', async () => {
      const { sink, front: running } = await front(broker.url, { version });
      const client = await device(broker.url);
      for (let i = 0; i < 200; i++) await send(client, 'OA1', message('OA1', quarter - 900 * i, [i]));
      await send(client, 'OA1', bytes('{"series":'));
      await send(client, 'OA2', message('OA1', quarter, [1]));
      await send(
        client,
        'OA1',
        bytes(JSON.stringify({ events: [{ code: '3.26.0.85', at: nowS }] })),
        'events',
      );
      await expect.poll(() => running.counters.acknowledged, { timeout: 5_000 }).toBe(203);
      expect(sink.rows().map((row) => row[2] / 1000)).toEqual(Array.from({ length: 200 }, (_, i) => i));
      expect(sink.rejections.map(({ code }) => code)).toEqual(['PUSH_NOT_JSON', 'DEVICE_NOT_ALLOWED']);
      expect(sink.events).toHaveLength(1);
    });

    test('reads on while commits are under way, and acknowledges after them', async () => {
      const { sink, front: running } = await front(broker.url, { version });
      let open!: () => void;
      sink.gate = new Promise((done) => {
        open = done;
      });
      const client = await device(broker.url);
      for (let i = 0; i < 20; i++) await send(client, 'OA1', message('OA1', quarter - 900 * i, [i]));
      await expect.poll(() => running.counters.published).toBe(20);
      expect(running.counters.acknowledged).toBe(0);
      open();
      await expect.poll(() => running.counters.acknowledged).toBe(20);
      expect(sink.readings.length).toBe(20);
    });

    test('tries again when the store fails, and acknowledges then', async () => {
      const { sink, front: running } = await front(broker.url, { version });
      sink.fail = new Error('disk');
      const client = await device(broker.url);
      await send(client, 'OA1', message('OA1', quarter, [1]));
      await expect.poll(() => running.counters.unacknowledged).toBeGreaterThan(0);
      expect(running.counters.acknowledged).toBe(0);
      sink.fail = undefined;
      await expect.poll(() => running.counters.acknowledged, { timeout: 5_000 }).toBe(1);
      expect(sink.readings.length).toBe(1);
    });

    test('closes at once while a message waits to be tried again', async () => {
      const { sink, front: running } = await front(broker.url, { version });
      sink.fail = new Error('disk');
      await send(await device(broker.url), 'OA1', message('OA1', quarter, [1]));
      // the fourth wait is of two seconds, later ones of up to thirty
      await expect.poll(() => running.counters.unacknowledged, { timeout: 5_000 }).toBe(4);
      const beganMs = performance.now();
      await running.close();
      expect(performance.now() - beganMs).toBeLessThan(1_000);
      expect(running.counters.acknowledged).toBe(0);
    });

    test('takes what was published as retained once, not again with each start', async () => {
      const first = await front(broker.url, { version });
      const client = await device(broker.url);
      const topic = 'openami/v1/OA1/readings';
      const options = { qos: 1 as const, retain: true };
      await client.publishAsync(topic, Buffer.from(message('OA1', quarter, [1])), options);
      await expect.poll(() => first.sink.readings.length).toBe(1);
      await first.front.close();
      const second = await front(broker.url, { version });
      await send(client, 'OA1', message('OA1', quarter - 900, [2]));
      await expect.poll(() => second.sink.readings.length).toBe(1);
      expect(second.sink.rows()[0]![2]).toBe(2_000);
      expect(second.front.counters.retained).toBe(version === 4 ? 1 : 0);
      await second.front.close();
      await client.publishAsync(topic, '', options);
    });

    test('sends commands', async () => {
      const { front: running } = await front(broker.url, { version });
      const client = await device(broker.url);
      const heard = new Promise<string>((done) =>
        client.on('message', (topic, body) => done(`${topic} ${body}`)),
      );
      await client.subscribeAsync('openami/v1/OA1/commands/#', { qos: 1 });
      await running.sendCommand('OA1', 'switch', bytes('off'));
      expect(await heard).toBe('openami/v1/OA1/commands/switch off');
    });
  });
});

describe.skipIf(!existsSync(mosquitto))('with Mosquitto', () => {
  test('two head-ends of a group share the messages', async () => {
    const broker = await startMosquitto();
    try {
      const [one, two] = [await front(broker.url), await front(broker.url)];
      const client = await device(broker.url);
      for (let i = 0; i < 100; i++) await send(client, 'OA1', message('OA1', quarter - 900 * i, [i]));
      await expect.poll(() => one.sink.readings.length + two.sink.readings.length).toBe(100);
      expect(one.sink.readings.length).toBeGreaterThan(0);
      expect(two.sink.readings.length).toBeGreaterThan(0);
    } finally {
      for (const running of fronts.splice(0)) await running.close();
      await broker.stop();
    }
  });

  test('what was not acknowledged comes again after a head-end is gone', async () => {
    const broker = await startMosquitto();
    try {
      const first = await front(broker.url, { clientId: 'head-end' });
      first.sink.gate = new Promise(() => undefined);
      const client = await device(broker.url);
      await send(client, 'OA1', message('OA1', quarter, [5]));
      await expect.poll(() => first.front.counters.published).toBe(1);
      // The second takes over the client id, so the broker closes the first: as after a crash.
      const second = await front(broker.url, { clientId: 'head-end' });
      await expect.poll(() => second.sink.rows().length, { timeout: 5_000 }).toBe(1);
      expect(first.front.counters.acknowledged).toBe(0);
      fronts.splice(0, 1);
    } finally {
      for (const running of fronts.splice(0)) await running.close();
      await broker.stop();
    }
  });

  test('reconnects when the broker comes back', async () => {
    const broker = await startMosquitto();
    const { sink, front: running } = await front(broker.url);
    await broker.stop();
    await expect.poll(() => running.connected()).toBe(false);
    await expect(running.sendCommand('OA1', 'x', bytes(''))).rejects.toMatchObject({
      code: 'MQTT_NOT_CONNECTED',
    });
    const again = await startMosquitto(broker.port);
    try {
      await expect.poll(() => running.connected(), { timeout: 10_000 }).toBe(true);
      await new Promise((done) => setTimeout(done, 100));
      await send(await device(again.url), 'OA1', message('OA1', quarter, [5]));
      await expect.poll(() => sink.readings.length).toBe(1);
    } finally {
      for (const one of fronts.splice(0)) await one.close();
      await again.stop();
    }
  });
});
