import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DlmsEndpoint, householdMeter } from '@openami/sim';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { cliMain } from '../helpers/cli-main.ts';
import { runCli } from '../helpers/run-command.ts';
import { endSimulated, simulate } from '../helpers/sim-process.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-sim-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
const env = { OPENAMI_DATA_DIR: join(dir, 'data') };

afterEach(async () => {
  for (const code of await endSimulated()) expect(code).toBe(0);
});

type Line = DlmsEndpoint & { readonly read: Readonly<Record<string, string>> };

const start = (meters: number, ...flags: string[]) => simulate<Line>(meters, 'dlms', '--port', '0', ...flags);

const run = (...args: string[]) => runCli(args, env);

/** Runs a printed command. */
const follow = (command: string, ...more: string[]) => run(...command.split(' ').slice(1), ...more);

describe('openami sim dlms', () => {
  it.each([
    [['--suite', '2']],
    [['--transport', 'hdlc', '--gateway']],
    [['--udp', '--auth', 'hls-sha256']],
    [['--auth', 'hls-ecdsa', '--suite', '1']],
  ])('starts meters that the printed commands read: %j', async (flags) => {
    const lines = await start(3, ...flags);
    expect(new Set(lines.map(({ systemTitle }) => systemTitle)).size).toBe(3);
    const { read, systemTitle } = lines[2]!;
    const from = new Date(Date.now() - 7_200_000).toISOString();
    const day = await follow(read.management!, '--obis', '1.0.99.1.0.255', '--from', from);
    expect(day.err).not.toMatch(/[A-Z]+_[A-Z]+:/);
    expect(day.code).toBe(0);
    // another one when a quarter of an hour ended meanwhile
    expect([8, 9]).toContain(day.json().rows.length);
    if (!flags.includes('hls-sha256')) expect(day.json().serverSystemTitle).toBe(systemTitle);
    const register = await follow(read.reading!, '--obis', '1.0.1.8.0.255');
    expect(register.json()).toMatchObject({ unit: 'Wh', value: expect.any(Number) });
    const objects = await follow(read.public!);
    expect(objects.json().objects.length).toBeGreaterThan(5);
  });

  it.each([
    [['--port', '99999'], '--port wants 0 to 65535, not 99999'],
    [['--meters', '99999999'], /--meters wants 1 to \d+, not 99999999/],
    [['--port', '65530', '--meters', '50'], /SIM_PORTS: 50 ports from 65530 on.*\n.*lower port/],
    [['--days', '99999999'], '--days wants 0 to 36525'],
    [['--auth', 'hls-ecdsa'], /hls-ecdsa needs suite 1 or 2/],
  ])('says what is wrong with %j, and exits with 2', async (flags, words) => {
    const { code, err } = await run('sim', 'dlms', ...flags);
    expect(err).toMatch(words);
    expect(code).toBe(2);
  });

  it('answers on an HDLC line of its own by its logical device, whatever the physical one', async () => {
    const [line] = await start(1, '--transport', 'hdlc');
    const read = (physical: string, ...more: string[]) =>
      follow(
        line!.read.public!,
        '--physical',
        physical,
        '--timeout',
        '1',
        '--obis',
        '0.0.1.0.0.255',
        ...more,
      );
    for (const [physical, bytes] of [
      ['16', '2'],
      ['16', '4'],
      ['126', '2'],
      ['127', '2'],
      ['16383', '4'],
      ['99', '2'],
    ]) {
      const { code, err } = await read(physical!, '--server-address-size', bytes!);
      expect(code, `${physical} ${err}`).toBe(0);
    }
    expect((await follow(line!.read.public!, '--obis', '0.0.1.0.0.255')).code).toBe(0);
    const { code, err } = await read('16', '--server', '2');
    expect(code).toBe(1);
    expect(err).toContain('DLMS_LINK_TIMEOUT');
  });

  it('takes another model as JSON', async () => {
    const file = join(dir, 'model.json');
    const model = householdMeter('lls');
    const objects = model.objects.filter(({ instance }) => !instance.startsWith('1.0.2.'));
    writeFileSync(file, JSON.stringify({ ...model, objects, maxPduBytes: 128 }));
    const [line] = await start(1, '--profile', file, '--security', 'none');
    const objectList = await follow(line!.read.management!);
    const names = objectList.json().objects.map(({ obis }: { obis: string }) => obis);
    expect(names).toContain('1.0.1.8.0.255');
    expect(names).not.toContain('1.0.2.8.0.255');
  });

  it('plays a script of faults', async () => {
    const script = join(dir, 'script.json');
    const faults = [{ meter: '*', fault: { kind: 'wrong-key' } }];
    writeFileSync(script, JSON.stringify({ segments: [{ name: 'hill', delayMs: 5 }], faults }));
    const [line] = await start(1, '--script', script);
    const refused = await follow(line!.read.management!, '--obis', '1.0.1.8.0.255');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('DLMS_DECIPHERING_REFUSED');
  });

  it.each([
    [['--meters', '0']],
    [['--port', '70000']],
    [['--udp', '--transport', 'hdlc']],
    [['--push', 'nowhere']],
    [['--script', '/nonexistent.json']],
    [['--profile', cliMain.at(-1)!]],
    [['--suite', '3']],
  ])('answers a wrong call with 2 and a hint: %j', async (flags) => {
    const { code, err } = await run('sim', 'dlms', ...flags);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });
});
