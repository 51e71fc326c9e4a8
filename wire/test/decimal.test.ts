import { parseDecimal, rationalToNumber } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalNumber, decimalOf, decimalText, rationalOfDecimal } from '../src/decimal.ts';

describe('decimals', () => {
  test.each([
    ['000123.456', 123_456, -3],
    ['-00.5', -5, -1],
    ['+1', 1, 0],
    ['7', 7, 0],
    ['7.', 7, 0],
    ['.25', 25, -2],
    ['1,5', 15, -1],
    ['-0', 0, 0],
    ['00032549.5061662', 325_495_061_662, -7],
    ['9007199254740991', 9_007_199_254_740_991, 0],
    ['9007199254740993', 9_007_199_254_740_993n, 0],
    ['-90071992547409.93', -9_007_199_254_740_993n, -2],
  ])('%s', (text, raw, power) => {
    expect(decimalOf(text)).toEqual({ raw, power });
  });

  test.each(['', '-', '.', '1.2.3', '1e3', '0x10', ' 1', '1 ', '--1', '1-', 'NaN', '1'.repeat(81)])(
    'not one: %j',
    (text) => {
      expect(decimalOf(text)).toBeUndefined();
    },
  );

  test('text and number say the same, exactly', () => {
    const raw = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }));
    fc.assert(
      fc.property(raw, fc.integer({ min: -30, max: 30 }), (value, power) => {
        const decimal = { raw: value, power };
        const exact = parseDecimal(`${value}e${power}`);
        expect(parseDecimal(decimalText(decimal))).toEqual(exact);
        expect(decimalNumber(decimal) + 0).toBe(rationalToNumber(exact) + 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('text there and back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: -20, max: 0 }), (raw, power) => {
        const text = decimalText({ raw, power });
        expect(decimalText(decimalOf(text)!)).toBe(text);
      }),
    );
  });

  test('a fraction is the same number, exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.integer({ min: -30, max: 30 }),
        (raw, power) => {
          const { n, d } = rationalOfDecimal({ raw, power });
          const [up, down] = power < 0 ? [1n, 10n ** BigInt(-power)] : [10n ** BigInt(power), 1n];
          expect(n * down).toBe(raw * up * d);
          if (Number.isSafeInteger(Number(raw)))
            expect(rationalOfDecimal({ raw: Number(raw), power })).toEqual({ n, d });
        },
      ),
    );
    expect(rationalOfDecimal({ raw: 0.1, power: 0 })).toEqual({ n: 1n, d: 10n });
    expect(rationalOfDecimal({ raw: 1, power: 1e9 })).toEqual(rationalOfDecimal({ raw: 1, power: 400 }));
  });

  test('powers beyond reason make no long text', () => {
    expect(decimalText({ raw: 5, power: 127 })).toBe('5e127');
    expect(decimalText({ raw: -5, power: -128 })).toBe('-5e-128');
    expect(decimalNumber({ raw: 5, power: 127 })).toBe(5e127);
  });
});
