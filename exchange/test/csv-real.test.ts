/** Real files: a mapping for each shape, and totals against a naive sum over the text. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../src/csv.ts';
import type { CsvMapping } from '../src/csv-mapping.ts';
import { previewCsv } from '../src/csv-preview.ts';
import { detectFormat } from '../src/formats.ts';
import { gunzip } from '../src/gunzip.ts';
import { gather, hasShared, iso, pieces, sharedFile, sum } from './helpers.ts';

const wide = (
  column: string,
  quantity: string,
  unit: string,
  intervalS: number,
  more: Partial<CsvMapping['time']> = {},
): CsvMapping => ({
  version: 1,
  delimiter: ',',
  intervalS,
  time: { column, pattern: 'iso', label: 'start', ...more },
  values: [{ column: '*', quantity, unit, kind: 'interval' }],
});

const shapes: Record<string, { mapping: CsvMapping; path: string; series: number }> = {
  'electricity, UTC': {
    path: 'electricity/cambridge/elec_2017.csv.gz',
    series: 55,
    mapping: wide('interval_start', '1-0:1.8.0*255', 'kWh', 3600),
  },
  'electricity, local clock': {
    path: 'electricity/sgsc/kwh_30min.csv.gz',
    series: 7,
    mapping: wide('reading_local_clock', '1-0:1.8.0*255', 'kWh', 1800, {
      zone: 'Australia/Sydney',
      label: 'end',
      skipped: 'shift',
    }),
  },
  'electricity, offsets': {
    path: 'electricity/citylearn2022/net_kwh_60min.csv.gz',
    series: 11,
    mapping: wide('interval_start', 'net', 'kWh', 3600),
  },
  'gas, UTC': {
    path: 'gas/cambridge/gas_2018.csv.gz',
    series: 40,
    mapping: wide('interval_start', 'gas', 'kWh', 3600),
  },
};

/** Sum and count of all numbers in some columns, by splitting on commas. */
function naive(text: string, columns?: number[]): { total: number; count: number; empty: number } {
  const [, ...lines] = text.trimEnd().split('\n');
  let [total, count, empty] = [0, 0, 0];
  for (const line of lines) {
    const cells = line.split(',');
    for (const [i, cell] of cells.entries()) {
      if (i === 0 || (columns && !columns.includes(i))) continue;
      if (cell.trim() === '') empty += 1;
      else {
        total += Number(cell);
        count += 1;
      }
    }
  }
  return { total, count, empty };
}
const load = (path: string) => {
  const bytes = sharedFile(`data/${path}`);
  return { bytes, text: new TextDecoder().decode(bytes) };
};

describe.skipIf(!hasShared)('real CSV', () => {
  it.each(Object.entries(shapes))('%s', async (_name, { path, mapping, series }) => {
    const { bytes, text } = load(path);
    const got = await gather(readCsv(pieces(bytes), { mapping }));
    const expected = naive(text);
    expect(got.error).toBeUndefined();
    expect(got.rejects).toEqual([]);
    expect(got.series.length).toBe(series);
    expect([got.progress!.accepted, got.progress!.nulls]).toEqual([expected.count, expected.empty]);
    expect(sum(got.series.flatMap((s) => s.rows.map((r) => r.value)))).toBeCloseTo(expected.total, 4);
    expect(Math.max(...got.chunkLengths)).toBeLessThanOrEqual(8192);
  });

  it('labels the ends of UTC and offset files', async () => {
    const cambridge = await gather(
      readCsv(pieces(load('electricity/cambridge/elec_2017.csv.gz').bytes), {
        mapping: shapes['electricity, UTC']!.mapping,
      }),
    );
    const rows = cambridge.series[0]!.rows;
    expect([cambridge.series[0]!.device, iso(rows[0]!.end), rows[0]!.value, rows[0]!.line]).toEqual([
      'cam-b0',
      '2017-01-01T01:00:00Z',
      12,
      2,
    ]);
    const city = await gather(
      readCsv(pieces(load('electricity/citylearn2022/net_kwh_60min.csv.gz').bytes), {
        mapping: shapes['electricity, offsets']!.mapping,
      }),
    );
    expect(iso(city.series[0]!.rows[0]!.end)).toBe('2016-08-01T08:00:00Z');
  });

  it('mean kW of the solar home become kWh', async () => {
    const { bytes, text } = load('electricity/ausgrid12/customer12_30min.csv.gz');
    const mapping: CsvMapping = {
      version: 1,
      delimiter: ',',
      intervalS: 1800,
      time: {
        column: 'interval_local',
        pattern: 'iso',
        zone: 'Australia/Sydney',
        label: 'start',
        skipped: 'shift',
      },
      values: [
        {
          column: 'gross_consumption_kw',
          device: 'customer-12',
          quantity: '1-0:1.8.0*255',
          unit: 'kW',
          kind: 'mean',
        },
        { column: 'gross_pv_kw', device: 'customer-12', quantity: '1-0:2.8.0*255', unit: 'kW', kind: 'mean' },
      ],
    };
    const got = await gather(readCsv(pieces(bytes), { mapping }));
    expect(got.series.map((s) => s.unit)).toEqual(['kWh', 'kWh']);
    for (const [i, series] of got.series.entries())
      expect(sum(series.rows.map((r) => r.value))).toBeCloseTo(naive(text, [i + 1]).total / 2, 6);
    expect(got.rejects).toEqual([]);
  });

  it('cumulative registers of heat and water', async () => {
    const heat = load('heat/danish_smart_heat_meter_660.csv.gz');
    const got = await gather(
      readCsv(pieces(heat.bytes), {
        mapping: {
          version: 1,
          delimiter: ',',
          device: 'meter_id',
          time: { column: 'time_rounded', pattern: 'iso' },
          values: [
            { column: 'energy_heat_kwh', quantity: '6-0:1.0.0', unit: 'kWh', kind: 'register' },
            { column: 'volume_flow_m3', quantity: '6-0:2.0.0', unit: 'm3', kind: 'register' },
          ],
        },
      }),
    );
    expect(got.series.map((s) => [s.device, s.unit, s.intervalS])).toEqual([
      ['660', 'kWh', 0],
      ['660', 'm3', 0],
    ]);
    expect(sum(got.series[0]!.rows.map((r) => r.value))).toBeCloseTo(naive(heat.text, [3]).total, 2);
    const water = load('water/daiad/register_reads.csv.gz');
    const reads = await gather(
      readCsv(pieces(water.bytes), {
        mapping: {
          version: 1,
          delimiter: ',',
          device: 'meter',
          time: { column: 'read_local_clock', pattern: 'iso', zone: 'Europe/Madrid' },
          values: [{ column: 'register_l', quantity: 'volume', unit: 'L', kind: 'register' }],
        },
      }),
    );
    const total = naive(water.text, [2]);
    expect(reads.series.length).toBe(75);
    // Stamps of a wrong clock inside the skipped hour are refused; nothing else is.
    expect(new Set(reads.rejects.map((r) => r.code)).size).toBeLessThanOrEqual(1);
    expect(reads.rejects.every((r) => r.code === 'ROW_TIME_NONEXISTENT')).toBe(true);
    expect(reads.progress!.accepted + reads.rejects.length).toBe(total.count);
    const refused = sum(reads.rejects.map((r) => Number(water.text.split('\n')[r.line - 1]!.split(',')[2])));
    expect(sum(reads.series.flatMap((s) => s.rows.map((r) => r.value))) + refused).toBeCloseTo(
      total.total,
      2,
    );
  });

  it('mean litres a second of the district areas become litres, weather left out', async () => {
    const { bytes, text } = load('water/bwdf/inflow_weather_hourly.csv.gz');
    const got = await gather(
      readCsv(pieces(bytes), {
        mapping: {
          version: 1,
          delimiter: ',',
          intervalS: 3600,
          time: { column: 'interval_start', pattern: 'iso', label: 'start' },
          ignore: ['rain_mm', 'air_temp_c', 'rel_humidity_pct', 'wind_kmh'],
          values: [{ column: '*', quantity: 'inflow', unit: 'L/s', kind: 'mean' }],
        },
      }),
    );
    const expected = naive(text, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([got.series.length, got.progress!.accepted, got.progress!.nulls]).toEqual([
      10,
      expected.count,
      expected.empty,
    ]);
    expect(sum(got.series.flatMap((s) => s.rows.map((r) => r.value))) / 3600).toBeCloseTo(expected.total, 3);
  });

  it.each(Object.entries(shapes))(
    'preview of %s proposes a mapping that imports it',
    async (_name, { path, mapping, series }) => {
      const { bytes, text } = load(path);
      expect(detectFormat(bytes.subarray(0, 4096))).toBe('csv');
      const preview = previewCsv(bytes.subarray(0, 60_000), {
        zone: mapping.time.zone,
        unit: 'kWh',
        quantity: 'import',
      });
      expect(preview.intervalS).toBe(mapping.intervalS);
      expect(preview.mapping!.time).toMatchObject({
        pattern: 'iso',
        column: mapping.time.column,
        label: mapping.time.label,
      });
      const got = await gather(
        readCsv(pieces(bytes), {
          mapping: { ...preview.mapping!, time: { ...preview.mapping!.time, skipped: 'shift' } },
        }),
      );
      expect([got.error, got.rejects, got.series.length]).toEqual([undefined, [], series]);
      expect(sum(got.series.flatMap((s) => s.rows.map((r) => r.value)))).toBeCloseTo(naive(text).total, 4);
    },
  );

  it('preview tells registers, mean rates and other columns apart', () => {
    const sample = (path: string) =>
      previewCsv(load(path).bytes.subarray(0, 60_000), { zone: 'Europe/Madrid' });
    expect(sample('water/daiad/register_reads.csv.gz').mapping).toMatchObject({
      device: 'meter',
      time: { column: 'read_local_clock' },
      values: [{ column: 'register_l', unit: 'L', kind: 'register' }],
      ignore: ['diff_l'],
    });
    expect(sample('heat/danish_smart_heat_meter_660.csv.gz').mapping).toMatchObject({
      device: 'meter_id',
      time: { column: 'time_rounded' },
      values: [
        { column: 'energy_heat_kwh', unit: 'kWh', kind: 'register' },
        { column: 'volume_flow_m3', unit: 'm3', kind: 'register' },
        {},
        {},
      ],
    });
    expect(sample('electricity/ausgrid12/customer12_30min.csv.gz').mapping).toMatchObject({
      intervalS: 1800,
      values: [
        { column: 'gross_consumption_kw', unit: 'kW', kind: 'mean' },
        { column: 'gross_pv_kw', unit: 'kW', kind: 'mean' },
      ],
    });
    expect(sample('water/bwdf/inflow_weather_hourly.csv.gz').intervalS).toBe(3600);
  });

  it('reads gzip and says when it is cut or damaged', async () => {
    const { bytes } = load('electricity/ausgrid12/customer12_30min.csv.gz');
    const packed = gzipSync(bytes);
    let n = 0;
    for await (const chunk of gunzip(pieces(packed, 1000))) n += chunk.length;
    expect(n).toBe(bytes.length);
    const all = async (data: Uint8Array) => {
      for await (const _ of gunzip(pieces(data, 1000)));
    };
    await expect(all(packed.subarray(0, packed.length / 2))).rejects.toMatchObject({
      code: 'FILE_GZIP_TRUNCATED',
    });
    const damaged = Uint8Array.from(packed);
    damaged.fill(255, 5000, 5200);
    await expect(all(damaged)).rejects.toMatchObject({ code: 'FILE_GZIP_BROKEN' });
  });
});
