import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateWhole, currencyOf, Money, sumMoney } from '../src/index.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const eur = (amount: string | number) => new Money(amount, 'EUR');

/** Decimal text with up to 8 decimals. */
const decimal = fc
  .tuple(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), fc.integer({ min: 0, max: 8 }))
  .map(([digits, decimals]) => `${digits}e-${decimals}`);
const money = decimal.map(eur);
const cents = fc.integer({ min: -(10 ** 10), max: 10 ** 10 }).map((n) => eur(`${n}e-2`));
const weights = fc.array(
  fc.oneof(
    fc.constantFrom('0', '1', '0.1', '0.333', '1e-6', '12345.678'),
    fc.integer({ min: 0, max: 1_000 }).map(String),
  ),
  { minLength: 1, maxLength: 12 },
);

describe('currencies', () => {
  it('are known by code and number', () => {
    expect(currencyOf('eur')).toEqual({ code: 'EUR', numeric: 978, digits: 2 });
    expect(currencyOf(36).code).toBe('AUD');
    expect(currencyOf('036').code).toBe('AUD');
    expect(currencyOf('JPY').digits).toBe(0);
    for (const bad of ['', 'XXX', 1, '__proto__']) {
      expect(() => currencyOf(bad)).toThrowError(code('CURRENCY_UNKNOWN'));
    }
  });
});

describe('Money', () => {
  it('adds, scales and prints without binary noise', () => {
    expect(eur(0.1).plus(eur(0.2)).toString()).toBe('0.30 EUR');
    expect(eur('0.28743').times('312.655').toString()).toBe('89.86642665 EUR');
    expect(JSON.stringify(eur('12.5'))).toBe('{"amount":"12.5","currency":"EUR"}');
    expect(new Money(1_000, 'JPY').toString()).toBe('1000 JPY');
    expect(eur('-0').toString()).toBe('0.00 EUR');
    expect(eur('-0.004').round().toString()).toBe('0.00 EUR');
  });

  it.each([
    ['1.005', 'half-up', '1.01 EUR'],
    ['1.005', 'half-even', '1.00 EUR'],
    ['1.015', 'half-even', '1.02 EUR'],
    ['-1.005', 'half-up', '-1.01 EUR'],
    ['-1.005', 'half-even', '-1.00 EUR'],
    ['1.00499999', 'half-up', '1.00 EUR'],
  ] as const)('rounds %s %s to %s', (amount, rounding, text) => {
    expect(eur(amount).round(rounding).toString()).toBe(text);
  });

  it('rounds to the minor unit of its currency', () => {
    expect(new Money('1234.5', 'JPY').round().toString()).toBe('1235 JPY');
    expect(new Money('1.23456', 'KWD').round().toString()).toBe('1.235 KWD');
    expect(eur('1.23456').round('half-up', 4).toString()).toBe('1.2346 EUR');
  });

  it('adds in any order and grouping, and takes away what it added', () => {
    fc.assert(
      fc.property(money, money, money, decimal, (a, b, c, factor) => {
        expect(
          a
            .plus(b)
            .plus(c)
            .equals(c.plus(a.plus(b))),
        ).toBe(true);
        expect(a.plus(b).minus(b).equals(a)).toBe(true);
        expect(
          a
            .plus(b)
            .times(factor)
            .equals(a.times(factor).plus(b.times(factor))),
        ).toBe(true);
        expect(sumMoney([a, b, c], 'EUR').equals(a.plus(b).plus(c))).toBe(true);
      }),
    );
  });

  it('rounds by at most half a minor unit, and the same again', () => {
    fc.assert(
      fc.property(money, fc.constantFrom('half-up', 'half-even' as const), (amount, rounding) => {
        const rounded = amount.round(rounding);
        expect(rounded.minus(amount).amount.abs().lte('0.005')).toBe(true);
        expect(rounded.round(rounding).equals(rounded)).toBe(true);
        expect(amount.negated().round(rounding).equals(rounded.negated())).toBe(true);
      }),
    );
  });

  it('orders amounts', () => {
    expect(eur(1).compare(eur(2))).toBe(-1);
    expect(eur('1.0').compare(eur(1))).toBe(0);
    expect(eur(0).isZero()).toBe(true);
    expect(sumMoney([], 'EUR').isZero()).toBe(true);
    expect(eur(1).equals(new Money(1, 'USD'))).toBe(false);
  });

  it('refuses other currencies, what is no amount, and what would not be exact', () => {
    const usd = new Money(1, 'USD');
    for (const mix of [() => eur(1).plus(usd), () => eur(1).minus(usd), () => eur(1).compare(usd)]) {
      expect(mix).toThrowError(code('CURRENCY_MISMATCH'));
    }
    for (const bad of ['', 'x', Number.NaN, Number.POSITIVE_INFINITY, '1e500']) {
      expect(() => eur(bad), String(bad)).toThrowError(code('MONEY_INVALID'));
    }
    const long = eur(`0.${'7'.repeat(60)}`);
    expect(() => long.times(`0.${'3'.repeat(60)}`)).toThrowError(code('MONEY_INVALID'));
    expect(() => eur('1e90').plus(eur('1e-90'))).toThrowError(code('MONEY_INVALID'));
  });
});

describe('allocate', () => {
  it.each([
    ['100', ['1', '1', '1'], ['33.34', '33.33', '33.33']],
    ['0.05', ['1', '1'], ['0.03', '0.02']],
    ['-0.05', ['1', '1'], ['-0.03', '-0.02']],
    ['10', ['0', '0'], ['5.00', '5.00']],
    ['10', ['0', '3'], ['0.00', '10.00']],
    ['1', ['0.333', '0.333', '0.334'], ['0.33', '0.33', '0.34']],
  ])('cuts %s by %j into %j', (amount, parts, expected) => {
    expect(eur(amount).allocate(parts).map(String)).toEqual(expected.map((part) => `${part} EUR`));
  });

  it('adds up exactly, each part within one minor unit of its share', () => {
    fc.assert(
      fc.property(cents, weights, (amount, by) => {
        const parts = amount.allocate(by);
        expect(sumMoney(parts, 'EUR').equals(amount)).toBe(true);
        const total = by.reduce((sum, weight) => sum + Number(weight), 0);
        for (const [i, part] of parts.entries()) {
          const share = total === 0 ? 1 / by.length : Number(by[i]) / total;
          const off = Math.abs(Number(part.amount) - Number(amount.amount) * share);
          expect(off).toBeLessThan(0.01 + 1e-6);
          expect(part.equals(part.round())).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives no more to a smaller weight', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), weights, (total, by) => {
        const parts = allocateWhole(total, by);
        for (const [i, weight] of by.entries()) {
          for (const [j, other] of by.entries()) {
            if (Number(weight) > Number(other)) expect(parts[i]! >= parts[j]!).toBe(true);
          }
        }
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses an unrounded amount and weights that are none', () => {
    expect(() => eur('1.005').allocate([1, 1])).toThrowError(code('MONEY_INVALID'));
    expect(() => eur('1').allocate([])).toThrowError(code('MONEY_INVALID'));
    expect(() => eur('1').allocate([1, -1])).toThrowError(code('MONEY_INVALID'));
    expect(() => allocateWhole(1n, ['x'])).toThrowError(code('NUMBER_MALFORMED'));
  });
});
