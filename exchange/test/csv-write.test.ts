import { Quality, qualityName } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../src/csv.ts';
import { type CsvWriteOptions, csvExportMapping, writeCsv } from '../src/csv-write.ts';
import type { SeriesChunk } from '../src/series.ts';
import { bytesOf, gather, pieces } from './helpers.ts';

const chunkOf = (
  rows: [end: number, value: number, quality: number][],
  head: Partial<SeriesChunk> = {},
): SeriesChunk => ({
  kind: 'series',
  device: 'm1',
  quantity: '1-0:1.8.0*255',
  unit: 'kWh',
  intervalS: 900,
  ...head,
  end: Float64Array.from(rows, (r) => r[0]),
  value: Float64Array.from(rows, (r) => r[1]),
  quality: Uint8Array.from(rows, (r) => r[2]),
  flags: new Uint32Array(rows.length),
  line: new Uint32Array(rows.length),
  length: rows.length,
});
async function write(chunks: SeriesChunk[], options?: CsvWriteOptions): Promise<string> {
  let text = '';
  for await (const part of writeCsv(chunks, options)) text += part;
  return text;
}

describe('writeCsv', () => {
  it('writes offsets, unit, quality by name and guards text', async () => {
    const rows: [number, number, number][] = [
      [1711846800, 1.5, Quality.valid],
      [1711850400, 2, Quality.estimated],
    ];
    expect(await write([chunkOf(rows, { device: '=cmd|"x"' })], { zone: 'Europe/Berlin', bom: true })).toBe(
      '\ufeffdevice,quantity,interval_s,interval_end,value [kWh],quality\r\n' +
        '"\'=cmd|""x""",1-0:1.8.0*255,900,2024-03-31T03:00:00+02:00,1.5,valid\r\n' +
        '"\'=cmd|""x""",1-0:1.8.0*255,900,2024-03-31T04:00:00+02:00,2,estimated\r\n',
    );
  });

  it('converts to one unit and refuses another dimension', async () => {
    const wh = chunkOf([[900, 1500, 1]], { unit: 'Wh' });
    expect(await write([chunkOf([[900, 1, 1]]), wh])).toContain(',1.5,raw');
    await expect(
      write([chunkOf([[900, 1, 1]]), chunkOf([[900, 1, 1]], { unit: 'm3' })]),
    ).rejects.toMatchObject({ code: 'FILE_VALUE_UNWRITABLE' });
    expect(
      await write([chunkOf([[900, 1, 1]]), chunkOf([[900, 1, 1]], { unit: 'm3' })], { unitColumn: true }),
    ).toContain(',1,m3,raw');
    expect(await write([])).toBe('device,quantity,interval_s,interval_end,value,quality\r\n');
  });

  it('write → read gives every reading back', async () => {
    const text = fc
      .string({
        unit: fc.constantFrom('a', '=', '-', '"', ',', ' ', "'", '\n', 'é', '1'),
        minLength: 1,
        maxLength: 6,
      })
      .filter((s) => s.trim() === s && !s.startsWith("'") && s !== '');
    const row = fc.tuple(
      fc.integer({ min: 1, max: 4_000_000_000 }),
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.integer({ min: 1, max: 8 }),
    );
    const arb = fc.tuple(
      fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
      fc.array(row, { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.constantFrom('UTC', 'Europe/London', 'Australia/Lord_Howe'),
      fc.array(fc.nat(3000), { maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(arb, async ([devices, rows, unitColumn, zone, cuts]) => {
        const out = await write(
          devices.map((device) => chunkOf(rows, { device })),
          { unitColumn, zone },
        );
        const got = await gather(
          readCsv(pieces(bytesOf(out), cuts), { mapping: csvExportMapping(unitColumn) }),
        );
        expect([got.error, got.rejects]).toEqual([undefined, []]);
        expect(got.series.map((s) => [s.device, s.quantity, s.unit, s.intervalS])).toEqual(
          devices.map((d) => [d, '1-0:1.8.0*255', 'kWh', 900]),
        );
        for (const series of got.series)
          expect(series.rows.map((r) => [r.end, r.value, qualityName(r.quality)])).toEqual(
            rows.map((r) => [r[0], r[1] + 0, qualityName(r[2])]),
          );
      }),
      { numRuns: 100 },
    );
  });
});
