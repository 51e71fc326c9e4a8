import fs, { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usedBytes } from '../../../../wire/test/dlms/memory.ts';
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
async function syncedBy(sql: string): Promise<string[]> {
  synced.length = 0;
  await backend.exec(requests.query(sql));
  return [...synced];
}

describe('the embedded backend', () => {
  it('has its log on the disk before it answers a commit', async () => {
    await syncedBy('CREATE TABLE t (a int)');
    for (let i = 0; i < 3; i++) {
      expect((await syncedBy(`INSERT INTO t VALUES (${i})`)).join()).toContain('pg_wal');
    }
    expect(await syncedBy('BEGIN; INSERT INTO t VALUES (9)')).toEqual([]);
    expect((await syncedBy('COMMIT')).join()).toContain('pg_wal');
    expect(await syncedBy('SELECT * FROM t')).toEqual([]);
  });

  it('keeps nothing of what it answered', async () => {
    const rows = requests.query("SELECT 'row ' || i AS of FROM generate_series(1, 2000) i");
    const answers = async () => {
      for (let i = 0; i < 20; i++) expect((await backend.exec(rows)).length).toBeGreaterThan(30_000);
      return usedBytes();
    };
    const before = await answers();
    expect((await answers()) - before).toBeLessThan(2_000_000);
  });
});
