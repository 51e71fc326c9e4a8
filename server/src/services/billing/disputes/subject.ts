/** What a dispute is about: an issued bill, or the usage of an agreement that is not billed yet. */
import { type BillLine, billView, monthOf, type Window } from '@openami/billing';
import { type AccessContext, billingMonthOf, formatDay, systemAccess, zoneTable } from '@openami/model';
import { type BilledAgreement, type BillRecord, registryErrors } from '@openami/store';
import type { AppContext } from '../../../context.ts';
import type { DisputeOpen } from '../../../contract/disputes.ts';
import { serverErrors } from '../../../errors.ts';
import { daysAsked } from '../../../http/days.ts';
import { calculate, windowOf } from '../calculate.ts';
import { type BillContent, contentOf, contentText } from '../content.ts';
import { PageHeads } from '../packed-lines.ts';
import type { TariffBook } from '../tariff-book.ts';

export interface Subject {
  readonly bill: BillRecord | undefined;
  readonly agreement: BilledAgreement;
  readonly window: Window;
  /** Readings are taken as known at this second. */
  readonly revision: number;
  readonly content: BillContent;
  readonly lines: readonly BillLine[];
  readonly total: string;
  readonly currency: string;
  readonly unit: string;
}

export type SubjectParts = Pick<AppContext, 'registry' | 'store'> & { readonly book: TariffBook };

const mostDays = 31;

/** Raises NOT_FOUND, BILL_STATE, VALIDATION_FAILED, BILL_USAGE. */
export async function subjectOf(
  parts: SubjectParts,
  ctx: AccessContext,
  asked: Pick<DisputeOpen, 'bill' | 'agreement' | 'from' | 'to'>,
): Promise<Subject> {
  if (asked.bill !== undefined) return ofBill(parts, ctx, asked.bill);
  const { agreement, from, to } = asked;
  if (agreement === undefined || from === undefined || to === undefined)
    throw serverErrors.VALIDATION_FAILED('bill: name a bill, or an agreement with from and to');
  return ofUsage(parts, ctx, agreement, from, to);
}

async function ofBill({ registry }: SubjectParts, ctx: AccessContext, id: number): Promise<Subject> {
  const bill = await registry.bills.requireIssued(ctx, id);
  const content = contentOf(bill);
  const agreement = await agreementOf(registry, ctx, bill.cycleFrom, bill.cycleTo, bill.agreementId);
  if (content === undefined || agreement === undefined || bill.total === null)
    throw registryErrors.BILL_STATE(`bill ${id} has no lines to dispute`);
  return {
    ...{ bill, agreement, window: { fromS: bill.fromS, toS: bill.toS }, revision: bill.revision, content },
    ...{ lines: content.lines, total: bill.total, currency: bill.currency!, unit: bill.unit! },
  };
}

async function agreementOf(
  registry: SubjectParts['registry'],
  ctx: AccessContext,
  from: string,
  to: string,
  id: number,
): Promise<BilledAgreement | undefined> {
  const { billingFacts } = registry;
  const ids = await billingFacts.ids(ctx, { from, to, agreements: [id] });
  return (await billingFacts.of(ctx, ids))[0];
}

async function ofUsage(
  { registry, store, book }: SubjectParts,
  ctx: AccessContext,
  code: string,
  from: string,
  to: string,
): Promise<Subject> {
  const { fromDay, toDay } = daysAsked(from, to, mostDays);
  const found = await registry.agreements.find(systemAccess, code);
  const agreement = found && (await agreementOf(registry, ctx, from, to, found.id));
  if (agreement === undefined) throw registryErrors.NOT_FOUND(`agreement ${code} from ${from} to ${to}`);
  const cycle = billingMonthOf(fromDay, 1);
  if (toDay > cycle.to)
    throw serverErrors.VALIDATION_FAILED(`to: name days of one month, up to ${formatDay(cycle.to)}`);
  const window = windowOf(agreement, { from: fromDay, to: toDay });
  if (window === undefined) throw serverErrors.VALIDATION_FAILED('from: the agreement does not hold then');
  const revision = store.writer.horizon();
  if (window.fromS > revision) throw serverErrors.VALIDATION_FAILED(`from: nothing is used yet on ${from}`);
  const tariffs = await book.many(agreement.tariffs.map(({ tariff }) => tariff));
  // the agreement is one the caller may see: so are the readings of its usage point
  const tasks = [{ agreement, cycle, window }];
  const [made] = await calculate(systemAccess, tasks, { registry, store, tariffs, revision });
  if (made?.bill === undefined)
    throw serverErrors.BILL_USAGE(made?.holds[0]?.message ?? `nothing of ${code} can be rated`);
  const view = billView(made.bill);
  const more = { month: monthOf(cycle.from), zone: agreement.zone, channels: made.channels };
  const heads = new PageHeads();
  const kept = contentText(made.bill, heads, more);
  const content = contentOf({ content: JSON.parse(kept), heads: JSON.parse(heads.text()) })!;
  return {
    ...{ bill: undefined, agreement, window, revision, content, lines: view.lines, total: view.total },
    ...{ currency: view.currency, unit: made.bill.parts[0]!.version.unit },
  };
}

/** Local dates [from, to) that hold a subject. */
export function daysOf({ agreement, window }: Pick<Subject, 'agreement' | 'window'>): {
  readonly fromDay: number;
  readonly toDay: number;
  readonly from: string;
  readonly to: string;
} {
  const zone = zoneTable(agreement.zone);
  const [fromDay, toDay] = [zone.localDayOf(window.fromS), zone.localDayOf(window.toS - 1) + 1];
  return { fromDay, toDay, from: formatDay(fromDay), to: formatDay(toDay) };
}
