/** Statements of a prepay customer: each cycle with what came in and went, as the ledger has it. */
import { billingMonthOf, formatDay, parseDay, systemAccess } from '@openami/model';
import type { PrepayAgreement, RegistryStore } from '@openami/store';
import { roundedMinor } from './amounts.ts';

/** Amounts in minor units. */
export interface Statement {
  readonly cycleFrom: string;
  readonly cycleTo: string;
  readonly opening: bigint;
  /** Taken in; of it, or of what was taken back, `debtPaid` went to old debt. */
  readonly payments: bigint;
  readonly debtPaid: bigint;
  /** Lent less repaid. */
  readonly lent: bigint;
  readonly charges: bigint;
  readonly refunds: bigint;
  readonly closing: bigint;
  readonly billId: number | null;
  readonly billTotal: bigint | null;
  /** What is left to pay of the bill: zero once the ledger has it. */
  readonly due: bigint | null;
}

type Parts = { readonly registry: Pick<RegistryStore, 'prepayLedger'> };

const chargeKinds: ReadonlySet<string> = new Set(['charge', 'correction', 'settlement']);
const paymentKinds: ReadonlySet<string> = new Set(['payment', 'allocation']);
const mostStatements = 120;

/**
 * Newest first. Charges are of the cycle they are for, all else of the day it was posted on; a cycle opens
 * with what the one before closed with, and the newest closes with the balance:
 * closing = opening + payments - debtPaid + lent - charges - refunds.
 */
export async function statementsOf(
  { registry }: Parts,
  agreement: PrepayAgreement,
  today: number,
): Promise<Statement[]> {
  const { agreementId: id, currency, validFrom, dayOfMonth } = agreement;
  const movements = await registry.prepayLedger.movements(systemAccess, id);
  const found = await registry.prepayLedger.bills(systemAccess, id);
  const bills = new Map(found.map((bill) => [bill.cycleFrom, bill]));
  const statements: Statement[] = [];
  let opening = 0n;
  for (let day = parseDay(validFrom); day <= today; ) {
    const cycle = billingMonthOf(day, dayOfMonth);
    const [cycleFrom, cycleTo] = [formatDay(cycle.from), formatDay(cycle.to)];
    const isFirst = statements.length === 0;
    const isLast = cycle.to > today;
    const own = movements.filter((one) =>
      one.cycleFrom !== null
        ? one.cycleFrom === cycleFrom
        : (isFirst || one.day >= cycleFrom) && (isLast || one.day < cycleTo),
    );
    const sum = (which: (kind: string) => boolean, of: 'credit' | 'debt' | 'lent') =>
      own.reduce((all, one) => (which(one.kind) ? all + one[of] : all), 0n);
    const every = () => true;
    const inAll = (which: (kind: string) => boolean) =>
      sum(which, 'credit') + sum(which, 'debt') + sum(which, 'lent');
    const charges = -sum((kind) => chargeKinds.has(kind), 'credit');
    const closing = opening + sum(every, 'credit');
    const bill = bills.get(cycleFrom);
    const billTotal = bill === undefined ? null : roundedMinor(bill.total, currency);
    statements.push({
      ...{ cycleFrom, cycleTo, opening, charges, closing, billId: bill?.id ?? null, billTotal },
      payments: inAll((kind) => paymentKinds.has(kind)),
      debtPaid: sum((kind) => kind !== 'debt', 'debt'),
      lent: -sum(every, 'lent'),
      refunds: -inAll((kind) => kind === 'refund' || kind === 'reversal'),
      due: billTotal === null ? null : billTotal - charges,
    });
    opening = closing;
    day = cycle.to;
  }
  return statements.reverse().slice(0, mostStatements);
}
