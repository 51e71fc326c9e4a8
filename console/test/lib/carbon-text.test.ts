import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carbonFactors, carbonText } from '../../src/lib/carbon-text.ts';

describe('carbon factors as text', () => {
  it('are read as they are written', () => {
    const factor = fc.record({
      commodity: fc.constantFrom('electricity' as const, 'gas' as const, 'water' as const, 'heat' as const),
      from: fc.constantFrom('2025-01-01', '2026-07-01'),
      year: fc.integer({ min: 1990, max: 2200 }),
      gramsPerUnit: fc.constantFrom('363', '0.5', '182.254'),
      source: fc.constantFrom('UBA 2025', 'A; B', 'x'),
    });
    fc.assert(
      fc.property(fc.array(factor, { maxLength: 6 }), (factors) => {
        expect(carbonFactors(carbonText(factors))).toEqual({ factors });
      }),
    );
  });

  it.each([
    ['coal; 2026-01-01; 2025; 1; s', /^Line 1: one of electricity/],
    ['\ngas; yesterday; 2025; 1; s', /^Line 2: a date/],
    ['gas; 2026-01-01; 25; 1; s', /year/],
    ['gas; 2026-01-01; 2025; much; s', /grams/],
    ['gas; 2026-01-01; 2025; 1', /source/],
  ])('says what is wrong with %j', (text, words) => {
    expect(carbonFactors(text).fault).toMatch(words);
  });
});
