import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetEntry, evenAmount } from '../../src/account/budget.ts';
import { depositInterest } from '../../src/account/deposit.ts';
import { type Fraction, plus } from '../../src/exact.ts';

const cents = (n: number): Fraction => ({ n: BigInt(n), d: 100n });
const toCents = ({ n, d }: Fraction): bigint => {
  expect((n * 100n) % d).toBe(0n);
  return (n * 100n) / d;
};

/** Bills of a plan, each with what it was made anew to, if it was; what is due of all papers. */
function planned(amount: number, bills: readonly { total: number; anew?: number }[]) {
  let before: Fraction = cents(0);
  let due = 0n;
  const dues: bigint[] = [];
  const add = (bill: Parameters<typeof budgetEntry>[2]) => {
    const entry = budgetEntry(cents(amount), before, bill);
    before = plus(before, entry.amount);
    return toCents(bill.total) + toCents(entry.amount);
  };
  for (const [i, { total, anew }] of bills.entries()) {
    const isLast = i === bills.length - 1;
    dues.push(add({ total: cents(total), isLast }));
    due += dues.at(-1)!;
    if (anew === undefined || isLast) continue;
    // the reversal takes the total back, the new bill stands in its place
    due += -BigInt(total) + add({ total: cents(anew), replacedTotal: cents(total), isLast: false });
  }
  return { due, dues, before: toCents(before) };
}

describe('budget billing', () => {
  it('asks for the amount, and settles with the last bill', () => {
    const { dues, due, before } = planned(10_000, [{ total: 12_000 }, { total: 9_500 }, { total: 6_000 }]);
    expect(dues).toEqual([10_000n, 10_000n, 7_500n]);
    expect([due, before]).toEqual([27_500n, 0n]);
  });

  it('adds up to the real bills, whatever they come to and however often they are made anew', () => {
    const bill = fc.record(
      { total: fc.integer({ min: -50_000, max: 200_000 }), anew: fc.integer({ min: 0, max: 200_000 }) },
      { requiredKeys: ['total'] },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(bill, { minLength: 2, maxLength: 24 }),
        (amount, bills) => {
          const { due, dues, before } = planned(amount, bills);
          const last = bills.length - 1;
          const real = bills.reduce(
            (sum, { total, anew }, i) => sum + (i < last ? (anew ?? total) : total),
            0,
          );
          expect([due, before]).toEqual([BigInt(real), 0n]);
          expect(dues.slice(0, -1).every((one) => one === BigInt(amount))).toBe(true);
        },
      ),
    );
  });

  it('offers the mean of a year', () => {
    expect(evenAmount([])).toBeUndefined();
    const { n, d } = evenAmount([cents(100), cents(300), cents(500)])!;
    expect(Number(n) / Number(d)).toBe(3);
  });
});

describe('interest of a deposit', () => {
  it('is simple, by days, rounded once', () => {
    expect(depositInterest(cents(20_000), { n: 3n, d: 1n }, 73, 2)).toBe(120n);
    expect(depositInterest(cents(20_000), { n: 3n, d: 1n }, 0, 2)).toBe(0n);
    expect(depositInterest(cents(10_000), { n: 5n, d: 2n }, 365, 2)).toBe(250n);
    expect(depositInterest(cents(100), { n: 1n, d: 2n }, 365, 2)).toBe(1n);
  });

  it('grows with days and amount, and two spans come within a cent to the whole', () => {
    const days = fc.nat(4_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), days, days, (amount, a, b) => {
        const of = (span: number) => depositInterest(cents(amount), { n: 7n, d: 2n }, span, 2);
        const apart = of(a) + of(b) - of(a + b);
        expect(apart >= -1n && apart <= 1n && of(a + b) >= of(a)).toBe(true);
      }),
    );
  });
});
