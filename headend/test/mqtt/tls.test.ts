import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { startEmbeddedBroker } from '../../src/index.ts';
import { fixture, message, nowS, silent } from '../helpers/fixture.ts';

/** A key and a certificate for localhost; undefined where there is no openssl. */
function certificate(): { key: Buffer; cert: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'openami-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '30'];
  try {
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch {
    console.log('skipped MQTT over TLS: no openssl that makes certificates');
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tls = certificate();

describe.skipIf(tls === undefined)('MQTT over TLS', () => {
  test('publishes, and refuses who does not trust or does not speak TLS', async () => {
    const { ingest, clock, sink } = fixture();
    const verify = async (name: string) => ({ name });
    const front = await startEmbeddedBroker({
      ingest,
      clock,
      log: silent,
      verify,
      port: 0,
      host: 'localhost',
      tls,
    });
    try {
      expect(front.url).toMatch(/^mqtts:/);
      const login = { username: 'OA1', password: 'x', reconnectPeriod: 0 };
      const client = await connectAsync(front.url, { ...login, ca: tls!.cert });
      const body = Buffer.from(message('OA1', nowS - (nowS % 900), [1]));
      await client.publishAsync('openami/v1/OA1/readings', body, { qos: 1 });
      expect(sink.readings.length).toBe(1);
      await client.endAsync();
      await expect(connectAsync(front.url, login)).rejects.toThrow(/certificate/);
    } finally {
      await front.close();
    }
  });
});
