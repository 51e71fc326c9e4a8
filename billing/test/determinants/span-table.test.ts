import { formatInstant } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSpans } from '../../src/determinants/span-table.ts';

const read = (rows: Parameters<typeof readSpans>[0], more = {}) =>
  readSpans(rows, { canBeNegative: true, ...more });

describe('values that are uploaded', () => {
  it('are read in any order, with or without an end, in shortest text', () => {
    const rows = [
      { from: '2026-03-29T02:00:00+01:00', to: '2026-03-29T02:00:00Z', value: '-0.0500' },
      { from: '2026-03-29T00:00:00Z', value: 12 },
    ];
    expect(read(rows, { intervalS: 3_600 })).toEqual({
      spans: [
        { fromS: 1_774_742_400, toS: 1_774_746_000, value: '12' },
        { fromS: 1_774_746_000, toS: 1_774_749_600, value: '-0.05' },
      ],
      faults: [],
    });
  });

  it('say what is wrong with each row', () => {
    const rows = [
      { from: 'x', value: 1 },
      { from: '2026-01-01T00:00:00Z', value: 1 },
      { from: '2026-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z', value: 1 },
      { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z', value: '1e3' },
      { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z', value: '-1' },
      { from: '2024-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z', value: '1' },
      { from: '2026-02-01T00:00:00Z', to: '2026-02-01T02:00:00Z', value: '1' },
      { from: '2026-02-01T01:00:00Z', to: '2026-02-01T02:00:00Z', value: '1' },
    ];
    const { faults } = read(rows, { canBeNegative: false });
    expect(faults.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6, 8]);
    expect(faults.at(-1)!.message).toContain('lies within that of row 7');
  });

  it('never throw, and what is taken is in order and apart', () => {
    const row = fc.record({
      from: fc.oneof(
        fc.string(),
        fc.integer({ min: 0, max: 40 }).map((h) => formatInstant(h * 1_800)),
      ),
      to: fc.option(
        fc.integer({ min: 0, max: 40 }).map((h) => formatInstant(h * 1_800)),
        { nil: undefined },
      ),
      value: fc.oneof(fc.string(), fc.double(), fc.integer({ min: -99, max: 99 })),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const { spans, faults } = read(rows, { intervalS: 1_800 });
        if (faults.length > 0) return;
        expect(spans).toHaveLength(rows.length);
        for (const [i, span] of spans.entries()) {
          expect(span.toS).toBeGreaterThan(span.fromS);
          expect(span.fromS).toBeGreaterThanOrEqual(spans[i - 1]?.toS ?? 0);
          expect(span.value).toMatch(/^-?\d+(\.\d*[1-9])?$/);
        }
      }),
    );
  });
});
