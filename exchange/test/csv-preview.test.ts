import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../src/csv.ts';
import { parseCsvMapping } from '../src/csv-mapping.ts';
import { previewCsv } from '../src/csv-preview.ts';
import { detectFormat } from '../src/formats.ts';
import { bytesOf, gather, iso, pieces } from './helpers.ts';

const quarters = (n: number, row: (stamp: Date, i: number) => string) =>
  Array.from({ length: n }, (_, i) => row(new Date(Date.UTC(2024, 0, 13, 0, 15 * i)), i)).join('\n');
const two = (n: number) => String(n).padStart(2, '0');

describe('previewCsv', () => {
  it('a German export: preamble, semicolons, decimal commas, latin1', async () => {
    const text = `Lastgang;\nErstellt am;13.01.2024;\n\nZählernummer;Zeitstempel bis;Wert (kWh);Status\n${quarters(20, (d, i) => `1EMH001;${two(d.getUTCDate())}.01.2024 ${two(d.getUTCHours())}:${two(d.getUTCMinutes())};0,${i + 10};valid`)}\n`;
    const bytes = Buffer.from(text, 'latin1');
    const preview = previewCsv(bytes, { zone: 'Europe/Berlin', quantity: '1-0:1.8.0' });
    expect(preview).toMatchObject({
      encoding: 'latin1',
      delimiter: ';',
      decimal: ',',
      header: true,
      intervalS: 900,
    });
    expect(preview.columns.map((c) => c.role)).toEqual(['device', 'time', 'value', 'quality']);
    expect(preview.mapping).toMatchObject({
      skipLines: 3,
      device: 'Zählernummer',
      quality: 'Status',
      intervalS: 900,
      time: { column: 'Zeitstempel bis', pattern: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin', label: 'end' },
      values: [{ column: 'Wert (kWh)', unit: 'kWh', kind: 'interval', quantity: '1-0:1.8.0' }],
    });
    expect(preview.warnings.map((w) => w.code)).toEqual(['ENCODING_ASSUMED', 'CLOCK_CHANGES']);
    const got = await gather(
      readCsv(pieces(bytes), { mapping: JSON.parse(JSON.stringify(preview.mapping)) }),
    );
    expect([got.progress!.accepted, got.rejects]).toEqual([20, []]);
    expect(iso(got.series[0]!.rows[0]!.end)).toBe('2024-01-12T23:00:00Z');
  });

  it('date and clock columns, no zone, quantity and unit columns', () => {
    const text = `meter\tdate\ttime\tobis\tvalue\tunit\n${quarters(30, (d, i) => `m${i % 2}\t2024-01-13\t${d.getUTCHours()}:${two(d.getUTCMinutes())}\t1-0:1.8.0\t${i / 7}\tkWh`)}\n`;
    const preview = previewCsv(bytesOf(text));
    expect(preview.mapping).toMatchObject({
      delimiter: '\t',
      device: 'meter',
      quantity: 'obis',
      unit: 'unit',
      intervalS: 1800,
      time: { column: 'date', clockColumn: 'time', pattern: 'yyyy-MM-dd H:mm' },
    });
    expect(preview.warnings.map((w) => w.code)).toContain('ZONE_NEEDED');
  });

  it('a file without header, epoch stamps by name, day and month', () => {
    const bare = previewCsv(bytesOf(quarters(12, (d, i) => `A1,${d.toISOString()},${i}.5`)));
    expect(bare).toMatchObject({
      header: false,
      intervalS: 900,
      mapping: { header: false, device: 0, time: { column: 1, pattern: 'iso' }, values: [{ column: 2 }] },
    });
    const epoch = previewCsv(
      bytesOf(`meter,timestamp,kwh\n${quarters(12, (d, i) => `m,${d.getTime() / 1000},${i % 3}`)}`),
    );
    expect(epoch.mapping!.time).toMatchObject({ column: 'timestamp', pattern: 'epoch-s' });
    const swapped = previewCsv(
      bytesOf(`t,a,b\n${Array.from({ length: 9 }, (_, i) => `01/0${i + 1}/2024 00:00,1,2`).join('\n')}\n`),
    );
    expect(swapped.mapping!.time.pattern).toBe('MM/dd/yyyy HH:mm');
    expect(swapped.warnings.map((w) => w.code)).toContain('DAY_MONTH_AMBIGUOUS');
  });

  it('the order of rows does not decide what a file holds (property)', () => {
    const hourMs = 3_600_000;
    const stamp = (i: number): string => new Date(Date.UTC(2026, 4, 1) + i * hourMs).toISOString();
    const use = Array.from({ length: 480 }, (_, i) => 0.3 + ((i * i * 7919) % 1_009) / 1_009);
    const orders = fc.oneof(
      fc.constantFrom<(value: number, i: number) => number>(
        (_, i) => i,
        (_, i) => -i,
        (value) => value,
        (value) => -value,
      ),
      fc.infiniteStream(fc.double({ noNaN: true })).map((keys) => () => keys.next().value),
    );
    fc.assert(
      fc.property(orders, fc.boolean(), (keyOf, register) => {
        let total = 5_000;
        const rows = use
          .map((value, i) => {
            total += value;
            return { key: keyOf(value, i), text: `${stamp(i)},${(register ? total : value).toFixed(3)}` };
          })
          .sort((a, b) => a.key - b.key);
        const { mapping, intervalS } = previewCsv(
          bytesOf(['end,kWh', ...rows.map(({ text }) => text)].join('\n')),
        );
        expect(mapping!.values).toMatchObject([{ kind: register ? 'register' : 'interval' }]);
        expect(intervalS).toBe(3_600);
      }),
      { numRuns: 60 },
    );
  });

  it('cumulative values are a register; mixed offsets and misfits are said', () => {
    const register = previewCsv(
      bytesOf(`meter,time,kWh\n${quarters(20, (d, i) => `m,${d.toISOString()},${1000 + i}`)}`),
    );
    expect(register.mapping!.values).toMatchObject([{ kind: 'register' }]);
    const mixed = previewCsv(
      bytesOf('meter,time,v\nm,2024-03-31 01:30,1\nm,2024-03-31 02:30,1\nm,2024-03-31T01:30:00Z,1\n'),
      { zone: 'Europe/Berlin' },
    );
    expect(mixed.warnings.map((w) => w.code)).toEqual(
      expect.arrayContaining(['OFFSETS_MIXED', 'ZONE_MISFIT']),
    );
  });

  it('never throws, and what it proposes is a valid mapping that reads the sample', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '2024-01-01 00:15',
        '2024-01-01T00:30Z',
        '13.01.2024',
        '00:15',
        '1,5',
        '2.5',
        '',
        'm1',
        '"',
        'kWh',
        '1-0:1.8.0',
        '\u00e9',
      ),
      fc.string({ maxLength: 5 }),
    );
    const text = fc
      .tuple(
        fc.constantFrom(',', ';', '\t'),
        fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
      )
      .map(([d, rows]) => rows.map((row) => row.join(d)).join('\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(text.map(bytesOf), fc.uint8Array({ maxLength: 200 })),
        fc.integer({ min: 1, max: 40 }),
        async (bytes, cut) => {
          detectFormat(bytes);
          const { mapping } = previewCsv(bytes, { zone: 'UTC' });
          if (!mapping) return;
          expect(parseCsvMapping(JSON.parse(JSON.stringify(mapping)))).toEqual(mapping);
          const got = await gather(readCsv(pieces(bytes), { mapping }));
          expect(got.error === undefined || got.error instanceof OpenAmiError).toBe(true);
          const cutUp = await gather(readCsv(pieces(bytes, cut), { mapping }));
          expect({ ...cutUp, progress: 0 }).toEqual({ ...got, progress: 0 });
          if (got.error === undefined) expect(cutUp.progress).toEqual(got.progress);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('detectFormat', () => {
  it.each([
    ['100,NEM12,200405011135,MDA1,Ret1\n', 'nem12'],
    ['\n200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,\n', 'nem12'],
    ['<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">', 'greenbutton'],
    ['\ufeffmeter;time;value\n', 'csv'],
    ['<html>', undefined],
    ['PK\u0003\u0004,,,', undefined],
    ['', undefined],
    ['hello\n', undefined],
  ])('%j', (text, format) => {
    expect(detectFormat(bytesOf(text))).toBe(format);
  });
});
