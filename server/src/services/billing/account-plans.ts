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
import { dayAsked, dayPast, dayToCome } from '../../http/days.ts';

/** Decimals of what people pay. */
const CENTS = 2;
/** Percent a year that a deposit may earn: more is a typing error. */
const MOST_INTEREST = 25;
/** Bills of a year that an even amount is worked out from. */
const yearOfBills = 12;

type Registry = Pick<RegistryStore, 'bills' | 'budgets' | 'deposits' | 'agreements' | 'accounts'>;

/** Who asks, as a person, and what one person may ask for alone. */
export interface DepositAsked {
  readonly person: string;
  readonly limit: string;
  readonly nowMs: number;
}

/**
 * Asks for a deposit; above the limit another person must agree. Raises NOT_FOUND, DEPOSIT_TERMS,
 * VALIDATION_FAILED.
 */
export async function takeDeposit(
  registry: Registry,
  ctx: AccessContext,
  body: DepositBody,
  { person, limit, nowMs }: DepositAsked,
): Promise<Deposit> {
  const { account, currency, takenOn, interestPercent = '0' } = body;
  dayAsked('takenOn', takenOn);
  const { currencies, zone, holds } = await registry.deposits.terms(ctx, account, takenOn);
  if (!currencies.includes(currency))
    throw serverErrors.DEPOSIT_TERMS(
      currencies.length === 0
        ? `${account} has no tariff yet`
        : `${account} pays in ${currencies.join(', ')}`,
    );
  if (!holds) throw serverErrors.DEPOSIT_TERMS(`takenOn: ${account} has no agreement on ${takenOn}`);
  dayPast('takenOn', takenOn, zone, nowMs);
  if (Number(interestPercent) > MOST_INTEREST)
    throw serverErrors.DEPOSIT_TERMS(`interestPercent: at most ${MOST_INTEREST} a year`);
  return registry.deposits.take(ctx, { ...body, interestPercent, person, limit });
}

/**
 * Gives it back on the next bill, with simple interest by days, once another person agreed. Raises NOT_FOUND,
 * DEPOSIT_REFUNDED, DEPOSIT_UNBILLED, VALIDATION_FAILED.
 */
export async function refundDeposit(
  registry: Registry,
  ctx: AccessContext,
  id: number,
  on: string,
  { person, nowMs }: Omit<DepositAsked, 'limit'>,
): Promise<Deposit> {
  const { account, amount, interestPercent, takenOn } = await registry.deposits.get(ctx, id);
  const days = dayAsked('on', on) - dayAsked('takenOn', takenOn);
  if (days < 0) throw serverErrors.VALIDATION_FAILED(`on: it was taken on ${takenOn}`);
  dayPast('on', on, (await registry.deposits.terms(ctx, account, on)).zone, nowMs);
  const exact = depositInterest(parseDecimal(amount), parseDecimal(interestPercent), days, CENTS);
  return registry.deposits.refund(ctx, id, { on, interest: scaledText(exact, CENTS), person });
}

/** Starts a plan; without an amount, of the bills of the last year. Raises NOT_FOUND, BUDGET_AMOUNT. */
export async function startBudget(
  registry: Registry,
  ctx: AccessContext,
  { agreement, amount, currency, from, bills = yearOfBills }: BudgetPlanBody,
  nowMs: number,
): Promise<BudgetPlan> {
  dayToCome('from', from, nowMs);
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
