/**
 * A fresh data folder in a tenth of the time: initialising a cluster takes seconds, so it is done once, in
 * memory, and kept as a compressed tar in the user's cache folder, keyed by the engine's version. A new
 * data folder is unpacked beside its final place and renamed, so a kill half-way leaves nothing behind.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';

/** Version of the engine's package: the key of the cache. */
function engineVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function cachePath(): string {
  const root = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(root, 'openami', `postgres-${engineVersion()}.tar.gz`);
}

async function template(): Promise<Buffer> {
  const path = cachePath();
  try {
    return gunzipSync(readFileSync(path));
  } catch {
    // No cache yet, or a broken one: made anew.
  }
  const fresh = await PGlite.create();
  const tar = Buffer.from(await (await fresh.dumpDataDir('none')).arrayBuffer());
  await fresh.close();
  try {
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, gzipSync(tar, { level: 1 }));
    renameSync(draft, path);
  } catch {
    // A read-only home only costs time at the next first start.
  }
  return tar;
}

/** Makes `dir` a fresh cluster unless it is one. A folder with anything else in it is left alone. */
export async function ensureDataDir(dir: string): Promise<void> {
  const present = entriesOf(dir);
  if (present.includes('PG_VERSION')) return;
  if (present.length > 0) {
    throw new Error(`${dir} is not empty and has no PG_VERSION: restore it, or move it away to begin anew`);
  }
  const draft = `${dir}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  unpack(await template(), draft);
  rmSync(dir, { recursive: true, force: true });
  renameSync(draft, dir);
  syncFolder(dirname(dir));
}

function entriesOf(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** POSIX ustar: 512-byte headers (name 0, octal size 124, type 156, prefix 345), padded bodies. */
function unpack(tar: Buffer, into: string): void {
  const text = (from: number, length: number) => {
    const field = tar.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end < 0 ? length : end);
  };
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = [text(at + 345, 155), text(at, 100)].filter(Boolean).join('/');
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const path = join(into, name);
    if (tar[at + 156] === 0x35) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } else {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const file = openSync(path, 'w', 0o600);
      for (let done = 0; done < size; ) done += writeSync(file, tar, at + 512 + done, size - done);
      fsyncSync(file);
      closeSync(file);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
