/** Bills of a customer: those that hold, and why one is another than the one before. */
import { reasons, scaledText, whyDifferent, whyWords } from '@openami/billing';
import { formatInstant } from '@openami/model';
import { type BillRecord, type BillSummary, type RegistryStore, registryErrors } from '@openami/store';
import type { BillDetail } from '../../contract/billing.ts';
import type { MyBillWhy } from '../../contract/my.ts';
import { serverErrors } from '../../errors.ts';
import { tariffsOf } from '../billing/bill-detail.ts';
import { contentOf, ratedAgain } from '../billing/content.ts';
import type { TariffBook } from '../billing/tariff-book.ts';
import { type Own, ownAccounts } from './own.ts';

interface Parts {
  readonly registry: Pick<RegistryStore, 'bills'>;
  readonly book: TariffBook;
}

/** An own bill that was issued and holds. Raises NOT_FOUND for any other. */
export async function ownBill({ bills }: Parts['registry'], own: Own, id: number): Promise<BillRecord> {
  const bill = await bills.get(own.ctx, id);
  if (bill.state === 'issued' && bill.kind !== 'reversal' && ownAccounts(own).includes(bill.accountId))
    return bill;
  throw registryErrors.NOT_FOUND(`bill ${id} of yours`);
}

/** Of an agreement, by the month: more than anybody has. */
const mostBills = 1_000;

const isLater = (a: BillSummary, b: BillSummary): boolean =>
  a.cycleTo === b.cycleTo ? a.toS >= b.toS : a.cycleTo > b.cycleTo;

/** The bill that came before one, of the same agreement and among those that hold. */
async function billBefore(
  registry: Parts['registry'],
  own: Own,
  bill: BillSummary,
): Promise<BillRecord | undefined> {
  const query = { agreement: bill.agreementId, accounts: ownAccounts(own), standing: true, limit: mostBills };
  const { items } = await registry.bills.list(own.ctx, query);
  const last = items
    .filter(({ cycleTo }) => cycleTo <= bill.cycleFrom)
    .reduce<BillSummary | undefined>((a, b) => (a && isLater(a, b) ? a : b), undefined);
  return last && ownBill(registry, own, last.id);
}

/** Raises NOT_FOUND, BILL_EXPLAIN where the bill has no lines. */
export async function whyOf({ registry, book }: Parts, own: Own, id: number): Promise<MyBillWhy> {
  const bill = await ownBill(registry, own, id);
  const after = contentOf(bill);
  if (after === undefined || bill.total === null || bill.currency === null)
    throw serverErrors.BILL_EXPLAIN(`bill ${id} has no lines`);
  const other = await billBefore(registry, own, bill);
  const before = other && contentOf(other);
  const head = { bill: id, currency: bill.currency, total: bill.total };
  if (other === undefined || before === undefined || other.currency !== bill.currency)
    return {
      ...{ ...head, before: null, unit: bill.unit ?? '', difference: '0', reasons: [], basis: null },
      words: ['There is no earlier bill to compare this one with.'],
    };
  const tariffs = await tariffsOf(book, [before, after]);
  const why = whyDifferent(ratedAgain(before, tariffs), ratedAgain(after, tariffs));
  return {
    ...head,
    before: {
      ...{
        id: other.id,
        from: formatInstant(other.fromS),
        to: formatInstant(other.toS),
        total: other.total!,
      },
    },
    ...{ unit: why.unit, difference: scaledText(why.difference, why.digits) },
    reasons: reasons.map((reason) => ({ reason, amount: scaledText(why.reasons[reason], why.digits) })),
    basis: why.basis,
    words: whyWords(why),
  };
}

/**
 * Who at the utility had a hand in a bill, what they wrote to each other and how it was made is nobody's
 * business; what it compares with may be a draft. A rebill says why it was asked for.
 */
export function shownToCustomer(detail: BillDetail): BillDetail {
  const hidden = { createdBy: '', decidedBy: '', released: null, comparison: null, holds: [], channels: [] };
  return { ...detail, ...hidden, reason: detail.kind === 'rebill' ? detail.reason : '', readingRevision: 0 };
}
