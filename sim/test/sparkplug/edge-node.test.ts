import { ManualClock } from '@openami/model';
import {
  decodeSparkplug,
  encodeSparkplug,
  parseSparkplugTopic,
  SparkplugHost,
  type SparkplugTopic,
  sparkplugTypes,
} from '@openami/wire/sparkplug';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BareBroker, startBareBroker } from '../../../headend/src/index.ts';
import { buildWorld, EdgeNode, openDayBooks, planSparkplug } from '../../src/index.ts';

const world = buildWorld({ seed: 6, usagePoints: 60, historyDays: 2, protocols: 'sparkplug' });
const startS = world.days.start(world.endDay) + 1_860;
let broker: BareBroker;
let listener: MqttClient;
const heard: { readonly topic: SparkplugTopic; readonly payload: Uint8Array }[] = [];

beforeAll(async () => {
  broker = await startBareBroker();
  listener = await connectAsync(broker.url);
  listener.on('message', (text, payload) => {
    const topic = parseSparkplugTopic(text);
    if (topic.kind !== 'STATE') heard.push({ topic, payload: new Uint8Array(payload) });
  });
  await listener.subscribeAsync('spBv1.0/#', { qos: 1 });
});
afterAll(async () => {
  await listener?.endAsync(true);
  await broker?.close();
});

const kinds = (): string => heard.map(({ topic }) => topic.kind).join(' ');

it('is born, reports, is born again when it is asked to, and dies with the number of its birth', async () => {
  const clock = new ManualClock(startS * 1_000);
  const node = new EdgeNode({
    ...{
      meters: planSparkplug(world, 2),
      books: await openDayBooks(world, startS - 86_400),
      clock,
      tickMs: 0,
    },
    ...{ url: broker.url, username: 'edge1', password: '', group: 'Plant', node: 'Edge1' },
  });
  await expect.poll(kinds).toBe('NBIRTH DBIRTH DBIRTH');
  clock.advanceMs(3_600_000);
  node.step();
  await expect.poll(kinds).toBe('NBIRTH DBIRTH DBIRTH DDATA DDATA');
  const command = { name: 'Node Control/Rebirth', datatype: sparkplugTypes.boolean, booleanValue: true };
  // what is no command, and one that asks for nothing
  await listener.publishAsync('spBv1.0/Plant/NCMD/Edge1', 'nonsense', { qos: 1 });
  for (const booleanValue of [false, true]) {
    const payload = encodeSparkplug({ metrics: [{ ...command, booleanValue }] });
    await listener.publishAsync('spBv1.0/Plant/NCMD/Edge1', Buffer.from(payload), { qos: 1 });
  }
  const births = () => heard.filter(({ topic }) => topic.kind === 'NBIRTH');
  await expect.poll(() => births().length).toBe(2);
  expect(node.stats.rebirths).toBe(1);
  await node.stop();
  await expect.poll(() => heard.at(-1)?.topic.kind).toBe('NDEATH');
  const numberOf = (payload: Uint8Array) => decodeSparkplug(payload).metrics?.[0]?.longValue;
  expect(numberOf(heard.at(-1)!.payload)).toBe(numberOf(births()[1]!.payload));
  // to a host all of it makes sense
  const host = new SparkplugHost();
  for (const { topic, payload } of heard) {
    if (topic.kind === 'NCMD') continue;
    const { faults, rebirth } = host.take(topic, payload, startS * 1_000);
    expect([topic.kind, faults, rebirth]).toEqual([topic.kind, [], undefined]);
  }
});
