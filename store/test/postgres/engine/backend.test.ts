import fs, { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenBackend } from '../../../src/postgres/engine/backend.ts';
import { requests } from '../../../src/postgres/engine/framing.ts';

const real = fs.fsyncSync;
const synced: string[] = [];
const dir = mkdtempSync(join(tmpdir(), 'openami-backend-'));
let backend: OpenBackend;

beforeAll(async () => {
  fs.fsyncSync = (fd) => {
    synced.push(process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${fd}`) : 'pg_wal');
    real(fd);
  };
  syncBuiltinESMExports();
  const { openBackend } = await import('../../../src/postgres/engine/backend.ts');
  const { ensureDataDir } = await import('../../../src/postgres/engine/template.ts');
  await ensureDataDir(join(dir, 'postgres'));
  backend = await openBackend(join(dir, 'postgres'));
}, 60_000);

afterAll(async () => {
  await backend?.close();
  fs.fsyncSync = real;
  syncBuiltinESMExports();
  rmSync(dir, { recursive: true, force: true });
});

/** Files synced while the statement ran. */
function syncedBy(sql: string): string[] {
  synced.length = 0;
  backend.exec(requests.query(sql));
  return [...synced];
}

describe('the embedded backend', () => {
  it('has its log on the disk before it answers a commit', () => {
    syncedBy('CREATE TABLE t (a int)');
    for (let i = 0; i < 3; i++) {
      expect(syncedBy(`INSERT INTO t VALUES (${i})`).join()).toContain('pg_wal');
    }
    expect(syncedBy('BEGIN; INSERT INTO t VALUES (9)')).toEqual([]);
    expect(syncedBy('COMMIT').join()).toContain('pg_wal');
    expect(syncedBy('SELECT * FROM t')).toEqual([]);
  });
});
