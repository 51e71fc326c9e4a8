import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpenAmiError } from '@openami/model';
import { afterAll, describe, expect, it } from 'vitest';
import { environmentName, loadConfig, publicConfig, unknownVariables } from '../src/config.ts';
import { forwardersOf } from '../src/forwarders.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

function failure(env: NodeJS.ProcessEnv, file?: string): OpenAmiError {
  try {
    loadConfig(env, { config: file });
  } catch (error) {
    return error as OpenAmiError;
  }
  throw new Error('it was accepted');
}

function yaml(text: string): string {
  const path = join(dir, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
}

describe('configuration', () => {
  it('has defaults that listen on this machine only', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, mqttHost: '127.0.0.1', mqttPort: 1883 });
    expect(config.roles).toEqual(['headend', 'worker', 'api']);
    expect(config.dataDir).toBe(resolve('./data'));
  });

  it('puts the environment over the file and flags over both', () => {
    const file = yaml('port: 1000\nzone: Europe/London\ntrustProxy: true\n');
    expect(loadConfig({ OPENAMI_CONFIG: file })).toMatchObject({ port: 1000, zone: 'Europe/London' });
    const env = { OPENAMI_CONFIG: file, OPENAMI_PORT: '2000', OPENAMI_ROLES: 'api, worker' };
    expect(loadConfig(env)).toMatchObject({ port: 2000, trustProxy: true, roles: ['api', 'worker'] });
    expect(loadConfig(env, { port: 3000 }).port).toBe(3000);
  });

  it.each([
    [{ OPENAMI_PORT: '80x' }, 'OPENAMI_PORT'],
    [{ OPENAMI_PORT: '70000' }, 'OPENAMI_PORT'],
    [{ OPENAMI_ROLES: 'headend,nothing' }, 'OPENAMI_ROLES'],
    [{ OPENAMI_ZONE: 'Mars/Olympus' }, 'OPENAMI_ZONE'],
    [{ OPENAMI_READ_DEADLINE: '25:00' }, 'OPENAMI_READ_DEADLINE'],
    [{ OPENAMI_CLICKHOUSE_URL: 'nowhere' }, 'OPENAMI_CLICKHOUSE_URL'],
    [{ OPENAMI_SECRET: 'short' }, 'OPENAMI_SECRET'],
    [{ OPENAMI_MQTT_TLS_CERT: 'cert.pem' }, 'OPENAMI_MQTT_TLS_KEY'],
    [{ OPENAMI_KEK: 'x', OPENAMI_KEK_FILE: 'y' }, 'OPENAMI_KEK_FILE'],
    [{ OPENAMI_LOG_LEVEL: 'loud' }, 'OPENAMI_LOG_LEVEL'],
    [{ OPENAMI_TRUST_PROXY: 'maybe' }, 'OPENAMI_TRUST_PROXY'],
    [{ OPENAMI_ADMIN_EMAIL: 'nobody' }, 'OPENAMI_ADMIN_EMAIL'],
    [{ OPENAMI_PUBLIC_URL: 'ftp://example.org' }, 'OPENAMI_PUBLIC_URL'],
    [{ OPENAMI_POSTGRES_URL: 'mysql://db/ami' }, 'OPENAMI_POSTGRES_URL'],
  ])('names the wrong key of %o', (env, key) => {
    const error = failure(env);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(key);
  });

  it.each([
    [{ OPENAMI_PORT: '-1' }, '0 to 65535'],
    [{ OPENAMI_ROLES: 'api,x' }, 'headend, worker, api'],
    [{ OPENAMI_LOG_LEVEL: 'loud' }, 'fatal, error, warn'],
    [{ OPENAMI_READ_DEADLINE: '6' }, '00:00 to 23:59'],
    [{ OPENAMI_TRUST_PROXY: 'yes' }, 'true or false'],
    [{ OPENAMI_MQTT_BROKER_URL: 'http://x' }, 'mqtt:// or mqtts://'],
    [{ OPENAMI_RADIO_TCP_URLS: 'http://192.0.2.7:1' }, 'tcp://host:port'],
    [{ OPENAMI_RADIO_TCP_URLS: 'tcp://192.0.2.7' }, 'tcp://host:port'],
    [{ OPENAMI_RADIO_TCP_URLS: 'tcp://192.0.2.7:4001?name=roof' }, '"name"'],
  ])('says what is allowed instead of %o', (env, words) => {
    expect(failure(env).message).toContain(words);
  });

  it('reads forwarders of telegrams from a list', () => {
    const text = 'tcp://192.0.2.7:4001?gateway=roof%201, tcp://[2001:db8::1]:4001,';
    expect(forwardersOf(text)).toEqual([
      { host: '192.0.2.7', port: 4001, gateway: 'roof 1' },
      { host: '2001:db8::1', port: 4001, gateway: '[2001:db8::1]:4001' },
    ]);
    expect(forwardersOf('')).toEqual([]);
    const many = Array.from({ length: 101 }, (_, i) => `tcp://192.0.2.7:${i + 1}`).join(',');
    expect(() => forwardersOf(many)).toThrow('100');
  });

  it('never shows a secret in an error', () => {
    expect(failure({ OPENAMI_SECRET: 'hunter2hunter2' }).message).not.toContain('hunter2');
    expect(failure({ OPENAMI_ADMIN_PASSWORD: 'hunter2' }).message).not.toContain('hunter2');
  });

  it('refuses unknown keys, lists, and files that are not YAML', () => {
    expect(failure({}, yaml('prot: 1\n')).message).toContain('prot');
    expect(failure({}, yaml('- 1\n')).code).toBe('CONFIG_UNREADABLE');
    expect(failure({}, yaml('a: [\n')).code).toBe('CONFIG_UNREADABLE');
    expect(failure({}, join(dir, 'missing.yaml')).code).toBe('CONFIG_UNREADABLE');
  });

  it('knows its own variables from slips of the pen', () => {
    expect(unknownVariables({ OPENAMI_PROT: '1', OPENAMI_PORT: '1', OPENAMI_CONFIG: 'x', PATH: '' })).toEqual(
      ['OPENAMI_PROT'],
    );
    expect(environmentName('mqttTlsPort')).toBe('OPENAMI_MQTT_TLS_PORT');
  });

  it('hides secrets when it is shown', () => {
    const config = loadConfig({
      OPENAMI_SECRET: 'x'.repeat(32),
      OPENAMI_POSTGRES_URL: 'postgres://ami:hunter2@db/ami',
      OPENAMI_LORAWAN_MQTT_URL: 'mqtts://ami:hunter2@broker',
      OPENAMI_PUBLIC_URL: 'https://ami:hunter2@ami.example.org',
      OPENAMI_KEK: 'k'.repeat(43),
    });
    const text = JSON.stringify(publicConfig(config));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('xxxx');
    expect(text).not.toContain('kkkk');
    expect(text).toContain('ami');
  });
});
