import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dropOldReadings } from '../src/services/retention.ts';
import { fixtureNow, startServer, type TestServer } from './helpers/start-server.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const dataDir = mkdtempSync(join(tmpdir(), 'openami-retention-'));
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 2, dataDir, clock });
}, 90_000);
afterAll(async () => {
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Ends of the quarter hours of the first meter. */
async function ends(): Promise<string[]> {
  const { store, directory } = server.running.context;
  const { channel } = directory.memory.find('T1000', 'import', 900)!;
  const { end } = await store.readings.profile(systemAccess, channel.id, { fromS: 0, toS: 4_000_000_000 });
  return Array.from(end, (one) => new Date(one * 1000).toISOString());
}

const drops = async () =>
  (await server.running.context.registry.audit.list(systemAccess)).filter(
    ({ action }) => action === 'retention.drop',
  );

it('drops whole local days once they are older than the configuration keeps them, and says so', async () => {
  const { context } = server.running;
  const keep = (readingRetentionDays: number) =>
    dropOldReadings(context, { readingRetentionDays, zone: 'Europe/Berlin' });
  await keep(0);
  await keep(4);
  expect(await ends()).toHaveLength(192);
  expect(await drops()).toEqual([]);
  // it is 31 March: from the 29th on, which begins at 23:00 UTC; the reading that ends then is of the 28th
  await keep(2);
  const left = await ends();
  expect(left).toHaveLength(96);
  expect(left[0]).toBe('2026-03-28T23:15:00.000Z');
  await keep(2);
  expect(await drops()).toMatchObject([{ objectId: 'before 2026-03-29', data: { rows: 192, days: 2 } }]);
  clock.advanceMs(86_400_000);
  await keep(2);
  expect((await ends())[0]).toBe('2026-03-29T22:15:00.000Z');
  expect(await drops()).toHaveLength(2);
});

it('is done by the worker from its start, and by nobody who may not write', async () => {
  const { context } = server.running;
  const readingRetentionDays = 1;
  const requireWriter = () => {
    throw new Error('not the writer');
  };
  const asOther = dropOldReadings(
    { ...context, requireWriter },
    { readingRetentionDays, zone: 'Europe/Berlin' },
  );
  await expect(asOther).rejects.toThrow('not the writer');
  expect(await ends()).toHaveLength(4);
  await server.close();
  const env = { OPENAMI_READING_RETENTION_DAYS: String(readingRetentionDays) };
  server = await startServer({ dataDir, clock, env });
  await expect.poll(async () => (await ends()).length, { timeout: 5_000 }).toBe(0);
}, 60_000);
