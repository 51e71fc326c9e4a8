/** The statements over Distributed tables of two shards, as the tables of a cluster are. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccessContext, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReadingStore } from '../../src/clickhouse/index.ts';
import { tables } from '../../src/clickhouse/migrations/schema.ts';
import { openTestStore, Scratch, TestClock } from './support.ts';

const scratch = new Scratch();
const clock = new TestClock();
const all: AccessContext = systemAccess;
const ids = [1, 2, 3, 4, 5, 6];
const start = 1_700_000_100;
const span = { fromS: 0, toS: 2_000_000_000 };
const firstMs = clock.ms;
let store: ReadingStore;

/** The first shard is the engine itself, which needs no socket; nobody answers for the second. */
function clusterConfig(): string {
  const shard = (port: number) =>
    `<shard><replica><host>127.0.0.1</host><port>${port}</port></replica></shard>`;
  const path = join(scratch.dir(), 'cluster.xml');
  const grid = `<grid>${shard(9000)}${shard(1)}</grid>`;
  const servers = `<remote_servers>${grid}</remote_servers>`;
  writeFileSync(path, `<clickhouse><tcp_port>9000</tcp_port>${servers}</clickhouse>`);
  return path;
}

/** Puts a table behind a distributed one of its name; all rows go to the shard that is there. */
async function distribute({ client }: ReadingStore, table: string): Promise<void> {
  await client.command(`RENAME TABLE openami.${table} TO openami.${table}_local`);
  await client.command(`CREATE TABLE openami.${table} AS openami.${table}_local
    ENGINE = Distributed('grid', openami, ${table}_local, 0) SETTINGS skip_unavailable_shards = 1`);
}

function readings(value: (channel: number, i: number) => number, count = 10): ReadingBatch {
  const batch = new ReadingBatch();
  for (const id of ids) {
    for (let i = 1; i <= count; i++) batch.push(id, start + i * 900, value(id, i), 1_000, 1, 0);
  }
  return batch;
}

beforeAll(async () => {
  const limits = { minFreeBytes: 0 };
  const engine = { limits, connectionArgs: [`--config-file=${clusterConfig()}`] };
  store = await openTestStore(scratch.dir(), clock, { engine });
  for (const { name } of tables) await distribute(store, name);
  await store.writer.commit({ readings: readings((id, i) => id * 100 + i) });
  clock.ms += 5_000;
});

afterAll(async () => {
  await store?.close();
  scratch.clean();
});

it('tells repeats, corrections and late readings apart, and keeps what was replaced', async () => {
  const outcome = await store.writer.commit({
    readings: readings((id, i) => (i === 3 ? -id : id * 100 + i), 11),
  });
  expect(outcome).toEqual({ stored: 12, corrections: 6, repeats: 54, stale: 0 });
  const versions = await store.readings.revisions(all, 4, start + 3 * 900);
  expect(Array.from(versions.value)).toEqual([403, -4]);
});

it('answers every query about readings', async () => {
  const now = await store.readings.profiles(all, ids, span);
  expect(now.length).toBe(66);
  const known = await store.readings.profiles(all, ids, span, { asOf: Math.floor(firstMs / 1_000) });
  expect([known.length, known.value[2]]).toEqual([60, 103]);
  const newest = await store.readings.latest(all, ids);
  expect(Array.from(newest.channel)).toEqual(ids);
  expect(Array.from(newest.value)).toEqual(ids.map((id) => id * 100 + 11));
  expect(Array.from((await store.readings.marks(all)).latest)).toEqual(ids.map(() => start + 11 * 900));
  const channels = ids.map((id) => ({ id, intervalS: 900 }));
  const days = await store.readings.daily(all, channels, 'Asia/Kolkata', span);
  expect(days.count.reduce((sum, count) => sum + count)).toBe(66);
  const presence = await store.readings.presence(all, channels, 'UTC', span, [0]);
  expect(presence.readings.reduce((sum, count) => sum + count)).toBe(66);
  expect((await store.upkeep.counts(all)).readings).toBeGreaterThanOrEqual(66);
});

it('keeps and lists evidence', async () => {
  const receivedMs = clock.ms;
  const source = 'http' as const;
  const kept = { receivedMs, source, quantity: 'q', unit: 'kWh', intervalS: 900, value: 1, quality: 1 };
  await store.writer.commit({
    frames: [1, 2].map((meter) => ({
      ...{ receivedMs, source, device: `${meter}`, meter, accepted: 1, outcome: 'OK' },
      payload: Uint8Array.of(meter),
    })),
    events: [1, 2].map((meter) => ({
      ...{
        at: start,
        receivedMs,
        meter,
        device: `${meter}`,
        code: 'c',
        severity: 'info' as const,
        detail: '',
      },
    })),
    rejections: ['a', 'b', 'c'].map((device) => ({
      ...{ receivedMs, source, device, quantity: '', end: 0, value: '', code: 'X', detail: '' },
    })),
    unregistered: ['a', 'b', 'c'].map((device) => ({ ...kept, device, end: start })),
  });
  expect(await store.evidence.frames(all)).toHaveLength(2);
  expect(await store.evidence.events(all, { limit: 1 })).toHaveLength(2);
  expect(await store.evidence.events(all)).toHaveLength(2);
  expect(await store.evidence.rejections(all)).toHaveLength(3);
  expect(await store.evidence.rejectionsByCode(all, 0)).toEqual([{ code: 'X', count: 3, receivedMs }]);
  const page = await store.evidence.unregistered(all, { limit: 2 });
  expect([page.total, page.devices, page.items.length]).toEqual([3, 3, 2]);
  const rest = await store.evidence.unregistered(all, { limit: 2, cursor: page.next! });
  expect([...page.items, ...rest.items].map(({ device }) => device)).toEqual(['a', 'b', 'c']);
});

it('is backed up whole, and comes back on one node', async () => {
  clock.ms += 5_000;
  const dir = join(scratch.dir(), 'backup');
  mkdirSync(dir);
  const manifest = await store.backup(dir);
  expect(manifest.rows).toMatchObject({ reading: 66, reading_history: 6, rejection: 3 });
  const copy = await openTestStore(scratch.dir(), clock);
  await copy.restore(dir);
  expect((await copy.readings.profiles(all, ids, span)).length).toBe(66);
  await copy.close();
});
