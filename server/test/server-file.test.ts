import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { findServer, writeServerFile } from '../src/server-file.ts';
import { openStores } from '../src/stores.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-file-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the file that tells of the running server', () => {
  it('is believed when it is whole and its process runs', () => {
    const content = { pid: process.pid, url: 'http://127.0.0.1:1', token: 't', startedAt: '' };
    writeServerFile(dir, content);
    expect(findServer(dir)).toEqual(content);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"pid":1}',
    '{"pid":-1,"url":"http://x","token":"t"}',
    '{"pid":1,"url":5}',
  ])('tells of none when it holds %o', (text) => {
    writeFileSync(join(dir, 'server.json'), text);
    expect(findServer(dir)).toBeUndefined();
  });
});

describe('a data folder that cannot be', () => {
  it.each(['/proc/openami', join(dir, 'server.json', 'data')])('is told of at once: %s', async (dataDir) => {
    const config = { ...loadConfig({}), dataDir };
    await expect(openStores(config, { nowMs: () => 0 }, createLog('silent'))).rejects.toMatchObject({
      code: 'DATA_DIR',
    });
  });
});
