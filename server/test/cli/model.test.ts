/** `openami model`: a draft that passes its own test, and samples that do not agree. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hexOf } from '@openami/wire';
import { encodeRecords, encodeWirelessTelegram, mbusKey } from '@openami/wire/mbus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../helpers/run-command.ts';

const hydrus = fileURLToPath(new URL('../../../wire/models/hydrus.json', import.meta.url));
const keyHex = '000102030405060708090a0b0c0d0e0f';
const telegram = hexOf(
  encodeWirelessTelegram({
    meter: { manufacturer: 'OAM', id: '26000417', version: 3, type: 7 },
    accessNumber: 42,
    header: 'short',
    payload: encodeRecords([
      { quantity: 'volume', unit: 'm3', power: -3, field: 'int32', value: 417_250 },
      { quantity: 'error-flags', field: 'int16', value: 4 },
    ]),
    security: { mode: 5, key: mbusKey(Uint8Array.from({ length: 16 }, (_, i) => i)) as never },
  }),
);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openami-model-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (...args: string[]) => runCli(args, {});

it('drafts a model whose sample agrees, and tells what to look at', async () => {
  const { code, out, err } = await run('model', 'new', '--telegram', telegram, '--key', keyHex);
  expect(code).toBe(0);
  expect(err).toContain('have no words');
  const draft = JSON.parse(out);
  expect(draft.meters).toEqual([{ manufacturer: 'OAM', version: 3, type: 7 }]);
  expect(draft.samples[0].expected).toMatchObject({ id: '26000417', total_m3: 417.25 });
  const file = join(dir, 'draft.json');
  await writeFile(file, out);
  const tested = await run('model', 'test', file, hydrus);
  expect(tested).toMatchObject({ code: 0, err: '' });
  const lines = tested.out.trimEnd().split('\n');
  const { samples } = JSON.parse(await readFile(hydrus, 'utf8'));
  expect(lines).toHaveLength(1 + samples.length);
  expect(JSON.parse(lines[0]!)).toEqual({ file, sample: 0, ok: true, faults: [] });
});

it('says which samples do not agree and which files are not right, and goes on', async () => {
  const model = JSON.parse(await readFile(hydrus, 'utf8'));
  model.samples[0].expected.total_m3 = 1;
  const files = { 'other.json': JSON.stringify(model), 'broken.json': '{', 'no-model.json': '{"model":"a"}' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const { code, out } = await run('model', 'test', ...Object.keys(files).map((name) => join(dir, name)));
  expect(code).toBe(1);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ ok: false, faults: ['total_m3 is 17.146, not 1'] });
  expect(lines.at(-2)).toMatchObject({ ok: false, error: { code: 'MODEL_INVALID' } });
  expect(lines.at(-1)).toMatchObject({ ok: false, error: { code: 'MODEL_INVALID' } });
});

it('refuses what is no telegram, and what it was not told', async () => {
  expect((await run('model', 'new', '--telegram', 'zz')).err).toContain('MBUS_BAD_FRAME');
  expect(await run('model', 'new', '--telegram', telegram)).toMatchObject({ code: 1 });
  expect((await run('model', 'new')).code).toBe(2);
  expect((await run('model', 'test', join(dir, 'nothing.json'))).code).toBe(2);
});

it('the examples of its help work', async () => {
  const { out } = await run('model', 'new', '--help');
  const hex = /--telegram ([0-9a-f]{20,})/.exec(out)![1]!;
  const { code, out: draft } = await run('model', 'new', '--telegram', hex);
  expect(code).toBe(0);
  expect(JSON.parse(draft).samples[0].expected).toMatchObject({ total_m3: 417.25 });
});
