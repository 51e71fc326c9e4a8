/** Contract: prepay. Amounts are exact decimal text in the currency beside them. */
import { PrepayPolicy } from '@openami/billing';
import { type Static, Type } from 'typebox';
import { Count, Currency, Money, Reason, seen } from './billing-common.ts';
import {
  CommodityWord,
  Id,
  Instant,
  LocalDate,
  listOf,
  mapOf,
  Name,
  nullable,
  oneOf,
  pageQuery,
} from './common.ts';

const prepayStates = ['in_credit', 'low', 'emergency', 'out', 'cut', 'restoring'] as const;
const StateWord = oneOf(prepayStates);
const Code = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const Text = Type.String({ minLength: 1, maxLength: 200 });
const Amount = Type.String({ pattern: '^[0-9]{1,7}(\\.[0-9]{1,4})?$', description: 'Exact decimal' });

export const PrepayPolicyItem = Type.Object({
  id: Id,
  code: Code,
  number: Count,
  state: oneOf(['proposed', 'approved', 'withdrawn'] as const),
  document: Type.Unsafe<PrepayPolicy>({ ...PrepayPolicy, additionalProperties: true }),
  reason: Type.String(),
  requestedBy: Name,
  requestedAt: Instant,
  decidedBy: Name,
  decidedAt: nullable(Instant),
  inForce: Type.Boolean(),
  mine: Type.Boolean({ description: 'The caller asked for it, so another decides' }),
});
export type PrepayPolicyItem = Static<typeof PrepayPolicyItem>;
export const PrepayPolicyList = Type.Array(PrepayPolicyItem);
export type PrepayPolicyList = Static<typeof PrepayPolicyList>;
export const PrepayPolicyBody = Type.Object({ code: Code, document: PrepayPolicy, reason: Reason });
export type PrepayPolicyBody = Static<typeof PrepayPolicyBody>;

export const PrepayCustomer = Type.Object({
  agreement: Type.String(),
  account: Type.String(),
  customer: Type.String(),
  usagePoint: Type.String(),
  commodity: CommodityWord,
  meterId: nullable(Id),
  serial: nullable(Type.String()),
  policy: Type.String(),
  currency: Currency,
  validFrom: LocalDate,
  validUntil: nullable(LocalDate),
  state: StateWord,
  since: Instant,
  balance: Money,
  /** What it buys at the usual mix of prices; null where that is not known. */
  unitsLeft: nullable(Type.Number()),
  unit: Type.String(),
  daysLeft: nullable(Type.Number({ description: 'At the usual usage; null: not known' })),
  dailyUse: nullable(Money),
  lent: Money,
  /** With nothing left: what has to be paid for the supply to stay on, or come on again; else 0. */
  leastPayment: Money,
  debt: Money,
  chargedThrough: nullable(Instant),
  protection: Type.String({ description: 'Why nobody is cut; empty for no reason' }),
  protectedUntil: nullable(LocalDate),
  supply: Type.String({ description: 'What the relay was last found to do' }),
  /** Why a customer with nothing left is not cut now. */
  wait: nullable(Type.String()),
  blocked: nullable(Type.String({ description: 'Why an order could not be made' })),
  trouble: nullable(Type.String({ description: 'Why usage could not be charged' })),
  version: Type.Integer({ description: 'Counts changes: the ETag' }),
});
export type PrepayCustomer = Static<typeof PrepayCustomer>;
export const PrepayCustomerList = listOf(PrepayCustomer);
export type PrepayCustomerList = Static<typeof PrepayCustomerList>;
export const PrepayCustomerQuery = pageQuery({
  state: Type.Optional(StateWord),
  policy: Type.Optional(Code),
  q: Type.Optional(Type.String({ maxLength: 200, description: 'Agreement, account or meter, in full' })),
});
export const PrepaySummary = Type.Object({
  states: Type.Array(Type.Object({ state: StateWord, currency: Currency, customers: Count, balance: Money })),
  unallocated: Count,
  reversals: Type.Integer({ description: 'That wait for a second person' }),
  ledger: Type.Array(
    Type.Object({
      account: Type.String(),
      currency: Currency,
      balance: Type.String({ description: 'Debits less credits, exact decimal' }),
    }),
  ),
});
export type PrepaySummary = Static<typeof PrepaySummary>;

export const PrepayParams = Type.Object({ agreement: Text });
export const PrepayEnrolBody = Type.Object({
  agreement: Text,
  policy: Code,
  validFrom: Type.String({ ...LocalDate, description: 'The first day of a billing cycle' }),
});
export const PrepayProtectBody = Type.Object({
  protection: Type.String({ maxLength: 200, description: 'Why nobody is cut; empty takes it off' }),
  until: Type.Optional(nullable(LocalDate)),
  reason: Reason,
});
export const PrepayDebtBody = Type.Object({ amount: Amount, reason: Reason });
/** The number of the posting that took it over. */
export const PrepayDebtParams = Type.Object({ agreement: Text, id: Id });
export const PrepayLeaveBody = Type.Object({ validUntil: LocalDate, reason: Reason });

export const PrepayTransactionItem = Type.Object({
  id: Id,
  kind: Type.String(),
  at: Instant,
  currency: Currency,
  cycleFrom: nullable(LocalDate),
  paymentId: nullable(Id),
  credit: Type.String({ description: 'What the credit of the customer rose by' }),
  entries: mapOf(Type.String({ description: 'By account: debit above zero, credit below' })),
  detail: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  by: Name,
});
export type PrepayTransactionItem = Static<typeof PrepayTransactionItem>;
export const PrepayTransactionList = listOf(PrepayTransactionItem);
export type PrepayTransactionList = Static<typeof PrepayTransactionList>;

export const PrepayStatementItem = Type.Object({
  from: LocalDate,
  to: LocalDate,
  opening: Type.String(),
  payments: Type.String(),
  debtPaid: Type.String(),
  lent: Type.String({ description: 'Lent less repaid' }),
  charges: Type.String(),
  refunds: Type.String(),
  closing: Type.String(),
  currency: Currency,
  bill: nullable(Id),
  billTotal: nullable(Type.String()),
  due: nullable(Type.String({ description: 'What is left to pay of the bill' })),
});
export type PrepayStatementItem = Static<typeof PrepayStatementItem>;
export const PrepayStatementList = Type.Array(PrepayStatementItem);
export type PrepayStatementList = Static<typeof PrepayStatementList>;

export const PrepayNoticeItem = Type.Object({
  id: Id,
  agreement: Type.String(),
  account: Type.String(),
  customer: Type.String(),
  kind: oneOf(['low', 'emergency', 'out', 'cut', 'restored'] as const),
  at: Instant,
  balance: Money,
  daysLeft: nullable(Type.Number()),
  currency: Currency,
});
export type PrepayNoticeItem = Static<typeof PrepayNoticeItem>;
export const PrepayNoticeList = listOf(PrepayNoticeItem);
export type PrepayNoticeList = Static<typeof PrepayNoticeList>;
export const PrepayNoticeQuery = pageQuery({ agreement: Type.Optional(Text) });

export const PrepayPaymentBody = Type.Object({
  account: Type.String({ ...Text, description: 'Number of the account, or code of the agreement' }),
  amount: Amount,
  currency: Currency,
  reference: Type.String({
    ...Text,
    pattern: seen(1),
    description: "The vendor's own: the same one twice is one payment",
  }),
  paidAt: Type.Optional(Instant),
});
export type PrepayPaymentBody = Static<typeof PrepayPaymentBody>;
/** What a vendor is told. */
export const PrepayReceipt = Type.Object({
  id: Id,
  reference: Type.String(),
  account: Type.String(),
  /** Empty where the account is not known: the payment is kept and looked into. */
  name: Type.String({ description: 'Masked' }),
  amount: Money,
  currency: Currency,
  state: oneOf(['allocated', 'unallocated', 'reversed'] as const),
  receivedAt: Instant,
});
export type PrepayReceipt = Static<typeof PrepayReceipt>;
export const PrepayConfirmQuery = Type.Object({ account: Text });
export const PrepayConfirmation = Type.Object({
  account: Type.String(),
  known: Type.Boolean(),
  name: Type.String({ description: 'Masked; empty for nobody' }),
  currency: nullable(Currency),
});
export type PrepayConfirmation = Static<typeof PrepayConfirmation>;

export const PrepayPaymentItem = Type.Object({
  ...PrepayReceipt.properties,
  vendor: Type.String(),
  agreement: nullable(Type.String()),
  paidAt: Instant,
  by: Name,
});
export type PrepayPaymentItem = Static<typeof PrepayPaymentItem>;
export const PrepayPaymentList = listOf(PrepayPaymentItem);
export type PrepayPaymentList = Static<typeof PrepayPaymentList>;
export const PrepayPaymentQuery = pageQuery({
  state: Type.Optional(oneOf(['allocated', 'unallocated', 'reversed'] as const)),
  agreement: Type.Optional(Text),
});
export const PrepayAllocateBody = Type.Object({ agreement: Text, reason: Reason });
export const PrepayReversalBody = Type.Object({ reason: Reason });
export const PrepayRefundBody = Type.Object({ amount: Amount, reason: Reason });
export const PrepayReversalItem = Type.Object({
  id: Id,
  kind: oneOf(['reversal', 'refund'] as const),
  payment: nullable(Id),
  agreement: nullable(Type.String()),
  amount: Money,
  currency: Currency,
  reason: Type.String(),
  state: oneOf(['proposed', 'approved', 'rejected'] as const),
  requestedBy: Name,
  requestedAt: Instant,
  decidedBy: Name,
  decidedAt: nullable(Instant),
  mine: Type.Boolean({ description: 'The caller asked for it, so another decides' }),
});
export type PrepayReversalItem = Static<typeof PrepayReversalItem>;
export const PrepayReversalList = listOf(PrepayReversalItem);
export type PrepayReversalList = Static<typeof PrepayReversalList>;
export const PrepayReversalQuery = pageQuery({
  state: Type.Optional(oneOf(['proposed', 'approved', 'rejected'] as const)),
});

/** Live stream `prepay`: a customer stands elsewhere. */
export const StreamPrepay = Type.Object({
  agreement: Type.String(),
  state: StateWord,
  notice: nullable(Type.String()),
});
export type StreamPrepay = Static<typeof StreamPrepay>;
