import { readFileSync } from 'node:fs';
import { seededRandom } from '@openami/vee';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-command.ts';
import { testFolder, writeCsv } from './files.ts';

const folder = testFolder();

async function run(...args: string[]) {
  const ran = await runCli(args, {});
  const lines = (): Line[] =>
    ran.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  return { ...ran, lines };
}

interface Line {
  readonly meter: string;
  readonly end: string;
  readonly raw: number | null;
  readonly value: number | null;
  readonly state: string;
  readonly reasons: string[];
  readonly method: string | null;
  readonly lower?: number;
  readonly upper?: number;
}

const hourMs = 3_600_000;

/** Use of a home in kWh an hour, whole watt-hours, by local hour. */
const course = [
  0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 0.8, 0.5, 0.4, 0.4, 0.5, 0.6, 0.4, 0.4, 0.5, 0.7, 1, 1.2, 1.1, 0.9, 0.7,
  0.4, 0.3,
];

/** Rows `end,kWh` of whole hours in UTC with a little noise; `change` may leave one out or alter it. */
function hours(
  from: string,
  count: number,
  change: (value: number, i: number) => number | undefined = (value) => value,
): string[] {
  const random = seededRandom(count);
  const rows = ['end,kWh'];
  for (let i = 0; i < count; i++) {
    const endMs = Date.parse(from) + (i + 1) * hourMs;
    const usual = course[new Date(endMs - hourMs).getUTCHours()]!;
    const value = change(Math.round(usual * (900 + random.below(200))) / 1_000, i);
    if (value !== undefined) rows.push(`${new Date(endMs).toISOString()},${value}`);
  }
  return rows;
}

const sum = (values: readonly (number | null)[]): number =>
  Math.round(values.reduce<number>((total, value) => total + (value ?? 0), 0) * 1_000) / 1_000;

describe('openami vee', () => {
  it('runs the example of its help', async () => {
    const { out } = await run('vee', '--help');
    const [, rows] = /printf 'end,kWh\\n%s\\n' (.*) > day.csv/.exec(out)!;
    const file = writeCsv(folder, 'day.csv', ['end,kWh', ...rows!.split(' ')]);
    const args = /vee --input day.csv (.*)/.exec(out)![1]!.split(' ');
    const { code, lines } = await run('vee', '--input', file, ...args);
    expect(code).toBe(0);
    expect(lines()).toHaveLength(4);
    expect(
      lines()
        .filter(({ raw }) => raw !== null)
        .map(({ end }) => end),
    ).toEqual(['2026-03-29T01:00:00+01:00', '2026-03-29T03:00:00+02:00', '2026-03-29T05:00:00+02:00']);
  });

  it('tells wrong calls (2) from wrong files (1), and says what to do', async () => {
    const good = writeCsv(folder, 'good.csv', hours('2026-05-01T00:00:00Z', 24));
    const noise = writeCsv(folder, 'noise.csv', ['a,b', 'x,y']);
    const rules = writeCsv(folder, 'rules.yaml', ['id: own', 'groups: [{steps: [nonsense]}]']);
    for (const [code, text, ...args] of [
      [2, 'USAGE', 'vee'],
      [2, 'USAGE', 'vee', '--input', `${folder}/absent.csv`, '--timezone', 'UTC'],
      [2, 'USAGE', 'vee', '--input', good, '--timezone', 'Europe/Nowhere'],
      [2, 'USAGE', 'vee', '--input', good, '--interval', '0', '--timezone', 'UTC'],
      [2, 'timezone', 'vee', '--input', good],
      [2, 'error', 'vee', '--input', good, '--label', 'middle', '--timezone', 'UTC'],
      [2, 'USAGE', 'vee', 'score', '--input', `${folder}/absent`],
      [1, 'IMPORT_MAPPING', 'vee', '--input', noise, '--timezone', 'UTC'],
      [1, 'VEE_RULE_SET_INVALID', 'vee', '--input', good, '--timezone', 'UTC', '--rules', rules],
      [0, '24 intervals', 'vee', '--input', good, '--timezone', 'UTC', '--rules', 'texas'],
    ] as const) {
      const { code: got, err } = await run(...args);
      expect([args.join(' '), got]).toEqual([args.join(' '), code]);
      expect(err).toContain(text);
    }
  });

  it('fills a gap, says how, between which bounds, and keeps what was there', async () => {
    const file = writeCsv(
      folder,
      'gap.csv.gz',
      hours('2026-05-01T00:00:00Z', 24 * 40, (value, i) => (i >= 720 && i < 726 ? undefined : value)),
    );
    const { code, lines, err } = await run('vee', '--input', file, '--timezone', 'UTC', '--findings');
    expect(code).toBe(0);
    expect(lines()).toHaveLength(24 * 40);
    const filled = lines().filter(({ method }) => method !== null);
    expect(filled.map(({ end }) => end)).toEqual(
      lines()
        .slice(720, 726)
        .map(({ end }) => end),
    );
    for (const { raw, value, state, lower, upper } of filled) {
      expect([raw, state]).toEqual([null, 'estimated']);
      expect(value!).toBeGreaterThanOrEqual(lower!);
      expect(value!).toBeLessThanOrEqual(upper!);
    }
    for (const { raw, value, method } of lines()) if (method === null) expect(value).toBe(raw);
    const findings = err.split('\n').filter((line) => line.startsWith('{'));
    expect(findings.map((line) => JSON.parse(line).finding)).toContain('interval-count');
  });

  it('owes nothing before the first reading of a meter, nor after the last of the file', async () => {
    const file = writeCsv(folder, 'midnight.csv', [
      'end,kWh',
      ...['2026-05-05T00:00,1', '2026-05-05T01:00,1.2', '2026-05-05T02:00,1.3'],
    ]);
    const { lines, err } = await run('vee', '--input', file, '--timezone', 'UTC');
    expect(lines().map(({ end, value }) => [end.slice(0, 16), value])).toEqual([
      ['2026-05-05T00:00', 1],
      ['2026-05-05T01:00', 1.2],
      ['2026-05-05T02:00', 1.3],
    ]);
    expect(err).toContain('3 intervals, 0 estimated, 0 without a value; nothing found');
  });

  it('a column that starts late has no head; one that ends early misses its tail', async () => {
    const rows = hours('2026-05-01T00:00:00Z', 24 * 30).slice(1);
    const columns = rows.map((row, i) => `${row},${i < 500 ? '' : '0.5'},${i < 600 ? '0.7' : ''}`);
    const file = writeCsv(folder, 'late.csv', ['end,m1,m2,m3', ...columns]);
    const { lines } = await run('vee', '--input', file, '--timezone', 'UTC');
    const of = (meter: string) => lines().filter((line) => line.meter === meter);
    expect(of('m1')).toHaveLength(720);
    expect(of('m2')).toHaveLength(220);
    expect(of('m2').filter(({ raw }) => raw === null)).toEqual([]);
    expect(of('m3')).toHaveLength(720);
    expect(of('m3').filter(({ state }) => state === 'missing')).toHaveLength(120);
  });

  it('with registers, estimates add up to what the register moved', async () => {
    const rows = hours('2026-05-01T00:00:00Z', 24 * 40);
    const whole = rows.slice(1).map((row) => Number(row.split(',')[1]));
    const reads = ['read_at,register [kWh]'];
    for (let day = 0; day <= 40; day++) {
      const at = new Date(Date.parse('2026-05-01T00:00:00Z') + day * 24 * hourMs).toISOString();
      reads.push(`${at},${(5_000 + sum(whole.slice(0, day * 24))).toFixed(3)}`);
    }
    const input = writeCsv(
      folder,
      'holed.csv',
      rows.filter((_, i) => i < 500 || i > 530),
    );
    const registers = writeCsv(folder, 'reads.csv', reads);
    const { code, lines } = await run(
      ...['vee', '--input', input, '--interval', '60', '--timezone', 'UTC', '--registers', registers],
    );
    expect(code).toBe(0);
    expect(lines().filter(({ method }) => method !== null)).toHaveLength(31);
    expect(sum(lines().map(({ value }) => value))).toBe(sum(whole));
  });
});

describe('register reads', () => {
  it.each([
    ['of every midnight UTC', 1],
    ['a month apart', 25],
  ])('%s: gaps and values put aside around local midnight add up to them', async (_, everyDays) => {
    const from = '2026-05-01T00:00:00Z';
    const whole = hours(from, 24 * 50).slice(1);
    const used = whole.map((row) => Number(row.split(',')[1]));
    const reads = ['read_at,register [kWh]'];
    for (let day = 0; day <= 50; day += everyDays)
      reads.push(
        `${new Date(Date.parse(from) + day * 24 * hourMs).toISOString()},${(sum(used.slice(0, day * 24)) + 5_000).toFixed(3)}`,
      );
    // negative around a midnight of Berlin, and three days that are not there
    const rows = whole.map((row, i) => (i >= 716 && i < 720 ? `${row.split(',')[0]},-9999` : row));
    rows.splice(24 * 35 + 5, 70);
    const input = writeCsv(folder, 'aside.csv', ['end,kWh', ...rows]);
    const registers = writeCsv(folder, 'aside-reads.csv', reads);
    const { lines } = await run(
      'vee',
      '--input',
      input,
      '--timezone',
      'Europe/Berlin',
      '--registers',
      registers,
    );
    for (let day = 0; day < 50; day += everyDays) {
      const [first, end] = [day * 24, (day + everyDays) * 24];
      const values = lines()
        .slice(first, end)
        .map(({ value }) => value);
      expect(sum(values)).toBe(sum(used.slice(first, end)));
    }
  });

  it('of no meter of the file are said to be of no use', async () => {
    const rows = hours('2026-05-01T00:00:00Z', 48).map((row) => `${row},0.5`);
    const input = writeCsv(folder, 'pair.csv', ['end,m1,m2', ...rows.slice(1)]);
    const reads = ['2026-05-01T00:00Z,100,7', '2026-05-03T00:00Z,124,8'];
    const registers = writeCsv(folder, 'pair-reads.csv', ['read_at,m2,m9', ...reads]);
    const args = ['vee', '--input', input, '--timezone', 'UTC', '--registers', registers];
    const { code, err } = await run(...args);
    expect(code).toBe(0);
    expect(err).toMatch(/Note: --registers: m9: .*not used/);
    expect(err).not.toContain('m2: its register');
    const lines = (await run(...args, '--findings')).err.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ meter: 'm9', finding: 'registers-unused', severity: 'info' }),
    );
  });
});

describe('faults of other systems', () => {
  it('values that no count holds exactly are refused with their lines, and are missing', async () => {
    const huge = new Map([
      [30, '9e15'],
      [31, '1e308'],
      [32, '99999999999999999999999'],
    ]);
    const rows = hours('2026-05-01T00:00:00Z', 24 * 10).map((row, i) =>
      huge.has(i) ? `${row.split(',')[0]},${huge.get(i)}` : row,
    );
    const file = writeCsv(folder, 'huge.csv', rows);
    const { code, lines, err } = await run('vee', '--input', file, '--timezone', 'UTC');
    expect(code).toBe(0);
    expect(err).toContain('3 rows were refused');
    for (const line of [31, 32, 33]) expect(err).toContain(`line ${line}: ROW_VALUE_INFINITE`);
    expect(lines().slice(29, 32)).toMatchObject(Array(3).fill({ raw: null, state: 'estimated' }));
    const alone = writeCsv(folder, 'huge-alone.csv', ['end,kWh', '2026-05-01T01:00Z,1e308']);
    expect((await run('vee', '--input', alone, '--timezone', 'UTC')).err).toContain('VEE_INPUT_EMPTY');
  });

  it('48 slots on a day of 46: the two that never were are left out and said', async () => {
    const rows = ['end,kWh'];
    for (
      let ms = Date.parse('2026-03-28T00:30:00Z');
      ms <= Date.parse('2026-03-31T00:00:00Z');
      ms += hourMs / 2
    )
      rows.push(`${new Date(ms).toISOString().slice(0, 16)},0.25`);
    const file = writeCsv(folder, 'spring.csv', rows);
    const { code, lines, err } = await run(
      ...['vee', '--input', file, '--interval', '30', '--timezone', 'Europe/Berlin'],
    );
    expect(code).toBe(0);
    expect(lines()).toHaveLength(48 + 46 + 48);
    expect(lines().filter(({ raw }) => raw === null)).toEqual([]);
    expect(err).toContain('2 rows were refused');
    expect(err).toContain('--clock +01:00');
  });

  it('the November hour that comes twice is two hours, not a duplicate', async () => {
    const rows = ['end,kWh'];
    const startMs = Date.parse('2026-11-01T04:00:00Z');
    for (let i = 1; i <= 100; i++) {
      const local = startMs + i * 900_000 - (i < 8 ? 4 : 5) * hourMs;
      rows.push(`${new Date(local).toISOString().slice(0, 16)},${i / 1_000}`);
    }
    const file = writeCsv(folder, 'november.csv', rows);
    const { code, lines } = await run(
      ...['vee', '--input', file, '--interval', '15', '--timezone', 'America/New_York'],
    );
    expect(code).toBe(0);
    expect(lines().map(({ raw }) => raw)).toEqual(Array.from({ length: 100 }, (_, i) => (i + 1) / 1_000));
    expect(new Set(lines().map(({ end }) => end)).size).toBe(100);
    expect(lines().filter(({ value }) => value === null)).toEqual([]);
  });

  it('a catch-up delta is spread over its gap and is no maximum', async () => {
    const gap = { from: 24 * 30 + 9, to: 24 * 30 + 19 };
    let held = 0;
    const rows = hours('2026-05-01T00:00:00Z', 24 * 40, (value, i) => {
      if (i < gap.from || i > gap.to) return value;
      held += value;
      return i === gap.to ? Math.round(held * 1_000) / 1_000 : undefined;
    });
    const file = writeCsv(folder, 'catch-up.csv', rows);
    const { lines, err } = await run('vee', '--input', file, '--timezone', 'UTC');
    expect(err).toContain('catch-up');
    const spread = lines().slice(gap.from, gap.to + 1);
    expect(spread.filter(({ method }) => method === null)).toEqual([]);
    expect(sum(spread.map(({ value }) => value))).toBe(Math.round(held * 1_000) / 1_000);
    expect(Math.max(...spread.map(({ value }) => value!))).toBeLessThan(2);
  });

  it('a meter swap is no negative, and no jump', async () => {
    const rows = ['meter,read_at,register [kWh]'];
    for (let h = 0; h <= 24 * 20; h++) {
      const at = new Date(Date.parse('2026-05-01T00:00:00Z') + h * hourMs).toISOString();
      const register = h < 300 ? 48_210 + h * 0.5 : (h - 300) * 0.5;
      rows.push(`m1,${at},${register.toFixed(1)}`);
    }
    const file = writeCsv(folder, 'swap.csv', rows);
    const { code, lines, err } = await run(
      ...['vee', '--input', file, '--interval', '60', '--timezone', 'UTC', '--values', 'register'],
    );
    expect(code).toBe(0);
    expect(err).toContain('register-decrease');
    for (const { raw, value } of lines()) {
      expect(raw ?? 0).toBeGreaterThanOrEqual(0);
      expect(value ?? 0).toBeGreaterThanOrEqual(0);
      expect(value ?? 0).toBeLessThan(5);
    }
  });

  it('a half-hourly file sent as quarter-hourly is refused, with the interval it has', async () => {
    const rows = ['end,kWh'];
    for (let i = 1; i <= 48; i++)
      rows.push(`${new Date(Date.parse('2026-05-01T00:00:00Z') + i * 1_800_000).toISOString()},0.5`);
    const file = writeCsv(folder, 'half.csv', rows);
    const { code, out, err } = await run('vee', '--input', file, '--interval', '15', '--timezone', 'UTC');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/VEE_INTERVAL.*every 30 minutes, not every 15/);
  });

  it('standard time under a local name is said, and right with its clock', async () => {
    const rows = ['end,kWh'];
    for (let ms = Date.parse('2026-03-01T01:00:00Z'); ms <= Date.parse('2026-11-15T00:00:00Z'); ms += hourMs)
      rows.push(`${new Date(ms).toISOString().slice(0, 16)},${course[new Date(ms).getUTCHours()]}`);
    const file = writeCsv(folder, 'standard.csv', rows);
    const args = ['vee', '--input', file, '--interval', '60', '--timezone', 'Europe/Berlin'];
    expect((await run(...args)).err).toMatch(/standard time all year.*--clock \+01:00/);
    const right = await run(...args, '--clock', '+01:00');
    expect(right.err).not.toContain('--clock');
    const present = right.lines().filter(({ raw }) => raw !== null);
    expect(present).toHaveLength(rows.length - 1);
    expect(Date.parse(present[0]!.end)).toBe(Date.parse('2026-03-01T00:00:00Z'));
  });
});

describe('openami vee score', () => {
  const days = 110;
  const small = ['--timezone', 'UTC', '--gaps', '1', '--trials', '1'];

  it('gives the same figures for the same seed in however many processes, all of them as one object', async () => {
    const file = writeCsv(folder, 'electricity/two.csv', [
      'interval_start,m1,m2',
      ...hours('2026-01-01T00:00:00Z', 24 * days)
        .slice(1)
        .map((row) => `${row},${Number(row.split(',')[1]) + 0.1}`),
    ]);
    const args = ['vee', 'score', '--input', file, ...small, '--seed', '7', '--json'];
    const one = await run(...args, '--processes', '1');
    expect(one.code).toBe(0);
    const report = JSON.parse(one.out);
    expect(report).toMatchObject({ seed: 7, gapsPerLength: 1, trialsPerFault: 1 });
    expect(report.sets).toMatchObject([{ commodity: 'electricity', channels: 2, scoredChannels: 2 }]);
    const lengths = new Set(report.estimation.map(({ gapH }: { gapH: number }) => gapH));
    expect([...lengths]).toEqual([1, 2, 4, 8, 24, 72, 168]);
    for (const row of report.estimation) expect(row.nmae).toBeGreaterThanOrEqual(0);
    const faults = report.detection.map(({ fault }: { fault: string }) => fault);
    expect(faults).toEqual(expect.arrayContaining(['spike', 'negative', 'missing', 'multiplier', 'theft']));
    expect((await run(...args, '--processes', '2')).out).toBe(one.out);
  }, 120_000);

  it('writes a page with the command that made it, of the seed that was asked for, and no path of this machine', async () => {
    const file = writeCsv(folder, 'electricity/one.csv', hours('2026-01-01T00:00:00Z', 24 * days));
    const page = async (seed: string) => {
      const { out } = await run('vee', 'score', '--input', file, ...small, '--seed', seed, '--markdown');
      expect(out).toContain(
        `openami vee score --input DATA --seed ${seed} --gaps 1 --trials 1 --markdown > docs/conformance/vee.md`,
      );
      expect(out).not.toContain(folder);
      return out.split('\n').filter((line) => line.startsWith('| 168 h |'));
    };
    const rows = await page('1');
    expect(rows).toHaveLength(2);
    expect(await page('8')).not.toEqual(rows);
  }, 120_000);

  it('says what is wrong with a call alike in however many processes', async () => {
    const input = writeCsv(folder, 'sets/a.csv', hours('2026-01-01T00:00:00Z', 24));
    const sets = writeCsv(folder, 'sets/sets.yaml', ['sets:', '  - {name: A, files: [a.csv], zone: Mars}']);
    const args = ['vee', 'score', '--input', input, '--sets', sets];
    const one = await run(...args, '--processes', '1');
    expect(one).toMatchObject({ code: 1, err: expect.stringMatching(/^VEE_SETS: .*zone/) });
    expect(await run(...args, '--processes', '2')).toMatchObject({ code: 1, err: one.err });
  }, 60_000);

  it('says so when nothing can be scored', async () => {
    const short = writeCsv(folder, 'short.csv', hours('2026-01-01T00:00:00Z', 24 * 3));
    const { code, err } = await run('vee', 'score', '--input', short, '--timezone', 'UTC');
    expect(code).toBe(1);
    expect(err).toContain('28 days');
  });
});

describe('the page that is committed', () => {
  it('was made by the command it states, from the sets described beside it', () => {
    const page = readFileSync(new URL('../../../../docs/conformance/vee.md', import.meta.url), 'utf8');
    expect(page).toContain('--sets docs/conformance/vee-sets.yaml');
    expect(page).not.toMatch(/\/(home|work|tmp|root)\//);
    for (const commodity of ['electricity', 'gas', 'water', 'heat'])
      expect(page).toContain(`### ${commodity}`);
  });
});
