import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'openami-rate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const run = (...args: string[]) => runCli(['rate', ...args], {});
const tariff = file(
  'tou.yaml',
  `
id: tou
commodity: electricity
currency: EUR
versions:
  - calendar:
      schedules:
        - id: day
          rows:
            - {days: [all], hours: [{from: "06:00", to: "22:00", period: high}, {from: "22:00", to: "06:00", period: low}]}
    charges:
      - {kind: energy, id: use, schedule: day, prices: {high: 0.30, low: 0.20}}
      - {kind: energy, id: feed, flow: export, price: 0.08}
      - {kind: fixed, id: fee, price: 3.10, per: month}
`,
);

/** Rows of the hours of a local day in March, without the hour that the clock leaves out. */
function hours(value: (hour: number) => number | undefined): string {
  const rows = Array.from({ length: 23 }, (_, i) => {
    const end = new Date(Date.UTC(2026, 2, 28, 23 + i + 1)).toISOString();
    const kwh = value(i);
    return kwh === undefined ? [] : [`${end},${kwh}`];
  });
  return ['end,kWh', ...rows.flat()].join('\n');
}

describe('openami rate', () => {
  it('runs the example of its help', async () => {
    const { out } = await run('--help');
    const [, rows] = /printf '(end,kWh.*)' > use.csv/.exec(out)!;
    const [, text] = /printf '(\{id: flat[\s\S]*?\})' > flat.yaml/.exec(out)!;
    const args = /openami rate --tariff flat.yaml --usage use.csv (.*)/.exec(out)![1]!.split(' ');
    const usage = file('use.csv', rows!.replaceAll('\\n', '\n'));
    const ran = await run('--tariff', file('flat.yaml', text!), '--usage', usage, ...args);
    expect(ran.code).toBe(0);
    expect(ran.json().total).toBe('0.50');
    expect(ran.err).toContain('22 of 24 intervals are missing');
  });

  it('bills a day of 23 hours by local time, what is fed in, and the part of the month', async () => {
    const usage = file(
      'use.csv',
      hours(() => 1),
    );
    const fed = file('fed.csv.gz', gzipSync(hours((hour) => (hour === 12 ? 5 : 0))));
    const args = ['--tariff', tariff, '--usage', usage, '--export-usage', fed, '--timezone', 'Europe/Berlin'];
    const { code, json, err } = await run(...args);
    expect([code, err]).toEqual([0, '']);
    const { periods, total, currency, convention } = json();
    expect({ total, currency, convention }).toEqual({
      total: '5.90',
      currency: 'EUR',
      convention: 'calendar',
    });
    expect(periods).toHaveLength(1);
    expect(periods[0]).toMatchObject({
      ...{ from: '2026-03-28T23:00:00Z', to: '2026-03-29T22:00:00Z', total: '5.90', problems: [] },
      readings: { expected: 23, present: 23, estimated: 0 },
    });
    const lines = periods[0].lines.map(({ id, quantity, amount }: Record<string, string>) => [
      id,
      quantity,
      amount,
    ]);
    expect(lines).toEqual([
      ['fee', '0.032258', '0.10'],
      ['use/high', '16', '4.80'],
      ['use/low', '7', '1.40'],
      ['feed', '5', '-0.40'],
    ]);
  });

  it('has a bill a month between two dates, and says what is missing', async () => {
    const usage = file(
      'gap.csv',
      hours((hour) => (hour === 3 ? undefined : 1)),
    );
    const args = [
      '--tariff',
      tariff,
      '--usage',
      usage,
      '--timezone',
      'Europe/Berlin',
      '--from',
      '2026-03-29',
      '--to',
      '2026-04-02',
    ];
    const { json, err } = await run(...args);
    const { periods } = json();
    expect(periods.map(({ to }: { to: string }) => to)).toEqual([
      '2026-03-31T22:00:00Z',
      '2026-04-01T22:00:00Z',
    ]);
    expect(periods[0].problems).toMatchObject([{ code: 'missing', count: 49 }]);
    expect(err).toContain('Note: bill from 2026-03-28T23:00:00Z: 49 of 71 intervals are missing');
  });

  it('takes the unit that a header names by itself', async () => {
    const usage = file('watts.csv', 'end,Wh\n2026-03-29T01:00,1200\n2026-03-29T02:00,800\n');
    const { json } = await run('--tariff', tariff, '--usage', usage, '--timezone', 'UTC');
    expect(json().periods[0].lines[1]).toMatchObject({ id: 'use/low', quantity: '2' });
  });

  it('says where rows contradict each other, and how stamps without a header are read', async () => {
    const usage = file('twice.csv', '2026-03-29T01:00,1\n2026-03-29T01:00,2\n2026-03-29T02:00,3\n');
    const { err } = await run('--tariff', tariff, '--usage', usage, '--timezone', 'UTC');
    expect(err).toContain('1 rows say something else');
    expect(err).toContain('ends at 2026-03-29T01:00:00Z');
    expect(err).toContain('has no header: stamps are taken as ends of intervals');
  });

  it('takes price series, events and baselines from files', async () => {
    const dynamic = file(
      'dynamic.json',
      JSON.stringify({
        ...{ id: 'd', commodity: 'electricity', currency: 'EUR' },
        versions: [
          {
            charges: [
              { kind: 'dynamic', id: 'spot', series: 'spot' },
              { kind: 'rebate', id: 'ptr', event: 'ptr', price: 2 },
            ],
          },
        ],
      }),
    );
    const start = '2026-03-28T23:00:00Z';
    const prices = file(
      'prices.json',
      JSON.stringify({ spot: { start, intervalMinutes: 60, prices: new Array(23).fill(0.1) } }),
    );
    const events = file(
      'events.json',
      JSON.stringify({ ptr: [{ from: start, to: '2026-03-29T01:00:00Z', baseline: 2.5 }] }),
    );
    const usage = file(
      'use.csv',
      hours(() => 1),
    );
    const args = ['--tariff', dynamic, '--usage', usage, '--timezone', 'Europe/Berlin'];
    const { json } = await run(...args, '--prices', prices, '--events', events);
    expect(json().total).toBe('1.30');
    expect((await run(...args)).err).toContain('BILLING_INPUT_MISSING');
    const bad = file('bad.json', '{"spot":{"start":"yesterday"}}');
    expect((await run(...args, '--prices', bad)).err).toContain('RATE_FILE');
    expect((await run(...args, '--prices', prices, '--events', bad)).err).toContain('RATE_FILE');
  });

  it('rates years of 8760 hours by the conventions of SAM', async () => {
    const ones = Array.from({ length: 12 }, () => new Array(24).fill(1));
    const inputs = {
      ...{ ur_metering_option: 2, ur_ec_sched_weekday: ones, ur_ec_sched_weekend: ones, inflation_rate: 10 },
      ur_ec_tou_mat: [[1, 1, 1e38, 0, 0.1, 0]],
    };
    const usage = file('load.csv', `kW\n${new Array(8_760).fill(1).join('\n')}\n`);
    const sam = file('sam.json', JSON.stringify({ inputs }));
    const one = (await run('--tariff', sam, '--usage', usage, '--convention', 'sam')).json();
    expect([one.periods.length, Number(one.total)]).toEqual([12, 876]);
    const two = (
      await run('--tariff', sam, '--usage', usage, '--convention', 'sam', '--years', '2', '--outputs')
    ).json();
    expect(two.periods.map(({ year }: { year: number }) => year)).toEqual([
      ...new Array(12).fill(1),
      ...new Array(12).fill(2),
    ]);
    expect(two.outputs.utility_bill_wo_sys.map((value: number) => Number(value.toFixed(6)))).toEqual([
      0, 876, 963.6,
    ]);
    const ours = (await run('--tariff', tariff, '--usage', usage, '--convention', 'sam')).json();
    expect(ours.periods[0].total).toBe('201.50');
    const plain = file('plain.json', JSON.stringify(inputs));
    const wrong = await run('--tariff', plain, '--usage', usage, '--timezone', 'UTC');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--convention sam')]);
  });

  it('rates a record of the rate database', async () => {
    const record = { label: 'x', energyratestructure: [[{ rate: 0.1, adj: 0.02 }]] };
    const usage = file(
      'use.csv',
      hours(() => 1),
    );
    const args = ['--tariff', file('urdb.json', JSON.stringify({ items: [record] })), '--usage', usage];
    expect((await run(...args, '--timezone', 'Europe/Berlin')).json()).toMatchObject({
      total: '2.76',
      currency: 'USD',
    });
  });

  it('rates one of several records by its label, and notes what its tariff does not say', async () => {
    const energyratestructure = [[{ rate: 0.1 }]];
    const items = [
      { label: 'a', energyratestructure },
      { label: 'b', energyratestructure, sector: 'Lighting' },
    ];
    const usage = file('use.csv', 'end,kWh\n2026-03-01T01:00,1\n');
    const args = ['--tariff', file('several.json', JSON.stringify({ items })), '--usage', usage];
    const unnamed = await run(...args, '--timezone', 'America/New_York');
    expect([unnamed.code, unnamed.err]).toEqual([1, expect.stringContaining('2 rates: 0: a; 1: b')]);
    const { code, err, json } = await run(...args, '--timezone', 'America/New_York', '--label', 'b');
    expect([code, json().tariff]).toEqual([0, 'b']);
    expect(err).toContain('Note: sector: Who may have it is not kept');
  });

  it('tells wrong calls (2) from wrong files (1), and says what to do', async () => {
    const usage = file(
      'use.csv',
      hours(() => 1),
    );
    const base = ['--tariff', tariff, '--usage', usage];
    const text = file('text.csv', 'a,b\nx,y\n');
    const many = file('many.csv', `end,m1,m2\n2026-03-29T01:00,1,2\n2026-03-29T02:00,1,2\n`);
    const heat = file(
      'heat.yaml',
      '{id: h, commodity: heat, currency: EUR, versions: [{charges: [{kind: energy, id: e, price: 1}]}]}',
    );
    const volume = file('volume.csv', 'end,m3\n2026-03-29T01:00,1\n2026-03-29T02:00,1\n');
    const broken = file('broken.yaml', '{id: x, versions: [{charges: [{kind: magic}]}]}');
    for (const [code, words, ...args] of [
      [2, '--timezone is needed', ...base],
      [2, '--timezone', ...base, '--timezone', 'Mars/Base'],
      [2, 'not a file', '--tariff', join(folder, 'none'), '--usage', usage, '--timezone', 'UTC'],
      [2, '--from', ...base, '--timezone', 'UTC', '--from', 'May'],
      [2, '--to must be later', ...base, '--timezone', 'UTC', '--from', '2026-03-29', '--to', '2026-03-29'],
      [1, 'RATE_FILE', '--tariff', file('bad.yaml', '{ a: ['), '--usage', usage, '--timezone', 'UTC'],
      [1, 'TARIFF_INVALID', '--tariff', broken, '--usage', usage, '--timezone', 'UTC'],
      [1, 'IMPORT_MAPPING', '--tariff', tariff, '--usage', text, '--timezone', 'UTC'],
      [1, 'RATE_USAGE: ', '--tariff', tariff, '--usage', many, '--timezone', 'UTC'],
      [1, 'is in m3, the tariff in kWh', '--tariff', heat, '--usage', volume, '--timezone', 'UTC'],
      [1, 'a bare column is wanted', ...base, '--convention', 'sam'],
      [
        1,
        '3 rows are not a year',
        '--tariff',
        tariff,
        '--usage',
        file('three.csv', '1\n2\n3'),
        '--convention',
        'sam',
      ],
    ] as const) {
      const ran = await run(...(args as string[]));
      expect([ran.code, ran.err, ran.out]).toEqual([code, expect.stringContaining(words), '']);
    }
  });
});
