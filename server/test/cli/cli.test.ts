import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameFormats } from '@openami/wire';
import { afterAll, describe, expect, it } from 'vitest';
import { lineFormats } from '../../src/cli/line-formats.ts';
import { runCli } from '../helpers/run-command.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-cli-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));

const env = { OPENAMI_DATA_DIR: join(dir, 'data'), OPENAMI_LOG_LEVEL: 'error' };

const run = (...args: string[]) => runCli(args, env);

describe('command line', () => {
  it('answers a wrong call with 2 and a hint, help and version with 0', async () => {
    expect((await run('--help')).code).toBe(0);
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
    for (const args of [
      ['nothing'],
      ['import', 'pdf', 'x'],
      ['serve', '--port', 'x'],
      ['export', 'csv'],
      ['serve', '--port', '99999'],
    ]) {
      const { code, err } = await run(...args);
      expect(code, args.join(' ')).toBe(2);
      expect(err).not.toBe('');
    }
  });

  it('shows an example in the help of every verb', async () => {
    const { buildProgram } = await import('../../src/cli/program.ts');
    const silent = { tty: false, out: () => undefined, err: () => undefined };
    const program = await buildProgram({ output: silent, env, exitCode: 0 });
    for (const verb of program.commands) {
      expect((await run(verb.name(), '--help')).out, verb.name()).toContain('Example');
    }
  });

  it('decodes a frame to JSON, and tells a broken one by its exit code', async () => {
    const file = join(dir, 'frame.json');
    writeFileSync(
      file,
      '{"meter":"A1","series":[{"quantity":"import","unit":"kWh","interval":900,"first":900,"values":[1]}]}',
    );
    const good = await run('decode', 'push', file);
    expect(good.code).toBe(0);
    expect(good.json()).toMatchObject({ meter: 'A1', series: [{ quantity: 'import', value: [1] }] });
    writeFileSync(file, '{"meter":');
    expect((await run('decode', 'push', file)).code).toBe(1);
    const unknown = await run('decode', 'morse', file);
    expect(unknown.code).toBe(2);
    for (const { name } of lineFormats) expect(unknown.err).toContain(name);
    for (const name of frameFormats) expect(unknown.err).toContain(name);
  });

  it('decodes DLMS line by line, in order, a bad line costing only itself', async () => {
    const file = join(dir, 'frames.jsonl');
    const get = 'C0 01 C1\n00 08 00:00:01:00:00:FF 02 00';
    const long = `{"id":"long","hex":"${'00'.repeat(5 * 1024 * 1024)}"}`;
    const lines = [
      JSON.stringify({ id: 'a', hex: get }),
      '{"id":',
      '',
      long,
      JSON.stringify({ id: 9, hex: get }),
    ];
    writeFileSync(file, lines.join('\r\n'));
    const { code, out } = await run('decode', 'dlms', file);
    expect(code).toBe(1);
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toMatchObject([
      { id: 'a', ok: true, service: 'get-request', apdu: { attribute: { instance: '0.0.1.0.0.255' } } },
      { id: null, ok: false, error: { code: 'DECODE_NOT_JSON' } },
      { id: null, ok: false, error: { code: 'DECODE_LINE_EMPTY', message: 'The line is empty.' } },
      { id: null, ok: false, error: { code: 'DECODE_LINE_TOO_LONG' } },
      { id: 9, ok: true },
    ]);
    writeFileSync(file, `${lines[0]}\n`.repeat(3_000));
    const many = await run('decode', 'dlms', file);
    expect([many.code, many.out.split('\n').length]).toEqual([0, 3_001]);
    expect((await run('decode', 'dlms', file, 'more')).code).toBe(2);
    expect((await run('decode', 'dlms', join(dir, 'nothing.jsonl'))).code).toBe(2);
  });

  it('decodes a file with a byte order mark, and no id of a line costs another line', async () => {
    const file = join(dir, 'ids.jsonl');
    const hex = '"hex":"C001C100080000010000FF0200"';
    const ids = [
      '1',
      '"two"',
      `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
      '{}',
      'true',
      '12345678901234567890',
    ];
    const safe = String(Number.MAX_SAFE_INTEGER);
    writeFileSync(file, `\ufeff${[...ids, '1e400', safe].map((id) => `{"id":${id},${hex}}`).join('\n')}\n`);
    const { code, out, err } = await run('decode', 'dlms', file);
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, err]).toEqual([1, '']);
    const wrong = { id: null, ok: false, error: { code: 'DECODE_BAD_FIELD' } };
    expect(records).toMatchObject([
      ...[
        { id: 1, ok: true },
        { id: 'two', ok: true },
      ],
      ...Array(5).fill(wrong),
      { id: Number(safe), ok: true },
    ]);
  });

  it('says as sentences, and with what it knows, why a line was not decoded', async () => {
    const file = join(dir, 'wrong.jsonl');
    const sealed = `db084d4d4d0000bc614e1f3000000009${'01'.repeat(26)}`;
    const keys = `"guek":"${'00'.repeat(16)}","gak":"${'00'.repeat(16)}"`;
    const lines = ['{"hex":""}', '{"hex":"7ea00a030213c0e1037e"}', `{"hex":"${sealed}",${keys}}`];
    writeFileSync(file, lines.join('\n'));
    const { out } = await run('decode', 'dlms', file);
    const errors = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).error);
    for (const { message } of errors) expect(message).toMatch(/^[A-Z].{20,}\.$/);
    expect(errors[2]).toMatchObject({ code: 'DLMS_SECURITY_TAG', data: { suspect: expect.any(String) } });
  });

  it('says in help which options must be given', async () => {
    const words = (await run('export', '--help')).out.replace(/\s+/g, ' ');
    expect([...words.matchAll(/(--\w+) <\w+> (?:(?!--).)*\(required\)/g)].map((match) => match[1])).toEqual([
      ...['--from', '--to'],
    ]);
  });

  it('previews files that speak for themselves with the series they hold', async () => {
    const file = join(dir, 'day.nem12');
    const values = Array.from({ length: 48 }, () => '1.25').join(',');
    const stream = (suffix: string) => `200,NEM1234567,E1B1,,${suffix},,METER77,kWh,30,\n`;
    const days = Array.from({ length: 2 }, (_, i) => `300,2024010${i + 1},${values},A,,,,\n`).join('');
    const nem = `100,NEM12,202401020000,MDA,RET\n${stream('E1')}${days}${stream('B1')}${days}`;
    writeFileSync(file, `${nem}300,20240103,1,2,A,,,,\n900\n`);
    const preview = await run('import', 'nem12', file, '--preview');
    const span = { first: '2023-12-31T14:30:00.000Z', last: '2024-01-02T14:00:00.000Z' };
    const head = { device: 'NEM1234567', unit: 'kWh', intervalS: 1800, readings: 96, ...span };
    expect(preview.json()).toMatchObject({
      seriesTotal: 2,
      series: [
        { ...head, quantity: 'E1' },
        { ...head, quantity: 'B1' },
      ],
      warnings: [expect.stringContaining('line 8')],
    });
    const shown = await runCli(['import', 'nem12', file, '--preview'], env, true);
    expect([shown.code, shown.out]).toEqual([0, expect.stringMatching(/NEM1234567 +E1 +kWh +1800 +96/)]);
    // a sample that ends inside a day is no fault of the file
    const long = Array.from({ length: 6_000 }, (_, i) => {
      const date = new Date(Date.UTC(2008, 0, 1 + i)).toISOString().slice(0, 10).replaceAll('-', '');
      return `300,${date},${values},A,,,,\n`;
    });
    writeFileSync(file, `100,NEM12,202401020000,MDA,RET\n${stream('E1')}${long.join('')}900\n`);
    const cut = (await run('import', 'nem12', file, '--preview')).json();
    expect(cut.warnings).toEqual([expect.stringContaining('beginning of the file')]);
    expect(cut.series[0].readings).toBeGreaterThan(100_000);
    expect(cut.series[0].readings % 48).toBe(0);
  });

  it('refuses a zone that does not exist as a wrong call', async () => {
    const file = join(dir, 'zone.csv');
    writeFileSync(file, 'meter,time,kWh\nZ1,2026-03-01 00:15,1\n');
    for (const more of [['--preview'], []]) {
      const { code, err } = await run('import', 'csv', file, '--zone', 'Mars/Base', ...more);
      expect([code, err]).toEqual([2, expect.stringContaining('Mars/Base')]);
    }
  });

  it('ends when the import has ended, also where thousands of rows were refused', async () => {
    const file = join(dir, 'bad.csv');
    const rows = Array.from({ length: 20_000 }, (_, i) => {
      const time = new Date(Date.parse('2026-03-01T00:15:00Z') + i * 900_000).toISOString();
      return `B1,${time},${i % 4 === 1 ? 'much' : '1'}`;
    });
    writeFileSync(file, `meter,time,kWh\n${rows.join('\n')}\n`);
    const { code, err, json } = await run(
      'import',
      'csv',
      file,
      '--register-missing',
      '--data-dir',
      join(dir, 'bad'),
    );
    expect(json()).toMatchObject({ state: 'done', stored: 15_000, rejected: 5_000 });
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('5000 readings or rows were refused, 15000 taken'),
    ]);
    expect(err.split('\n').filter((line) => line.includes('much'))).toHaveLength(3);
    // a server that waits for a connection nobody reads would take longer than a keep-alive
  }, 50_000);

  it('imports into an empty folder, exports the same values, backs up and restores', async () => {
    const file = join(dir, 'load.csv');
    const rows = [0.25, 0.5, 0.125, 0.75].map((value, i) => {
      const time = new Date(Date.parse('2026-03-01T00:15:00Z') + i * 900_000).toISOString();
      return `M1,${time},${value}`;
    });
    writeFileSync(file, `meter,time,kWh\n${rows.join('\n')}\n`);
    const imported = await run('import', 'csv', file, '--register-missing');
    expect(imported.err).toBe('');
    expect(imported.json()).toMatchObject({ state: 'done', rows: 4, stored: 4, rejected: 0 });
    const exported = await run(
      'export',
      'csv',
      '--meter',
      'M1',
      '--from',
      '2026-03-01',
      '--to',
      '2026-03-02',
    );
    const values = exported.out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[4]));
    expect(values).toEqual([0.25, 0.5, 0.125, 0.75]);
    expect((await run('backup', join(dir, 'backup'))).json()).toMatchObject({ readings: 4 });
    expect((await run('backup', join(dir, 'backup'))).err).toContain('BACKUP_FOLDER');
    const restored = await run('restore', join(dir, 'backup'), '--data-dir', join(dir, 'second'));
    expect(restored.err).toBe('');
    expect(restored.json()).toMatchObject({ readings: 4 });
    const again = await run('import', 'csv', file, '--data-dir', join(dir, 'second'));
    expect(again.json()).toMatchObject({ stored: 0, repeats: 4 });
  }, 180_000);

  it('explains a wrong configuration', async () => {
    const wrong = await runCli(['doctor'], { ...env, OPENAMI_ZONE: 'Nowhere' });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(/"check"/);
    const keys = await run('doctor', '--keys');
    expect(keys.out).toContain('OPENAMI_MQTT_PORT');
  });

  it('keeps the key of sessions private', async () => {
    const { statSync } = await import('node:fs');
    const path = join(env.OPENAMI_DATA_DIR, 'secret');
    expect(readFileSync(path, 'utf8').trim().length).toBeGreaterThanOrEqual(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
