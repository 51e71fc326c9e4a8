/** Messages of plugs and home gateways become readings: over the broker and over HTTP, by mappings. */
import { ManualClock } from '@openami/model';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialItem } from '../../src/contract/identity.ts';
import type { PushReceipt } from '../../src/contract/ingest.ts';
import type { MappingDetail, MappingList, MappingTried } from '../../src/contract/mappings.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { asking, energyOf, registerMeters } from './world.ts';

let server: TestServer;
const { send, ask, rejections, seen, login } = asking(() => server);
const clients: MqttClient[] = [];

beforeAll(async () => {
  server = await startServer({ meters: 1, clock: new ManualClock(Date.parse(fixtureNow)) });
  await registerMeters(server, {
    laundry: [],
    'M-7': ['Basement/Freezer'],
    'M-8': ['shellyplus2pm-0c11aa22bb55/switch:0'],
    'M-9': ['plant-1'],
  });
}, 90_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});
afterAll(() => server?.close());

async function connect(name: string, may: object): Promise<MqttClient> {
  const client = await login(name, may);
  clients.push(client);
  return client;
}

const nowText = () => new Date(server.running.context.clock.nowMs()).toISOString();

const publish = (client: MqttClient, topic: string, message: unknown) =>
  client.publishAsync(topic, typeof message === 'string' ? message : JSON.stringify(message), { qos: 1 });

/** A mapping whose only series is this expression. */
const mappingOf = (id: string, value: string, more: object = {}) =>
  JSON.stringify({
    ...{ version: 1, id, title: 'Plant', topics: [`${id}/{device}`], http: true },
    series: [{ quantity: '1-0:1.8.0', unit: 'kWh', value }],
    examples: [{ topic: `${id}/x`, payload: {}, receivedAt: fixtureNow, expect: [{ meter: 'x' }] }],
    ...more,
  });
const put = (id: string, text: string) => send('PUT', `/api/v1/mappings/${id}`, text, 'application/yaml');

describe('over the embedded broker', () => {
  it('plugs and gateways report as their credentials allow, and are acknowledged when it is stored', async () => {
    const plug = await connect('laundry', { topics: ['tele/laundry/#'] });
    await publish(plug, 'tele/laundry/SENSOR', { Time: '2026-03-31T11:59:00', ENERGY: { Total: 12.5 } });
    expect(await energyOf(server, 'laundry')).toEqual([['2026-03-31T09:59:00.000Z', 12.5]]);
    const home = await connect('home', {
      topics: ['zigbee2mqtt/#', '+/events/rpc'],
      reportsFor: ['Basement/*', 'shelly*', 'Attic'],
    });
    await publish(home, 'zigbee2mqtt/Basement/Freezer', { energy: 7.25, power: 3 });
    await publish(home, 'zigbee2mqtt/Attic', { energy: 1.5 });
    await publish(home, 'zigbee2mqtt/Lamp', { state: 'ON' });
    await publish(home, 'shellyplus2pm-0c11aa22bb55/events/rpc', {
      ...{ src: 'shellyplus2pm-0c11aa22bb55', method: 'NotifyStatus' },
      params: { ts: 1_774_951_000, 'switch:0': { apower: 5, aenergy: { total: 42_000 } } },
    });
    expect(await energyOf(server, 'M-7')).toEqual([['2026-03-31T10:00:00.000Z', 7.25]]);
    expect(await energyOf(server, 'M-8')).toEqual([['2026-03-31T09:56:40.000Z', 42]]);
    await expect.poll(seen, patient).toContain('Attic');
    expect(server.running.context.mappings.counters).toMatchObject({ taken: 4, unmapped: 1, refused: 0 });
    expect(await rejections()).toHaveLength(1);
    const { items } = (await ask<{ items: CredentialItem[] }>('GET', '/api/v1/credentials')).body;
    expect(items.find(({ username }) => username === 'home')).toMatchObject({
      ...{ topics: ['zigbee2mqtt/#', '+/events/rpc'], reportsFor: ['Basement/*', 'shelly*', 'Attic'] },
    });
  });

  it('a topic or a meter that the credential does not name is denied, and kept', async () => {
    const plug = await connect('denied', { topics: ['tele/denied/#'] });
    await publish(plug, 'tele/laundry/SENSOR', { Time: '2026-03-31T11:59:30', ENERGY: { Total: 99 } });
    await publish(plug, 'zigbee2mqtt/Attic', { energy: 99 });
    await publish(plug, 'openami/v1/laundry/readings', '{}');
    const home = await connect('strange', { topics: ['zigbee2mqtt/#'] });
    await publish(home, 'zigbee2mqtt/Basement/Freezer', { energy: 99 });
    await publish(home, 'zigbee2mqtt/strange', { energy: 'much' });
    await publish(home, 'zigbee2mqtt/strange', `{"energy": ${'['.repeat(40)}`);
    const codes = (await rejections()).map(({ code, device }) => `${code} ${device}`);
    expect(codes.filter((text) => text === 'MQTT_DENIED denied')).toHaveLength(3);
    expect(codes).toEqual(
      expect.arrayContaining(['DEVICE_NOT_ALLOWED Basement/Freezer', 'MAPPING_TOO_DEEP strange']),
    );
    expect(await energyOf(server, 'laundry')).toHaveLength(1);
    expect(await energyOf(server, 'M-7')).toHaveLength(1);
    const wrong = ['#', 'openami/v1/laundry/#', '$SYS/#', 'a/#/b', 'a/{b}'];
    for (const topic of wrong) {
      const { status } = await ask('POST', '/api/v1/devices/wrong/credential', { topics: [topic] });
      expect([400, 422], topic).toContain(status);
    }
  });

  it('is not acknowledged while nothing can be stored, and comes again', async () => {
    const { writer } = server.running.context.store;
    const { requireWriter } = server.running.context;
    const home = await login('again', { topics: ['zigbee2mqtt/#'] }, { reconnectPeriod: 50 });
    clients.push(home);
    await registerMeters(server, { again: [] });
    writer.fence(() => {
      throw new Error('no');
    });
    const sent = publish(home, 'zigbee2mqtt/again', { energy: 3 });
    const [front] = server.running.mqtt;
    await expect.poll(() => front!.counters.unacknowledged, patient).toBeGreaterThan(0);
    expect(await energyOf(server, 'again')).toEqual([]);
    writer.fence(requireWriter);
    await sent;
    expect(await energyOf(server, 'again')).toEqual([['2026-03-31T10:00:00.000Z', 3]]);
  });
});

describe('mappings of one’s own', () => {
  it('are taken when their examples come out, kept in versions, and removed', async () => {
    const wrong = await put('plant', mappingOf('plant', 'kwh', { examples: [example(5)] }));
    expect(wrong.status).toBe(422);
    expect(JSON.parse(wrong.text)).toMatchObject({ code: 'MAPPING_EXAMPLE' });
    expect(wrong.text).toContain('expected 5, came out 4');
    expect((await ask('GET', '/api/v1/mappings/plant')).status).toBe(404);
    expect(JSON.parse((await put('other', mappingOf('plant', 'kwh'))).text).code).toBe('MAPPING_MALFORMED');
    const text = mappingOf('plant', 'kwh * $factor', {
      ...{ parameters: { factor: { default: 1 } }, examples: [example(4)] },
    });
    const taken = await put('plant', text);
    expect(taken.status).toBe(200);
    expect(JSON.parse(taken.text)).toMatchObject({ origin: 'own', version: 1, http: true, text });
    const post = (body: string) =>
      send('POST', '/api/v1/mappings/plant/messages?topic=plant/plant-1', body, 'text/plain');
    expect(JSON.parse((await post('{"kwh": 10}')).text) as PushReceipt).toMatchObject({ accepted: 1 });
    const values = await ask<MappingDetail>('PUT', '/api/v1/mappings/plant/parameters', { factor: 2 });
    expect(values.body).toMatchObject({ version: 2, parameters: { factor: 2 }, text });
    const unknown = await ask<{ code: string }>('PUT', '/api/v1/mappings/plant/parameters', { x: 2 });
    expect(unknown.body.code).toBe('MAPPING_PARAMETER');
    expect(JSON.parse((await put('plant', text)).text)).toMatchObject({
      version: 3,
      parameters: { factor: 2 },
    });
    (server.running.context.clock as ManualClock).advanceMs(60_000);
    const client = await connect('plant-1', { topics: ['plant/plant-1'] });
    await publish(client, 'plant/plant-1', { kwh: 10 });
    expect((await energyOf(server, 'M-9')).map(([, value]) => value)).toEqual([10, 20]);
    expect((await post('no JSON')).status).toBe(422);
    expect((await rejections()).map(({ code }) => code)).toContain('MAPPING_NOT_JSON');
    expect((await ask('DELETE', '/api/v1/mappings/plant')).status).toBe(204);
    expect((await post('{"kwh": 10}')).status).toBe(404);
    expect((await ask('DELETE', '/api/v1/mappings/plant')).status).toBe(404);
  });

  it('stand in the place of ready-made ones, which take HTTP only where they say so', async () => {
    const origin = async () =>
      (await ask<MappingList>('GET', '/api/v1/mappings')).body.items.find(({ id }) => id === 'tasmota');
    expect(await origin()).toMatchObject({ origin: 'ready-made', version: 0 });
    expect((await put('tasmota', mappingOf('tasmota', 'kwh'))).status).toBe(200);
    expect(await origin()).toMatchObject({ origin: 'own', version: 1, topics: ['tasmota/{device}'] });
    await ask('DELETE', '/api/v1/mappings/tasmota');
    expect(await origin()).toMatchObject({ origin: 'ready-made', version: 0 });
    const denied = await send('POST', '/api/v1/mappings/tasmota/messages', '{}', 'text/plain');
    expect(JSON.parse(denied.text).code).toBe('MAPPING_NO_HTTP');
  });

  it('that never end hold up nobody', async () => {
    const loop = '$exists(text) ? ($contains(text, /(a+)+$/) ? 1 : 2) : kwh';
    expect((await put('loop', mappingOf('loop', loop))).status).toBe(200);
    const bad = mappingOf('slow', '$contains(text, /(a+)+$/) ? 1 : 2', {
      examples: [
        { topic: 'slow/x', payload: { text: `${'a'.repeat(40)}!` }, receivedAt: fixtureNow, expect: [] },
      ],
    });
    expect(JSON.parse((await put('slow', bad)).text).code).toBe('MAPPING_EXAMPLE');
    const client = await connect('hostile', { topics: ['loop/#', 'zigbee2mqtt/#'], reportsFor: ['laundry'] });
    let longestMs = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    const hostile = publish(client, 'loop/hostile', { text: `${'a'.repeat(40)}!` });
    await publish(client, 'zigbee2mqtt/laundry', { energy: 13 });
    await hostile;
    clearInterval(timer);
    expect(longestMs).toBeLessThan(1_000);
    expect((await rejections()).map(({ code, device }) => `${code} ${device}`)).toContain(
      'MAPPING_STEPS hostile',
    );
    expect((await energyOf(server, 'laundry')).map(([, value]) => value)).toContain(13);
    const metrics = await (await server.fetch('/metrics')).text();
    expect(metrics).toMatch(/openami_value\{name="mapping_threads_ended"\} [1-9]/);
  });

  it('are asked for with the right to', async () => {
    const token = async (role: string) =>
      (await ask<{ token: string }>('POST', '/api/v1/tokens', { name: role, role })).body.token;
    const headers = { authorization: `Bearer ${await token('viewer')}`, 'content-type': 'text/plain' };
    const url = new URL('/api/v1/mappings/plant', server.url);
    expect((await fetch(url, { method: 'PUT', headers, body: '' })).status).toBe(403);
    expect((await fetch(new URL('/api/v1/mappings', server.url))).status).toBe(401);
  });
});

function example(value: number) {
  const readings = [[fixtureNow, value]];
  return {
    ...{ topic: 'plant/x', payload: { kwh: 4 }, receivedAt: fixtureNow },
    expect: [{ meter: 'x', series: [{ quantity: '1-0:1.8.0', unit: 'kWh', readings }] }],
  };
}

describe('a message can be tried', () => {
  const attempt = (id: string, body: object) =>
    ask<MappingTried & { code: string }>('POST', `/api/v1/mappings/${id}/try`, body);

  it('against one that is there, and shows where each reading would go', async () => {
    const message = JSON.stringify({ energy: 7.25, power: 3 });
    const before = await energyOf(server, 'M-7');
    const { body } = await attempt('zigbee2mqtt', { topic: 'zigbee2mqtt/Basement/Freezer', message });
    expect(body).toMatchObject({ covers: true, isForIt: true, messages: [{ meter: 'Basement/Freezer' }] });
    const [told] = body.messages;
    expect(told!.meterId).toBe(server.running.context.directory.memory.meter('M-7'));
    const energy = told!.series.find(({ unit }) => unit === 'kWh')!;
    expect(energy).toMatchObject({ readings: [{ end: nowText(), value: 7.25, quality: 'raw' }] });
    expect(energy.channelId).toBeGreaterThan(0);
    expect(told!.series.find(({ unit }) => unit === 'W')).toMatchObject({ channelId: null });
    // nothing of it was stored
    expect(await energyOf(server, 'M-7')).toEqual(before);
    expect((await attempt('zigbee2mqtt', { topic: 'other/x', message })).body.covers).toBe(false);
  });

  it('against one that is not stored yet, and one that cannot be read says why', async () => {
    const text = mappingOf('draft', '$message.kwh');
    const tried = await attempt('draft', { text, topic: 'draft/M-9', message: '{"kwh": 3}' });
    expect(tried.body.messages).toMatchObject([{ meter: 'M-9', series: [{ readings: [{ value: 3 }] }] }]);
    expect((await attempt('draft', { message: '{}' })).body.code).toBe('MAPPING_UNKNOWN');
    expect((await attempt('draft', { text: 'nonsense', message: '{}' })).body.code).toBe('MAPPING_MALFORMED');
    expect((await attempt('draft', { text, message: '{' })).body.code).toBe('MAPPING_NOT_JSON');
    const never = mappingOf('draft', '($f := function() { $f() }; $f())');
    expect((await attempt('draft', { text: never, message: '{}' })).status).toBeLessThan(500);
  });
});
