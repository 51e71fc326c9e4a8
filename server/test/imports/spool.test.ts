import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Spool } from '../../src/imports/spool.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-spool-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function* body(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('time,value\n');
  yield Buffer.from('1,2\n');
}

it('keeps a body whole, and sweeps away only what a kill left half done long ago', async () => {
  const spool = new Spool(dir, 1_000);
  await spool.sweep(); // there is no folder yet
  const { name, bytes } = await spool.take(body());
  expect(readFileSync(spool.path(name), 'utf8')).toBe('time,value\n1,2\n');
  expect(bytes).toBe(15);
  const [old, running] = ['old.data.part', 'running.data.part'];
  for (const part of [old, running]) writeFileSync(spool.path(part), 'half');
  const twoDaysAgoS = Date.now() / 1_000 - 2 * 86_400;
  for (const past of [old, name]) utimesSync(spool.path(past), twoDaysAgoS, twoDaysAgoS);
  await spool.sweep();
  expect(readdirSync(spool.folder).sort()).toEqual([name, running].sort());
});
