import { readdirSync } from 'node:fs';
import {
  nem12Methods,
  OpenAmiError,
  Quality,
  qualityFromNem12,
  qualityToNem12,
  Reason,
} from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNem12 } from '../src/nem12.ts';
import { writeNem12 } from '../src/nem12-write.ts';
import type { SeriesChunk } from '../src/series.ts';
import { bytesOf, gather, hasShared, iso, pieces, sharedDir, sharedFile, sum } from './helpers.ts';

const read = (text: string, cuts: number | number[] = 65_536) =>
  gather(readNem12(pieces(bytesOf(text), cuts)));
const day = (values: unknown[], rest: string) => `300,20240101,${values.join(',')},${rest}\n`;
const flat = Array.from({ length: 48 }, () => 1);
const file = (body: string) =>
  `100,NEM12,202401020000,MDA,RET\n200,NMI1234567,E1,E1,E1,,,kWh,30,\n${body}900\n`;

describe('NEM12', () => {
  it('places values at the ends of their intervals in market time', async () => {
    const got = await read(file(day(flat, 'A,,,20240102000000,')));
    expect(got.series[0]).toMatchObject({
      device: 'NMI1234567',
      quantity: 'E1',
      unit: 'kWh',
      intervalS: 1800,
      readingType: '0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
    });
    const rows = got.series[0]!.rows;
    expect([iso(rows[0]!.end), iso(rows[47]!.end), rows[0]!.line]).toEqual([
      '2023-12-31T14:30:00Z',
      '2024-01-01T14:00:00Z',
      3,
    ]);
    expect(got.rejects).toEqual([]);
  });

  it('gives each range of a V day its quality and skips N', async () => {
    const got = await read(
      file(
        `${day(flat, 'V,,,20240102000000,')}400,1,20,F14,76,\n400,21,24,A,,\n400,25,46,S17,43,\n400,47,48,N,,\n`,
      ),
    );
    const rows = got.series[0]!.rows;
    expect(rows.length).toBe(46);
    expect([0, 20, 24].map((i) => [rows[i]!.quality, rows[i]!.flags])).toEqual([
      [Quality.estimated, Reason.likeDay],
      [Quality.valid, 0],
      [Quality.estimated, Reason.linear + Reason.powerFail],
    ]);
    expect(got.progress).toMatchObject({ nulls: 2, accepted: 46, rejected: 0 });
  });

  it.each([
    ['too few values', day(flat.slice(1), 'A,,,'), 'NEM_VALUE_COUNT'],
    ['a method that does not exist', day(flat, 'S99,,,'), 'NEM_QUALITY_INVALID'],
    ['a method with A', day(flat, 'A14,,,'), 'NEM_QUALITY_INVALID'],
    ['a reason that is none', day(flat, 'A,100,,'), 'NEM_QUALITY_INVALID'],
    ['no quality', day(flat, ',,,'), 'NEM_QUALITY_INVALID'],
    ['a day that does not exist', day(flat, 'A,,,').replace('20240101', '20240230'), 'ROW_TIME_INVALID'],
    ['a gap between ranges', `${day(flat, 'V,,,')}400,1,10,A,,\n400,12,48,A,,\n`, 'NEM_RANGE_INVALID'],
    ['ranges that overlap', `${day(flat, 'V,,,')}400,1,10,A,,\n400,10,48,A,,\n`, 'NEM_RANGE_INVALID'],
    ['V without ranges', day(flat, 'V,,,'), 'NEM_RANGE_INVALID'],
    ['V inside a range', `${day(flat, 'V,,,')}400,1,48,V,,\n`, 'NEM_QUALITY_INVALID'],
    ['a range after a plain day', `${day(flat, 'A,,,')}400,1,48,A,,\n`, 'NEM_RECORD_ORDER'],
    ['an unknown record', '777,1\n', 'NEM_RECORD_UNKNOWN'],
  ])('refuses %s and nothing else', async (_name, body, code) => {
    const good = day(flat, 'A,,,').replace('20240101', '20240105');
    const got = await read(file(body + good));
    expect(got.error).toBeUndefined();
    expect(got.rejects.map((r) => r.code)).toEqual([code]);
    expect(got.series[0]!.rows.filter((row) => row.end > Date.UTC(2024, 0, 4) / 1000).length).toBe(48);
  });

  it('refuses cells, keeps the rest of the day', async () => {
    const got = await read(file(day(['-1', 'x', '', ...flat.slice(3)], 'A,,,')));
    expect(got.rejects.map((r) => [r.code, r.value])).toEqual([
      ['ROW_VALUE_NEGATIVE', '-1'],
      ['ROW_VALUE_INVALID', 'x'],
      ['ROW_VALUE_INVALID', ''],
    ]);
    expect(got.series[0]!.rows.length).toBe(45);
  });

  it('checks the NMI checksum and takes the days of a refused stream with it', async () => {
    const text = file(day(flat, 'A,,,'));
    expect((await read(text.replace('NMI1234567', '20019857328'))).series[0]!.device).toBe('2001985732');
    const got = await read(text.replace('NMI1234567', '20019857327'));
    expect(got.rejects.map((r) => r.code)).toEqual([
      'NEM_NMI_CHECKSUM',
      'NEM_RECORD_ORDER',
      'NEM_NO_READINGS',
    ]);
  });

  it('says what is no NEM file, what is cut, what is empty', async () => {
    expect((await read('')).error).toMatchObject({ code: 'FILE_EMPTY' });
    expect((await read('meter,time\n')).error).toMatchObject({ code: 'NEM_HEADER_MISSING' });
    expect((await read(file(day(flat, 'A,,,')).replace('900\n', ''))).rejects.map((r) => r.code)).toEqual([
      'NEM_END_MISSING',
    ]);
    expect((await read('100,NEM12,200405011135,MDA1,Ret1\n900\n')).rejects.map((r) => r.code)).toEqual([
      'NEM_NO_READINGS',
    ]);
  });

  it('reads the two registers reads of NEM13', async () => {
    const got = await read(
      '100,NEM13,200401101030,MDA1,Ret1\n250,VABC005890,11,1,11,11,METSER123,E,006342.8,20031005093055,A,,,007654.9,20040107100333,E64,,,1312.1,kWh,20040407, 20040108100333,20040108091133\n900\n',
    );
    expect(got.series[0]).toMatchObject({ device: 'VABC005890', quantity: '11', unit: 'kWh', intervalS: 0 });
    expect(got.series[0]!.rows.map((r) => [iso(r.end), r.value, r.quality])).toEqual([
      ['2003-10-04T23:30:55Z', 6342.8, Quality.valid],
      ['2004-01-07T00:03:33Z', 7654.9, Quality.projected],
    ]);
  });
});

describe.skipIf(!hasShared)('NEM samples', () => {
  const folder = 'standards/nem/';
  const names = hasShared
    ? readdirSync(sharedDir + folder).filter((name) => /NEM12.*csv$|Western/.test(name))
    : [];

  it.each(names)('%s: total equals the sum of its 300 records', async (name) => {
    const bytes = sharedFile(folder + name);
    const got = await gather(readNem12(pieces(bytes)));
    expect(got.error).toBeUndefined();
    expect(got.rejects.filter((r) => r.code !== 'NEM_END_MISSING')).toEqual([]);
    const naive = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .filter((line) => line.startsWith('300,'))
      .flatMap((line) =>
        line
          .slice(13)
          .split(/,[A-Z]/)[0]!
          .split(','),
      )
      .map(Number);
    expect(sum(got.series.flatMap((s) => s.rows.map((r) => r.value)))).toBeCloseTo(sum(naive), 6);
    expect(got.progress!.accepted + got.progress!.nulls).toBe(naive.length);
  });

  it.each([
    ['15min_200_30min_300', ['NEM_VALUE_COUNT', 'NEM_NO_READINGS'], 0],
    ['15min_200_30min_400', ['NEM_RANGE_INVALID', 'NEM_NO_READINGS'], 0],
    ['30min_200_15min_300', ['NEM_VALUE_COUNT', 'NEM_NO_READINGS'], 0],
    ['30min_200_15min_400', ['NEM_VALUE_COUNT', 'NEM_NO_READINGS'], 0],
    ['empty', ['NEM_NO_READINGS'], 0],
    ['incomplete_interval', ['NEM_VALUE_COUNT'], 144],
    ['missing_header', ['NEM_HEADER_MISSING'], 96],
    ['powercor', ['NEM_HEADER_MISSING', 'NEM_HEADER_MISSING'], 192],
    ['powercor_missing_fields', ['NEM_HEADER_MISSING', 'NEM_HEADER_MISSING'], 192],
  ])('invalid %s: %j and %i readings', async (name, codes, accepted) => {
    const got = await gather(readNem12(pieces(sharedFile(`${folder}invalid/Example_NEM12_${name}.csv`))));
    expect([got.rejects.map((r) => r.code), got.progress!.accepted]).toEqual([codes, accepted]);
  });

  it('reads the NEM13 samples', async () => {
    const got = await gather(readNem12(pieces(sharedFile(`${folder}Example_NEM13_forward_estimate.csv`))));
    expect(got.series.map((s) => s.rows.map((r) => r.value))).toEqual([
      [888, 999],
      [950, 10015],
    ]);
    expect(got.rejects).toEqual([]);
  });
});

const quality = fc.constantFrom<[number, number]>(
  [Quality.valid, 0],
  [Quality.estimated, Reason.linear],
  [Quality.estimated, Reason.likeDay + Reason.powerFail],
  [Quality.derived, 0],
  [Quality.raw, 0],
);
const interval = fc.record({
  value: fc.integer({ min: 0, max: 10 ** 9 }),
  quality,
  present: fc.integer({ min: 0, max: 9 }),
});

/** Every method with every final mark and any reason, as a file may put it. */
const words = fc
  .tuple(
    fc.constantFrom('A', 'S', 'F', 'E'),
    fc.constantFrom(...Object.keys(nem12Methods)),
    fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
    fc.constantFrom('', 'Checked', 'read again; by hand'),
  )
  .map(([flag, method, reason, text]) => {
    const qualityMethod = flag === 'A' ? flag : flag + method;
    return { ...qualityFromNem12(qualityMethod, reason)!, said: `${qualityMethod},${reason ?? ''},${text}` };
  });

describe('properties', () => {
  it('quality that came in the words of NEM12 goes out in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 24, maxLength: 72 }), async (rows) => {
        const length = rows.length;
        const plain = (said: string) => said.startsWith('A,,');
        const chunk: SeriesChunk = {
          ...{ kind: 'series', device: 'NMI1234567', quantity: 'E1', unit: 'kWh', intervalS: 3600, length },
          end: Float64Array.from(rows, (_, i) => 1704031200 + (i + 1) * 3600),
          value: new Float64Array(length).fill(1),
          quality: Uint8Array.from(rows, (row) => row.quality),
          flags: Uint32Array.from(rows, (row) => row.flags),
          stated: rows.map(({ said }) => said),
          line: new Uint32Array(length),
        };
        let text = '';
        for await (const line of writeNem12([chunk], { createdS: 1704067200, from: 'A', to: 'B' }))
          text += line;
        const back: unknown[] = [];
        for await (const item of readNem12(pieces(bytesOf(text)))) {
          for (let i = 0; item.kind === 'series' && i < item.length; i++)
            back.push([item.quality[i], item.flags[i], item.stated?.[i]]);
        }
        expect(back).toEqual(
          rows.map(({ quality, flags, said }) => [quality, flags, plain(said) ? undefined : said]),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('write → read gives the readings back, wherever the text is cut', async () => {
    const days = fc.array(fc.array(interval, { minLength: 24, maxLength: 24 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(
        days,
        fc.integer({ min: 0, max: 7 }),
        fc.array(fc.nat(5000), { maxLength: 5 }),
        async (plan, decimals, cuts) => {
          const flatPlan = plan
            .flat()
            .map((x, i) => ({ ...x, end: 1704031200 + (i + 1) * 3600 }))
            .filter((x) => x.present > 0);
          const n = flatPlan.length;
          const chunk: SeriesChunk = {
            kind: 'series',
            device: 'NMI1234567',
            quantity: '1-0:2.8.0',
            unit: 'kWh',
            intervalS: 3600,
            end: Float64Array.from(flatPlan, (x) => x.end),
            value: Float64Array.from(flatPlan, (x) => x.value / 10 ** decimals),
            quality: Uint8Array.from(flatPlan, (x) => x.quality[0]),
            flags: Uint32Array.from(flatPlan, (x) => x.quality[1]),
            line: new Uint32Array(n),
            length: n,
          };
          let text = '';
          for await (const line of writeNem12([chunk], { createdS: 1704067200, from: 'A', to: 'B' }))
            text += line;
          const got = await read(text, cuts);
          expect(got.rejects.filter((r) => r.code !== 'NEM_NO_READINGS')).toEqual([]);
          const back = got.series.flatMap((s) =>
            s.rows.map((r) => ({
              end: r.end,
              wh: s.unit === 'kWh' ? Number((r.value * 1000).toPrecision(15)) : r.value,
              q: r.quality,
              f: r.flags,
            })),
          );
          const expected = flatPlan.map((x) => {
            const nem = qualityToNem12(x.quality[0], x.quality[1]);
            const q = qualityFromNem12(nem.qualityMethod, nem.reasonCode)!;
            return {
              end: x.end,
              wh: Number(((x.value / 10 ** decimals) * 1000).toPrecision(15)),
              q: q.quality,
              f: q.flags,
            };
          });
          expect(back).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('any text gives readings, rejects or our errors', async () => {
    const cell = fc.constantFrom(
      '100',
      '200',
      '250',
      '300',
      '400',
      '500',
      '900',
      'NEM12',
      'E1',
      'kWh',
      '30',
      '20240101',
      'A',
      'V',
      'S14',
      '1',
      '',
      '-',
      '48',
      '\ufffd',
      '9e9',
    );
    const record = fc.array(cell, { maxLength: 60 }).map((cells) => cells.join(','));
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 12 }), fc.nat(50), async (records, cut) => {
        const text = `100,NEM12\n${records.join('\n')}`;
        const whole = await read(text);
        const cutUp = await read(text, cut + 1);
        expect(whole.error === undefined || whole.error instanceof OpenAmiError).toBe(true);
        expect({ ...cutUp }).toEqual({ ...whole });
      }),
      { numRuns: 150 },
    );
  });
});
