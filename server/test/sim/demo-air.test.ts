/** The demo's meters on the air: started as the demo starts them, and started again. */
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoAir, startDemoAir } from '../../src/services/demo-air.ts';
import { patient } from '../helpers/poll.ts';
import { type AirWorld, startAirWorld, startS } from './air-world.ts';

let town: AirWorld;
beforeAll(async () => {
  town = await startAirWorld();
}, 90_000);
afterAll(() => town?.close());

function start(): Promise<DemoAir> {
  const { server, books, networkServerUrl } = town;
  const { context } = server.running;
  return startDemoAir(context, { books, sinceS: startS - 3_600, mqttUrl: server.mqttUrl, networkServerUrl });
}

it('all kinds of meters are taken, and a second start finds everything there', async () => {
  const { radio, lorawan, coap, sparkplug, registry, directory } = town.server.running.context;
  const first = await start();
  expect(first.strangers.map(({ name }) => name)).toEqual(['OAM-08000001', 'OAM-08000002', 'OAM-08000003']);
  // meters send when the clock reaches their turn: an hour has one of each
  await expect
    .poll(async () => {
      town.clock.advanceMs(600_000);
      await new Promise((done) => setTimeout(done, 1_100));
      const states = new Set([...radio.heard.all()].map(({ state }) => state));
      const read = [...lorawan.heard.all()].filter(({ state }) => state === 'read').length;
      return [
        ...[states.has('decrypted'), states.has('no-key'), states.has('wrong-key'), read > 0],
        ...[(coap.counters.notifications ?? 0) > 0, (coap.counters.acknowledged ?? 0) > 1],
        sparkplug.counters.taken > 0,
      ].every(Boolean);
    }, patient)
    .toBe(true);
  await first.stop();
  const meterIds = [...new Set(directory.columns.meter)].filter((id) => id > 0);
  const keys = async () => (await registry.meterKeys.list(systemAccess, { meterIds })).length;
  const before = await keys();
  expect(before).toBeGreaterThan(30);
  await (await start()).stop();
  expect(await keys()).toBe(before);
}, 90_000);
