/** Tariff impacts as they are asked for and shown. */
import { csvCell } from '@openami/exchange';
import { type AccessContext, billingMonthOf, formatDay } from '@openami/model';
import type { ImpactAgreement, ImpactFigures, RegistryStore, TariffImpact } from '@openami/store';
import type {
  ImpactAgreementItem,
  TariffImpactCreate,
  TariffImpactDetail,
  TariffImpactItem,
} from '../../../contract/tariff-impacts.ts';
import { serverErrors } from '../../../errors.ts';
import { dayAsked, daysAsked } from '../../../http/days.ts';
import type { NameOf } from '../../../identity/names.ts';
import type { TariffBook } from '../tariff-book.ts';
import { unstored } from '../test-bill.ts';
import type { ImpactRunner } from './impact-runner.ts';

const usualCycles = 12;
/** Two years and a cycle. */
const mostDays = 800;
const rowsAtOnce = 1_000;

export interface ImpactParts {
  readonly registry: Pick<RegistryStore, 'tariffImpacts'>;
  readonly book: TariffBook;
  readonly impacts: Pick<ImpactRunner, 'loop'>;
}

/** Each is work for minutes, one after the other. */
const mostWaiting = 10;
const unfinished = new Set(['draft', 'calculating']);

/** Starts one. `today` is a day number. Raises TARIFF_INVALID, NOT_FOUND, VALIDATION_FAILED. */
export async function createImpact(
  { registry, book, impacts }: ImpactParts,
  ctx: AccessContext,
  key: string,
  body: TariffImpactCreate,
  today: number,
): Promise<TariffImpact> {
  const { tariff, document, versions = 'current', filter = {}, note = '' } = body;
  if ((tariff === undefined) === (document === undefined))
    throw serverErrors.VALIDATION_FAILED('tariff: give the code of a tariff, or a document, and not both');
  const { record } = document === undefined ? await book.of(tariff!) : unstored(document);
  const to = body.to ?? formatDay(billingMonthOf(today, 1).from);
  const from = body.from ?? formatDay(yearBefore(to));
  daysAsked(from, to, mostDays);
  const { items } = await registry.tariffImpacts.list(ctx, { limit: 100 });
  const waiting = items.filter(({ state, key: of }) => unfinished.has(state) && of !== key).length;
  if (waiting >= mostWaiting)
    throw serverErrors.IMPACT_QUEUE(`${waiting} are at work or wait for their turn`);
  const { impact } = await registry.tariffImpacts.create(ctx, {
    ...{ key, tariff: record.code, document: document ?? null, commodity: record.commodity },
    ...{ currency: record.currency, versions, fromDay: from, toDay: to, filter, note },
  });
  impacts.loop.kick();
  return impact;
}

function yearBefore(to: string): number {
  let fromDay = dayAsked('to', to);
  for (let i = 0; i < usualCycles; i++) fromDay = billingMonthOf(fromDay - 1, 1).from;
  return fromDay;
}

/** One that failed or was cancelled goes on where it stopped. Raises IMPACT_STATE. */
export async function resumeImpact(
  { registry, impacts }: ImpactParts,
  ctx: AccessContext,
  id: number,
): Promise<TariffImpact> {
  const { revision } = await registry.tariffImpacts.get(ctx, id);
  const to = revision === 0 ? 'draft' : 'calculating';
  const patch = { error: null };
  const impact = await registry.tariffImpacts.transition(ctx, id, ['failed', 'cancelled'], to, patch);
  impacts.loop.kick();
  return impact;
}

export function showImpact(impact: TariffImpact, nameOf: NameOf): TariffImpactItem {
  const { id, tariff, document, commodity, currency, versions, fromDay, toDay, filter, note, state } = impact;
  const { revision, agreements, done, error, createdBy, version } = impact;
  const progress = agreements === 0 ? (state === 'done' ? 1 : 0) : Math.min(1, done / agreements);
  return {
    ...{ id, tariff, isStored: document === null, commodity, currency, versions, from: fromDay, to: toDay },
    ...{ filter: { ...filter }, note, state, readingRevision: revision, agreements, done, progress },
    error: error === null ? null : { ...error },
    ...{ createdBy, createdByName: nameOf(createdBy), createdAt: impact.createdAt.toISOString() },
    ...{ finishedAt: impact.finishedAt?.toISOString() ?? null, version },
  };
}

export function showDetail(
  impact: TariffImpact,
  { all, classes, reasons }: ImpactFigures,
  nameOf: NameOf,
): TariffImpactDetail {
  return {
    ...showImpact(impact, nameOf),
    document: impact.document as TariffImpactDetail['document'],
    ...{ sums: { ...all }, classes: classes.map((one) => ({ ...one })), unratedBecause: { ...reasons } },
    assumptions: [
      'The same use at the same times, whatever the tariff.',
      impact.versions === 'current'
        ? 'Each tariff as it stands at the end of the time, throughout.'
        : 'Each tariff as it stood then.',
      'Everybody begins without banked energy, credit or past peaks, on both sides.',
      'Cycles without any reading are left out; single intervals that are missing count for nothing.',
      'Agreements that hold on the last day of the time are looked at.',
    ],
  };
}

export function showAgreement(row: ImpactAgreement): ImpactAgreementItem {
  const { agreement, account, customer, usagePoint, serviceClass, tariff, cycles } = row;
  const { before, after, difference, percent, reason, message } = row;
  return {
    ...{ agreement, account, customer, usagePoint, serviceClass, tariff, cycles },
    ...{ before, after, difference, percent, reason, message },
  };
}

const csvColumns = [
  ...['agreement', 'account', 'customer', 'usage_point', 'service_class', 'tariff', 'cycles'],
  ...['before', 'after', 'difference', 'percent', 'reason', 'message'],
];

/** Every agreement: those that are rated, who pays most more first, then the others. */
export async function* exportImpact(
  { registry }: Pick<ImpactParts, 'registry'>,
  ctx: AccessContext,
  id: number,
  serviceClass: string | undefined,
): AsyncGenerator<string, void, undefined> {
  yield `${csvColumns.join(',')}\r\n`;
  for (const order of ['losers', 'unrated'] as const)
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = {
        order,
        limit: rowsAtOnce,
        ...(cursor && { cursor }),
        ...(serviceClass && { serviceClass }),
      };
      const page = await registry.tariffImpacts.agreements(ctx, id, query);
      yield page.items.map((row) => csvRow(showAgreement(row))).join('');
      cursor = page.next;
    }
}

/** Texts are guarded against being run as formulas; numbers stand as they are. */
function csvRow(row: ImpactAgreementItem): string {
  const texts = [row.agreement, row.account, row.customer, row.usagePoint, row.serviceClass, row.tariff];
  const numbers = [row.cycles, row.before, row.after, row.difference, row.percent];
  const cells = [...texts.map(csvCell), ...numbers.map((one) => String(one ?? ''))];
  return `${[...cells, csvCell(row.reason), csvCell(row.message)].join(',')}\r\n`;
}
