/** The tariffs of a comparison in order, with what each would have saved. */
import { billView } from '@openami/billing';
import { formatDay, Money, type Period, sumMoney } from '@openami/model';
import type { BilledAgreement, BillHoldRecord } from '@openami/store';
import type { ComparedTariff } from '../../../contract/what-if.ts';
import { usageText } from '../bill-runner.ts';
import type { BillTask, Calculated } from '../calculate.ts';
import type { BookedTariff } from '../tariff-book.ts';

/** A tariff that is compared, and the agreement as if it had it. */
export interface Candidate {
  readonly booked: BookedTariff;
  readonly agreement: BilledAgreement;
  readonly isCurrent: boolean;
  readonly isStored: boolean;
}

/** A candidate on its way through the cycles. */
export interface Rated {
  readonly candidate: Candidate;
  readonly bills: { readonly cycle: Period; readonly bill: NonNullable<Calculated['bill']> }[];
  readonly holds: BillHoldRecord[];
  state: BillTask['carryIn'];
}

/** The cheapest first, in the currency of what the agreement has; what cannot be rated last. */
export function ranked(rated: readonly Rated[]): ComparedTariff[] {
  const sums = rated.map(totalOf);
  const now = rated.findIndex(({ candidate }) => candidate.isCurrent);
  const paid = sums[now];
  const currency = rated[now]?.candidate.booked.record.currency;
  return rated
    .map((one, i) => {
      const sum = sums[i];
      const isComparable = one.candidate.booked.record.currency === currency;
      const rank = sum === undefined ? 2 : isComparable ? 0 : 1;
      return { item: shown(one, sum, isComparable ? paid : undefined), sum, rank };
    })
    .sort((a, b) => {
      if (a.rank !== b.rank) return a.rank - b.rank;
      const sameCurrency = a.item.currency === b.item.currency;
      return a.sum && b.sum && sameCurrency ? a.sum.compare(b.sum) : 0;
    })
    .map(({ item }) => item);
}

/** Undefined where a cycle could not be rated, or none was. */
function totalOf({ candidate, bills, holds }: Rated): Money | undefined {
  if (holds.length > 0 || bills.length === 0) return undefined;
  const { currency } = candidate.booked.record;
  return sumMoney(
    bills.map(({ bill }) => new Money(billView(bill).total, currency)),
    currency,
  );
}

function shown(
  { candidate, bills, holds }: Rated,
  sum: Money | undefined,
  paid: Money | undefined,
): ComparedTariff {
  const { record } = candidate.booked;
  const saved = sum && paid ? paid.minus(sum) : undefined;
  return {
    ...{ tariff: record.code, name: record.name, currency: record.currency },
    ...{ isCurrent: candidate.isCurrent, isStored: candidate.isStored },
    total: sum === undefined ? null : moneyText(sum),
    saving: saved === undefined ? null : moneyText(saved),
    savingPercent: saved === undefined || paid!.isZero() ? null : percentOf(saved, paid!),
    months: bills.map(({ cycle, bill }) => monthOf(cycle, bill)),
    needs: holds.map((hold) => ({ ...hold })) as ComparedTariff['needs'],
  };
}

/** The amount without its currency. */
const moneyText = (money: Money): string => money.toString().split(' ')[0]!;

/** In hundredths of a percent, of what was paid, whatever its sign. */
function percentOf(part: Money, of: Money): number {
  return Math.round(part.amount.div(of.amount.abs()).toNumber() * 10_000) / 100;
}

function monthOf(
  { from, to }: Period,
  bill: NonNullable<Calculated['bill']>,
): ComparedTariff['months'][number] {
  const { total, readings } = billView(bill);
  const { expected, present, estimated } = readings;
  const share = (count: number) => (expected === 0 ? 0 : count / expected);
  return {
    ...{ from: formatDay(from), to: formatDay(to), total, usage: usageText(bill) },
    ...{ missingShare: share(expected - present), estimatedShare: share(estimated) },
  };
}
