/** Deposits and budget billing of accounts: what stands on bills below their totals. */
import { budgetEntry, decimalOf, depositInterest, evenAmount, scaledText } from '@openami/billing';
import { type AccessContext, parseDecimal, systemAccess } from '@openami/model';
import {
  type BudgetDue,
  type BudgetPlan,
  type Deposit,
  type RegistryStore,
  registryErrors,
} from '@openami/store';
import type { BudgetPlanBody, DepositBody } from '../../contract/account-plans.ts';
import { serverErrors } from '../../errors.ts';
import { dayAsked } from '../../http/days.ts';

/** Decimals of what people pay. */
const CENTS = 2;
/** Bills of a year that an even amount is worked out from. */
const yearOfBills = 12;

type Registry = Pick<RegistryStore, 'bills' | 'budgets' | 'deposits' | 'agreements' | 'accounts'>;

/** Raises NOT_FOUND. */
export function takeDeposit(registry: Registry, ctx: AccessContext, body: DepositBody): Promise<Deposit> {
  dayAsked('takenOn', body.takenOn);
  return registry.deposits.take(ctx, { ...body, interestPercent: body.interestPercent ?? '0' });
}

/** Gives it back on the next bill, with simple interest by days. Raises NOT_FOUND, DEPOSIT_REFUNDED. */
export async function refundDeposit(
  registry: Registry,
  ctx: AccessContext,
  id: number,
  on: string,
): Promise<Deposit> {
  const { amount, interestPercent, takenOn } = await registry.deposits.get(ctx, id);
  const days = dayAsked('on', on) - dayAsked('takenOn', takenOn);
  if (days < 0) throw serverErrors.VALIDATION_FAILED(`on: it was taken on ${takenOn}`);
  const interest = depositInterest(parseDecimal(amount), parseDecimal(interestPercent), days, CENTS);
  return registry.deposits.refund(ctx, id, on, scaledText(interest, CENTS));
}

/** Starts a plan; without an amount, of the bills of the last year. Raises NOT_FOUND, BUDGET_AMOUNT. */
export async function startBudget(
  registry: Registry,
  ctx: AccessContext,
  { agreement, amount, currency, from, bills = yearOfBills }: BudgetPlanBody,
): Promise<BudgetPlan> {
  dayAsked('from', from);
  const past = await pastBills(registry, ctx, agreement, currency);
  const even = evenAmount(past.map(({ total }) => parseDecimal(total!)));
  const chosen = amount ?? (even && decimalOf(even, CENTS));
  const money = currency ?? past[0]?.currency ?? undefined;
  if (chosen === undefined || money === undefined || !/^[0-9.]*[1-9][0-9.]*$/.test(chosen))
    throw serverErrors.BUDGET_AMOUNT(`${past.length} bills of ${agreement} before ${from}`);
  return registry.budgets.create(ctx, { agreement, amount: chosen, currency: money, fromDay: from, bills });
}

/** The newest first, in one currency: the one that is asked for, or that of the newest. */
async function pastBills(registry: Registry, ctx: AccessContext, code: string, currency: string | undefined) {
  const agreement = await registry.agreements.find(ctx, code);
  if (agreement === undefined) throw registryErrors.NOT_FOUND(`agreement ${code}`);
  const { number } = await registry.accounts.get(ctx, agreement.accountId);
  const { items } = await registry.bills.list(ctx, { account: number, state: 'issued', limit: 1_000 });
  const past = items
    .filter((bill) => bill.agreement === code && bill.kind !== 'reversal' && bill.total !== null)
    .sort((a, b) => (a.cycleFrom < b.cycleFrom ? 1 : -1))
    .slice(0, yearOfBills);
  const money = currency ?? past[0]?.currency;
  return past.filter((bill) => bill.currency === money);
}

/** Entries of the bills of a run that are of a plan; what is there already is left alone. */
export async function levelRun(registry: Pick<RegistryStore, 'budgets'>, runId: number): Promise<void> {
  for (;;) {
    const due = await registry.budgets.due(systemAccess, runId);
    if (due.length === 0) return;
    await registry.budgets.put(systemAccess, due.map(levelled));
  }
}

function levelled(due: BudgetDue): Parameters<RegistryStore['budgets']['put']>[1][number] {
  const { kind, amount } = budgetEntry(parseDecimal(due.amount), parseDecimal(due.before), {
    total: parseDecimal(due.total),
    ...(due.replacedTotal !== null && { replacedTotal: parseDecimal(due.replacedTotal) }),
    isLast: due.isLast,
  });
  const words =
    kind === 'true-up'
      ? 'Budget billing is settled: what was deferred so far'
      : due.replacedTotal !== null
        ? 'Budget billing: the difference of the new bill is deferred'
        : `Budget billing: ${due.amount} ${due.currency} are asked for, the rest is deferred`;
  return { due, kind, amount: decimalOf(amount, 12), words };
}
