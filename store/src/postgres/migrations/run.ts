/**
 * Forward-only migrations: each in a transaction of its own, under a table lock that works on every
 * engine, so several processes may start at once. What was applied must be what this program holds.
 */

import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { storeErrors } from '../../errors.ts';
import { registryErrors } from '../errors.ts';
import type { Migration } from './index.ts';

const table = `CREATE TABLE IF NOT EXISTS schema_migration (
  name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`;

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

/** Applies what is missing; gives the names applied now. Raises MIGRATION_CHANGED, _UNKNOWN, _FAILED. */
export async function migrate(pool: Pool, migrations: readonly Migration[]): Promise<string[]> {
  const client = await pool.connect();
  try {
    // Two processes may both find it absent: the loser's error means it is there now.
    await client.query(table).catch(() => client.query(table));
    const applied: string[] = [];
    for (;;) {
      const name = await applyNext(client, migrations);
      if (name === undefined) return applied;
      applied.push(name);
    }
  } finally {
    client.release();
  }
}

/** Applies the first missing migration; undefined when none is missing. */
async function applyNext(client: PoolClient, migrations: readonly Migration[]): Promise<string | undefined> {
  await client.query('BEGIN');
  try {
    await client.query('LOCK TABLE schema_migration IN EXCLUSIVE MODE');
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migration ORDER BY name',
    );
    const next = check(rows, migrations);
    if (next !== undefined) {
      await client.query(next.sql);
      await client.query('INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)', [
        next.name,
        checksumOf(next),
      ]);
    }
    await client.query('COMMIT');
    return next?.name;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if ((error as { fault?: string }).fault !== undefined) throw error;
    throw registryErrors.MIGRATION_FAILED(String(error), {}, error);
  }
}

function check(
  applied: readonly { name: string; checksum: string }[],
  migrations: readonly Migration[],
): Migration | undefined {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of applied) {
    const migration = known.get(name);
    if (migration === undefined) throw registryErrors.MIGRATION_UNKNOWN(`Migration ${name} is unknown here.`);
    if (checksum !== checksumOf(migration)) {
      throw storeErrors.MIGRATION_CHANGED(`Migration ${name} differs from the one applied.`);
    }
  }
  const done = new Set(applied.map((row) => row.name));
  return migrations.find((migration) => !done.has(migration.name));
}
