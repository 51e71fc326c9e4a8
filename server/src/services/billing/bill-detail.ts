/** One bill with all that is known of it: lines, determinants, and why it differs from others. */
import { explainDelta } from '@openami/billing';
import type { AccessContext } from '@openami/model';
import type { BillRecord, RegistryStore } from '@openami/store';
import type { BillDeltaItem, BillDetail } from '../../contract/billing.ts';
import type { NameOf } from '../../identity/names.ts';
import { type BillContent, contentOf, ratedAgain, versionOfPart } from './content.ts';
import { showBill, showDelta, showDeterminants, showEntries, showLines } from './show.ts';
import type { BookedTariff, TariffBook } from './tariff-book.ts';

interface Parts {
  readonly registry: Pick<RegistryStore, 'bills' | 'accountEntries'>;
  readonly book: TariffBook;
}

/** Of a bill that was held and let through. */
function releasedOf(
  { releaseReason: reason, releasedBy: by, releasedAt }: BillRecord,
  nameOf: NameOf,
): BillDetail['released'] {
  if (reason === '') return null;
  return { by, byName: nameOf(by), at: releasedAt?.toISOString() ?? null, reason };
}

/** Tariffs that contents name, those of them that there are. */
export function tariffsOf(
  book: TariffBook,
  contents: readonly (BillContent | undefined)[],
): Promise<ReadonlyMap<string, BookedTariff>> {
  return book.many(contents.flatMap((one) => one?.parts.map(({ tariff }) => tariff) ?? []));
}

/** Raises NOT_FOUND. */
export async function billDetail(
  { registry, book }: Parts,
  ctx: AccessContext,
  id: number,
  nameOf: NameOf = () => '',
): Promise<BillDetail> {
  const bill = await registry.bills.get(ctx, id);
  const content = contentOf(bill);
  const tariffs = content && (await tariffsOf(book, [content]));
  const { channels } = content ?? {};
  const entries =
    bill.issuedAt === null
      ? await registry.accountEntries.toCome(ctx, id)
      : await registry.accountEntries.onBills(ctx, [id]);
  const [last] =
    content === undefined ? [] : await registry.bills.before(ctx, [bill.agreementId], bill.cycleFrom);
  return {
    ...showBill(bill),
    lines: showLines(content?.lines ?? []),
    earned: showLines(content?.earned ?? []),
    credits: content?.credits ?? null,
    entries: showEntries(bill, entries),
    determinants:
      content?.parts.map((part) =>
        showDeterminants(
          part.determinants,
          versionOfPart(part, tariffs!),
          part.days,
          content.source,
          part.tariff,
        ),
      ) ?? [],
    problems: content?.parts.flatMap((part) => part.determinants.problems.map((one) => ({ ...one }))) ?? [],
    channels: channels
      ? [...channels.import, ...channels.export, ...channels.reactive].map((one) => one.id)
      : [],
    readingRevision: bill.revision,
    comparison: last === undefined ? null : await deltaTo(last.id, bill, { registry, book }, ctx),
    replaced:
      bill.replaces === null || bill.kind === 'reversal'
        ? null
        : await deltaTo(bill.replaces, bill, { registry, book }, ctx),
    ...{ reason: bill.reason, createdAt: bill.createdAt.toISOString(), createdBy: bill.createdBy },
    ...{ released: releasedOf(bill, nameOf), decidedBy: bill.decidedBy },
  };
}

/** Why a bill differs from another; null where one of them has no lines, or they are in two currencies. */
export async function deltaTo(
  otherId: number,
  bill: BillRecord,
  { registry, book }: Parts,
  ctx: AccessContext,
): Promise<BillDeltaItem | null> {
  const other = await registry.bills.get(ctx, otherId);
  const [before, after] = [contentOf(other), contentOf(bill)];
  if (before === undefined || after === undefined || other.currency !== bill.currency) return null;
  const tariffs = await tariffsOf(book, [before, after]);
  return showDelta(explainDelta(ratedAgain(before, tariffs), ratedAgain(after, tariffs), after.zone), other);
}
