import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Balances,
  chargeEntries,
  creditOf,
  debtEntries,
  debtOf,
  type Entries,
  emergencyEntries,
  emergencyOf,
  leastPayment,
  paymentEntries,
  post,
  refundEntries,
  reversed,
  splitPayment,
  sumOf,
  unallocatedEntries,
} from '../../src/prepay/ledger.ts';

const amount = fc.bigInt(1n, 10n ** 12n);
const percent = fc.integer({ min: 0, max: 90 });

type Step =
  | { readonly do: 'pay' | 'lend' | 'debt' | 'found' | 'refund'; readonly amount: bigint }
  | { readonly do: 'charge'; readonly amount: bigint; readonly tax: bigint };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('pay', 'lend', 'debt', 'found', 'refund'), amount }),
    fc.record({
      do: fc.constant('charge'),
      amount: fc.bigInt(-(10n ** 9n), 10n ** 9n),
      tax: fc.bigInt(0n, 9n),
    }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 40 },
);

function entriesOf(step: Step, balances: Balances, share: number): Entries | undefined {
  switch (step.do) {
    case 'pay':
      return paymentEntries(step.amount, splitPayment(step.amount, balances, share));
    case 'found':
      return paymentEntries(step.amount, splitPayment(step.amount, balances, share), 'unallocated');
    case 'lend':
      return emergencyEntries(step.amount);
    case 'debt':
      return debtEntries(step.amount);
    case 'charge':
      return chargeEntries(step.amount, step.tax);
    case 'refund':
      return creditOf(balances) - emergencyOf(balances) >= step.amount
        ? refundEntries(step.amount, balances)
        : undefined;
  }
}

describe('the prepay ledger', () => {
  it('adds up to zero whatever is posted, and undone it is as it was', () => {
    fc.assert(
      fc.property(steps, percent, (all, share) => {
        let balances: Balances = {};
        const posted: Entries[] = [];
        for (const step of all) {
          const entries = entriesOf(step, balances, share);
          if (entries === undefined) continue;
          balances = post(balances, entries);
          posted.push(entries);
          expect(sumOf(balances)).toBe(0n);
          expect(Object.values(entries)).not.toContain(0n);
        }
        for (const entries of posted) balances = post(balances, reversed(entries));
        expect(Object.values(balances).filter((left) => left !== 0n)).toEqual([]);
      }),
    );
  });

  it('cuts a payment into parts that add up, and takes no more of debt and loan than there is', () => {
    fc.assert(
      fc.property(amount, amount, amount, percent, (paid, debt, lent, share) => {
        const balances = post(post({}, debtEntries(debt)), emergencyEntries(lent));
        const split = splitPayment(paid, balances, share);
        expect(split.debt + split.emergency + split.credit).toBe(paid);
        expect(split.debt * 100n).toBeLessThanOrEqual(paid * BigInt(share));
        const after = post(balances, paymentEntries(paid, split));
        expect(debtOf(after)).toBe(debt - split.debt);
        expect(emergencyOf(after)).toBeGreaterThanOrEqual(0n);
        expect(creditOf(after)).toBe(lent + split.credit);
        if (split.credit > 0n) expect(emergencyOf(after)).toBe(0n);
      }),
    );
  });

  it('is paid least where one cent less would not do', () => {
    fc.assert(
      fc.property(steps, percent, amount, (all, share, wanted) => {
        let balances: Balances = {};
        for (const step of all) balances = post(balances, entriesOf(step, balances, share) ?? {});
        const paid = leastPayment(wanted, balances, share);
        const after = (one: bigint) =>
          one <= 0n ? balances : post(balances, paymentEntries(one, splitPayment(one, balances, share)));
        expect(creditOf(after(paid))).toBeGreaterThanOrEqual(wanted);
        if (paid > 0n) expect(creditOf(after(paid - 1n))).toBeLessThan(wanted);
      }),
    );
  });

  it('says what 10.00 comes to for somebody who owes 20.00 and was lent 5.00', () => {
    const balances = post(post({}, debtEntries(2_000n)), emergencyEntries(500n));
    expect(splitPayment(1_000n, balances, 20)).toEqual({ debt: 200n, emergency: 500n, credit: 300n });
  });

  it('refuses what does not add up, payments of nothing, and refunds of more than there is', () => {
    expect(() => post({}, { cash: 1n })).toThrow('off by 1');
    expect(() => splitPayment(0n, {}, 0)).toThrow();
    const balances = post({}, paymentEntries(100n, splitPayment(100n, {}, 0)));
    expect(() => refundEntries(101n, balances)).toThrow();
    expect(post(balances, refundEntries(100n, balances))).toEqual({ cash: 0n, customer_credit: 0n });
    // what was lent is not theirs to be paid out
    expect(() => refundEntries(1n, post({}, emergencyEntries(500n)))).toThrow();
    expect(chargeEntries(0n, 0n)).toBeUndefined();
    expect(sumOf(unallocatedEntries(7n))).toBe(0n);
  });
});
