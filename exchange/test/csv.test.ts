import { Quality, Reason } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../src/csv.ts';
import type { CsvMapping } from '../src/csv-mapping.ts';
import { bytesOf, gather, iso, pieces } from './helpers.ts';

const long: CsvMapping = {
  version: 1,
  delimiter: ',',
  time: { column: 'time', pattern: 'iso', zone: 'Europe/Berlin' },
  device: 'meter',
  intervalS: 3600,
  values: [{ column: 'value', quantity: '1-0:1.8.0*255', unit: 'kWh', kind: 'interval' }],
};
const read = (text: string, mapping: CsvMapping = long) =>
  gather(readCsv(pieces(bytesOf(text)), { mapping }));
const ends = async (text: string, mapping: CsvMapping = long) =>
  (await read(text, mapping)).series[0]?.rows.map((row) => iso(row.end)) ?? [];
const timed = (time: Partial<CsvMapping['time']>): CsvMapping => ({
  ...long,
  time: { ...long.time, ...time },
});

describe('long form', () => {
  it('reads device, time and value, and counts', async () => {
    const got = await read('meter,time,value\nm1,2024-01-01T01:00:00Z,1.5\nm2,2024-01-01T01:00:00Z,2\n');
    expect(got.error).toBeUndefined();
    expect(got.series).toEqual([
      {
        device: 'm1',
        quantity: '1-0:1.8.0*255',
        unit: 'kWh',
        intervalS: 3600,
        zone: 'Europe/Berlin',
        readingType: undefined,
        rows: [{ end: 1704070800, value: 1.5, quality: Quality.raw, flags: 0, line: 2 }],
      },
      {
        device: 'm2',
        quantity: '1-0:1.8.0*255',
        unit: 'kWh',
        intervalS: 3600,
        zone: 'Europe/Berlin',
        readingType: undefined,
        rows: [{ end: 1704070800, value: 2, quality: Quality.raw, flags: 0, line: 3 }],
      },
    ]);
    expect(got.progress).toEqual({
      kind: 'progress',
      bytes: 71,
      lines: 3,
      accepted: 2,
      rejected: 0,
      nulls: 0,
      done: true,
    });
  });

  it('reads quantity, unit, quality, zone and interval of the row', async () => {
    const mapping: CsvMapping = {
      ...long,
      quantity: 'q',
      unit: 'u',
      quality: 'state',
      zone: 'tz',
      interval: 's',
      intervalS: undefined,
      values: [{ column: 'value', kind: 'interval' }],
    };
    const got = await read(
      'meter,q,time,tz,s,value,u,state\n' +
        'm,1.8.0,2024-07-01 00:15:00,Asia/Kathmandu,900,1,KWH,estimated\n' +
        'm,9.0.1,2024-07-01 01:00:00,,3600,7,m³,\n' +
        'm,9.0.1,2024-07-01 01:00:00,Mars/Base,3600,7,m³,\n' +
        'm,9.0.1,2024-07-01 01:00:00,,soon,7,m³,\n' +
        'm,9.0.1,2024-07-01 01:00:00,,3600,7,m³,dubious?\n',
      mapping,
    );
    expect(
      got.series.map((s) => [s.quantity, s.unit, s.intervalS, iso(s.rows[0]!.end), s.rows[0]!.quality]),
    ).toEqual([
      ['1.8.0', 'kWh', 900, '2024-06-30T18:30:00Z', Quality.estimated],
      ['9.0.1', 'm3', 3600, '2024-06-30T23:00:00Z', Quality.raw],
    ]);
    expect(got.rejects.map((r) => [r.line, r.code])).toEqual([
      [4, 'ROW_ZONE_UNKNOWN'],
      [5, 'ROW_INTERVAL_INVALID'],
      [6, 'ROW_QUALITY_UNKNOWN'],
    ]);
  });

  it('refuses bad cells with line, device, value and reason, and keeps the others', async () => {
    const got = await read(
      'meter,time,value\nm,2024-01-01T01:00Z,1\nm,2024-01-01T02:00Z,abc\nm,2024-01-01T03:00Z,inf\nm,tomorrow,4\n,2024-01-01T05:00Z,5\n' +
        'm,2024-01-01T06:00Z,0x10\nm,1969-01-01T00:00Z,7\nm,2024-01-01T08:00Z\nm,2024-01-01T09:00Z,9,9\nm,2024-01-01T10:00Z,1e400\nm,2024-01-01T11:00Z,11\n',
    );
    expect(got.series[0]!.rows.map((r) => r.value)).toEqual([1, 11]);
    expect(got.rejects.map((r) => `${r.line} ${r.code} ${r.value}`)).toEqual([
      '3 ROW_VALUE_INVALID abc',
      '4 ROW_VALUE_INFINITE inf',
      '5 ROW_TIME_INVALID tomorrow',
      '6 ROW_DEVICE_MISSING 2024-01-01T05:00Z',
      '7 ROW_VALUE_INVALID 0x10',
      '8 ROW_TIME_RANGE 1969-01-01T00:00Z',
      '9 CSV_CELL_COUNT m,2024-01-01T08:00Z',
      '10 CSV_CELL_COUNT m,2024-01-01T09:00Z,9,9',
      '11 ROW_VALUE_INFINITE 1e400',
    ]);
    expect(got.rejects[0]).toMatchObject({ device: 'm', quantity: '1-0:1.8.0*255', end: 1704074400 });
  });

  it('counts nulls and skips them', async () => {
    const got = await read(
      'meter,time,value\nm,2024-01-01T01:00Z,\nm,2024-01-01T02:00Z,NA\nm,2024-01-01T03:00Z,NaN\nm,2024-01-01T04:00Z,0\n',
    );
    expect([got.progress!.nulls, got.progress!.accepted, got.rejects.length]).toEqual([3, 1, 0]);
  });

  it('refuses only the row with broken UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('meter,time,value\nm\xe9,2024-01-01T01:00Z,1\n', 'latin1'),
      Buffer.from('mé,2024-01-01T02:00Z,2\n'),
    ]);
    const got = await gather(readCsv(pieces(bytes, 1), { mapping: long }));
    expect(got.rejects.map((r) => [r.line, r.code])).toEqual([[2, 'ROW_TEXT_BROKEN']]);
    expect(got.series.map((s) => s.device)).toEqual(['mé']);
  });

  it.each([
    ['utf-8 with mark', 'auto', Buffer.from('\ufeffmeter,time,value\nmé,2024-01-01T02:00Z,2\n')],
    ['utf-16le', 'auto', Buffer.from('\ufeffmeter,time,value\nmé,2024-01-01T02:00Z,2\n', 'utf16le')],
    ['utf-16be', 'auto', Buffer.from('\ufeffmeter,time,value\nmé,2024-01-01T02:00Z,2\n', 'utf16le').swap16()],
    ['latin1', 'latin1', Buffer.from('meter,time,value\nmé,2024-01-01T02:00Z,2\n', 'latin1')],
  ] as const)('reads %s', async (_name, encoding, bytes) => {
    const got = await gather(readCsv(pieces(bytes, 3), { mapping: { ...long, encoding } }));
    expect(got.series.map((s) => s.device)).toEqual(['mé']);
  });

  it('reads decimal commas, groups, patterns, a clock column and guarded cells', async () => {
    const got = await read(
      'Zähler;Datum;Uhrzeit;Wert\n"\'=1+1";31.12.2023;23:45;"1.234,5"\nm;1.1.2024;00:15;-0,25\nm;1.1.2024;00:30;12,34,5\nm;1.1.2024;00:45;1.5\n',
      {
        version: 1,
        delimiter: ';',
        decimal: ',',
        thousands: '.',
        device: 'Zähler',
        intervalS: 900,
        time: { column: 'Datum', clockColumn: 'Uhrzeit', pattern: 'd.M.yyyy HH:mm', zone: 'Europe/Berlin' },
        values: [{ column: 'Wert', quantity: 'import', unit: 'kWh', kind: 'interval' }],
      },
    );
    expect(got.series.map((s) => [s.device, s.rows[0]!.value, iso(s.rows[0]!.end)])).toEqual([
      ['=1+1', 1234.5, '2023-12-31T22:45:00Z'],
      ['m', -0.25, '2023-12-31T23:15:00Z'],
    ]);
    expect(got.rejects.map((r) => r.value)).toEqual(['12,34,5', '1.5']);
  });

  it('loses one line to a quote that never ends', async () => {
    const got = await read(
      'meter,time,value\nm,2024-01-01T01:00Z,1\n"m,2024-01-01T02:00Z,2\nm,2024-01-01T03:00Z,3\nm,2024-01-01T04:00Z,4\n',
    );
    expect(got.series[0]!.rows.map((r) => r.line)).toEqual([2, 4, 5]);
    expect(got.rejects.map((r) => [r.line, r.code])).toEqual([[3, 'CSV_QUOTE_BROKEN']]);
  });

  it('reads epoch stamps and files without a header', async () => {
    const bare = {
      ...long,
      header: false,
      device: 0,
      values: [{ column: 2, quantity: 'q', kind: 'register' as const }],
    };
    expect(await ends('m,1704067200,1\n', { ...bare, time: { column: 1, pattern: 'epoch-s' } })).toEqual([
      '2024-01-01T00:00:00Z',
    ]);
    expect(await ends('m,1704067200123,1\n', { ...bare, time: { column: 1, pattern: 'epoch-ms' } })).toEqual([
      '2024-01-01T00:00:00Z',
    ]);
  });

  it('reports an empty file, a missing column and a bad mapping', async () => {
    expect((await read('')).error).toMatchObject({ code: 'FILE_EMPTY' });
    expect((await read('\n\n')).error).toMatchObject({ code: 'FILE_EMPTY' });
    expect((await read('meter,when,value\n')).error).toMatchObject({ code: 'CSV_COLUMN_MISSING' });
    expect((await read('a', { ...long, intervalS: undefined })).error).toMatchObject({
      code: 'CSV_MAPPING_INVALID',
    });
    expect((await read('a', timed({ zone: 'Mars/Base' }))).error).toMatchObject({
      code: 'CSV_MAPPING_INVALID',
    });
    expect((await read('a', timed({ pattern: 'dd.MM' }))).error).toMatchObject({
      code: 'CSV_MAPPING_INVALID',
    });
    expect(
      (await read('meter,time,value\nm,2024-01-01 00:00,1\n', timed({ zone: undefined }))).rejects[0],
    ).toMatchObject({ code: 'ROW_ZONE_MISSING' });
  });

  it('refuses more series than the limit, after yielding what it has', async () => {
    const text = `meter,time,value\n${[1, 2, 3].map((i) => `m${i},2024-01-01T01:00Z,1\n`).join('')}`;
    const got = await gather(readCsv(pieces(bytesOf(text)), { mapping: long, maxSeries: 2 }));
    expect(got.error).toMatchObject({ code: 'FILE_SERIES_LIMIT' });
    expect(got.series.length).toBe(2);
  });
});

describe('local clocks', () => {
  const day = (times: string[]) => `meter,time,value\n${times.map((t) => `m,2024-${t},1\n`).join('')}`;

  it('refuses or shifts a skipped hour', async () => {
    const text = day(['03-31 01:00', '03-31 02:30', '03-31 03:00']);
    const got = await read(text);
    expect(got.rejects.map((r) => r.code)).toEqual(['ROW_TIME_NONEXISTENT']);
    expect(await ends(text)).toEqual(['2024-03-31T00:00:00Z', '2024-03-31T01:00:00Z']);
    expect(await ends(text, timed({ skipped: 'shift' }))).toEqual([
      '2024-03-31T00:00:00Z',
      '2024-03-31T01:30:00Z',
      '2024-03-31T01:00:00Z',
    ]);
  });

  it('tells a doubled hour apart by order, forwards and backwards', async () => {
    const times = ['10-27 01:30', '10-27 02:00', '10-27 02:30', '10-27 02:00', '10-27 02:30', '10-27 03:00'];
    const expected = [
      '2024-10-26T23:30:00Z',
      '2024-10-27T00:00:00Z',
      '2024-10-27T00:30:00Z',
      '2024-10-27T01:00:00Z',
      '2024-10-27T01:30:00Z',
      '2024-10-27T02:00:00Z',
    ];
    expect(await ends(day(times))).toEqual(expected);
    expect(await ends(day(['10-27 03:30', ...times.toReversed()]))).toEqual([
      '2024-10-27T02:30:00Z',
      ...expected.toReversed(),
    ]);
    const flags = (await read(day(times))).series[0]!.rows.map((r) => r.flags);
    expect(flags).toEqual([
      0,
      Reason.dstAmbiguous,
      Reason.dstAmbiguous,
      Reason.dstAmbiguous,
      Reason.dstAmbiguous,
      0,
    ]);
  });

  it('follows the rule of the mapping, and stamps with offsets need none', async () => {
    const text = day(['10-27 02:00']);
    expect(await ends(text, timed({ doubled: 'later' }))).toEqual(['2024-10-27T01:00:00Z']);
    expect(await ends(text, timed({ doubled: 'earlier' }))).toEqual(['2024-10-27T00:00:00Z']);
    expect((await read(text, timed({ doubled: 'reject' }))).rejects[0]).toMatchObject({
      code: 'ROW_TIME_AMBIGUOUS',
    });
    expect(
      await ends(
        day(['10-27T02:00+01:00', '10-27T02:00+02:00', '10-27T02:00:00Z']),
        timed({ doubled: 'reject' }),
      ),
    ).toEqual(['2024-10-27T01:00:00Z', '2024-10-27T00:00:00Z', '2024-10-27T02:00:00Z']);
  });

  it('tells the doubled hour apart in each series by itself, over nulls', async () => {
    const rows = ['01:30', '02:00', '02:00', '03:00'].flatMap((t) => [
      `a,2024-10-27 ${t},1`,
      `b,2024-10-27 ${t},${t === '02:00' ? '' : 1}`,
    ]);
    const got = await read(`meter,time,value\n${rows.join('\n')}\n`);
    expect(got.series[0]!.rows.map((r) => iso(r.end))).toEqual([
      '2024-10-26T23:30:00Z',
      '2024-10-27T00:00:00Z',
      '2024-10-27T01:00:00Z',
      '2024-10-27T02:00:00Z',
    ]);
    expect(got.progress!.nulls).toBe(2);
  });

  it('adds the length to a start label; days end at local midnight', async () => {
    expect(await ends(day(['03-31 01:00']), timed({ label: 'start' }))).toEqual(['2024-03-31T01:00:00Z']);
    const days = { ...timed({ label: 'start' }), intervalS: 86_400 };
    expect(await ends(day(['03-30', '03-31', '10-27']), days)).toEqual([
      '2024-03-30T23:00:00Z',
      '2024-03-31T22:00:00Z',
      '2024-10-27T23:00:00Z',
    ]);
  });

  it('reads 24:00 as the end of the day', async () => {
    expect(await ends(day(['12-31T24:00:00']))).toEqual(['2024-12-31T23:00:00Z']);
  });
});

describe('wide form', () => {
  it('takes every other column as a device with the unit of its header', async () => {
    const got = await read('t,a [kWh],b (Wh),note\n2024-01-01T00:00:00Z,1,2,x\n', {
      version: 1,
      delimiter: ',',
      intervalS: 3600,
      time: { column: 't', pattern: 'iso', label: 'start' },
      ignore: ['note'],
      values: [{ column: '*', quantity: 'import', kind: 'interval' }],
    });
    expect(got.series.map((s) => [s.device, s.quantity, s.unit, s.rows[0]!.value])).toEqual([
      ['a', 'import', 'kWh', 1],
      ['b', 'import', 'Wh', 2],
    ]);
  });

  it('turns mean rates into amounts and refuses what is no rate', async () => {
    const mapping: CsvMapping = {
      version: 1,
      delimiter: ',',
      intervalS: 1800,
      time: { column: 't', pattern: 'iso' },
      values: [
        { column: 'load [kW]', kind: 'mean', device: 'm' },
        { column: 'flow', unit: 'l/s', kind: 'mean', device: 'm', intervalS: 3600 },
      ],
    };
    const got = await read('t,load [kW],flow\n2024-01-01T00:00:00Z,0.578,3.562\n', mapping);
    expect(got.series.map((s) => [s.quantity, s.unit, s.rows[0]!.value])).toEqual([
      ['load', 'kWh', 0.289],
      ['flow', 'L', 12823.2],
    ]);
    const bad = await read('t,load [kWh],flow\n2024-01-01T00:00:00Z,1,1\n', {
      ...mapping,
      values: [{ column: 'load [kWh]', kind: 'mean' }],
    });
    expect(bad.error).toMatchObject({ code: 'CSV_MAPPING_INVALID' });
  });
});
