import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAmiError, Quality, qualityFromEspi, qualityToEspi, quantityKey, Reason } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { espiLocalTime } from '../src/espi-dst.ts';
import { readGreenButton } from '../src/green-button.ts';
import { writeGreenButton } from '../src/green-button-write.ts';
import type { SeriesChunk } from '../src/series.ts';
import { bytesOf, gather, hasShared, iso, pieces, sharedDir, sharedFile, sum } from './helpers.ts';

const read = (text: string, cuts: number | number[] = 65_536) =>
  gather(readGreenButton(pieces(bytesOf(text), cuts)));
const base = '/espi/1_1/resource';
const entry = (self: string, up: string, related: string[], content: string) =>
  `<entry><id>urn:x</id><link rel="self" href="${base}${self}"/><link rel="up" href="https://host.example${base}${up}"/>${related
    .map((href) => `<link rel="related" href="${base}${href}"/>`)
    .join('')}<title>T</title><content>${content}</content></entry>`;
const point = entry(
  '/U/UsagePoint/p1',
  '/U/UsagePoint',
  ['/U/UsagePoint/p1/MeterReading', '/LTP/1'],
  '<e:UsagePoint xmlns:e="x"><e:ServiceCategory><e:kind>0</e:kind></e:ServiceCategory></e:UsagePoint>',
);
const local = entry(
  '/LTP/1',
  '/LTP',
  [],
  '<LocalTimeParameters><dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset><dstStartRule>360E2000</dstStartRule><tzOffset>-18000</tzOffset></LocalTimeParameters>',
);
const meterReading = entry(
  '/U/UsagePoint/p1/MeterReading/1',
  '/U/UsagePoint/p1/MeterReading',
  ['/U/UsagePoint/p1/MeterReading/1/IntervalBlock', '/RT/1'],
  '<MeterReading/>',
);
const type = (fields = '<uom>72</uom>') =>
  entry(
    '/RT/1',
    '/RT',
    [],
    `<ReadingType><accumulationBehaviour>4</accumulationBehaviour><commodity>1</commodity><dataQualifier>12</dataQualifier><flowDirection>19</flowDirection><intervalLength>900</intervalLength><kind>12</kind><phase>769</phase>${fields}</ReadingType>`,
  );
const reading = (start: unknown, value: unknown, more = '') =>
  `<IntervalReading>${more}<timePeriod><duration>900</duration><start>${start}</start></timePeriod><value>${value}</value></IntervalReading>`;
const block = (readings: string) =>
  entry(
    '/U/UsagePoint/p1/MeterReading/1/IntervalBlock/1',
    '/U/UsagePoint/p1/MeterReading/1/IntervalBlock',
    [],
    `<IntervalBlock>${readings}</IntervalBlock>`,
  );
const feed = (...entries: string[]) =>
  `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">${entries.join('\n')}</feed>`;

const manyQualities = '<ReadingQuality><quality>0</quality></ReadingQuality>'.repeat(1_000);

describe('Green Button', () => {
  it('follows the links and labels by interval end', async () => {
    const quality = '<cost>5</cost><ReadingQuality><quality>9</quality></ReadingQuality>';
    const got = await read(
      feed(
        point,
        local,
        meterReading,
        type(),
        block(reading(1700000100, 5) + reading(1700001000, 7, quality)),
      ),
    );
    expect(got.error).toBeUndefined();
    expect(got.series).toEqual([
      {
        device: 'p1',
        quantity: '0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0',
        readingType: '0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0',
        unit: 'Wh',
        intervalS: 900,
        zone: 'America/New_York',
        rows: [
          { end: 1700001000, value: 5, quality: Quality.raw, flags: 0, line: 1 },
          { end: 1700001900, value: 7, quality: Quality.estimated, flags: Reason.linear, line: 2 },
        ],
      },
    ]);
    expect(quantityKey(got.series[0]!.quantity)).toBe('1-0:2.8.0*255');
  });

  it('reads the same from any order of entries', async () => {
    const entries = [point, local, meterReading, type(), block(reading(1700000100, 5))];
    const rows = (await read(feed(...entries))).series[0]!.rows;
    for (const order of [
      entries.toReversed(),
      [entries[4]!, entries[0]!, entries[3]!, entries[2]!, entries[1]!],
    ]) {
      const got = await read(feed(...order));
      expect([got.series[0]!.device, got.series[0]!.rows, got.rejects]).toEqual(['p1', rows, []]);
    }
  });

  it('takes the only meter reading and type where links lead nowhere', async () => {
    const lost = block(reading(1700000100, 5)).replaceAll('/MeterReading/1/IntervalBlock', '/elsewhere');
    expect((await read(feed(point, lost, meterReading, type()))).series[0]!.rows.length).toBe(1);
    const got = await read(feed(point, lost, type()));
    expect(got.rejects.map((r) => r.code)).toEqual(['ESPI_LINK_BROKEN']);
  });

  it.each([
    ['<uom>72</uom><powerOfTenMultiplier>3</powerOfTenMultiplier>', 'kWh', 5],
    ['<uom>72</uom><powerOfTenMultiplier>-3</powerOfTenMultiplier>', 'Wh', 0.005],
    ['<uom>42</uom><powerOfTenMultiplier>-3</powerOfTenMultiplier>', 'L', 5],
    ['<uom>169</uom>', 'therm', 5],
  ])('reads %s as %s', async (fields, unit, value) => {
    const series = (await read(feed(point, meterReading, type(fields), block(reading(1700000100, 5)))))
      .series[0]!;
    expect([series.unit, series.rows[0]!.value]).toEqual([unit, value]);
  });

  it('takes the commodity from the service of each usage point where they share a type without one', async () => {
    const shared = type('<uom>42</uom>').replace('<commodity>1</commodity>', '');
    const under = (text: string, name: string, kind: number) =>
      text.replaceAll('/p1', `/${name}`).replace('<e:kind>0<', `<e:kind>${kind}<`);
    const rows = block(reading(1700000100, 5));
    const entries = (['gas', 'water'] as const).flatMap((name, i) =>
      [point, meterReading, rows].map((text) => under(text, name, i + 1)),
    );
    const got = await read(feed(shared, ...entries));
    expect(got.series.map(({ device, quantity }) => [device, quantity.split('.')[5]])).toEqual([
      ['gas', '7'],
      ['water', '9'],
    ]);
  });

  it.each([
    [reading('soon', 5), 'ESPI_READING_INVALID'],
    [reading(1700000100, '5.5'), 'ESPI_READING_INVALID'],
    [reading(-99999999, 5), 'ESPI_READING_INVALID'],
    ['<IntervalReading><value>5</value></IntervalReading>', 'ESPI_READING_INVALID'],
    [reading(1700000100, 5, '<ReadingQuality><quality>99</quality></ReadingQuality>'), 'ROW_QUALITY_UNKNOWN'],
  ])('refuses %s alone', async (bad, code) => {
    const got = await read(feed(point, meterReading, type(), block(bad + reading(1700001000, 7))));
    expect(got.rejects.map((r) => [r.line, r.device, r.code])).toEqual([[1, 'p1', code]]);
    expect(got.series[0]!.rows.map((r) => r.value)).toEqual([7]);
  });

  it('refuses blocks of a type it cannot read, and counts readings without value', async () => {
    expect(
      (await read(feed(point, meterReading, type('<uom>9999</uom>'), block(reading(1700000100, 5)))))
        .rejects[0],
    ).toMatchObject({ code: 'ESPI_TYPE_INVALID' });
    expect(
      (await read(feed(point, meterReading, type(), block(reading(1700000100, ''))))).progress,
    ).toMatchObject({ nulls: 1, accepted: 0 });
  });

  it('reads registers as such', async () => {
    const register = type()
      .replace('<accumulationBehaviour>4', '<accumulationBehaviour>1')
      .replace('<intervalLength>900</intervalLength>', '');
    const bare =
      '<IntervalReading><timePeriod><duration>0</duration><start>1700000100</start></timePeriod><value>5</value></IntervalReading>';
    const series = (await read(feed(point, meterReading, register, block(bare)))).series[0]!;
    expect([series.intervalS, series.rows[0]!.end]).toEqual([0, 1700000100]);
  });

  it.each([
    ['', 'FILE_EMPTY'],
    ['<feed></feed>', 'ESPI_NOT_FOUND'],
    ['<feed><entry>', 'XML_MALFORMED'],
    ['meter,time,value', 'XML_MALFORMED'],
    ['<!DOCTYPE a [<!ENTITY b "cccccccc"><!ENTITY d "&b;&b;">]><feed>&d;</feed>', 'XML_FORBIDDEN'],
    ['<feed>&bomb;</feed>', 'XML_MALFORMED'],
    ['<a>'.repeat(100), 'XML_LIMIT'],
    [`<feed>${'x'.repeat(3_000_000)}</feed>`, 'XML_LIMIT'],
    [feed(block(`<IntervalReading>${manyQualities}</IntervalReading>`)), 'XML_LIMIT'],
  ])('ends with a typed error: %.40s', async (text, code) => {
    expect((await read(text)).error).toMatchObject({ code });
  });

  it('yields what was read before a cut', async () => {
    const whole = feed(point, meterReading, type(), block(reading(1700000100, 5)));
    const got = await read(whole.slice(0, -7));
    expect(got.error).toMatchObject({ code: 'XML_MALFORMED' });
    expect(got.series[0]!.rows.length).toBe(1);
  });
});

describe.skipIf(!hasShared)('ESPI samples', () => {
  it.each([
    ['', 1340],
    ['_01', 96],
    ['_1', 480],
    ['_10', 96],
    ['_11', 92],
    ['_2', 860],
  ])('test_usage_data%s.xml: %i readings', async (name, count) => {
    const bytes = sharedFile(`standards/espi/test_usage_data${name}.xml`);
    const got = await gather(readGreenButton(pieces(bytes, 997)));
    // Independent: every value that follows a timePeriod.
    const values = [...new TextDecoder().decode(bytes).matchAll(/<\/timePeriod>\s*<value>(\d+)/g)].map((m) =>
      Number(m[1]),
    );
    expect(got.error).toBeUndefined();
    expect(got.rejects).toEqual([]);
    expect(got.series.map((s) => [s.device, s.unit, s.intervalS, s.zone])).toEqual([
      ['5446AF3F', 'Wh', 900, 'America/New_York'],
    ]);
    expect(got.series[0]!.rows.length).toBe(count);
    expect(sum(got.series[0]!.rows.map((r) => r.value))).toBe(sum(values));
    expect(got.totals.map((t) => [t.name, t.device])).toContainEqual([
      'overallConsumptionLastPeriod',
      '5446AF3F',
    ]);
  });

  it('starts of test_usage_data_11 are those of the file', async () => {
    const got = await gather(readGreenButton(pieces(sharedFile('standards/espi/test_usage_data_11.xml'))));
    expect(iso(got.series[0]!.rows[0]!.end)).toBe('2012-03-11T05:15:00Z');
  });

  it.each([
    'ApplicationInformation-Entry',
    'Authorization-Entry',
    'Multiple-Authorization-Feed',
    'Customer-Subscription-Feed',
  ])('%s has no usage', async (name) => {
    const got = await gather(readGreenButton(pieces(sharedFile(`standards/espi/${name}-Anonymized.xml`))));
    expect(got.error).toMatchObject({ code: 'ESPI_NOT_FOUND' });
  });

  it('a usage feed without blocks has no readings', async () => {
    const got = await gather(
      readGreenButton(pieces(sharedFile('standards/espi/Usage-Subscription-Feed-Anonymized.xml'))),
    );
    expect([got.error, got.progress!.accepted]).toEqual([undefined, 0]);
  });
});

const chunkOf = (
  rows: { end: number; value: number; quality: number; flags: number }[],
  head: Partial<SeriesChunk> = {},
): SeriesChunk => ({
  kind: 'series',
  device: 'meter 1/<a>&"',
  quantity: '1-0:1.8.0*255',
  unit: 'kWh',
  intervalS: 900,
  ...head,
  end: Float64Array.from(rows, (r) => r.end),
  value: Float64Array.from(rows, (r) => r.value),
  quality: Uint8Array.from(rows, (r) => r.quality),
  flags: Uint32Array.from(rows, (r) => r.flags),
  line: new Uint32Array(rows.length),
  length: rows.length,
});
const points = [
  {
    device: 'meter 1/<a>&"',
    title: 'Home & <Heat>',
    commodity: 'electricity',
    zone: 'Europe/Berlin',
  } as const,
];
async function written(chunks: SeriesChunk[]): Promise<string> {
  let text = '';
  for await (const part of writeGreenButton(points, chunks, { updatedS: 1704067200 })) text += part;
  return text;
}

const xmllint = ((): boolean => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: xmllint is not on the PATH');
    return false;
  }
})();

describe('writing', () => {
  it('write → read gives counts, ends and quality back', async () => {
    const quality = fc.constantFrom<[number, number]>(
      [Quality.raw, 0],
      [Quality.valid, 0],
      [Quality.estimated, Reason.linear],
      [Quality.edited, 0],
      [Quality.questionable, 0],
    );
    const row = fc.record({
      counts: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
      quality,
      gap: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(20_000), { maxLength: 4 }),
        fc.boolean(),
        async (plan, cuts, coarse) => {
          let end = 1711846800;
          const rows = plan.map((r) => {
            end += r.gap * 900;
            return {
              end,
              value: coarse ? r.counts / 1000 : r.counts / 1e6,
              quality: r.quality[0],
              flags: r.quality[1],
            };
          });
          const got = await read(await written([chunkOf(rows)]), cuts);
          expect(got.rejects).toEqual([]);
          const back = got.series[0]!;
          expect([back.device, quantityKey(back.quantity), back.intervalS]).toEqual([
            'meter 1/<a>&"',
            '1-0:1.8.0*255',
            900,
          ]);
          expect(back.rows.map((r) => r.end)).toEqual(rows.map((r) => r.end));
          // In thousandths of a Wh, as they are stored.
          expect(back.rows.map((r) => Math.round(r.value * 1000))).toEqual(
            rows.map((r) => Math.round(r.value * 1e6)),
          );
          expect(back.rows.map((r) => r.quality)).toEqual(
            rows.map((r) => qualityFromEspi(qualityToEspi(r.quality, r.flags)!)!.quality),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it.skipIf(!hasShared || !xmllint)('is valid against espi.xsd', async () => {
    const day = (n: number) =>
      Array.from({ length: n }, (_, i) => ({
        end: 1711753200 + i * 900,
        value: i / 1000,
        quality: 1 + (i % 9),
        flags: 0,
      }));
    const text = await written([
      chunkOf(day(300)),
      chunkOf([{ end: 1711753200, value: 0.1234567, quality: 2, flags: 0 }], { quantity: '2.8.0' }),
      chunkOf([{ end: 1711753200, value: 12, quality: 2, flags: 0 }], {
        intervalS: 0,
        quantity: 'total',
        unit: 'm3',
      }),
    ]);
    const dir = mkdtempSync(join(tmpdir(), 'espi-'));
    try {
      writeFileSync(join(dir, 'feed.xml'), text);
      // xmllint takes one schema: a wrapper imports both.
      const espi = `${sharedDir}standards/espi/`;
      writeFileSync(
        join(dir, 'all.xsd'),
        `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="http://www.w3.org/2005/Atom" schemaLocation="${espi}atom.xsd"/><xs:import namespace="http://naesb.org/espi" schemaLocation="${espi}espi.xsd"/></xs:schema>`,
      );
      const out = execFileSync(
        'xmllint',
        ['--nonet', '--noout', '--schema', join(dir, 'all.xsd'), join(dir, 'feed.xml')],
        { stdio: 'pipe' },
      );
      expect(out.toString()).toBe('');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('refuses what it cannot say', async () => {
    await expect(
      written([chunkOf([{ end: 900, value: 1, quality: 1, flags: 0 }], { device: 'other' })]),
    ).rejects.toMatchObject({ code: 'FILE_VALUE_UNWRITABLE' });
    await expect(
      written([chunkOf([{ end: 900, value: 1, quality: 1, flags: 0 }], { unit: 'furlong' })]),
    ).rejects.toMatchObject({ code: 'FILE_VALUE_UNWRITABLE' });
  });

  it('writes the rules of daylight saving', () => {
    expect(espiLocalTime('America/New_York', 1704067200)).toEqual({
      tzOffset: -18000,
      dstOffset: 3600,
      dstStartRule: '360E2000',
      dstEndRule: 'B40E2000',
    });
    expect(espiLocalTime('Europe/Berlin', 1704067200)).toMatchObject({
      tzOffset: 3600,
      dstStartRule: '3E0E2000',
      dstEndRule: 'AE0E3000',
    });
    expect(espiLocalTime('Asia/Kolkata', 1704067200)).toEqual({
      tzOffset: 19800,
      dstOffset: 0,
      dstStartRule: 'FFFFFFFF',
      dstEndRule: 'FFFFFFFF',
    });
  });
});

it('any bytes give readings, rejects or our errors, however they are cut', async () => {
  const whole = feed(
    point,
    local,
    meterReading,
    type(),
    block(reading(1700000100, 5) + reading(1700001000, 7)),
  );
  const mutation = fc.record({
    at: fc.nat(whole.length),
    cut: fc.nat(30),
    put: fc.string({ maxLength: 10, unit: 'binary' }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { maxLength: 3 }),
      fc.integer({ min: 1, max: 200 }),
      async (mutations, cut) => {
        let text = whole;
        for (const m of mutations) text = text.slice(0, m.at) + m.put + text.slice(m.at + m.cut);
        const got = await read(text);
        expect(got.error === undefined || got.error instanceof OpenAmiError).toBe(true);
        const cutUp = await read(text, cut);
        // Which of two defects is told first, and how, depends on the cut; that it is one of ours does not.
        const code = (error: unknown) => (error as OpenAmiError | undefined)?.code;
        expect([cutUp.series, cutUp.rejects, code(cutUp.error)]).toEqual([
          got.series,
          got.rejects,
          code(got.error),
        ]);
        if (got.error === undefined) expect(cutUp.progress).toEqual(got.progress);
      },
    ),
    { numRuns: 150 },
  );
});
