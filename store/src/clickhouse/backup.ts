/**
 * Backup of the reading store while it is written to: Native blocks, packed, with a manifest of rows and
 * checksums. It is the same for the embedded engine and a server, so a backup moves from one to the other.
 *
 * It is consistent as of one revision second, the horizon H: rows with revision <= H are taken. A reading
 * that is corrected while the backup runs may be gone from `reading` by then, but its version of H is in the
 * history before the new one can be seen: a last query over what changed since H takes those from there.
 */

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { storeErrors } from '../errors.ts';
import type { EngineClient, Params } from './client.ts';
import { readingStoreErrors } from './errors.ts';
import { insertTarget } from './migrations/schema.ts';
import { measureBlock } from './native.ts';
import type { Clock, ReadingWriter } from './writer/writer.ts';

export interface BackupFile {
  readonly name: string;
  readonly table: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface BackupManifest {
  readonly format: 1;
  /** Revision second the backup shows. */
  readonly horizon: number;
  /** Rows per table; `superseded` are readings taken from the history (they may be in `reading` as well). */
  readonly rows: Readonly<Record<string, number>>;
  readonly files: readonly BackupFile[];
}

const readingColumns = 'channel, end, value, resolution, quality, flags, revision';

/** Evidence tables and their columns, in the order of the table. */
const evidence: Readonly<Record<string, string>> = {
  frame: 'received, source, device, meter, payload, accepted, outcome',
  rejection: 'received, source, device, quantity, end, value, code, detail',
  unregistered_reading: 'received, source, device, quantity, unit, intervalS, end, value, quality',
  event: 'at, received, meter, device, code, severity, detail',
  stated_quality: 'channel, end, value, resolution, words, received',
};

/** Uncompressed bytes after which the next file is begun: what one insert carries at restore. */
const fileBytes = 64 * 2 ** 20;

/** Writes the backup into `dir`, which must be empty or absent. Throws BACKUP_INVALID. */
export async function backupReadings(
  client: EngineClient,
  writer: ReadingWriter,
  clock: Clock,
  dir: string,
): Promise<BackupManifest> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw readingStoreErrors.BACKUP_INVALID(`${dir} is not empty`);
  const horizon = await waitForHorizon(writer, clock);
  const files: BackupFile[] = [];
  const take = async (table: string, stem: string, sql: string, params: Params) => {
    files.push(...(await exportQuery(client, dir, table, stem, sql, params)));
  };
  for (const table of ['reading', 'reading_history']) {
    const years = await client.select(
      `SELECT DISTINCT toYear(end) AS year FROM openami.${table} ORDER BY year`,
    );
    for (const year of years.u16('year')) {
      const sql = `SELECT ${readingColumns} FROM openami.${table} FINAL
        WHERE toYear(end) = {year:UInt16} AND revision <= {horizon:UInt32}`;
      await take(table, `${table}-${year}`, sql, { year, horizon });
    }
  }
  const superseded = `SELECT ${readingColumns} FROM openami.reading_history WHERE revision <= {horizon:UInt32}
    AND (channel, end) IN (SELECT channel, end FROM openami.reading WHERE revision > {horizon:UInt32})
    ORDER BY channel, end, revision DESC LIMIT 1 BY channel, end`;
  await take('superseded', 'superseded', superseded, { horizon });
  for (const [table, columns] of Object.entries(evidence)) {
    const sql = `SELECT ${columns} FROM openami.${table} ${finalOf(table)}
      WHERE received < {horizon:UInt32} + 1`;
    await take(table, table, sql, { horizon });
  }
  const rows: Record<string, number> = {};
  for (const file of files) rows[file.table] = (rows[file.table] ?? 0) + file.rows;
  const manifest: BackupManifest = { format: 1, horizon, rows, files };
  await writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  return manifest;
}

/**
 * Everything acknowledged before the call is in: waits until this second has passed and nothing of it is
 * under way (a minute, after which the writer has given up). A clock that stands still is waited for 3 s.
 */
async function waitForHorizon(writer: ReadingWriter, clock: Clock): Promise<number> {
  const nowS = () => Math.floor(clock.nowMs() / 1_000);
  const wanted = nowS();
  for (let i = 0; writer.horizon() < wanted && i < (nowS() > wanted ? 1_200 : 60); i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return writer.horizon();
}

async function exportQuery(
  client: EngineClient,
  dir: string,
  table: string,
  stem: string,
  sql: string,
  params: Params,
): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  const source = await client.stream(sql, params);
  let part: Part | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let triedBytes = 0;
  const takeBlocks = async (last: boolean) => {
    // A block is measured again only when the rest has grown well, so long blocks cost no more than short
    // ones.
    while (pending.length > 0 && (last || pending.length >= triedBytes * 1.5)) {
      const block = measureBlock(pending);
      if (!block) {
        if (last) throw readingStoreErrors.NATIVE_FORMAT('The result ends in the middle of a block');
        triedBytes = pending.length;
        return;
      }
      part ??= new Part(dir, table, `${stem}-${files.length + 1}.native.gz`);
      await part.write(pending.subarray(0, block.bytes), block.rows);
      pending = pending.subarray(block.bytes);
      triedBytes = 0;
      if (part.bytes >= fileBytes) {
        files.push(await part.end());
        part = undefined;
      }
    }
  };
  for await (const chunk of source) {
    pending = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
    await takeBlocks(false);
  }
  await takeBlocks(true);
  if (part) files.push(await part.end());
  return files;
}

/** One file under way. */
class Part {
  bytes = 0;
  private rows = 0;
  private readonly dir: string;
  private readonly table: string;
  private readonly name: string;
  private readonly hash = createHash('sha256');
  private readonly packer: Writable;
  private readonly done: Promise<void>;

  constructor(dir: string, table: string, name: string) {
    this.dir = dir;
    this.table = table;
    this.name = name;
    const hash = this.hash;
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const packer = createGzip({ level: 1 });
    this.packer = packer;
    this.done = pipeline(packer, hashing, createWriteStream(join(dir, name), { mode: 0o600 }));
    this.done.catch(() => {});
  }

  async write(block: Buffer, rows: number): Promise<void> {
    this.rows += rows;
    this.bytes += block.length;
    // Copied: the buffer it is cut from goes on growing.
    if (!this.packer.write(Buffer.from(block))) {
      await Promise.race([new Promise((resolve) => this.packer.once('drain', resolve)), this.done]);
    }
  }

  async end(): Promise<BackupFile> {
    this.packer.end();
    await this.done;
    const file = await open(join(this.dir, this.name), 'r');
    await file.sync();
    await file.close();
    return { name: this.name, table: this.table, rows: this.rows, sha256: this.hash.digest('hex') };
  }
}

/** Checks every file of a backup. Throws BACKUP_INVALID. */
async function verifyBackup(dir: string): Promise<BackupManifest> {
  let manifest: BackupManifest;
  try {
    manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as BackupManifest;
  } catch (error) {
    throw readingStoreErrors.BACKUP_INVALID(`${dir} has no manifest`, {}, error);
  }
  if (manifest.format !== 1)
    throw readingStoreErrors.BACKUP_INVALID(`Format ${manifest.format} is not known`);
  for (const { name, sha256 } of manifest.files) {
    if (!/^[\w.-]+$/.test(name)) throw readingStoreErrors.BACKUP_INVALID(`${name} is not a file name`);
    const hash = createHash('sha256');
    const source = createReadStream(join(dir, name));
    source.on('data', (chunk) => hash.update(chunk));
    try {
      await finished(source);
    } catch (error) {
      throw readingStoreErrors.BACKUP_INVALID(`${name} cannot be read`, {}, error);
    }
    if (hash.digest('hex') !== sha256) throw readingStoreErrors.BACKUP_INVALID(`${name} was changed`);
  }
  return manifest;
}

/** Loads a backup into an empty store and counts the rows. Throws STORE_NOT_EMPTY, BACKUP_INVALID. */
export async function restoreReadings(client: EngineClient, dir: string): Promise<BackupManifest> {
  const manifest = await verifyBackup(dir);
  for (const table of ['reading', 'reading_history', ...Object.keys(evidence)]) {
    if ((await count(client, table)) > 0) throw storeErrors.STORE_NOT_EMPTY(`${table} has rows`);
  }
  for (const file of manifest.files) {
    const packed = createReadStream(join(dir, file.name));
    const plain = createGunzip();
    packed.once('error', (error) => plain.destroy(error));
    const table = file.table === 'superseded' ? 'reading' : file.table;
    await client.insert(insertTarget(table), packed.pipe(plain), {
      insert_deduplication_token: `restore-${file.name}-${file.sha256}`,
      max_partitions_per_insert_block: 0,
      insert_distributed_sync: 1,
    });
  }
  const known = ['reading', 'reading_history', ...Object.keys(evidence)];
  for (const table of known) {
    const expected = manifest.rows[table] ?? 0;
    const extra = table === 'reading' ? (manifest.rows.superseded ?? 0) : 0;
    const found = await count(client, table);
    if (found < expected || found > expected + extra) {
      throw readingStoreErrors.BACKUP_INVALID(
        `${table} has ${found} rows after the restore, not ${expected}`,
      );
    }
  }
  return manifest;
}

/** Tables that replace rows are read as if all their parts were merged. */
function finalOf(table: string): string {
  return table === 'frame' || table === 'rejection' ? '' : 'FINAL';
}

async function count(client: EngineClient, table: string): Promise<number> {
  const result = await client.select(`SELECT count() AS rows FROM openami.${table} ${finalOf(table)}`);
  return result.f64('rows')[0] ?? 0;
}
