/**
 * A consistent copy of the registry while it runs: every table read in one repeatable-read transaction,
 * each into gzipped JSON lines, and last a manifest with counts and SHA-256 of every table's lines. The
 * embedded engine has one session, so other registry work waits while its backup is read.
 */

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { AccessContext } from '@openami/model';
import type { Pool, PoolClient } from 'pg';
import { storeErrors } from '../../errors.ts';
import { requireAll } from '../repositories/base.ts';
import type { RegistryManifest } from '../store.ts';
import { fileOf, quoted, type Sequence, sequencesOf, type Table, tablesOf } from './tables.ts';

/** The manifest as written: sequences keep numbers that were given out from being given again. */
export interface StoredManifest extends RegistryManifest {
  readonly sequences: readonly Sequence[];
}

export const manifestName = 'registry.json';
const fetchRows = 2000;

export async function backupRegistry(
  pool: Pool,
  ctx: AccessContext,
  dir: string,
  nowMs: number,
): Promise<RegistryManifest> {
  requireAll(ctx);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw storeErrors.STORE_NOT_EMPTY(`${dir} is not empty.`);
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ name: string }>('SELECT max(name) AS name FROM schema_migration');
    const tables = [];
    for (const table of await tablesOf(client)) tables.push(await copyOut(client, table, dir));
    const sequences = await sequencesOf(client);
    await client.query('COMMIT');
    const createdAt = new Date(nowMs).toISOString();
    const manifest: StoredManifest = { format: 1, createdAt, migration: rows[0]!.name, tables, sequences };
    const file = await open(join(dir, manifestName), 'wx', 0o600);
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
    await file.close();
    client.release();
    return manifest;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function copyOut(
  client: PoolClient,
  table: Table,
  dir: string,
): Promise<RegistryManifest['tables'][number]> {
  const hash = createHash('sha256');
  let count = 0;
  const columns = table.columns.map(quoted).join(', ');
  await client.query(`DECLARE copy NO SCROLL CURSOR FOR SELECT row_to_json(x)::text AS line
    FROM (SELECT ${columns} FROM ${quoted(table.name)}) x`);
  async function* lines(): AsyncGenerator<string> {
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`FETCH ${fetchRows} FROM copy`);
      if (rows.length === 0) return;
      count += rows.length;
      const text = rows.map(({ line }) => `${line}\n`).join('');
      hash.update(text);
      yield text;
    }
  }
  const file = createWriteStream(join(dir, fileOf(table.name)), { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(Readable.from(lines()), createGzip({ level: 6 }), file);
  await client.query('CLOSE copy');
  return { name: table.name, rows: count, sha256: hash.digest('hex') };
}
