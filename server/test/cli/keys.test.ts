import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/run-command.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';
import { nodeKeyWrap } from '../keys/open-vault.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-keys-'));
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 3, dataDir: join(dir, 'data') });
}, 90_000);
afterAll(async () => {
  await server?.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

const run = (...args: string[]) =>
  runCli(args, { OPENAMI_DATA_DIR: join(dir, 'data'), OPENAMI_LOG_LEVEL: 'error' });

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const hex = () => randomBytes(16).toString('hex');

describe('openami keys', () => {
  it('imports a table, and prints what was refused', async () => {
    const path = file('keys.csv', `serial,guek,gak\nT1000,${hex()},${hex()}\nNOBODY,${hex()},${hex()}\n`);
    const { code, out, err } = await run('keys', 'import', path);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ rows: 2, added: 2, rejected: 1 });
    expect(err).toContain('line 3: KEY_METER_UNKNOWN');
    expect(await run('keys', 'import', file('none.csv', 'serial,guek\nNOBODY,00\n'))).toMatchObject({
      code: 1,
    });
  });

  it('imports XML by a mapping file, its keys wrapped', async () => {
    const transport = randomBytes(16);
    const wrapped = Buffer.from(nodeKeyWrap.wrap(transport, randomBytes(16))).toString('hex');
    const xml = file('keys.xml', `<d><u n="T1001"><e>${wrapped}</e></u></d>`);
    const map = file(
      'map.json',
      '{"format":"xml","record":"u","fields":{"serial":"@n","guek":"e"},"wrapped":true}',
    );
    const key = file('transport.hex', `${transport.toString('hex')}\n`);
    const { code, out } = await run('keys', 'import', xml, '--map', map, '--transport-key-file', key);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ added: 1, rejected: 0 });
    expect((await run('keys', 'import', xml, '--map', map)).err).toContain('KEY_TRANSPORT_MISSING');
    expect((await run('keys', 'import', xml, '--map', join(dir, 'no.json'))).err).toContain('--map');
  });

  it('checks keys on a telegram, and tells by its exit code', async () => {
    const plain = await run('keys', 'check', 'T1000', '--telegram', '0f000000010000');
    expect(plain.code).toBe(1);
    expect(JSON.parse(plain.out)).toMatchObject({ source: 'telegrams', verdict: 'not-encrypted' });
    expect((await run('keys', 'check', 'NOBODY')).code).not.toBe(0);
  });
});
