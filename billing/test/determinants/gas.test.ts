import { parseDecimal } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gasEnergy } from '../../src/determinants/gas.ts';
import { constantSeries, emptySeries, gridSeries } from '../../src/determinants/series.ts';
import { decimalOf } from '../../src/exact.ts';
import { readTariff } from '../../src/tariff/read.ts';
import type { Charge } from '../../src/tariff/schema.ts';
import { billOf, dataOf, instant, viewOf } from '../support.ts';

const british = constantSeries(parseDecimal('1.02264'));
/** Whole litres an hour from local midnight of 1 May 2026 on. */
const litres = (values: readonly number[]) => ({
  perUnit: 1_000_000,
  import: [
    { startS: instant('2026-05-01'), intervalS: 3_600, step: 1_000, counts: Float64Array.from(values) },
  ],
});
const tariff = (charges: Charge[]) => readTariff({ ...dataOf(charges), commodity: 'gas', unit: 'kWh' });

describe('energy of gas', () => {
  it('is that of the handbook: 100 m³ at 39.5 MJ/m³ are 1122.06 kWh', () => {
    const flow = { startS: 0, intervalS: 86_400, import: Float64Array.of(100_000_000) };
    const facts = { correction: british, calorific: constantSeries(parseDecimal('39.5')), series: 'zone' };
    const gas = gasEnergy([flow], facts);
    expect(decimalOf({ n: BigInt(flow.import[0]!), d: 1_000_000n }, 2)).toBe('1122.06');
    expect(gas).toEqual({ volume: 100_000_000, correction: '1.02264', calorific: '39.5' });
  });

  it('adds up over intervals to what the exact sum is, to half a thousandth', () => {
    const day = fc.record({
      values: fc.array(fc.oneof(fc.integer({ min: 0, max: 9_999_999 }), fc.constant(Number.NaN)), {
        minLength: 1,
        maxLength: 60,
      }),
      calorific: fc.array(fc.integer({ min: 30_000, max: 45_000 }), { minLength: 60, maxLength: 60 }),
      hours: fc.constantFrom(1, 2, 6),
    });
    fc.assert(
      fc.property(day, ({ values, calorific, hours }) => {
        const flow = { startS: 0, intervalS: 3_600, import: Float64Array.from(values) };
        const series = gridSeries(0, 3_600 * hours, calorific, 3);
        gasEnergy([flow], { correction: british, calorific: series, series: 'zone' });
        let exact = 0n;
        for (const [i, value] of values.entries())
          if (!Number.isNaN(value))
            exact += BigInt(value) * 102_264n * BigInt(calorific[Math.floor(i / hours)]!);
        const sum = flow.import.reduce((total, one) => total + (one || 0), 0);
        // thousandths of a watt-hour × 10^5 × 10^3 × 3.6
        const off = BigInt(sum) * 360_000_000n - exact;
        expect(off <= 180_000_000n && off >= -180_000_000n).toBe(true);
        expect(flow.import.map((one) => (Number.isNaN(one) ? 1 : 0))).toEqual(
          Float64Array.from(values, (one) => (Number.isNaN(one) ? 1 : 0)),
        );
      }),
    );
  });

  it('takes the mean of the days that a register reading is over, and bills nothing it does not know', () => {
    const may = { startS: instant('2026-05-01'), intervalS: 31 * 86_400, step: 1_000 };
    const usage = { perUnit: 1_000_000, import: [{ ...may, counts: Float64Array.of(200_000) }] };
    const days = Array.from({ length: 31 }, (_, i) => (i < 10 ? 390 : 400));
    const calorific = gridSeries(may.startS, 86_400, days, 1);
    const gas = { correction: british, calorific, series: 'zone' };
    const charges: Charge[] = [{ kind: 'energy', id: 'use', price: '0.07' }];
    const { lines } = viewOf(tariff(charges), usage, '2026-05-01', undefined, { gas });
    expect(lines[0]!.formula).toBe(
      '2254.206452 kWh (200 m3 × 1.02264 × 39.677419 MJ/m3 ÷ 3.6 in all) at 0.07 EUR',
    );
    const bill = (more: object) => () =>
      billOf(tariff(charges), usage, '2026-05-01', undefined, { gas: { ...gas, ...more } });
    const short = gridSeries(may.startS, 86_400, days.slice(0, 12), 1);
    expect(bill({ calorific: short })).toThrow("calorific value of 'zone' at 2026-05-12T22:00:00Z");
    expect(bill({ correction: emptySeries })).toThrow('factor of volume correction');
    const changed = gridSeries(may.startS, 20 * 86_400, [102, 103], 2);
    expect(bill({ correction: changed })).toThrow('changes within the interval');
  });

  it('goes into periods and tiers as any energy does', () => {
    const calorific = constantSeries(parseDecimal('36'));
    const gas = { correction: constantSeries(parseDecimal(1)), calorific, series: 'zone' };
    const charges: Charge[] = [{ kind: 'energy', id: 'use', price: [1, 2], tiers: [{ upTo: 100 }, {}] }];
    const view = viewOf(tariff(charges), litres(new Array(744).fill(100)), '2026-05-01', undefined, { gas });
    // 74.4 m³ at 36 MJ/m³ are 744 kWh
    expect(view.lines.map(({ quantity, amount }) => [quantity, amount])).toEqual([
      ['100', '100.00'],
      ['644', '1288.00'],
    ]);
  });
});
