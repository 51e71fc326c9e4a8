import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvSplitter } from '../src/csv-split.ts';

function split(parts: string[], limit?: number) {
  const splitter = new CsvSplitter({ delimiter: ',', quote: '"' }, limit);
  const records: { line: number; cells: string[]; error?: string }[] = [];
  const take = () => {
    while (splitter.next())
      records.push({
        line: splitter.line,
        cells: splitter.cells,
        ...(splitter.error ? { error: splitter.error.code } : {}),
      });
  };
  for (const part of parts) {
    splitter.push(part);
    take();
  }
  splitter.end();
  take();
  return { records, lines: splitter.linesRead };
}

describe('CsvSplitter', () => {
  it('splits cells, quotes and line ends', () => {
    expect(split(['a,"b,""c""\r\nd",e\r\n\r\n1,,3']).records).toEqual([
      { line: 1, cells: ['a', 'b,"c"\r\nd', 'e'] },
      { line: 4, cells: ['1', '', '3'] },
    ]);
  });

  it.each([
    [
      '"a,b\n1,2\n3,4\n',
      [
        [1, 'CSV_QUOTE_BROKEN'],
        [2, '1|2'],
        [3, '3|4'],
      ],
    ],
    [
      '"a"b,c\n1,2\n',
      [
        [1, 'CSV_QUOTE_BROKEN'],
        [2, '1|2'],
      ],
    ],
    [
      'a,"b" ,c\n1,2\n',
      [
        [1, 'CSV_QUOTE_BROKEN'],
        [2, '1|2'],
      ],
    ],
    ['a"b,c\n', [[1, 'a"b|c']]],
    ['a,"', [[1, 'CSV_QUOTE_BROKEN']]],
  ])('costs one line at most: %j', (text, expected) => {
    for (const parts of [[text], [...text]])
      expect(split(parts).records.map((r) => [r.line, r.error ?? r.cells.join('|')])).toEqual(expected);
  });

  it('refuses a record beyond the limit and goes on', () => {
    const text = `a,b\n${'x'.repeat(50)}\n"${'y\n'.repeat(30)}"\n1,2\n`;
    const whole = split([text], 40);
    expect(whole.records.filter((r) => r.error).map((r) => [r.line, r.error])).toEqual([
      [2, 'CSV_RECORD_TOO_LONG'],
      [3, 'CSV_QUOTE_BROKEN'],
      [33, 'CSV_QUOTE_BROKEN'],
    ]);
    expect(whole.records.at(-1)!.cells).toEqual(['1', '2']);
    expect(split([...text], 40)).toEqual(whole);
  });

  it('agrees with another reader on what a writer quotes', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 6 });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, (rows) => {
        const text = rows
          .map((row) => row.map((c) => (/[",\n\r]/.test(c) ? `"${c.replaceAll('"', '""')}"` : c)).join(','))
          .join('\r\n');
        const other: string[][] = parse(text, { relax_column_count: true, record_delimiter: ['\r\n', '\n'] });
        expect(split([text]).records.map((r) => r.cells)).toEqual(other);
        expect(other).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same wherever any text is cut', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\r\n', '"a",'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(undefined, 12),
        (whole, size, limit) => {
          const parts = whole.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
          expect(split(parts, limit)).toEqual(split([whole], limit));
        },
      ),
      { numRuns: 500 },
    );
  });
});
