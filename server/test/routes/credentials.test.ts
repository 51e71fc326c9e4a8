import { systemAccess } from '@openami/model';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialItem, DeviceCredential } from '../../src/contract/identity.ts';
import { askerOf } from '../helpers/ask.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
const ask = askerOf(() => server);
const clients: MqttClient[] = [];
beforeAll(async () => {
  server = await startServer({ meters: 2 });
}, 90_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});
afterAll(() => server?.close());

const issue = async (serial: string, body?: unknown) =>
  (await ask<DeviceCredential>('POST', `/api/v1/devices/${serial}/credential`, body)).body;

/** A connection, and when it was closed by the broker. */
async function connect({ username, password }: DeviceCredential) {
  const client = await connectAsync(server.mqttUrl, { username, password, reconnectPeriod: 0 });
  clients.push(client);
  client.on('error', () => undefined);
  return { client, closed: new Promise<void>((done) => client.once('close', done)) };
}

const refused = (credential: DeviceCredential) =>
  expect(connect(credential)).rejects.toThrow(/not authorized|bad user|refused/i);

describe('credentials of devices', () => {
  it('are listed without their secrets', async () => {
    const made = await issue('T1000');
    await issue('GATE1', { reportsFor: ['OA10*', 'T1001'] });
    const { body } = await ask<{ items: CredentialItem[]; total: number }>('GET', '/api/v1/credentials');
    expect(body.items).toMatchObject([
      { username: 'GATE1', meterId: null, reportsFor: ['OA10*', 'T1001'], enabled: true },
      { username: 'T1000', meterId: expect.any(Number), reportsFor: [], enabled: true },
    ]);
    const fields = ['username', 'meterId', 'reportsFor', 'topics', 'enabled', 'updatedAt'];
    for (const item of body.items) expect(Object.keys(item).sort()).toEqual(fields.sort());
    expect(JSON.stringify(body)).not.toContain(made.password);
    const found = await ask<{ total: number }>('GET', '/api/v1/credentials?q=gate');
    expect(found.body.total).toBe(1);
  });

  it('a disabled one loses its connections at once, and others keep theirs', async () => {
    const [one, other] = [await issue('T1000'), await issue('T1001')];
    const [first, second, kept] = [await connect(one), await connect(one), await connect(other)];
    const off = await ask('PATCH', '/api/v1/credentials/T1000', { enabled: false });
    expect(off).toMatchObject({ status: 200, body: { username: 'T1000', enabled: false } });
    await Promise.all([first.closed, second.closed]);
    await refused(one);
    expect(kept.client.connected).toBe(true);
    const on = await ask('PATCH', '/api/v1/credentials/T1000', { enabled: true });
    expect(on).toMatchObject({ status: 200, body: { enabled: true } });
    expect((await connect(one)).client.connected).toBe(true);
  });

  it('one issued anew ends what was connected with the old secret, and keeps what it may', async () => {
    const old = await issue('GATE2', { reportsFor: ['OA2*'] });
    const before = await connect(old);
    const { status, body } = await ask<DeviceCredential>('POST', '/api/v1/credentials/GATE2/reissue');
    expect(status).toBe(201);
    await before.closed;
    await refused(old);
    const after = await connect(body);
    const listed = await ask('GET', '/api/v1/credentials?q=GATE2');
    expect(listed.body).toMatchObject({ items: [{ reportsFor: ['OA2*'], enabled: true }] });
    // the other way to a new secret
    await issue('GATE2');
    await after.closed;
  });

  it('what another server changed is seen soon', async () => {
    const made = await issue('T1001');
    const { closed } = await connect(made);
    await server.running.context.registry.credentials.setEnabled(systemAccess, 'T1001', false);
    await closed;
    await refused(made);
  });

  it('that are not there are not changed', async () => {
    expect((await ask('PATCH', '/api/v1/credentials/NONE', { enabled: true })).status).toBe(404);
    expect((await ask('POST', '/api/v1/credentials/NONE/reissue')).status).toBe(404);
    expect((await ask('PATCH', '/api/v1/credentials/T1000', { enabled: 'perhaps' })).status).toBe(400);
  });

  it('leave a trail that tells who did it, and no secret', async () => {
    const { password } = await issue('T1000');
    type Trail = { seq: number; actorKind: string; action: string; objectKind: string; objectId: string }[];
    const { body } = await ask<Trail>('GET', '/api/v1/audit?objectKind=device_credential&objectId=T1000');
    expect(body.length).toBeGreaterThan(0);
    for (const one of body) expect(one).toMatchObject({ objectKind: 'device_credential', objectId: 'T1000' });
    expect(body.map(({ seq }) => seq)).toEqual(body.map(({ seq }) => seq).toSorted((a, b) => b - a));
    const older = await ask<Trail>('GET', `/api/v1/audit?before=${body[0]!.seq}&limit=1`);
    expect(older.body.map(({ seq }) => seq)).toEqual([body[0]!.seq - 1]);
    const all = await ask<Trail>('GET', '/api/v1/audit?limit=1000');
    expect(JSON.stringify(all.body)).not.toContain(password);
    const { body: check } = await ask('GET', '/api/v1/audit/check');
    expect(check).toEqual({ records: all.body[0]!.seq, brokenAt: null });
  });
});
