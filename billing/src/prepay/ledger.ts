/**
 * The double-entry ledger of prepay, as pure postings. An amount is a whole number of minor units of one
 * currency; a debit is positive, a credit negative, and every posting adds up to zero. What a customer has
 * is what stands to the credit of `customer_credit`, with its sign turned.
 */
import { billingErrors } from '../errors.ts';

export const ledgerAccounts = [
  /** Money taken in by vendors and the utility. */
  'cash',
  /** What customers have left: a debt of the utility, so its balance is a credit. */
  'customer_credit',
  'revenue',
  'tax',
  /** Credit lent to customers who ran out. */
  'emergency_credit',
  /** Old debt that is paid off with a share of each payment. */
  'debt_recovery',
  /** Bills from before prepay, from which debt is taken over. */
  'receivable',
  /** Payments whose account is not known yet. */
  'unallocated',
] as const;
export type LedgerAccount = (typeof ledgerAccounts)[number];

export const postingKinds = [
  ...(['payment', 'allocation', 'charge', 'correction', 'settlement'] as const),
  ...(['emergency', 'debt', 'reversal', 'refund'] as const),
] as const;
export type PostingKind = (typeof postingKinds)[number];

/** Entries by account; what is not named is not touched. */
export type Entries = Readonly<Partial<Record<LedgerAccount, bigint>>>;

/** What a customer has, by account: sums of all entries so far. */
export type Balances = Readonly<Partial<Record<LedgerAccount, bigint>>>;

/** Sum of the entries; zero for every posting there may be. */
export function sumOf(entries: Entries): bigint {
  return Object.values(entries).reduce((sum: bigint, amount) => sum + (amount ?? 0n), 0n);
}

/** Balances after a posting. Raises PREPAY_UNBALANCED. */
export function post(balances: Balances, entries: Entries): Balances {
  if (sumOf(entries) !== 0n) throw billingErrors.PREPAY_UNBALANCED(`off by ${sumOf(entries)}`);
  const next: Partial<Record<LedgerAccount, bigint>> = { ...balances };
  for (const account of ledgerAccounts)
    if (entries[account] !== undefined) next[account] = (next[account] ?? 0n) + entries[account];
  return next;
}

/** What the customer has left. */
export const creditOf = ({ customer_credit = 0n }: Balances): bigint => -customer_credit;
/** What was lent and not repaid. */
export const emergencyOf = ({ emergency_credit = 0n }: Balances): bigint => emergency_credit;
/** What is left of old debt. */
export const debtOf = ({ debt_recovery = 0n }: Balances): bigint => debt_recovery;

/** A posting without the entries of nothing; undefined for one of nothing at all. */
function posting(entries: Entries): Entries | undefined {
  const kept = Object.entries(entries).filter(([, amount]) => amount !== 0n);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as Entries);
}

/** How a payment is cut. */
export interface PaymentSplit {
  readonly debt: bigint;
  readonly emergency: bigint;
  readonly credit: bigint;
}

const HUNDRED_PERCENT = 100n;

/**
 * A share of the payment (whole percent, rounded down) pays off debt, what was lent is repaid of the rest,
 * and what is left is credit. The parts add up to the payment.
 */
export function splitPayment(amount: bigint, balances: Balances, debtSharePercent: number): PaymentSplit {
  if (amount <= 0n) throw billingErrors.PREPAY_AMOUNT(`a payment of ${amount}`);
  const least = (a: bigint, b: bigint) => (a < b ? a : b);
  const share = (amount * BigInt(debtSharePercent)) / HUNDRED_PERCENT;
  const debt = least(share, atLeastZero(debtOf(balances)));
  const emergency = least(amount - debt, atLeastZero(emergencyOf(balances)));
  return { debt, emergency, credit: amount - debt - emergency };
}

const atLeastZero = (amount: bigint) => (amount > 0n ? amount : 0n);

/** The least payment after which there is this much credit; 0 where there is already. */
export function leastPayment(credit: bigint, balances: Balances, debtSharePercent: number): bigint {
  const short = credit - creditOf(balances);
  if (short <= 0n) return 0n;
  // so much is enough whatever its shares are, and a greater payment never leaves less credit
  let [low, high] = [short, short + atLeastZero(emergencyOf(balances)) + atLeastZero(debtOf(balances))];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (splitPayment(middle, balances, debtSharePercent).credit >= short) high = middle;
    else low = middle + 1n;
  }
  return low;
}

/** A payment; from `cash`, or from `unallocated` once its account is known. */
export function paymentEntries(
  amount: bigint,
  { debt, emergency, credit }: PaymentSplit,
  from: 'cash' | 'unallocated' = 'cash',
): Entries {
  return posting({
    [from]: amount,
    debt_recovery: -debt,
    emergency_credit: -emergency,
    customer_credit: -credit,
  })!;
}

/** Money that came for an account nobody knows. */
export const unallocatedEntries = (amount: bigint): Entries => ({ cash: amount, unallocated: -amount });

/** What usage costs more than was charged before; less than nothing corrects it. */
export function chargeEntries(total: bigint, tax: bigint): Entries | undefined {
  return posting({ customer_credit: total, revenue: tax - total, tax: -tax });
}

/** Credit that is lent. */
export const emergencyEntries = (amount: bigint): Entries => ({
  emergency_credit: amount,
  customer_credit: -amount,
});

/** Debt of old bills that is paid off from now on. */
export const debtEntries = (amount: bigint): Entries => ({ debt_recovery: amount, receivable: -amount });

/** The posting that undoes another. */
export function reversed(entries: Entries): Entries {
  return Object.fromEntries(
    Object.entries(entries).map(([account, amount]) => [account, -(amount ?? 0n)]),
  ) as Entries;
}

/** Credit that is paid out; never more than there is, and nothing of what was lent. Raises PREPAY_AMOUNT. */
export function refundEntries(amount: bigint, balances: Balances): Entries {
  const own = creditOf(balances) - atLeastZero(emergencyOf(balances));
  if (amount <= 0n || amount > own)
    throw billingErrors.PREPAY_AMOUNT(`a refund of ${amount} where ${own} is left`);
  return { customer_credit: amount, cash: -amount };
}
