/** Random, duplicated, reordered, late and corrected readings through the whole path against a naive model. */

import { systemAccess } from '@openami/model';
import fc from 'fast-check';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type TestServer } from './helpers/start-server.ts';

const runs = 12;
const intervalS = 900;
const first = Date.parse('2026-03-20T00:00:00Z') / 1000;
let server: TestServer;
let mqtt: MqttClient;
let nextMeter = 0;

beforeAll(async () => {
  server = await startServer({ meters: 0 });
  const { registry, directory } = server.running.context;
  const serials = Array.from({ length: runs * 3 }, (_, i) => `E${i}`);
  await registry.meters.upsertMany(
    systemAccess,
    serials.map((serial) => ({ serial, commodity: 'electricity', state: 'active' })),
  );
  await registry.channels.upsertMany(
    systemAccess,
    serials.map((serial) => ({
      ...{ serial, alias: 'import', quantityKeys: ['import'], intervalS, resolution: 1000, unit: 'kWh' },
    })),
  );
  const gateway = { username: 'gateway', publish: ['openami/v1/E*/#'] };
  const { password } = await registry.credentials.issue(systemAccess, gateway);
  await directory.refresh();
  mqtt = await connectAsync(server.mqttUrl, { username: 'gateway', password, keepalive: 30 });
}, 90_000);
afterAll(async () => {
  await mqtt?.endAsync(true);
  await server?.close();
});

/** One message: some intervals, in any order, each once; sent by either way, some of them twice. */
const message = fc.record({
  via: fc.constantFrom('http', 'mqtt'),
  twice: fc.boolean(),
  readings: fc.uniqueArray(
    fc.record({ slot: fc.integer({ min: 0, max: 24 }), counts: fc.integer({ min: 0, max: 4 }) }),
    { selector: (reading) => reading.slot, minLength: 1, maxLength: 12 },
  ),
});

async function send(serial: string, via: string, readings: readonly { slot: number; counts: number }[]) {
  const series = readings.map(({ slot, counts }) => [first + slot * intervalS, counts / 1000]);
  const body = JSON.stringify({
    meter: serial,
    series: [{ quantity: 'import', unit: 'kWh', interval: intervalS, readings: series }],
  });
  if (via === 'mqtt') {
    await mqtt.publishAsync(`openami/v1/${serial}/readings`, body, { qos: 1 });
    return;
  }
  const headers = { 'content-type': 'application/json' };
  const answer = await server.fetch('/api/v1/readings', { method: 'POST', headers, body });
  expect(await answer.json()).toMatchObject({ accepted: readings.length, rejectedCount: 0 });
}

it('stores what a naive model stores: the last value of each interval, and every version of it', async () => {
  const { directory } = server.running.context;
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 10 }), async (messages) => {
      const serial = `E${nextMeter++}`;
      const channel = directory.memory.find(serial, 'import', intervalS)!.channel.id;
      const model = new Map<number, number[]>();
      for (const { via, twice, readings } of messages) {
        await send(serial, via, readings);
        if (twice) await send(serial, via, readings);
        for (const { slot, counts } of readings) {
          const versions = model.get(slot) ?? [];
          if (versions.at(-1) !== counts) versions.push(counts);
          model.set(slot, versions);
        }
      }
      const path = `/api/v1/channels/${channel}`;
      const span = 'from=2026-03-19T00:00:00Z&to=2026-03-22T00:00:00Z';
      const profile = await (await server.fetch(`${path}/profile?${span}`)).json();
      const expected = [...model].sort((a, b) => a[0] - b[0]);
      expect(profile.end).toEqual(expected.map(([slot]) => first + slot * intervalS));
      expect(profile.value).toEqual(expected.map(([, versions]) => versions.at(-1)! / 1000));
      for (const [slot, versions] of expected.slice(0, 3)) {
        const end = first + slot * intervalS;
        const kept = await (await server.fetch(`${path}/revisions?end=${end}`)).json();
        expect(kept.map((one: { value: number }) => one.value)).toEqual(
          versions.map((counts) => counts / 1000),
        );
      }
    }),
    { numRuns: runs, endOnFailure: true },
  );
}, 120_000);
