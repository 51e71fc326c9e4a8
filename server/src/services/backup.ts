/**
 * Backup of both stores into one folder: registry/ and readings/, then openami-backup.json that says the
 * backup is whole. The registry is written first: a reading of a channel made later has no channel in the
 * backup, and is harmless; a channel without its newest readings would be a loss.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type AccessContext, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import { serverErrors } from '../errors.ts';
import { version } from '../version.ts';

export interface BackupResult {
  readonly dir: string;
  /** Readings in the backup. */
  readonly readings: number;
  /** Tables of the registry. */
  readonly tables: number;
}

const manifestName = 'openami-backup.json';

interface Stores {
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
}

/** Writes a backup into an empty folder (made when it is not there). */
export async function backupStores(
  { registry, store }: Stores,
  ctx: AccessContext,
  to: string,
): Promise<BackupResult> {
  const dir = resolve(to);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw serverErrors.BACKUP_FOLDER(`${dir} is not empty`);
  const tables = await registry.backup(ctx, join(dir, 'registry'));
  const readings = await store.backup(join(dir, 'readings'));
  const result = { dir, readings: readings.rows.reading ?? 0, tables: tables.tables.length };
  await writeFile(join(dir, manifestName), `${JSON.stringify({ format: 1, version, ...result })}\n`);
  return result;
}

/** Fills empty stores from a backup and verifies it. */
export async function restoreStores({ registry, store }: Stores, from: string): Promise<BackupResult> {
  const dir = resolve(from);
  const text = await readFile(join(dir, manifestName), 'utf8').catch(() => undefined);
  if (text === undefined) throw serverErrors.BACKUP_FOLDER(`${dir} holds no whole backup`);
  const tables = await registry.restore(systemAccess, join(dir, 'registry'));
  const readings = await store.restore(join(dir, 'readings'));
  return { dir, readings: readings.rows.reading ?? 0, tables: tables.tables.length };
}
