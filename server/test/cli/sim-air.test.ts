/** Simulated gas, water and heat meters from the command line, at a real server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@openami/model';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceCredential } from '../../src/contract/identity.ts';
import type { HeardList } from '../../src/contract/radio.ts';
import { askerOf } from '../helpers/ask.ts';
import { freePort } from '../helpers/free-port.ts';
import { patient } from '../helpers/poll.ts';
import { runCli } from '../helpers/run-command.ts';
import { endSimulated, simulate } from '../helpers/sim-process.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-sim-air-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
const run = (...args: string[]) => runCli(['sim', ...args], { OPENAMI_DATA_DIR: join(dir, 'data') });

afterEach(async () => {
  for (const code of await endSimulated()) expect(code).toBe(0);
});

const start = (meters: number, ...args: string[]) =>
  simulate<Record<string, string>>(meters, ...args, '--every', '1');

describe('at a server', () => {
  let server: TestServer;
  let coapPort = 0;
  const ask = askerOf(() => server);
  const seen = async () => JSON.stringify((await ask('GET', '/api/v1/unregistered')).body);
  const secretOf = async (name: string, may: object): Promise<string> =>
    (await ask<DeviceCredential>('POST', `/api/v1/devices/${name}/credential`, may)).body.password;
  beforeAll(async () => {
    coapPort = await freePort();
    server = await startServer({
      ...{ meters: 1, clock: systemClock, env: { OPENAMI_COAP_PORT: String(coapPort) } },
    });
  }, 90_000);
  afterAll(() => server?.close());

  it('wireless M-Bus meters are heard', async () => {
    const password = await secretOf('roof', {});
    const lines = await start(3, 'radio', '--broker', server.mqttUrl, '--password', password);
    const heard = async () => (await ask<HeardList>('GET', '/api/v1/radio/heard')).body.items;
    await expect
      .poll(async () => (await heard()).map(({ name }) => name).sort(), patient)
      .toEqual(lines.map(({ name }) => name).sort());
    for (const { name, key } of lines) {
      const path = `/api/v1/radio/heard/${name}/check-key`;
      // who is heard is listed before the telegram is on the disk
      const check = async () => (await ask('POST', path, { key })).body;
      await expect.poll(check, patient).toMatchObject({ verdict: 'right' });
    }
  }, 120_000);

  it('an edge node and meters over CoAP are seen', async () => {
    const password = await secretOf('edge1', { topics: ['spBv1.0/Plant/+/Edge1/#'], reportsFor: ['OA1*'] });
    const [edge] = await start(1, 'sparkplug', '--broker', server.mqttUrl, '--password', password);
    await expect.poll(seen, patient).toContain(edge!.serial);
    await secretOf('127.0.0.1', { reportsFor: ['OA1*'] });
    const to = `127.0.0.1:${coapPort}`;
    const lines = await start(2, 'coap', '--kind', 'senml', '--to', to, '--seed', '2');
    for (const { serial } of lines) await expect.poll(seen, patient).toContain(serial);
  }, 120_000);
});

describe('without a server', () => {
  it('telegrams are printed with their keys, and decoded', async () => {
    const printed = await run('radio', '--print', '--json', '--meters', '4');
    expect(printed.code).toBe(0);
    const file = join(dir, 'telegrams.jsonl');
    writeFileSync(file, printed.out);
    const decoded = await runCli(['decode', 'wmbus', file], {});
    expect(decoded.code).toBe(0);
    const [sent, read] = [printed.out, decoded.out].map((text) => text.trim().split('\n'));
    expect(read).toHaveLength(4);
    for (const [i, line] of read!.entries()) {
      const { id } = JSON.parse(sent![i]!) as { id: string };
      expect(JSON.parse(line)).toMatchObject({ ok: true, id, meter: id.slice(4) });
    }
  });

  it('the codec of the LoRaWAN meters is printed', async () => {
    const { code, out } = await run('lorawan', '--codec');
    expect([code, JSON.parse(out).id]).toEqual([0, 'openami/hydronorm']);
  });

  it.each([
    [['radio', '--meters', '0']],
    [['radio', '--every', '0']],
    [['radio', '--security', 'mode-9']],
    [['lorawan', '--server', 'helium']],
    [['coap', '--to', 'nowhere']],
    [['coap', '--kind', 'mqtt-sn']],
    [['sparkplug', '--meters', 'many']],
  ])('a wrong call is answered with 2 and a hint: %j', async (args) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });

  it('says when there is no broker', async () => {
    const { code, err } = await run('radio', '--meters', '1', '--broker', 'mqtt://127.0.0.1:1');
    expect([code, err]).toEqual([2, expect.stringContaining('no connection to mqtt://127.0.0.1:1')]);
  }, 30_000);
});
