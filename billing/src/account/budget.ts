/**
 * Budget billing: an even amount a bill, and at the end of the plan the difference to what was really used.
 *
 *   bill        1      2      3     …    12
 *   real      120     95     60         140          1,150 in all
 *   budget    100    100    100         100   pays the amount …
 *   entry     -20     +5    +40         what all entries before add up to, the other way round
 *   due       100    100    100   …  140 - Σ          1,150 in all
 *
 * The real bill stays as it is; the entry below its total makes it come to the amount. With the last bill, or
 * the first after a plan was ended, entries add up to nothing, so what was paid is what the bills came to.
 */
import { type Fraction, minus, plus, ZERO } from '../exact.ts';

export interface BudgetBill {
  /** What the bill comes to. */
  readonly total: Fraction;
  /** The one before it that it takes the place of, and that one's total was settled by entries already. */
  readonly replacedTotal?: Fraction;
  /** The last of the plan, or the first after it was ended. */
  readonly isLast: boolean;
}

export interface BudgetEntry {
  readonly kind: 'budget' | 'true-up';
  readonly amount: Fraction;
}

/**
 * The entry of a bill: what it takes for the customer to owe the budget amount. `before` is the sum of the
 * entries of the plan so far. A bill in another's place defers the difference, since the reversal and the new
 * bill stand on the account in full; with the last bill nothing is deferred any more.
 */
export function budgetEntry(amount: Fraction, before: Fraction, bill: BudgetBill): BudgetEntry {
  if (bill.isLast) return { kind: 'true-up', amount: minus(ZERO, before) };
  const target = bill.replacedTotal ?? amount;
  return { kind: 'budget', amount: minus(target, bill.total) };
}

/** An amount that bills of a year would come to, a bill: their mean, to be rounded by who offers it. */
export function evenAmount(totals: readonly Fraction[]): Fraction | undefined {
  if (totals.length === 0) return undefined;
  const sum = totals.reduce(plus, ZERO);
  return { n: sum.n, d: sum.d * BigInt(totals.length) };
}
