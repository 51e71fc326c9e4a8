/** Every format of `openami decode`: the example of its help works, lines stay in order, values by models. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hexOf } from '@openami/wire';
import { encodeRecords, encodeWirelessTelegram } from '@openami/wire/mbus';
import type { MeterModel } from '@openami/wire/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineFormats } from '../../src/cli/line-formats.ts';
import { runCli } from '../helpers/run-command.ts';

const modelFile = fileURLToPath(new URL('../../../wire/models/hydrus.json', import.meta.url));
/** A Hydrus whose due date is not over yet: the lowest number stands for none. */
const noTime = hexOf(
  encodeWirelessTelegram({
    meter: { manufacturer: 'DME', id: '26000417', version: 0x70, type: 7 },
    accessNumber: 1,
    header: 'short',
    payload: encodeRecords([
      { quantity: 'volume', unit: 'm3', power: -3, field: 'int32', value: 417_250 },
      { quantity: 'volume', unit: 'm3', power: -3, field: 'int32', value: -2_147_483_648, storage: 3 },
    ]),
  }),
);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openami-decode-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (...args: string[]) => runCli(args, {});

async function decode(format: string, lines: readonly (string | object)[], ...flags: string[]) {
  const file = join(dir, `${format}.jsonl`);
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  await writeFile(file, `${text.join('\n')}\n`);
  const { code, out, err } = await run('decode', format, ...flags, file);
  expect(err).toBe('');
  const decoded = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { code, decoded };
}

/** What the example of each format must say, somewhere. */
const says: Readonly<Record<string, string>> = {
  dlms: '"service":"get-request"',
  mbus: '"values":{"media":"water","id":"26000417","status":"OK","total_m3":417.25}',
  wmbus: '"security":"decrypted"',
  sml: '"value":"12345678.9","unit":"Wh"',
  p1: '"obis":"1-0:1.8.1","value":"1234.567","unit":"kWh"',
  'iec62056-21': '"address":"1.8.0","values":[{"value":"001234.567","unit":"kWh"}]',
  c12: '"request":"identify"',
  lorawan: '"micOk":true',
  senml: '"value":"21.5","time":"1700000000"',
  lwm2m: '"name":"Sensor Value","value":"21.5"',
  sparkplug: '"name":"Volts"',
  json: '"quantity":"1-0:1.8.0"',
};

describe('openami decode', () => {
  it.each(lineFormats)('$name: the example works, and a bad line costs only itself', async (format) => {
    const { name, example } = format;
    const { code, decoded } = await decode(name, [example, 'not json', '', example]);
    expect(code).toBe(1);
    const [first, bad, blank, again] = decoded;
    expect(decoded).toHaveLength(4);
    expect(first).toMatchObject({ id: 1, ok: true });
    expect(JSON.stringify(first)).toContain(says[name]);
    expect([bad.ok, blank.ok, again.ok]).toEqual([false, false, true]);
    expect((await decode(name, [example])).code).toBe(0);
  });

  it.each(lineFormats)('$name: its help shows the example for a shell', async ({ name, example }) => {
    const { code, out } = await run('decode', name, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`'${example}' | openami decode ${name}`);
    expect((await run('decode', '--help')).out).toContain(`  ${name} `);
  });

  it('prints examples that a shell hands on unchanged', async () => {
    for (const { name, example } of lineFormats) {
      const { out } = await run('decode', name, '--help');
      const print = /Example:\n {2}(.*) \| openami/.exec(out)![1]!;
      const { stdout } = await promisify(execFile)('sh', ['-c', print]);
      expect(stdout).toBe(`${example}\n`);
    }
  });

  it('wmbus: values by the model for the meter, by another one that is named, and none as null or as sent', async () => {
    const [water] = (JSON.parse(await readFile(modelFile, 'utf8')) as MeterModel).samples;
    const { telegram: hex, expected } = water!;
    const lines = [{ hex }, { hex, model: 'iperl' }, { hex, driver: 'nobody' }, { hex: noTime }];
    const { decoded } = await decode('wmbus', lines);
    expect(decoded[0]).toMatchObject({ ok: true, model: 'hydrus', values: expected });
    expect(Object.keys(decoded[0].values).sort()).toEqual(Object.keys(expected).sort());
    expect(decoded[1]).toMatchObject({ ok: true, model: 'iperl' });
    expect(decoded[1].values).not.toEqual(expected);
    expect(decoded[2]).toMatchObject({ ok: true, model: 'hydrus', unknownModel: 'nobody', values: expected });
    expect(decoded[3].values.target_m3).toBe(-2147483.648);
    const [none] = (await decode('wmbus', [{ hex: noTime }], '--no-as-sent')).decoded;
    expect(none.values.target_m3).toBeNull();
    expect((await decode('wmbus', lines, '--as-sent')).decoded).toEqual(decoded);
  });

  it('says which files and formats there are not', async () => {
    expect((await run('decode', 'wmbus', join(dir, 'nothing.jsonl'))).code).toBe(2);
    expect((await run('decode', 'sml', dir)).code).toBe(2);
    expect((await run('decode', 'sml', '--as-sent')).code).toBe(2);
  });
});

describe('openami bench', () => {
  it('says which parts there are', async () => {
    expect((await run('bench', 'decode', '--part', 'sessions')).err).toContain('it has wire, uplinks');
    expect((await run('bench', 'mqtt', '--part', 'wire')).err).toContain('it has no parts');
    expect((await run('bench', 'nothing')).code).toBe(2);
  });
});
