import { afterAll, describe, expect, it } from 'vitest';
import { createDatabase, createTable } from '../../src/clickhouse/migrations/ddl.ts';
import { checksum, migrations } from '../../src/clickhouse/migrations/migrate.ts';
import { defaultRetention, tables } from '../../src/clickhouse/migrations/schema.ts';
import { openTestStore, Scratch, TestClock } from './support.ts';

const scratch = new Scratch();
afterAll(() => scratch.clean());

const reading = tables.find((table) => table.name === 'reading')!;
const frame = tables.find((table) => table.name === 'frame')!;

describe('DDL from one source', () => {
  it('is a plain table on one node', () => {
    const [text, ...more] = createTable(reading, { retention: defaultRetention });
    expect(more).toEqual([]);
    expect(text).toContain('CREATE TABLE IF NOT EXISTS openami.reading\n');
    expect(text).toContain(
      'ENGINE = ReplacingMergeTree(revision)\nPARTITION BY toYear(end)\nORDER BY (channel, end)',
    );
    expect(text).toContain("value Int64 CODEC(T64('bit'), ZSTD(3))");
    expect(text).toContain('fsync_after_insert = 1, fsync_part_directory = 1');
    expect(text).toContain('non_replicated_deduplication_window = 10000');
  });

  it('is a replicated table and a distributed one over it on a cluster', () => {
    const target = { cluster: 'grid', retention: defaultRetention };
    expect(createDatabase(target)).toBe('CREATE DATABASE IF NOT EXISTS openami ON CLUSTER `grid`');
    const [local, all] = createTable(reading, target);
    expect(local).toContain('CREATE TABLE IF NOT EXISTS openami.reading_local ON CLUSTER `grid`');
    const replica = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'";
    expect(local).toContain(`ENGINE = ReplicatedReplacingMergeTree(${replica}, revision)`);
    expect(local).toContain('replicated_deduplication_window = 10000');
    expect(local).not.toContain('non_replicated');
    expect(all).toContain('CREATE TABLE IF NOT EXISTS openami.reading ON CLUSTER `grid`');
    expect(all).toContain('ENGINE = Distributed(`grid`, openami, reading_local, channel)');
    expect(all).not.toContain('CODEC');
    const [framesLocal] = createTable(frame, target);
    expect(framesLocal).toContain(`ENGINE = ReplicatedMergeTree(${replica})`);
    expect(framesLocal).toContain('TTL toDateTime(stored) + INTERVAL 90 DAY');
  });

  it('of a released migration never changes', () => {
    expect(migrations.map((migration) => [migration.id, checksum(migration).slice(0, 16)])).toEqual([
      [1, '76011b3ace1c426c'],
      [2, 'a3e71dd265e11728'],
      [3, 'd7ea3fb1e36f12a5'],
      [4, '642207fea372aadc'],
    ]);
  });
});

describe('migrate', () => {
  it('applies each step once, follows the retention, and refuses a changed one', async () => {
    const dir = scratch.dir();
    const clock = new TestClock();
    const first = await openTestStore(dir, clock);
    const applied = await first.client.select(
      'SELECT id, checksum FROM openami.schema_migration ORDER BY id',
    );
    expect(Array.from(applied.u32('id'))).toEqual([1, 2, 3, 4]);
    expect(applied.strings('checksum')).toEqual(migrations.map(checksum));
    await first.close();
    const second = await openTestStore(dir, clock, { retention: { frameDays: 7 } });
    const ddl = await second.client.select(
      "SELECT create_table_query AS q FROM system.tables WHERE database = 'openami' AND name = 'frame'",
    );
    expect(ddl.strings('q')[0]).toContain('toIntervalDay(7)');
    const rows = await second.client.select('SELECT count() AS n FROM openami.schema_migration');
    expect(rows.f64('n')[0]).toBe(4);
    await second.client.command('TRUNCATE TABLE openami.schema_migration');
    await second.client.command(
      "INSERT INTO openami.schema_migration (id, name, checksum) VALUES (1, 'x', 'y')",
    );
    await second.close();
    await expect(openTestStore(dir, clock)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
  });

  it('refuses a store that a newer build has migrated', async () => {
    const dir = scratch.dir();
    const store = await openTestStore(dir, new TestClock());
    await store.client.command(
      "INSERT INTO openami.schema_migration (id, name, checksum) VALUES (999, 'later', 'z')",
    );
    await store.close();
    await expect(openTestStore(dir, new TestClock())).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      message: expect.stringContaining('999'),
    });
  });
});
