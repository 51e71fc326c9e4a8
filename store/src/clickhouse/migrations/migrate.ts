/**
 * Brings the store's tables to this version: forward only, each step once, each with a checksum. Steps
 * already applied must be the same as ours. Two servers that start at once may both apply one: a step makes
 * what is not there and nothing else, and noted twice it is noted alike.
 */

import { createHash } from 'node:crypto';
import { storeErrors } from '../../errors.ts';
import type { EngineClient } from '../client.ts';
import { alterTtl, createDatabase, createTable, type DdlTarget, database, indexRevisions } from './ddl.ts';
import { defaultRetention, determinantTable, firstTables, statedTable, tables, veeTables } from './schema.ts';

export interface Migration {
  readonly id: number;
  readonly name: string;
  statements(target: DdlTarget): string[];
}

/** Never change one that was released: add the next. */
export const migrations: readonly Migration[] = [
  {
    id: 1,
    name: 'readings, history and evidence',
    statements: (target) => firstTables.flatMap((spec) => createTable(spec, target)),
  },
  {
    id: 2,
    name: 'quality in the words of the source',
    statements: (target) => createTable(statedTable, target),
  },
  {
    id: 3,
    name: 'closed days and statistics of channels',
    statements: (target) => veeTables.flatMap((spec) => createTable(spec, target)),
  },
  {
    id: 4,
    name: 'determinants of days, and what changed is found by revision',
    statements: (target) => [...createTable(determinantTable, target), indexRevisions(target)],
  },
];

/** Checksum over the text a single node gets with the default retention: what was meant, not where it ran. */
export function checksum(migration: Migration): string {
  const text = migration.statements({ retention: defaultRetention }).join(';\n');
  return createHash('sha256').update(text).digest('hex');
}

/** Applies what is missing; returns the ids applied. Throws MIGRATION_CHANGED. */
export async function migrate(client: EngineClient, target: DdlTarget): Promise<number[]> {
  await client.command(createDatabase(target));
  const on = target.cluster ? ` ON CLUSTER \`${target.cluster}\`` : '';
  const engine = target.cluster
    ? "ReplicatedMergeTree('/clickhouse/tables/all/{database}/{table}', '{replica}')"
    : 'MergeTree';
  await client.command(
    `CREATE TABLE IF NOT EXISTS ${database}.schema_migration${on}\n(\n  id UInt32,\n  name String,\n` +
      `  checksum String,\n  applied DateTime('UTC') DEFAULT now()\n)\nENGINE = ${engine}\nORDER BY id\n` +
      'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1',
  );
  const done = await client.select(`SELECT id, checksum FROM ${database}.schema_migration ORDER BY id`);
  const ids = done.u32('id');
  const sums = done.strings('checksum');
  const known = new Map(Array.from(ids, (id, i) => [id, sums[i]!]));
  const applied: number[] = [];
  for (const id of ids) {
    if (!migrations.some((migration) => migration.id === id)) {
      throw storeErrors.MIGRATION_CHANGED(`Migration ${id} is unknown here: a newer build made it`);
    }
  }
  for (const migration of migrations) {
    const sum = checksum(migration);
    const before = known.get(migration.id);
    if (before !== undefined && before !== sum) {
      throw storeErrors.MIGRATION_CHANGED(`Migration ${migration.id} (${migration.name})`);
    }
    if (before !== undefined) continue;
    for (const statement of migration.statements(target)) await client.command(statement);
    await client.command(
      `INSERT INTO ${database}.schema_migration (id, name, checksum)
       SELECT {id:UInt32}, {name:String}, {sum:String}`,
      { id: migration.id, name: migration.name, sum },
    );
    applied.push(migration.id);
  }
  await applyRetention(client, target);
  return applied;
}

/** Retention is configuration: it follows the settings at each start. */
async function applyRetention(client: EngineClient, target: DdlTarget): Promise<void> {
  const current = await client.select(
    `SELECT name, create_table_query AS ddl FROM system.tables WHERE database = {database:String}`,
    { database },
  );
  const names = current.strings('name');
  const ddl = current.strings('ddl');
  for (const spec of tables) {
    if (!spec.ttl) continue;
    const name = target.cluster ? `${spec.name}_local` : spec.name;
    const days = target.retention[spec.ttl.retention];
    const text = ddl[names.indexOf(name)] ?? '';
    if (text.includes(`toIntervalDay(${days})`)) continue;
    await client.command(alterTtl(spec, target)!, {}, { materialize_ttl_after_modify: 0 });
  }
}
