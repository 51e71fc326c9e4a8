import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { type MqttFront, type MqttTaker, startEmbeddedBroker, topicCheck } from '../../src/index.ts';
import { fixture, silent } from '../helpers/fixture.ts';

const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const part of closing.splice(0).reverse()) await part.close();
});

async function broker(taker: Partial<MqttTaker>) {
  const parts = fixture();
  const took: [topic: string, sender: string, mayReport: boolean][] = [];
  const front = await startEmbeddedBroker({
    ...{ ingest: parts.ingest, clock: parts.clock, log: silent, port: 0 },
    verify: async (name) => ({ name, topics: [`home/${name}/#`], reportsFor: ['X*'] }),
    takers: [
      {
        filters: [],
        covers: (topic) => topic.startsWith('home/'),
        take: async (topic, _payload, { name, mayReport, answer }) => {
          took.push([topic, name, mayReport('X1')]);
          answer(`home/${name}/answer`, new TextEncoder().encode('again'));
          answer('home/b/answer', new TextEncoder().encode('never'));
        },
        ...taker,
      },
    ],
  });
  closing.push(front);
  return { ...parts, front, took };
}

async function login(front: MqttFront, username: string): Promise<MqttClient> {
  const client = await connectAsync(front.url, { username, password: 'x', reconnectPeriod: 0 });
  closing.push({ close: () => client.endAsync(true) });
  client.on('error', () => undefined);
  return client;
}

test('a taker has the messages that a credential allows, and answers its sender alone', async () => {
  const { front, took, sink } = await broker({});
  const [a, b] = [await login(front, 'a'), await login(front, 'b')];
  const heard: string[] = [];
  a.on('message', (topic, payload) => heard.push(`a ${topic} ${payload}`));
  b.on('message', (topic, payload) => heard.push(`b ${topic} ${payload}`));
  await b.subscribeAsync('home/b/#');
  await a.publishAsync('home/a/1', 'x', { qos: 1 });
  expect(heard).toEqual([]);
  await a.subscribeAsync('home/a/+');
  for (const filter of ['home/b/#', 'home/#', '#', '$SYS/#']) {
    const granted = await a.subscribeAsync(filter).catch(() => [{ qos: 128 }]);
    expect(granted[0]!.qos, filter).toBe(128);
  }
  await a.publishAsync('home/a/2', 'x', { qos: 1 });
  await expect.poll(() => heard).toEqual(['a home/a/answer again']);
  await a.publishAsync('home/b/1', 'x', { qos: 1 });
  await a.publishAsync('elsewhere', 'x', { qos: 1 });
  await a.publishAsync('home/a/a/a/a/a/a/a/a/a/a', 'x', { qos: 1 });
  expect(took.map(([topic]) => topic)).toEqual(['home/a/1', 'home/a/2', 'home/a/a/a/a/a/a/a/a/a/a']);
  expect(took[0]).toEqual(['home/a/1', 'a', true]);
  expect(sink.rejections.map(({ code }) => code)).toEqual(['MQTT_DENIED', 'MQTT_DENIED']);
  expect(heard.filter((text) => text.startsWith('b'))).toEqual([]);
});

test('what a taker could not store is not acknowledged', async () => {
  const { front } = await broker({ take: () => Promise.reject(new Error('disk')) });
  const client = await login(front, 'a');
  const closed = new Promise<void>((done) => client.once('close', () => done()));
  client.publish('home/a/1', 'x', { qos: 1 });
  await closed;
  expect(front.counters).toMatchObject({ unacknowledged: 1, acknowledged: 0 });
});

test.each([
  ['a/#', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/+', 'a/b/c', false],
  ['+/events/rpc', 'x/events/rpc', true],
  ['#', 'anything/at/all', true],
  ['a/#/b', 'a/x/b', false],
  ['', '', false],
])('filter %s over topic %s: %s', (filter, topic, covers) => {
  expect(topicCheck([filter])(topic)).toBe(covers);
});
