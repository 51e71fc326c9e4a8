/** Devices that log in with certificates: issued, rotated, revoked; at our broker and at one of others. */
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { ManualClock, systemAccess } from '@openami/model';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateIssued, CertificateItem, DeviceCredential } from '../../src/contract/identity.ts';
import { DeviceCa } from '../../src/services/device-ca.ts';
import { startMqtt } from '../../src/services/mqtt.ts';
import { askerOf } from '../helpers/ask.ts';
import { freePort } from '../helpers/free-port.ts';
import { hasMosquitto, startMosquitto } from '../helpers/mosquitto.ts';
import { patient } from '../helpers/poll.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
const ask = askerOf(() => server);
let tlsUrl: string;
const clients: MqttClient[] = [];

beforeAll(async () => {
  const port = await freePort();
  server = await startServer({
    meters: 2,
    env: { OPENAMI_MQTT_TLS_CERT: 'auto', OPENAMI_MQTT_TLS_PORT: String(port) },
  });
  tlsUrl = `mqtts://localhost:${port}`;
}, 90_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});
afterAll(() => server?.close());

const issue = async (name: string, body?: unknown) =>
  (await ask<CertificateIssued>('POST', `/api/v1/devices/${name}/certificate`, body)).body;
const revoke = ({ serialNumber }: CertificateItem) =>
  ask<CertificateItem>('POST', `/api/v1/certificates/${serialNumber}/revoke`, { reason: 'stolen' });

interface Login {
  readonly username?: string;
  readonly password?: string;
}

async function connect(issued: CertificateIssued, login: Login = {}, url = tlsUrl) {
  const pair = { ca: issued.authority, cert: issued.certificate, key: issued.privateKey! };
  const client = await connectAsync(url, { ...pair, ...login, reconnectPeriod: 0 });
  clients.push(client);
  client.on('error', () => undefined);
  return { client, closed: new Promise<void>((done) => client.once('close', done)) };
}

const wrong = /not authorized|bad user|refused|closed|certificate/i;

describe('certificates of devices', () => {
  it('let a device in under its own name, and it reports', async () => {
    const issued = await issue('T1000');
    expect(issued.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    const { client } = await connect(issued);
    const accepted = server.running.context.ingest.metrics.accepted;
    const end = Date.parse(fixtureNow) / 1_000 - 900;
    const series = [{ quantity: '1-0:1.8.0', unit: 'kWh', interval: 900, first: end, values: [0.25] }];
    await client.publishAsync('openami/v1/T1000/readings', JSON.stringify({ series }), { qos: 1 });
    expect(server.running.context.ingest.metrics.accepted).toBe(accepted + 1);
  });

  it('are for one name, and of our authority', async () => {
    const issued = await issue('T1000');
    expect((await connect(issued, { username: 'T1000' })).client.connected).toBe(true);
    await expect(connect(issued, { username: 'T1001' })).rejects.toThrow(wrong);
    const { body } = await ask<DeviceCredential>('POST', '/api/v1/devices/T1001/credential');
    const byPassword = await connectAsync(tlsUrl, { ...body, ca: issued.authority, reconnectPeriod: 0 });
    clients.push(byPassword);
    expect(byPassword.connected).toBe(true);
    await expect(connectAsync(tlsUrl, { ca: issued.authority, reconnectPeriod: 0 })).rejects.toThrow(wrong);
  });

  it('are rotated: both hold until the old one is revoked, which closes its connections', async () => {
    const [old, next] = [await issue('GATE7'), await issue('GATE7')];
    const before = await connect(old);
    expect((await revoke(old)).body).toMatchObject({ username: 'GATE7', reason: 'stolen' });
    await before.closed;
    await expect(connect(old)).rejects.toThrow(wrong);
    expect((await connect(next)).client.connected).toBe(true);
    const again = await revoke(old);
    expect(again.status).toBe(200);
    const { body } = await ask<{ items: CertificateItem[]; total: number }>(
      'GET',
      '/api/v1/certificates?username=GATE7',
    );
    expect(body.items.map(({ revokedAt }) => revokedAt !== null)).toEqual([false, true]);
    expect(JSON.stringify(body)).not.toContain('PRIVATE');
  });

  it('a revoked one is not let in by a session of before either', async () => {
    const issued = await issue('T1001');
    const { port } = new URL(tlsUrl);
    const pair = { ca: issued.authority, cert: issued.certificate, key: issued.privateKey! };
    const session = await new Promise<Buffer>((done, fail) => {
      const socket = connectTls({ ...pair, host: 'localhost', port: Number(port), maxVersion: 'TLSv1.2' });
      socket.once('error', fail).once('session', (ticket: Buffer) => {
        socket.destroy();
        done(ticket);
      });
    });
    await revoke(issued);
    const more: object = { session, maxVersion: 'TLSv1.2' };
    const resumed = connectAsync(tlsUrl, { ...pair, ...more, reconnectPeriod: 0 });
    await expect(resumed).rejects.toThrow(wrong);
  });

  it('that are over let nobody in by a session of before, and end the connections they opened', async () => {
    const { deviceCa } = server.running.context;
    const { kept, privateKeyPem } = await deviceCa.issue(systemAccess, { name: 'SHORT1', days: 8 / 86_400 });
    const [ca, cert, key] = [await deviceCa.rootPem(), kept.certificate, privateKeyPem!];
    const old = { ca, cert, key, maxVersion: 'TLSv1.2' } as const;
    let session: Buffer | undefined;
    const client = await connectAsync(tlsUrl, { ...old, reconnectPeriod: 0 });
    clients.push(client);
    client.on('error', () => undefined);
    const closed = new Promise<void>((done) => client.once('close', done));
    const { port } = new URL(tlsUrl);
    await new Promise<void>((done, fail) => {
      const socket = connectTls({ ...old, host: 'localhost', port: Number(port) });
      socket.once('error', fail).once('session', (ticket: Buffer) => {
        session = ticket;
        socket.destroy();
        done();
      });
    });
    const again = () => connectAsync(tlsUrl, { ...old, ...({ session } as object), reconnectPeriod: 0 });
    await (await again()).endAsync(true);
    await setTimeout(kept.notAfter.getTime() - Date.now() + 50);
    client.publish('openami/v1/SHORT1/readings', '{}', { qos: 1 });
    await closed;
    await expect(again()).rejects.toThrow(wrong);
  });

  it('whose key was shown are not shown again by the same Idempotency-Key, and not issued twice', async () => {
    const headers = { 'idempotency-key': 'certificate 1' };
    const order = () =>
      ask<CertificateIssued>('POST', '/api/v1/devices/ONCE1/certificate', undefined, headers);
    const first = await order();
    expect(first.body.privateKey).toContain('PRIVATE KEY');
    const again = await order();
    expect(again).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_SECRET' } });
    expect(JSON.stringify(again)).not.toContain('PRIVATE');
    const { body } = await ask<{ total: number }>('GET', '/api/v1/certificates?username=ONCE1');
    expect(body.total).toBe(1);
    const secret = { 'idempotency-key': 'credential 1' };
    const login = () => ask<DeviceCredential>('POST', '/api/v1/devices/ONCE1/credential', undefined, secret);
    expect((await login()).body.password).toBeTruthy();
    expect((await login()).body).toMatchObject({ code: 'IDEMPOTENCY_SECRET' });
  });

  it('that end soon are listed, but of devices that have a later one already', async () => {
    await issue('SOON1', { days: 10 });
    await issue('SOON2', { days: 10 });
    await issue('SOON2', { days: 400 });
    await issue('SOON3', { days: 60 });
    await revoke(await issue('SOON4', { days: 10 }));
    const ending = async (days: number) => {
      const path = `/api/v1/certificates?endingWithinDays=${days}`;
      const { items } = (await ask<{ items: CertificateItem[] }>('GET', path)).body;
      return items.map(({ username }) => username).filter((username) => username.startsWith('SOON'));
    };
    expect(await ending(30)).toEqual(['SOON1']);
    expect((await ending(90)).sort()).toEqual(['SOON1', 'SOON3']);
  });

  it('lists of revoked ones are numbered, each higher than the one before', async () => {
    const numbers: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { crl } = (await ask<{ crl: string }>('GET', '/api/v1/device-ca/crl')).body;
      const hex = Buffer.from(crl.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64').toString('hex');
      // id-ce-cRLNumber, then an OCTET STRING with an INTEGER of one byte
      numbers.push(Number.parseInt(/0603551d1404030201(..)/.exec(hex)![1]!, 16));
    }
    expect(numbers).toEqual([numbers[0], numbers[0]! + 1, numbers[0]! + 2]);
  });

  it('disabled with their credential, and refused for names with blanks of topics', async () => {
    const issued = await issue('T1000');
    await ask('PATCH', '/api/v1/credentials/T1000', { enabled: false });
    await expect(connect(issued)).rejects.toThrow(wrong);
    await ask('PATCH', '/api/v1/credentials/T1000', { enabled: true });
    expect((await ask('POST', '/api/v1/devices/a%2Fb/certificate')).status).toBe(400);
    expect(await ask('POST', '/api/v1/devices/T1000/certificate', { csr: 'x' })).toMatchObject({
      ...{ status: 422, body: { code: 'CSR_MALFORMED' } },
    });
    expect((await ask('POST', '/api/v1/certificates/00ff/revoke', { reason: 'x' })).status).toBe(404);
  });
});

it('the certificate of our listener is renewed while it runs, before it ends, and cuts nobody off', async () => {
  const clock = new ManualClock(Date.now());
  const { config, registry, ingest, log, dlms } = server.running.context;
  const deviceCa = new DeviceCa({ registry, vault: () => dlms.vault(), nowMs: () => clock.nowMs() });
  const port = await freePort();
  const fronts = await startMqtt({
    ...{ config: { ...config, mqttPort: 0, mqttTlsPort: port }, registry, ingest, clock, log, deviceCa },
    ...{ takers: [], renewEveryMs: 20 },
  });
  const serial = () =>
    new Promise<string>((done, fail) => {
      const socket = connectTls({ host: 'localhost', port, rejectUnauthorized: false }, () => {
        done(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.once('error', fail);
    });
  try {
    const first = await serial();
    const { client } = await connect(await issue('T1000'), {}, `mqtts://localhost:${port}`);
    clock.advanceMs(260 * 86_400_000);
    await setTimeout(100);
    expect(await serial()).toBe(first);
    clock.advanceMs(8 * 86_400_000);
    await expect.poll(serial, patient).not.toBe(first);
    const second = await serial();
    await setTimeout(100);
    expect(await serial()).toBe(second);
    expect(client.connected).toBe(true);
    clock.advanceMs(266 * 86_400_000);
    await expect.poll(serial, patient).not.toBe(second);
  } finally {
    for (const front of fronts) await front.close();
  }
}, 60_000);

describe.skipIf(!hasMosquitto)('at a Mosquitto with our authority', () => {
  it('a device is let in, and refused once it is revoked', async () => {
    const { cert, key } = await server.running.context.deviceCa.serverPair(['localhost']);
    const { certificate } = (await ask<{ certificate: string }>('GET', '/api/v1/device-ca')).body;
    const [good, bad] = [await issue('T1000'), await issue('T1001')];
    await revoke(bad);
    const { crl } = (await ask<{ crl: string }>('GET', '/api/v1/device-ca/crl')).body;
    const broker = await startMosquitto((file) => [
      `cafile ${file('ca.pem', certificate)}`,
      `certfile ${file('cert.pem', cert)}`,
      `keyfile ${file('key.pem', key)}`,
      `crlfile ${file('list.pem', crl)}`,
      ...['require_certificate true', 'use_identity_as_username true', 'user root'],
    ]);
    const url = `mqtts://localhost:${broker.port}`;
    try {
      await expect
        .poll(
          () =>
            connect(good, {}, url).then(
              ({ client }) => client.connected,
              () => false,
            ),
          patient,
        )
        .toBe(true);
      await expect(connect(bad, {}, url)).rejects.toThrow(/revoked|closed|alert/i);
    } finally {
      await broker.close();
    }
  });
});
