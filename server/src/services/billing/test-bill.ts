/** Bills that are not stored: an account on its tariff, on another, or on one that is being written. */
import { billView, checkTariff, readTariff } from '@openami/billing';
import { type AccessContext, billingMonthOf, formatDay } from '@openami/model';
import { type BilledAgreement, registryErrors } from '@openami/store';
import type { AppContext } from '../../context.ts';
import type { TestBill, TestBillBody } from '../../contract/billing.ts';
import { serverErrors } from '../../errors.ts';
import { daysAsked } from '../../http/days.ts';
import { type BillTask, calculate, windowOf } from './calculate.ts';
import { showDeterminants, showLines } from './show.ts';
import { type BookedTariff, headOf, type TariffBook } from './tariff-book.ts';

const mostDays = 400;
const mostAgreements = 50;

type Parts = Pick<AppContext, 'registry' | 'store'> & { readonly book: TariffBook };

/** Raises NOT_FOUND, VALIDATION_FAILED, OUT_OF_SCOPE. */
export async function testBill(
  { registry, store, book }: Parts,
  ctx: AccessContext,
  { account, agreement, tariff, document, from, to }: TestBillBody,
): Promise<TestBill> {
  const { fromDay, toDay } = daysAsked(from, to, mostDays);
  if (document !== undefined) {
    const faults = checkTariff(document);
    if (faults.length > 0) return { ok: false, faults: [...faults], bills: [] };
  }
  const other = document === undefined ? tariff && (await book.of(tariff)) : unstored(document);
  const query = { from, to, accounts: [account] };
  const ids = await registry.billingFacts.ids(ctx, query);
  const found = (await registry.billingFacts.of(ctx, ids.slice(0, mostAgreements))).filter(
    ({ code, commodity }) =>
      (agreement === undefined || code === agreement) && (!other || other.record.commodity === commodity),
  );
  if (found.length === 0)
    throw registryErrors.NOT_FOUND(`agreement of account ${account} from ${from} to ${to} for this tariff`);
  const agreements = other ? found.map((one) => onTariff(one, other.record.code)) : found;
  const tariffs = other
    ? new Map([[other.record.code, other]])
    : await book.many(agreements.flatMap((one) => one.tariffs.map((given) => given.tariff)));
  const tasks = agreements.flatMap((one) => tasksOf(one, fromDay, toDay));
  if (tasks.length === 0) throw serverErrors.VALIDATION_FAILED('from: the agreement does not hold then');
  const revision = store.writer.horizon();
  const calculated = await calculate(ctx, tasks, { registry, store, tariffs, revision });
  return {
    ok: calculated.every(({ bill }) => bill !== undefined),
    faults: calculated.flatMap(({ holds, task }) =>
      holds.map(({ message }) => ({ path: task.agreement.code, message })),
    ),
    bills: calculated.flatMap(({ bill, task, tariff: code, channels }) => {
      if (bill === undefined) return [];
      const { lines, earned = [], problems, ...view } = billView(bill);
      return {
        ...{ agreement: task.agreement.code, usagePoint: task.agreement.usagePoint, tariff: code ?? '' },
        ...{ from: view.from, to: view.to, total: view.total, currency: view.currency },
        ...{
          lines: showLines(lines),
          earned: showLines(earned),
          problems: problems.map((one) => ({ ...one })),
        },
        determinants: bill.parts.map((part) =>
          showDeterminants(
            part.determinants,
            part.version,
            part.days,
            channels.source,
            part.tariff.record.code,
          ),
        ),
      };
    }),
  };
}

/** Calendar months, the first and the last as far as they are asked for and the agreement holds. */
function tasksOf(agreement: BilledAgreement, fromDay: number, toDay: number): BillTask[] {
  const tasks: BillTask[] = [];
  for (let day = fromDay; day < toDay; ) {
    const cycle = billingMonthOf(day, 1);
    const end = Math.min(toDay, cycle.to);
    const window = windowOf(agreement, { from: day, to: end });
    if (window !== undefined) tasks.push({ agreement, cycle, window });
    day = end;
  }
  return tasks;
}

/** The agreement as if it had always had another tariff. */
export function onTariff(agreement: BilledAgreement, code: string): BilledAgreement {
  const persons = agreement.tariffs.at(-1)?.persons ?? 1;
  return { ...agreement, tariffs: [{ tariff: code, validFrom: formatDay(0), validUntil: null, persons }] };
}

/** A tariff that is in no store. */
export function unstored(document: unknown): BookedTariff {
  const compiled = readTariff(document);
  return {
    record: { ...headOf(compiled), id: 0, version: 0, createdBy: '', createdAt: new Date(0) },
    compiled,
    numberOf: (version) => compiled.versions.indexOf(version) + 1,
    versionOf: (number) => compiled.versions[number - 1],
  };
}
