import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/run-command.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-commission-'));
const key = '00112233445566778899aabbccddeeff';
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 0, dataDir: join(dir, 'data') });
}, 90_000);
afterAll(async () => {
  await server?.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

const run = (...args: string[]) =>
  runCli(['commission', ...args], { OPENAMI_DATA_DIR: join(dir, 'data'), OPENAMI_LOG_LEVEL: 'error' });

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('openami commission', () => {
  it('puts the meters of a list into use, and tells the rows that failed', async () => {
    const path = file('list.csv', `manufacturer,serial,key\nOAM,10000001,${key}\nOAM,10000002,nonsense\n`);
    const { code, out, err } = await run('import', path, '--commodity', 'water');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ state: 'done', total: 2, done: 1, failed: 1 });
    expect(err).toContain('2,10000002,KEY_MALFORMED');
    expect(err).not.toContain(key);
    const failed = join(dir, 'failed.csv');
    const again = await run('import', path, '--commodity', 'water', '--failed', failed);
    expect(JSON.parse(again.out)).toMatchObject({ done: 1, failed: 1 });
    expect(readFileSync(failed, 'utf8')).toMatch(/^row,meter,code,reason\n2,10000002,KEY_MALFORMED,/);
    expect(await run('import', file('good.csv', `serial,commodity\nM1,gas\n`))).toMatchObject({ code: 0 });
    expect(await run('import', join(dir, 'none.csv'))).toMatchObject({ code: 2 });
  });

  it('says how many stand where', async () => {
    await server.running.context.commissioning.look();
    const { code, out } = await run('status');
    expect(code).toBe(0);
    const states = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(states).toEqual(
      expect.arrayContaining([
        { state: 'keyed', count: 2, late: 0 },
        { state: 'delivered', count: 1, late: 0 },
      ]),
    );
  });
});
