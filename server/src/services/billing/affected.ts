/**
 * Bills that started from what is not so any more. A bill leaves banks, credit and peaks to the next; when it
 * is made anew, or taken back, those behind it are held to what they would start from now: each that would
 * have other lines, or leave something else, is affected, and is to be made anew, the oldest first.
 *
 *   old   A ──▶ B ──▶ C          A is made anew, as A'
 *   new   A' ─▶ B? ─▶ C?         B is affected where it would be another; C by what B would leave
 */
import { type CarryState, emptyState, type RatedBill, totalOf } from '@openami/billing';
import { type AccessContext, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import { serverErrors } from '../../errors.ts';
import { tariffsOf } from './bill-detail.ts';
import { type BillContent, carriedState, carryData, contentOf, ratedAgain } from './content.ts';
import type { BookedTariff, TariffBook } from './tariff-book.ts';

interface Parts {
  readonly registry: Pick<RegistryStore, 'bills'>;
  readonly book: TariffBook;
}

/** Looks at the issued bills of an agreement from a day on, and marks those that are affected. */
export async function reviewBills(
  { registry, book }: Parts,
  agreementId: number,
  day: string,
): Promise<number> {
  const bills = await registry.bills.following(systemAccess, agreementId, day);
  const contents = bills.map(contentOf);
  const tariffs = await tariffsOf(book, contents);
  const [before] = await registry.bills.before(systemAccess, [agreementId], day);
  let state = before === undefined ? emptyState : carriedState(before.carry);
  // without one before it, the first is affected by itself
  let by = before?.id ?? bills[0]?.id ?? 0;
  const marks = bills.map(({ id, carry }, i) => {
    const content = contents[i];
    const { isAffected, left } = startedFrom(content, carry, state, tariffs);
    const mark = { id, by: isAffected ? by : null };
    state = left;
    by = id;
    return mark;
  });
  return marks.length === 0 ? 0 : registry.bills.markAffected(systemAccess, marks);
}

/** Whether a bill would be another if it began with a state, and what it would leave. */
function startedFrom(
  content: BillContent | undefined,
  carry: unknown,
  state: CarryState,
  tariffs: ReadonlyMap<string, BookedTariff>,
): { readonly isAffected: boolean; readonly left: CarryState } {
  if (content === undefined) return { isAffected: false, left: state };
  const [was, is] = [ratedAgain(content, tariffs), ratedAgain(content, tariffs, state)];
  // as it is kept: a state that says nothing is none, whatever month it is of
  const leaves = (left: CarryState) => JSON.stringify(carryData(left));
  const isAffected = amountsOf(was) !== amountsOf(is) || leaves(is.state) !== leaves(carriedState(carry));
  return { isAffected, left: is.state };
}

function amountsOf({ parts }: RatedBill): string {
  return parts
    .map(({ rated }) => `${totalOf(rated.lines)} ${rated.lines.map(({ id, amount }) => `${id} ${amount}`)}`)
    .join(';');
}

/** After a run was issued: the agreements of which it made a bill that others stand behind. */
export async function reviewAfterRun(parts: Parts, runId: number): Promise<void> {
  for (const { agreementId, cycleFrom } of await parts.registry.bills.overtaking(systemAccess, runId))
    await reviewBills(parts, agreementId, cycleFrom);
}

/** Raises BILL_ORDER where an earlier bill of the agreement is to be made anew first. */
export async function requireFirst(
  { registry }: Pick<Parts, 'registry'>,
  ctx: AccessContext,
  bill: {
    readonly id: number;
    readonly agreementId: number;
    readonly account: string;
    readonly cycleFrom: string;
  },
): Promise<void> {
  const { items } = await registry.bills.list(ctx, { account: bill.account, affected: true, limit: 1_000 });
  const first = items
    .filter(({ agreementId, cycleFrom }) => agreementId === bill.agreementId && cycleFrom < bill.cycleFrom)
    .sort((a, b) => (a.cycleFrom < b.cycleFrom ? -1 : 1))[0];
  if (first !== undefined) throw serverErrors.BILL_ORDER(`bill ${first.id} of ${first.cycleFrom}`);
}
