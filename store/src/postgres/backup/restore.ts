/**
 * Fills an empty registry from a backup, in one transaction: rows are inserted as they were (ids included),
 * counts and checksums compared, sequences set, and only then committed. Tables of libraries must exist.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { type AccessContext, maxInvocationCounter } from '@openami/model';
import type { Pool, PoolClient } from 'pg';
import { storeErrors } from '../../errors.ts';
import { registryErrors } from '../errors.ts';
import { migrations } from '../migrations/index.ts';
import { requireAll, translate } from '../repositories/base.ts';
import type { RegistryManifest } from '../store.ts';
import { manifestName, type StoredManifest } from './backup.ts';
import { derived, fileOf, quoted, type Table, tablesOf } from './tables.ts';

const batchRows = 2000;
/** Invocation counters used since the backup was made must not be used again: skipped over, generously. */
const counterSkip = 1_000_000;

async function manifestOf(dir: string): Promise<StoredManifest> {
  let manifest: StoredManifest;
  try {
    manifest = JSON.parse(await readFile(join(dir, manifestName), 'utf8')) as StoredManifest;
  } catch (error) {
    throw registryErrors.BACKUP_BROKEN(`${manifestName}: ${(error as Error).message}`, {}, error);
  }
  if (manifest.format !== 1) throw registryErrors.BACKUP_BROKEN(`${manifestName}: unknown format`);
  if (!migrations.some(({ name }) => name === manifest.migration)) {
    throw registryErrors.MIGRATION_UNKNOWN(`The backup was made after migration ${manifest.migration}.`);
  }
  return manifest;
}

export async function restoreRegistry(
  pool: Pool,
  ctx: AccessContext,
  dir: string,
): Promise<RegistryManifest> {
  requireAll(ctx);
  const manifest = await manifestOf(dir);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET CONSTRAINTS ALL DEFERRED');
    await client.query("SET LOCAL openami.restoring = 'on'");
    const tables = await tablesOf(client);
    for (const { name } of manifest.tables) {
      if (!tables.some((table) => table.name === name)) {
        throw registryErrors.BACKUP_BROKEN(
          `The target has no table "${name}"; start the program on it once.`,
        );
      }
    }
    for (const table of tables) await requireEmpty(client, table.name);
    for (const table of tables) {
      const entry = manifest.tables.find(({ name }) => name === table.name);
      if (entry !== undefined) await copyIn(client, table, entry, dir);
    }
    for (const { table, column, last } of manifest.sequences) {
      await client.query('SELECT setval(pg_get_serial_sequence($1, $2), $3)', [quoted(table), column, last]);
    }
    await client.query(
      'UPDATE invocation_counter SET reserved_to = least(reserved_to + $1::bigint, $2::bigint)',
      [counterSkip, maxInvocationCounter],
    );
    for (const statement of nothingLeaves) await client.query(statement);
    await client.query('COMMIT');
    client.release();
    return manifest;
  } catch (error) {
    client.release(true);
    throw translate(error);
  }
}

/**
 * What a backup says of commands is old: they may have been executed, cancelled or paid for since. None of
 * them leaves; who still wants one orders it again. Campaigns wait for a person.
 */
const nothingLeaves = [
  `UPDATE command SET finished_at = now(), note = 'restored from a backup', phase = NULL,
    version = version + 1, state = CASE WHEN state = 'running' THEN 'failed' ELSE 'cancelled' END,
    progress = CASE WHEN state = 'running'
      THEN progress || '{"error": "COMMAND_UNCONFIRMED"}' ELSE progress END
    WHERE state IN ('draft', 'awaiting_approval', 'queued', 'running')`,
  `UPDATE campaign SET state = 'paused', version = version + 1 WHERE state = 'running'`,
];

async function requireEmpty(client: PoolClient, table: string): Promise<void> {
  if (derived.includes(table)) return;
  const { rows } = await client.query(`SELECT FROM ${quoted(table)} LIMIT 1`);
  if (rows.length > 0) throw storeErrors.STORE_NOT_EMPTY(`Table "${table}" has rows.`);
}

async function copyIn(
  client: PoolClient,
  table: Table,
  entry: RegistryManifest['tables'][number],
  dir: string,
): Promise<void> {
  const name = quoted(table.name);
  const columns = table.columns.map(quoted).join(', ');
  const values = table.columns.map((column) =>
    table.jsonNulls.includes(column) ? `coalesce(${quoted(column)}, 'null')` : quoted(column),
  );
  if (derived.includes(table.name)) await client.query(`DELETE FROM ${name}`);
  const insert = async (lines: readonly string[]) => {
    if (lines.length === 0) return;
    // The lines go in as they are: no number passes through JavaScript.
    await client.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE
        SELECT ${values.join(', ')} FROM json_populate_recordset(NULL::${name}, $1::json)`,
      [`[${lines.join(',')}]`],
    );
  };
  const hash = createHash('sha256');
  let count = 0;
  let batch: string[] = [];
  try {
    for await (const line of linesOf(join(dir, fileOf(table.name)))) {
      hash.update(`${line}\n`);
      count++;
      batch.push(line);
      if (batch.length < batchRows) continue;
      await insert(batch);
      batch = [];
    }
  } catch (error) {
    const { code } = error as { code?: string };
    const fileFault = code === 'ENOENT' || code?.startsWith('Z_') || code?.startsWith('ERR_');
    if (!fileFault) throw error;
    throw registryErrors.BACKUP_BROKEN(`${fileOf(table.name)}: ${(error as Error).message}`, {}, error);
  }
  if (hash.digest('hex') !== entry.sha256 || count !== entry.rows) {
    throw registryErrors.BACKUP_BROKEN(`${fileOf(table.name)} is not what the manifest says.`);
  }
  await insert(batch);
}

/** Lines end in LF and nothing else: readline would also split at U+2028, which JSON leaves as it is. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const unzip = createGunzip();
  createReadStream(path)
    .on('error', (error) => unzip.destroy(error))
    .pipe(unzip);
  unzip.setEncoding('utf8');
  let rest = '';
  for await (const chunk of unzip) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
