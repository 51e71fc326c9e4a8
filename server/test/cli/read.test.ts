import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  keyOf,
  type Listening,
  listen,
  type MeterFraming,
  type MeterSetting,
  meterOf,
  SECRET,
} from '../../../headend/test/helpers/dlms-meter.ts';
import { FileCounters } from '../../src/cli/counter-file.ts';
import { runCli } from '../helpers/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'openami-read-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const open: Listening[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const keys = { OPENAMI_DLMS_GUEK: hex(keyOf(0, 1)), OPENAMI_DLMS_GAK: hex(keyOf(0, 0xa0)) };
const gmac = '--client 1 --auth hls-gmac --security auth-encrypt --system-title 4F414D0000000001'.split(' ');

async function meter(framing: MeterFraming, setting: MeterSetting = {}): Promise<number> {
  const listening = await listen(meterOf(setting), framing);
  open.push(listening);
  return listening.port;
}

async function read(port: number, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const base = ['read', 'dlms', '--host', '127.0.0.1', '--port', String(port), '--data-dir', folder];
  const { code, out, err, json } = await runCli([...base, ...args], env);
  return { code, err, json: out === '' ? undefined : json() };
}

describe('openami read dlms', () => {
  it('lists the objects of the association', async () => {
    const { code, json } = await read(await meter('wrapper'), []);
    expect(code).toBe(0);
    expect(json.objects).toContainEqual(
      expect.objectContaining({ obis: '0.0.42.0.0.255', class: 1, className: 'data' }),
    );
  });

  it.each([
    ['wrapper', []],
    ['hdlc', ['--transport', 'hdlc', '--physical', '17', '--server-address-size', '4']],
    ['mode-e', ['--transport', 'hdlc', '--mode-e']],
  ] as const)('reads a register, its class looked up, over %s', async (framing, link) => {
    const port = await meter(framing, { mechanism: 'lls' });
    const args = [...link, '--client', '1', '--auth', 'lls', '--password', SECRET, '--obis', '1.0.1.8.0.255'];
    const { code, json } = await read(port, args);
    expect(code).toBe(0);
    expect(json).toMatchObject({ class: 3, value: 12_345, unit: 'Wh', scaler: 0, physical: 12_345 });
  });

  it('reads a profile by range, ciphered, with keys of the environment', async () => {
    const port = await meter('wrapper', { mechanism: 'hls-gmac', policy: 'auth-encrypt' });
    const args = [...gmac, '--obis', '1.0.99.1.0.255', '--class', '7', '--from', '2026-03-01T00:15:00Z'];
    const { code, json, err } = await read(port, [...args, '--to', '2026-03-01T02:00:00+01:00'], keys);
    expect(code).toBe(0);
    expect(json.rows).toHaveLength(4);
    expect(json.rows[0]).toMatchObject({ time: '2026-03-01T00:15:00Z' });
    const column = json.columns.findIndex(({ obis }: { obis: string }) => obis === '1.0.1.8.0.255');
    expect(json.columns[column]).toMatchObject({ unit: 'Wh' });
    expect(json.rows.map(({ values }: { values: number[] }) => values[column])).toEqual([
      1_000, 1_007, 1_014, 1_021,
    ]);
    expect(err).not.toContain('means nothing');
  });

  it('recovers from a meter that has seen a higher counter, and remembers', async () => {
    const port = await meter('wrapper', { mechanism: 'hls-gmac', policy: 'auth-encrypt' });
    const args = [...gmac, '--obis', '1.0.1.8.0.255', '--class', '3'];
    expect((await read(port, [...args, '--counter', '70000'], keys)).code).toBe(0);
    rmSync(join(folder, 'dlms-counters'), { recursive: true });
    const recovered = await read(port, args, keys);
    expect(recovered).toMatchObject({ code: 0, json: { value: 12_345 } });
    expect(recovered.err).toContain('the meter had seen counter 7');
    const [name] = readdirSync(join(folder, 'dlms-counters'));
    expect(Number(readFileSync(join(folder, 'dlms-counters', name!), 'utf8'))).toBeGreaterThan(70_000);
    const again = await read(port, args, keys);
    expect(again.code).toBe(0);
    expect(again.err).not.toContain('had seen counter');
  });

  it('reads with short names', async () => {
    const port = await meter('hdlc');
    const short = ['--transport', 'hdlc', '--client', '2', '--short-names'];
    const list = await read(port, short);
    expect(list.json.objects).toContainEqual(
      expect.objectContaining({ obis: '1.0.1.8.0.255', class: 3, shortName: expect.any(Number) }),
    );
    const range = ['--from', '2026-03-01T00:15:00Z', '--to', '2026-03-01T01:00:00Z'];
    const { code, json } = await read(port, [...short, '--obis', '1.0.99.1.0.255', ...range]);
    expect(code).toBe(0);
    expect(json.rows).toHaveLength(4);
  });

  it('shows what was said, and no key', async () => {
    const port = await meter('wrapper', { mechanism: 'hls-gmac', policy: 'auth-encrypt' });
    const args = [...gmac, '--obis', '1.0.1.8.0.255', '--class', '3', '--log'];
    const { err } = await read(port, args, keys);
    expect(err).toContain('"service":"get-request"');
    expect(err).not.toContain(keys.OPENAMI_DLMS_GUEK);
    expect(err).not.toContain(keys.OPENAMI_DLMS_GAK);
  });

  it.each([
    [
      'an object that is not there',
      ['--obis', '1.0.200.8.0.255', '--class', '3'],
      1,
      'DLMS_OBJECT_UNDEFINED',
    ],
    ['a wrong name', ['--obis', '1.0.1.8'], 2, 'USAGE'],
    ['a wrong key', ['--guek', 'not a key', ...gmac], 2, 'USAGE'],
    ['no password', ['--auth', 'lls'], 2, 'USAGE'],
    [
      'a range of what is no profile',
      ['--obis', '0.0.42.0.0.255', '--class', '1', '--from', '2026-03-01'],
      2,
      'USAGE',
    ],
    ['an option of another transport', ['--mode-e'], 2, 'USAGE'],
    ['an authentication that does not exist', ['--auth', 'hls-magic'], 2, 'hls-gmac'],
  ] as const)('tells %s with a code and what to do', async (_, args, code, words) => {
    const result = await read(await meter('wrapper'), args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(words);
    expect(result.err).not.toContain('not a key');
    expect(result.json).toBeUndefined();
  });

  it('does not take a port that there cannot be', async () => {
    expect(await read(99_999, [])).toMatchObject({ code: 2, err: expect.stringContaining('--port wants') });
  });

  it('tells that nobody is there', async () => {
    const port = await meter('wrapper');
    await open.pop()!.close();
    expect(await read(port, [])).toMatchObject({ code: 1, err: expect.stringContaining('DLMS_UNREACHABLE') });
  });
});

describe('counters in files', () => {
  it('are never used twice, whoever takes them, and rise', () => {
    const dir = join(folder, 'shared');
    const title = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const many = [1, 2, 3].map(() => new FileCounters(dir, title, keyOf(0, 9)));
    const used: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      used.push(many[i % 3]!.reserve());
      if (i % 500 === 0) many[i % 2]!.continueAbove(used.at(-1)! + 100);
      if (i % 700 === 0) many[2] = new FileCounters(dir, title, keyOf(0, 9));
    }
    expect(new Set(used).size).toBe(used.length);
    for (let which = 0; which < 2; which++) {
      const own = used.filter((_, i) => i % 3 === which);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    expect(new FileCounters(dir, title, keyOf(0, 10)).reserve()).toBe(1);
  });

  it('begins no count anew when its file is damaged, unless it is told where to go on', () => {
    const dir = mkdtempSync(join(tmpdir(), 'openami-counters-'));
    const title = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const key = keyOf(0, 10);
    expect(new FileCounters(dir, title, key).reserve()).toBe(1);
    const [name] = readdirSync(join(dir, 'dlms-counters'));
    writeFileSync(join(dir, 'dlms-counters', name!), '');
    expect(() => new FileCounters(dir, title, key).reserve()).toThrow(
      expect.objectContaining({
        code: 'DLMS_COUNTERS_UNWRITABLE',
        message: expect.stringContaining('--counter'),
      }),
    );
    expect(new FileCounters(dir, title, key, 5_000).reserve()).toBe(5_000);
    expect(new FileCounters(dir, title, key).reserve()).toBeGreaterThan(5_000);
    rmSync(dir, { recursive: true, force: true });
  });
});
