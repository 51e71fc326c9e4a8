/** A resource of an LwM2M device is written as a command: ordered, approved by another person, read back. */
import { ManualClock } from '@openami/model';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LwM2mDevice } from '../../../headend/test/coap/lwm2m-device.ts';
import { freePort } from '../helpers/free-port.ts';
import { peopleOf } from '../helpers/people.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { registerMeters } from './world.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const nowS = Date.parse(fixtureNow) / 1_000;
let server: TestServer;
let meter: LwM2mDevice;
const { ask, signIn } = peopleOf(() => server);

beforeAll(async () => {
  const port = await freePort();
  server = await startServer({ meters: 1, clock, env: { OPENAMI_COAP_PORT: String(port) } });
  await registerMeters(server, { 'L-1': ['urn:imei:7'] });
  meter = new LwM2mDevice({ endpoint: 'urn:imei:7', port, energy: () => ({ value: 1, atS: nowS - 60 }) });
  await signIn('olga', 'operator');
  await signIn('otto', 'operator');
}, 90_000);
afterAll(async () => {
  await meter?.close();
  await server?.close();
});

const write = { path: '/3312/0/5850', type: 'boolean', value: 'false' };
const restart = { path: '/3/0/4', expect: { path: '/3312/0/5850', value: '1' } };

it('waits for its device and for a second person, and is confirmed by what is read back', async () => {
  const id = server.running.context.directory.memory.meter('L-1');
  const order = (kind: string, params: object) =>
    ask('olga', 'POST', '/commands', { kind, params, meterIds: [id] });
  expect((await order('lwm2m-write', write)).body).toMatchObject({ code: 'COMMAND_NO_DRIVER' });
  await ask('olga', 'PUT', `/meters/${id}/endpoint`, { protocol: 'lwm2m', mode: 'inbound' });
  const commandOf = async (orderId: number) =>
    (await ask('olga', 'GET', `/commands?order=${orderId}`)).body.items[0];
  const until = (orderId: number, wanted: object) =>
    vi.waitFor(async () => {
      clock.advanceMs(1_000);
      expect(await commandOf(orderId)).toMatchObject(wanted);
    }, patient);
  const made = await order('lwm2m-write', write);
  expect(made).toMatchObject({ status: 201, body: { needsApproval: true } });
  await ask('otto', 'POST', `/commands/orders/${made.body.id}/approve`, {});
  await until(made.body.id, { state: 'queued', error: 'COMMAND_LINK', sends: 0 });
  await meter.register();
  await until(made.body.id, { state: 'confirmed', after: { values: ['0'] }, sends: 1 });
  expect(meter.isOn).toBe(false);
  clock.advanceMs(2 * 3_600_000);
  await meter.register();
  const again = await order('lwm2m-execute', restart);
  await ask('otto', 'POST', `/commands/orders/${again.body.id}/approve`, {});
  await until(again.body.id, { state: 'confirmed', after: { values: ['1'] }, sends: 1 });
  expect(meter.executed).toEqual(['']);
}, 60_000);
