/**
 * Payments of prepay customers: taken once by the vendor's reference, credited at once, kept where nobody
 * knows whose they are, and taken back by two persons. A vendor learns no more than a masked name.
 */
import {
  billingErrors,
  type PrepayPolicy,
  paymentEntries,
  refundEntries,
  reversed,
  splitPayment,
  unallocatedEntries,
} from '@openami/billing';
import type { AccessContext } from '@openami/model';
import { systemAccess } from '@openami/model';
import type {
  PaymentPosting,
  PrepayAgreement,
  PrepayPayment,
  PrepayReversal,
  RegistryStore,
} from '@openami/store';
import { minorOf } from './amounts.ts';
import { prepayErrors } from './errors.ts';
import { policyOf } from './standing.ts';

export interface VendingParts {
  readonly registry: Pick<RegistryStore, 'prepayAgreements' | 'prepayPayments' | 'prepayPolicies'>;
  /** Somebody paid: whoever is to be on again is put on now. */
  readonly kick: () => void;
}

export interface PaymentRequest {
  readonly vendor: string;
  readonly reference: string;
  /** Number of an account, or code of an agreement. */
  readonly account: string;
  readonly amount: string;
  readonly currency: string;
  readonly paidAt: Date;
}

/** The agreement that an account pays for; undefined for none. Raises PREPAY_AMBIGUOUS. */
export async function payerOf(
  { registry }: Pick<VendingParts, 'registry'>,
  account: string,
): Promise<PrepayAgreement | undefined> {
  const found = await registry.prepayAgreements.paying(systemAccess, account);
  if (found.length > 1) throw prepayErrors.PREPAY_AMBIGUOUS(account);
  return found[0];
}

/** Takes a payment. Raises PREPAY_AMOUNT, PREPAY_CURRENCY, PREPAY_AMBIGUOUS, PREPAY_REFERENCE_REUSED. */
export async function takePayment(
  parts: VendingParts,
  ctx: AccessContext,
  { amount: text, ...request }: PaymentRequest,
): Promise<{
  readonly payment: PrepayPayment;
  readonly created: boolean;
  readonly payer: string | undefined;
}> {
  const { registry, kick } = parts;
  const { account, currency } = request;
  const amount = minorOf(text, currency);
  if (amount <= 0n) throw billingErrors.PREPAY_AMOUNT('a payment is more than nothing');
  const policies = await registry.prepayPolicies.inForce(systemAccess);
  const taken = [...new Set(policies.map(({ document }) => (document as PrepayPolicy).currency))].sort();
  // said of every account alike: a refusal tells nobody who is on prepay
  if (!taken.includes(currency))
    throw prepayErrors.PREPAY_CURRENCY(`payments are taken in ${taken.join(', ') || 'no currency yet'}`);
  const found = await payerOf(parts, account);
  // money of another currency is kept like that of a stranger
  const payer = found?.currency === currency ? found : undefined;
  const entries = await crediting(parts, payer, amount, 'cash');
  const input = { ...request, amount, agreementId: payer?.agreementId ?? null };
  const { payment, created } = await registry.prepayPayments.take(ctx, input, entries);
  const isSame = payment.account === account && payment.amount === amount && payment.currency === currency;
  if (!isSame) throw prepayErrors.PREPAY_REFERENCE_REUSED(`${request.reference} of ${request.vendor}`);
  kick();
  return { payment, created, payer: payer?.customer };
}

/** How a payment is cut, by the policy of who pays; undefined payer: it is kept. */
async function crediting(
  { registry }: VendingParts,
  payer: PrepayAgreement | undefined,
  amount: bigint,
  from: 'cash' | 'unallocated',
): Promise<PaymentPosting> {
  if (payer === undefined) return () => unallocatedEntries(amount);
  const share = (await policyOf(registry, payer.policy))?.debtSharePercent ?? 0;
  return (balances) => paymentEntries(amount, splitPayment(amount, balances, share), from);
}

/** Credits a customer with a payment that was kept. Raises NOT_FOUND, PREPAY_CURRENCY, PREPAY_DECIDED. */
export async function allocatePayment(
  parts: VendingParts,
  ctx: AccessContext,
  id: number,
  agreement: string,
  reason: string,
): Promise<PrepayPayment> {
  const { registry, kick } = parts;
  const { amount, currency } = await registry.prepayPayments.get(ctx, id);
  const payer = await registry.prepayAgreements.get(ctx, agreement);
  if (payer.currency !== currency)
    throw prepayErrors.PREPAY_CURRENCY(`${agreement} pays in ${payer.currency}`);
  const entries = await crediting(parts, payer, amount, 'unallocated');
  const payment = await registry.prepayPayments.allocate(ctx, id, payer.agreementId, entries, reason);
  kick();
  return payment;
}

/** Asks to take a payment back. Raises NOT_FOUND, ALREADY_EXISTS. */
export async function askReversal(
  { registry }: VendingParts,
  ctx: AccessContext,
  paymentId: number,
  reason: string,
  requestedPerson: string,
): Promise<PrepayReversal> {
  const { agreementId, amount, currency } = await registry.prepayPayments.get(ctx, paymentId);
  const what = { kind: 'reversal', paymentId, agreementId, amount, currency } as const;
  return registry.prepayPayments.askReversal(ctx, { ...what, reason, requestedPerson });
}

/** Asks to pay credit out. Raises NOT_FOUND, PREPAY_AMOUNT. */
export async function askRefund(
  { registry }: VendingParts,
  ctx: AccessContext,
  agreement: string,
  text: string,
  reason: string,
  requestedPerson: string,
): Promise<PrepayReversal> {
  const { agreementId, currency, balances } = await registry.prepayAgreements.get(ctx, agreement);
  const amount = minorOf(text, currency);
  // said at once; it is asked again when it is posted
  refundEntries(amount, balances);
  const what = { kind: 'refund', paymentId: null, agreementId, amount, currency } as const;
  return registry.prepayPayments.askReversal(ctx, { ...what, reason, requestedPerson });
}

/** Decides on a reversal or refund. Raises NOT_FOUND, PREPAY_DECIDED, PREPAY_AMOUNT. */
export async function decideReversal(
  { registry, kick }: VendingParts,
  ctx: AccessContext,
  id: number,
  decision: 'approved' | 'rejected',
): Promise<PrepayReversal> {
  const { kind, amount } = await registry.prepayPayments.reversal(ctx, id);
  const entries: PaymentPosting = (balances, posted) =>
    kind === 'refund' ? refundEntries(amount, balances) : reversed(posted);
  const reversal = await registry.prepayPayments.decideReversal(ctx, id, decision, entries);
  kick();
  return reversal;
}

/** `J*** D**`: enough to see that it is the right one, too little to learn who it is. */
export function maskedName(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== '');
  return words.map((word) => `${[...word][0]}***`).join(' ');
}
