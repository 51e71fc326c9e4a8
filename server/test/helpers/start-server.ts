/**
 * A real server on a temporary data folder with a small fixture: 50 electricity meters at usage points, two
 * days of quarter hours each, one of them with gaps, a correction and an estimate. For tests of this and other
 * workspaces.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectLimits, LinkLimits } from '@openami/headend';
import { type Clock, ManualClock, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { startServer as compose, type RunningServer } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog, type Logger } from '../../src/log.ts';
import type { MeterDrivers } from '../../src/services/commands.ts';
import { fillPrepared } from './prepared-folder.ts';

export const adminEmail = 'admin@example.org';
export const adminPassword = 'correct horse battery';

export interface StartOptions {
  /** Meters of the fixture; 0 for an empty system. Default 50. */
  readonly meters?: number;
  /** A data folder to keep; default: a temporary one that is removed on close. */
  readonly dataDir?: string;
  readonly clock?: Clock;
  /** What reaches meters for commands; default: nothing. */
  readonly drivers?: MeterDrivers;
  readonly linkLimits?: Partial<LinkLimits>;
  readonly collectLimits?: Partial<CollectLimits>;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: errors only, on stderr. */
  readonly log?: Logger;
}

export interface TestServer {
  readonly url: string;
  readonly adminEmail: string;
  readonly adminPassword: string;
  /** Bearer token of an administrator. */
  readonly token: string;
  readonly dataDir: string;
  /** Where MQTT devices connect; empty when the server has no head-end. */
  readonly mqttUrl: string;
  readonly running: RunningServer;
  /** A request with the administrator's token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** The fixture's clock stands here unless another clock is handed in. */
export const fixtureNow = '2026-03-31T10:00:00Z';
/** The fixture's readings begin here: the day before the change to summer time in Berlin. */
export const fixtureStart = '2026-03-27T23:00:00Z';
const intervalS = 900;

/** Starts the server. */
export async function startServer(options: StartOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'openami-test-')));
  const fresh = (await readdir(dataDir).catch(() => [])).length === 0;
  const prepared = fresh && !hasEnginesElsewhere(options.env);
  if (prepared) await prepare(dataDir);
  const config = loadConfig({ ...envOf(dataDir), ...options.env });
  const clock = options.clock ?? new ManualClock(Date.parse(fixtureNow));
  const { drivers, linkLimits, collectLimits } = options;
  const running = await compose({
    ...{ config, log: options.log ?? createLog(config.logLevel), clock },
    ...(drivers ? { drivers } : {}),
    ...(linkLimits ? { linkLimits } : {}),
    ...(collectLimits ? { collectLimits } : {}),
  });
  try {
    if (prepared || running.admin) await addFixture(running, options.meters ?? 50);
    const { secret } = await running.context.registry.tokens.issue(systemAccess, {
      name: 'test',
      role: 'admin',
    });
    return {
      ...{ url: running.url, adminEmail, adminPassword, token: secret, dataDir, running },
      mqttUrl: running.mqtt[0]?.url ?? '',
      fetch: (path, init = {}) => {
        const headers = new Headers(init.headers);
        headers.set('authorization', `Bearer ${secret}`);
        return fetch(new URL(path, running.url), { ...init, headers });
      },
      async close() {
        await running.close();
        if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await running.close();
    throw error;
  }
}

const envOf = (dataDir: string) => ({
  OPENAMI_DATA_DIR: dataDir,
  OPENAMI_PORT: '0',
  OPENAMI_MQTT_PORT: '0',
  OPENAMI_ADMIN_EMAIL: adminEmail,
  OPENAMI_ADMIN_PASSWORD: adminPassword,
  OPENAMI_LOG_LEVEL: 'error',
  // Days are closed where a test is about it.
  OPENAMI_CLOSE_DELAY_MINUTES: '10080',
});

function hasEnginesElsewhere(env: StartOptions['env'] = {}): boolean {
  return Boolean(env.OPENAMI_POSTGRES_URL || env.OPENAMI_CLICKHOUSE_URL);
}

/** Makes an empty folder what a first start leaves: migrated, with its administrator. */
export async function prepare(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await fillPrepared(dataDir, firstStart);
}

/** Starts once, which migrates and makes the administrator. */
async function firstStart(dataDir: string): Promise<void> {
  const config = loadConfig({ ...envOf(dataDir), OPENAMI_ROLES: 'api' });
  const clock = new ManualClock(Date.parse(fixtureNow));
  await (await compose({ config, log: createLog(config.logLevel), clock })).close();
}

const serialOf = (i: number) => `T${String(1000 + i)}`;

async function addFixture({ context }: RunningServer, meters: number): Promise<void> {
  if (meters === 0) return;
  const { registry, directory, store, heard } = context;
  const index = Array.from({ length: meters }, (_, i) => i);
  const premises = index.map((i) => ({
    code: `P${i}`,
    addressLines: [`${i + 1} Test Street`],
    locality: 'Exampleton',
    postcode: '00100',
    country: 'DE',
    lon: 10 + (i % 10) * 0.002,
    lat: 50 + Math.floor(i / 10) * 0.002,
    zone: 'Europe/Berlin',
  }));
  const point = (i: number) => ({
    code: `UP${i}`,
    premiseCode: `P${i}`,
    commodity: 'electricity',
    zone: 'Europe/Berlin',
  });
  const meter = (i: number) => ({
    serial: serialOf(i),
    commodity: 'electricity',
    manufacturer: 'Acme',
    model: i % 2 === 0 ? 'A1' : 'B2',
    state: 'active',
    protocol: 'mqtt',
  });
  const channel = (i: number, register: boolean) => ({
    serial: serialOf(i),
    alias: register ? 'import register' : 'import',
    readingType: register ? '0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0' : '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
    obis: '1-0:1.8.0*255',
    quantityKeys: ['import'],
    intervalS: register ? 0 : intervalS,
    resolution: 1000,
    unit: 'kWh',
  });
  await registry.premises.upsertMany(systemAccess, premises);
  await registry.usagePoints.upsertMany(systemAccess, index.map(point));
  await registry.meters.upsertMany(systemAccess, index.map(meter));
  await registry.channels.upsertMany(
    systemAccess,
    index.flatMap((i) => [channel(i, false), channel(i, true)]),
  );
  const installed = index.map((i) => ({
    serial: serialOf(i),
    usagePointCode: `UP${i}`,
    validFrom: '2026-01-01T00:00:00Z',
  }));
  await registry.installations.upsertMany(systemAccess, installed);
  const customers = index.map((i) => ({ code: `C${i}`, name: `Customer ${i}`, kind: 'household' }));
  await registry.customers.upsertMany(systemAccess, customers);
  const accounts = index.map((i) => ({ number: `A${i}`, customerCode: `C${i}`, name: `Account ${i}` }));
  await registry.accounts.upsertMany(systemAccess, accounts);
  const agreements = index.map((i) => ({
    code: `AG${i}`,
    accountNumber: `A${i}`,
    usagePointCode: `UP${i}`,
    validFrom: '2026-01-01T00:00:00Z',
  }));
  await registry.agreements.upsertMany(systemAccess, agreements);
  await directory.refresh();
  const first = Date.parse(fixtureStart) / 1000;
  const readings = fixtureReadings(meters, (serial, register) => {
    const found = directory.memory.find(serial, 'import', register ? 0 : intervalS);
    return found!.channel.id;
  });
  await store.writer.commit({ readings, receivedMs: (first + 2 * 86_400 + 3600) * 1000 });
  await store.writer.commit({
    events: [
      {
        at: first + 86_400,
        receivedMs: (first + 86_401) * 1000,
        meter: directory.memory.meter(serialOf(0)),
        device: serialOf(0),
        code: '3.26.0.85',
        severity: 'critical',
        detail: 'last gasp',
      },
    ],
    rejections: [
      {
        receivedMs: (first + 86_401) * 1000,
        source: 'mqtt',
        device: serialOf(1),
        quantity: 'import',
        end: 0,
        value: 'NaN',
        code: 'PUSH_NOT_FINITE',
        detail: 'not a finite number',
      },
    ],
    unregistered: [
      {
        receivedMs: (first + 86_401) * 1000,
        source: 'mqtt',
        device: 'STRANGER1',
        quantity: 'import',
        unit: 'kWh',
        intervalS,
        end: first + 900,
        value: 0.5,
        quality: Quality.raw,
      },
    ],
  });
  heard.note(readings.channel, readings.end, readings.length);
}

/** Two days of quarter hours: 1 + (row modulo 7) counts of 1 Wh; meter 3 has gaps and estimates. */
function fixtureReadings(
  meters: number,
  channelOf: (serial: string, register: boolean) => number,
): ReadingBatch {
  const batch = new ReadingBatch(meters * 192);
  const first = Date.parse(fixtureStart) / 1000;
  for (let i = 0; i < meters; i++) {
    const channel = channelOf(serialOf(i), false);
    let total = 0;
    for (let row = 1; row <= 192; row++) {
      const gap = i === 3 && row % 10 === 0;
      const quality = i === 3 && row % 11 === 0 ? Quality.estimated : Quality.raw;
      const count = 1 + ((i + row) % 7);
      total += count;
      if (!gap) batch.push(channel, first + row * intervalS, count, 1000, quality, 0);
    }
    batch.push(channelOf(serialOf(i), true), first + 2 * 86_400, 100_000 + total, 1000, Quality.raw, 0);
  }
  return batch;
}
