import { zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../src/csv.ts';
import type { CsvMapping } from '../src/csv-mapping.ts';
import { gunzip } from '../src/gunzip.ts';
import { timeReader } from '../src/time-text.ts';
import { WallClock } from '../src/wall-clock.ts';
import { bytesOf, gather, iso, pieces } from './helpers.ts';

function read(pattern: string, text: string): string | undefined {
  const reader = timeReader(pattern);
  if (!reader.read(text)) return undefined;
  return iso(reader.wallS - (Number.isNaN(reader.offsetS) ? 0 : reader.offsetS));
}

describe('timeReader', () => {
  it.each([
    ['iso', '2024-02-29', '2024-02-29T00:00:00Z'],
    ['iso', '2024-02-29 23:59', '2024-02-29T23:59:00Z'],
    ['iso', '2024-02-29T24:00:00', '2024-03-01T00:00:00Z'],
    ['iso', '2024-02-29T12:00:05.999Z', '2024-02-29T12:00:05Z'],
    ['iso', '2024-02-29T12:00:00+0530', '2024-02-29T06:30:00Z'],
    ['iso', '2024-02-29 12:00:00 -08', '2024-02-29T20:00:00Z'],
    ['dd.MM.yyyy HH:mm', '29.02.2024 00:15', '2024-02-29T00:15:00Z'],
    ['M/d/yyyy h:mm a', '2/9/2024 12:05 am', '2024-02-09T00:05:00Z'],
    ['M/d/yyyy h:mm a', '2/9/2024 12:05 PM', '2024-02-09T12:05:00Z'],
    ['dd-MMM-yy', '01-Sep-99', '1999-09-01T00:00:00Z'],
    ["yyyyMMdd'T'HHmmssXXX", '20240229T000000+10:00', '2024-02-28T14:00:00Z'],
    ['epoch-ms', '1709164800999', '2024-02-29T00:00:00Z'],
  ])('%s reads %s', (pattern, text, expected) => expect(read(pattern, text)).toBe(expected));

  it.each([
    ['iso', '2023-02-29'],
    ['iso', '2024-13-01'],
    ['iso', '2024-01-01T24:01'],
    ['iso', '2024-01-01T12:60'],
    ['iso', '2024-01-01T12:00:00+25:00'],
    ['iso', '2024-01-01T12:00:00 noon'],
    ['iso', '2024-1-1'],
    ['iso', ''],
    ['dd.MM.yyyy', '1.02.2024'],
    ['M/d/yyyy h:mm a', '2/9/2024 13:05 pm'],
    ['d MMM yyyy', '1 Foo 2024'],
    ['epoch-s', '1e9'],
  ])('%s refuses %j', (pattern, text) => expect(read(pattern, text)).toBeUndefined());
});

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Asia/Beirut',
  'America/Sao_Paulo',
  'Antarctica/Troll',
];

describe('local clocks', () => {
  it('a series written in local time without offsets comes back, over every change of the clock', async () => {
    const change = fc.constantFrom(...zones).chain((zone) => {
      const changes = [...zoneTable(zone).at].filter((at) => at > 946_684_800);
      return fc.record({ zone: fc.constant(zone), at: fc.constantFrom(...changes) });
    });
    const arb = fc.record({
      change,
      step: fc.constantFrom(300, 900, 1800),
      backwards: fc.boolean(),
      start: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(arb, async ({ change: { zone, at }, step, backwards, start }) => {
        const table = zoneTable(zone);
        const ends = Array.from(
          { length: 12 * (3600 / step) },
          (_, i) => at - start * 1800 - 10_800 + i * step,
        );
        if (backwards) ends.reverse();
        // The clock of a stamp is what it shows, without its offset.
        const text = ends.map((end) => `m,${table.format(end).slice(0, 19)},1\n`).join('');
        const mapping: CsvMapping = {
          version: 1,
          delimiter: ',',
          header: false,
          device: 0,
          intervalS: step,
          time: { column: 1, pattern: 'iso', zone },
          values: [{ column: 2, quantity: 'q', unit: 'kWh', kind: 'interval' }],
        };
        const got = await gather(readCsv(pieces(bytesOf(text)), { mapping }));
        expect(got.rejects).toEqual([]);
        expect(got.series[0]!.rows.map((r) => r.end)).toEqual(ends);
      }),
      { numRuns: 150 },
    );
  });

  it('answers as the zone table does', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 2_100_000_000 }),
        fc.boolean(),
        (zone, s, near) => {
          const table = zoneTable(zone);
          const wallS = near ? table.at[s % table.at.length]! + (s % 100_000) - 50_000 : s;
          const clock = new WallClock(zone);
          const n = clock.resolve(wallS);
          const expected = table.instantsOf(wallS);
          expect(n).toBe(expected.length);
          if (n > 0)
            expect([clock.first, n === 2 ? clock.second : clock.first]).toEqual([
              expected[0],
              expected.at(-1),
            ]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

it('gunzip passes on the error of its input', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(0x1f, 0x8b, 8);
    throw new RangeError('the disk is gone');
  }
  const read = async () => {
    for await (const chunk of gunzip(failing())) expect(chunk).toBeDefined();
  };
  await expect(read()).rejects.toThrow(RangeError);
});
