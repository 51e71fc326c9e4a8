import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemAccess } from '@openami/model';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { openRegistryStore } from '../../src/postgres/index.ts';
import { quiet, testClock } from './engines.ts';

const made: string[] = [];

function folder(): string {
  made.push(mkdtempSync(join(tmpdir(), 'openami-open-')));
  return made.at(-1)!;
}

afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

describe('the embedded registry', () => {
  it('is used again after its engine was killed, wherever the new one listens', async () => {
    const store = await openRegistryStore({ dataDir: folder(), clock: testClock, log: quiet });
    await store.settings.set(systemAccess, 'kept', 1);
    for (let kill = 0; kill < 2; kill++) {
      const { pid, url } = store.engine;
      process.kill(pid, 'SIGKILL');
      while (store.engine.state !== 'ready' || store.engine.pid === pid) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(store.engine.url).not.toBe(url);
      // Connections of before may still be found broken one by one.
      while (!(await store.ping())) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await store.settings.get(systemAccess, 'kept')).toBe(1);
    }
    await store.close();
  }, 60_000);

  it('takes out what imports of key files of before told of their cells', async () => {
    const dataDir = folder();
    const open = () => openRegistryStore({ dataDir, clock: testClock, log: quiet });
    const before = await open();
    const kept = { line: 3, code: 'KEY_LENGTH', detail: 'guek: 7 bytes, not 16, in suite 0' };
    const counts = { rows: 2, added: 0, staged: 0, unchanged: 0, titles: 0, rejected: 2 };
    const unknown = { line: 2, code: 'KEY_METER_UNKNOWN', detail: 'deadbeefcafebabe0123456789abcdef' };
    const record = { name: 'x.csv', counts, error: null };
    await before.keyImports.add(systemAccess, { ...record, rejects: [unknown, kept] });
    await before.keyImports.add(systemAccess, { ...record, rejects: [] });
    const client = new pg.Client({ connectionString: before.engine.url });
    await client.connect();
    await client.query("DELETE FROM schema_migration WHERE name = '0014-key-import-details'");
    await client.end();
    await before.close();
    const after = await open();
    expect((await after.keyImports.list(systemAccess, 10)).map(({ rejects }) => rejects)).toEqual([
      [],
      [{ ...unknown, detail: '' }, kept],
    ]);
    await after.close();
  }, 60_000);

  it('makes no new cluster over a damaged one', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'postgres', 'base'), { recursive: true });
    const file = join(dataDir, 'postgres', 'base', '1');
    writeFileSync(file, 'precious');
    await expect(openRegistryStore({ dataDir, clock: testClock, log: quiet })).rejects.toMatchObject({
      code: 'ENGINE_START',
      message: expect.stringContaining('PG_VERSION'),
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});
