/**
 * Contract: what accounts have besides bills, which stands on bills below their totals:
 *
 *   GET  /account-entries            ?account= ?bill= ?state=: credits, deposits, budget billing
 *   GET  /deposits                   ?account=; POST takes one; POST /{id}/refund gives it back with interest
 *   GET  /budget-plans               ?account=; POST starts one; POST /{id}/end settles it with the next bill
 *
 * All below /api/v1. Money is exact decimal text.
 */
import { type Static, Type } from 'typebox';
import { Count, Currency, Money, Reason } from './billing-common.ts';
import { Id, Instant, LocalDate, listOf, nullable, oneOf, pageQuery } from './common.ts';
import { AccountEntryItem, entryStates } from './disputes.ts';

const Positive = Type.String({ pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,2})?$' });
const AccountNumber = Type.String({ minLength: 1, maxLength: 200 });

export const AccountEntryList = listOf(AccountEntryItem);
export const AccountEntryQuery = pageQuery({
  account: Type.Optional(AccountNumber),
  bill: Type.Optional(Id),
  state: Type.Optional(oneOf(entryStates)),
});
export const AccountQuery = pageQuery({ account: Type.Optional(AccountNumber) });

export const DepositItem = Type.Object({
  id: Id,
  account: Type.String(),
  amount: Money,
  currency: Currency,
  interestPercent: Type.String({ description: 'A year, of the amount' }),
  takenOn: LocalDate,
  refundedOn: nullable(LocalDate),
  state: oneOf(entryStates, { description: 'Of what is asked for: `pending` waits for another person' }),
  refund: nullable(oneOf(entryStates, { description: 'Of what is given back' })),
  reason: Type.String(),
  createdAt: Instant,
});
export type DepositItem = Static<typeof DepositItem>;
export const DepositList = listOf(DepositItem);
export const DepositBody = Type.Object({
  account: AccountNumber,
  amount: Positive,
  currency: Currency,
  interestPercent: Type.Optional(Type.String({ pattern: '^[0-9]{1,2}(\\.[0-9]{1,4})?$', default: '0' })),
  takenOn: LocalDate,
  reason: Reason,
});
export type DepositBody = Static<typeof DepositBody>;
export const DepositRefund = Type.Object({ on: LocalDate });

export const BudgetPlanItem = Type.Object({
  id: Id,
  account: Type.String(),
  agreement: Type.String(),
  amount: Money,
  currency: Currency,
  from: LocalDate,
  /** Bills of the plan; the last settles it. */
  bills: Count,
  billed: Count,
  /** What bills came to above what was asked for; negative where more was asked for. */
  deferred: Money,
  ended: Type.Boolean(),
  settled: Type.Boolean(),
});
export type BudgetPlanItem = Static<typeof BudgetPlanItem>;
export const BudgetPlanList = listOf(BudgetPlanItem);
export const BudgetPlanBody = Type.Object({
  agreement: AccountNumber,
  /** Default: the mean of the issued bills of the last year. */
  amount: Type.Optional(Positive),
  currency: Type.Optional(Currency),
  /** First local date of the first cycle it holds for. */
  from: LocalDate,
  bills: Type.Optional(Type.Integer({ minimum: 2, maximum: 24, default: 12 })),
});
export type BudgetPlanBody = Static<typeof BudgetPlanBody>;
