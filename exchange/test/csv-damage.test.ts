import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../src/csv.ts';
import { previewCsv } from '../src/csv-preview.ts';
import { bytesOf, gather, pieces } from './helpers.ts';

/** Previews and reads with the proposed mapping. */
async function take(bytes: Uint8Array, options = {}) {
  const preview = previewCsv(bytes, { zone: 'UTC', unit: 'kWh', ...options });
  expect(preview.mapping).toBeDefined();
  const got = await gather(readCsv(pieces(bytes), { mapping: preview.mapping! }));
  const rows = got.series.reduce((n, series) => n + series.rows.length, 0);
  return { preview, rows, rejects: got.rejects.map((one) => [one.line, one.code]), series: got.series };
}

const stamp = (i: number): string => new Date(Date.UTC(2024, 0, 1, i + 1)).toISOString();
const lines = (n: number, row = (i: number): string => `M1,${stamp(i)},${i % 7}.5`): string[] =>
  Array.from({ length: n }, (_, i) => row(i));
const file = (rows: readonly string[], head = 'meter,time,kWh'): Uint8Array =>
  bytesOf(`${[head, ...rows].join('\n')}\n`);

describe('a damaged row costs only itself', () => {
  it.each([
    ['too few cells', 'M1,2024-01-01T05:00:00Z', 'CSV_CELL_COUNT'],
    ['too many cells', 'M1,2024-01-01T05:00:00Z,1,2,3', 'CSV_CELL_COUNT'],
    ['a quote that never ends', '"M1,2024-01-01T05:00:00Z,1', 'CSV_QUOTE_BROKEN'],
    ['no time', 'M1,yesterday,1', 'ROW_TIME_INVALID'],
    ['no number', 'M1,2024-01-01T05:00:00Z,abc', 'ROW_VALUE_INVALID'],
    ['an infinity', 'M1,2024-01-01T05:00:00Z,inf', 'ROW_VALUE_INFINITE'],
    ['noise', '\u0001\u0002%%%', 'CSV_CELL_COUNT'],
    ['a long line', `M1,${'x'.repeat(1_100_000)},1`, 'CSV_RECORD_TOO_LONG'],
  ])('%s, wherever it stands', async (_name, bad, code) => {
    for (const at of [0, 1, 2, 9]) {
      const rows = lines(10);
      rows.splice(at, 0, bad);
      const got = await take(file(rows));
      expect([at, got.rows, got.rejects]).toEqual([at, 10, [[at + 2, code]]]);
    }
  });

  it('in a file without a header too, the first row included', async () => {
    for (const bad of ['M1,2024-01-01T05:00:00Z', 'M1,yesterday,1', 'M1,2024-01-01T05:00:00Z,abc']) {
      const got = await take(bytesOf(`${[bad, ...lines(10)].join('\n')}\n`));
      expect([bad, got.preview.header, got.rows, got.rejects.length]).toEqual([bad, false, 10, 1]);
      expect(got.rejects[0]![0]).toBe(1);
    }
  });

  it('two stray quotes do not swallow the rows between them', async () => {
    for (const distance of [1, 2, 50]) {
      const rows = lines(60, (i) => `M1,${stamp(i)},${i % 7}.5,note`);
      rows[3] = `M1,${stamp(3)},1,"note`;
      rows[3 + distance] = `M1,${stamp(3 + distance)},1,note"`;
      const got = await take(file(rows, 'meter,time,kWh,remark'));
      expect([distance, got.rows, got.rejects]).toEqual([distance, 59, [[5, 'CSV_QUOTE_BROKEN']]]);
    }
  });

  it('but a remark over two lines is a remark', async () => {
    const rows = lines(12, (i) => `M1,${stamp(i)},${i % 7}.5,"first\nsecond, ${i}"`);
    expect(await take(file(rows, 'meter,time,kWh,remark'))).toMatchObject({ rows: 12, rejects: [] });
  });

  it('property: any text in one place never costs another row', async () => {
    const noise = fc.string({ unit: fc.constantFrom('"', ',', 'a', '1', ' ', ';', 'é'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(noise, fc.integer({ min: 0, max: 20 }), async (text, at) => {
        const rows = lines(20);
        rows.splice(at, 0, text);
        const got = await take(file(rows));
        expect(got.series.find((one) => one.device === 'M1')?.rows.length).toBe(20);
      }),
      { numRuns: 100 },
    );
  });
});

describe('encodings', () => {
  it('broken UTF-8 costs its row; latin1 words are read as latin1', async () => {
    const bytes = Buffer.from(file(lines(12)));
    bytes[bytes.indexOf('M1,2024-01-01T04') + 1] = 0xff;
    expect(await take(bytes)).toMatchObject({ rows: 11, rejects: [[5, 'ROW_TEXT_BROKEN']] });
    const latin1 = Buffer.from(
      `Zähler;Zeit;Wert (m³)\n${lines(12).join('\n').replaceAll(',', ';')}\n`,
      'latin1',
    );
    const got = await take(latin1);
    expect(got).toMatchObject({ rows: 12, rejects: [] });
    expect(got.preview.columns[2]).toMatchObject({ name: 'Wert (m³)', unit: 'm3' });
  });

  it.each(['utf16le', 'utf16be'] as const)('%s without a byte order mark', async (encoding) => {
    const bytes = Buffer.from(Buffer.from(file(lines(12))).toString('latin1'), 'utf16le');
    if (encoding === 'utf16be') bytes.swap16();
    expect(await take(bytes)).toMatchObject({ rows: 12, rejects: [] });
  });
});

describe('what the columns are', () => {
  it('a header with a cell more or less than the rows is the header', async () => {
    for (const [head, end] of [
      ['meter,time,kWh', ','],
      ['meter,time,kWh,', ''],
    ] as const) {
      const got = await take(
        file(
          lines(12).map((row) => row + end),
          head,
        ),
      );
      expect(got).toMatchObject({ rows: 12, rejects: [], preview: { header: true } });
      expect(got.series[0]!.device).toBe('M1');
    }
  });

  it('the differences of a register are left out, and it is said', async () => {
    const totals = lines(30).map((_, i) => 1000 + ((i * i) % 17) + i * 20);
    for (const [name, of] of [
      ['diff_l', (i: number) => (i === 0 ? 0 : totals[i]! - totals[i - 1]!)],
      ['use', (i: number) => (totals[i + 1] ?? totals[i]!) - totals[i]!],
    ] as const) {
      const rows = lines(30, (i) => `M1,${stamp(i)},${totals[i]},${of(i)}`);
      const got = await take(file(rows, `meter,time,register_l,${name}`));
      expect(got.preview.mapping!.values).toMatchObject([{ column: 'register_l', kind: 'register' }]);
      expect(got.preview.mapping!.ignore).toEqual([name]);
      expect(got.preview.warnings.map((one) => one.code)).toContain('COLUMN_DERIVED');
      expect(got.rows).toBe(30);
    }
    const idle = lines(30, (i) => `M1,${stamp(i)},${1000 + Math.floor(i / 12)},0`);
    expect((await take(file(idle, 'meter,time,register_l,other_l'))).preview.mapping!.values).toHaveLength(2);
  });

  it('weather beside the meters is no meter; a unit given makes rates of kilowatts', async () => {
    const rows = lines(20, (i) => `${stamp(i)},${i % 5},${i % 3},7.${i % 10}`);
    const got = await take(file(rows, 'interval_start,dma1,dma2,air_temp_c'), { unit: 'L/s' });
    expect(got.series.map((one) => one.device).sort()).toEqual(['dma1', 'dma2']);
    expect(got.preview.mapping!.values).toMatchObject([{ column: '*', kind: 'mean', unit: 'L/s' }]);
  });

  it('columns called meter 1, meter 2 are meters, with whole numbers or nothing in the sample', async () => {
    const rows = lines(20, (i) => `${stamp(i)},${i % 5},,${i % 3}`);
    const got = await take(file(rows, 'time,meter 1,meter 2,NMI0000003'));
    expect(got.series.map((one) => one.device)).toEqual(['meter 1', 'NMI0000003']);
    expect(got.preview.mapping!.values).toMatchObject([{ column: '*', kind: 'interval' }]);
  });

  it('one fall does not make a register an amount, and empty columns do not decide', () => {
    const rows = lines(100, (i) => `${stamp(i)},,${i === 50 ? 900 : 1000 + i},${5000 + i}`);
    const { mapping } = previewCsv(file(rows, 'time,a,b,c'), { zone: 'UTC', unit: 'm3' });
    expect(mapping!.values).toMatchObject([{ column: '*', kind: 'register' }]);
  });

  it('says when the clock of the zone repeats and skips hours', () => {
    const rows = lines(12, (i) => `M1,2016-03-01 ${String(i).padStart(2, '0')}:53:08,${36_412 + i}`);
    const { warnings } = previewCsv(file(rows, 'meter,read_local,register_l'), { zone: 'Europe/Madrid' });
    const said = warnings.find((one) => one.code === 'CLOCK_CHANGES')!.detail;
    expect(said).toContain('skips on 2016-03-27');
    expect(said).toContain('repeats on 2016-10-30');
  });
});

describe('size', () => {
  it('a line of a million cells is told in time, a file of hundreds of meters read in time', () => {
    const started = performance.now();
    const { mapping, warnings } = previewCsv(bytesOf('a,'.repeat(500_000)));
    expect([mapping, warnings[0]!.code]).toEqual([undefined, 'COLUMN_LIMIT']);
    const head = `time,${Array.from({ length: 5000 }, (_, k) => `m${k}`).join(',')}`;
    const rows = lines(20, (i) => `${stamp(i)}${`,${1000 + i}.5`.repeat(5000)}`);
    expect(previewCsv(file(rows, head), { unit: 'kWh' }).mapping!.values).toMatchObject([
      { kind: 'register' },
    ]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

it('a file of a few bytes is told like any other', () => {
  const { mapping } = previewCsv(new TextEncoder().encode('meter;time;kWh\nA;2026-03-01T00:15:00Z;1\n'));
  expect(mapping).toMatchObject({ delimiter: ';' });
});
