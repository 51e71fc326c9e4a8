/** Interest of a deposit: simple, by days of a year of 365, from its taking to its refund. */
import { type Fraction, powerOfTen, roundQuotient } from '../exact.ts';

const DAYS_A_YEAR = 365n;

/**
 * Interest in whole numbers of 10^-digits of the currency, rounded once, half away from zero. 200 at 3 % for
 * 73 days, with 2 digits: 200 × 0.03 × 73 / 365 = 1.20, which is 120n.
 */
export function depositInterest(
  amount: Fraction,
  percentAYear: Fraction,
  days: number,
  digits: number,
): bigint {
  const n = amount.n * percentAYear.n * BigInt(Math.max(0, days)) * powerOfTen(digits);
  return roundQuotient(n, amount.d * percentAYear.d * 100n * DAYS_A_YEAR);
}
