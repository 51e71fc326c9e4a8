import { convertExact, roundRational, units } from '@openami/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cosemUnit, decodeScalerUnit, encodeScalerUnit, rawConverter } from '../../src/dlms/cosem/units.ts';
import { decodeData, encodeData } from '../../src/dlms/data.ts';
import { hex, toHex } from './vectors.ts';

test('scaler and unit as registers send them', () => {
  expect(decodeScalerUnit(decodeData(hex('02020fff161e')))).toEqual({ scaler: -1, unit: 30 });
  expect(toHex(encodeData(encodeScalerUnit({ scaler: -1, unit: 30 })))).toBe('02020fff161e');
  for (const other of ['02010fff', '0202161e0fff', '020300161e00', '00', '02030fff161e00']) {
    expect(decodeScalerUnit(decodeData(hex(other)))).toBeUndefined();
  }
});

test('units by code', () => {
  expect(cosemUnit(30)).toEqual({ code: 30, symbol: 'Wh', unit: 'Wh' });
  expect(cosemUnit(255)?.unit).toBe('1');
  expect(cosemUnit(58)).toBeUndefined();
  const known = Array.from({ length: 256 }, (_, code) => cosemUnit(code)?.unit).filter(
    (unit) => unit != null,
  );
  expect(known.filter((symbol) => !units.some((unit) => unit.symbol === symbol))).toEqual([]);
});

test.each([
  // raw, scaler, unit, resolution, counts
  [7691, -2, 30, 10, 7691],
  [7691, -2, 30, 1000, 77],
  [-5, 3, 30, 1000, -5000],
  [25, -1, 30, 1000, 3],
  [-25, -1, 30, 1000, -3],
  [2310, -1, 35, 100, 2310],
  [12345, -3, 13, 1_000, 12345],
  [5, 0, 19, 1_000, 5],
  [2, 0, 25, 1, 1],
  [20_000, -2, 52, 10, -7315],
  [215, -1, 9, 100, 215],
])('%d × 10^%d of unit %d in counts of %d', (raw, scaler, unit, resolution, counts) => {
  expect(rawConverter({ scaler, unit }, resolution)!.toCounts(raw)).toBe(counts);
});

test('what the model has no unit for, and what is not exact', () => {
  expect(rawConverter({ scaler: 0, unit: 10 }, 1)).toBeUndefined();
  expect(rawConverter({ scaler: 0, unit: 58 }, 1)).toBeUndefined();
  const { toCounts } = rawConverter({ scaler: 3, unit: 30 }, 1)!;
  expect(toCounts(2 ** 53)).toBeNaN();
  expect(toCounts(2 ** 50)).toBeNaN();
  expect(toCounts(Number.NaN)).toBeNaN();
  expect(() => rawConverter({ scaler: 0, unit: 30 }, 0.5)).toThrow(
    expect.objectContaining({ code: 'RESOLUTION_INVALID' }),
  );
});

test('any raw value converts as the exact arithmetic says', () => {
  const codes = fc.constantFrom(9, 13, 19, 23, 24, 25, 27, 30, 32, 33, 35, 44, 52);
  const raws = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
  const scalers = fc.integer({ min: -6, max: 3 });
  fc.assert(
    fc.property(raws, scalers, codes, fc.constantFrom(1, 10, 100, 1000), (raw, scaler, unit, resolution) => {
      const { unit: model, toCounts } = rawConverter({ scaler, unit }, resolution)!;
      const base = convertExact(`${raw}e${scaler}`, model, model.base);
      const exact = roundRational({ n: base.n * 1000n, d: base.d * BigInt(resolution) });
      const safe = exact <= 2n ** 53n - 1n && exact >= -(2n ** 53n - 1n);
      expect(toCounts(raw)).toBe(safe ? Number(exact) : Number.NaN);
    }),
    { numRuns: 1_000 },
  );
});
