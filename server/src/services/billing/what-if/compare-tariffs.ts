/**
 * An agreement's past on other tariffs: each cycle is rated on each, one after the other, so that ratchets,
 * banks and minima of a year are carried on as on real bills. What a tariff needs and is not known is said of
 * that tariff alone.
 */
import { type AccessContext, billingMonthOf, formatDay, type Period } from '@openami/model';
import type { BilledAgreement } from '@openami/store';
import type { TariffComparison, TariffComparisonBody } from '../../../contract/what-if.ts';
import { serverErrors } from '../../../errors.ts';
import { daysAsked } from '../../../http/days.ts';
import { type BillTask, type Calculated, calculate, windowOf } from '../calculate.ts';
import type { BookedTariff } from '../tariff-book.ts';
import { onTariff } from '../test-bill.ts';
import { agreementOn, carriedInto, localToday, type WhatIfParts } from './facts.ts';
import { type Candidate, type Rated, ranked } from './rank-tariffs.ts';
import { asOfDay, draftOf, tariffOn } from './tariff-choice.ts';

const usualCycles = 12;
/** Two years, and what a cycle is longer than a month. */
const mostDays = 800;
const mostTariffs = 50;

/** Raises NOT_FOUND, VALIDATION_FAILED, OUT_OF_SCOPE. */
export async function compareTariffs(
  parts: WhatIfParts,
  ctx: AccessContext,
  code: string,
  body: TariffComparisonBody,
): Promise<TariffComparison> {
  const { registry, store } = parts;
  const agreement = await agreementOn(parts, ctx, code, await dayOf(parts, body));
  const cycles = cyclesOf(agreement, localToday(parts, agreement.zone), body);
  const versions = body.versions ?? 'current';
  const [from, to] = [formatDay(cycles[0]!.from), formatDay(cycles.at(-1)!.to)];
  const shell = {
    ...{ agreement: agreement.code, account: agreement.account, usagePoint: agreement.usagePoint },
    ...{ from, to, versions },
  };
  const { draft, faults } = body.document === undefined ? { faults: [] } : draftOf(body.document);
  if (faults.length > 0)
    return { ok: false, faults: [...faults], ...shell, ...nothing, tariffs: [], assumptions: [] };
  const { candidates, tariffs } = await candidatesOf(
    parts,
    ctx,
    agreement,
    body,
    draft,
    cycles.at(-1)!.to - 1,
  );
  const revision = store.writer.horizon();
  const { carryIn } = await carriedInto(parts, ctx, agreement.id, cycles[0]!.from);
  const rated = candidates.map((candidate): Rated => ({ candidate, bills: [], holds: [], state: undefined }));
  // what the bills before left is of the tariffs the agreement had
  for (const one of rated) if (one.candidate.isCurrent && versions === 'history') one.state = carryIn;
  let empty = 0;
  for (const cycle of cycles) {
    const open = rated.filter(({ holds }) => holds.length === 0);
    const tasks = open.flatMap(({ candidate, state }): BillTask[] => {
      const window = windowOf(candidate.agreement, cycle);
      return window === undefined
        ? []
        : [{ agreement: candidate.agreement, cycle, window, ...(state && { carryIn: state }) }];
    });
    if (tasks.length === 0) continue;
    const made = await calculate(ctx, tasks, { registry, store, tariffs, revision });
    const bills = made.flatMap(({ bill }) => bill ?? []);
    const isEmpty = bills.length > 0 && !bills.some(hasReadings);
    if (isEmpty) empty++;
    for (const [i, one] of made.entries()) if (!isEmpty || one.bill === undefined) take(open[i]!, cycle, one);
  }
  return {
    ...{ ok: true, faults: [], ...shell, monthsWithoutReadings: empty },
    unit: candidates[0]?.booked.record.unit ?? null,
    tariffs: ranked(rated),
    assumptions: assumptionsOf(versions, empty),
  };
}

const nothing = { monthsWithoutReadings: 0, unit: null };

function take(rated: Rated, cycle: Period, { bill, holds }: Calculated): void {
  if (bill === undefined) {
    rated.holds.push(...holds);
    return;
  }
  rated.bills.push({ cycle, bill });
  rated.state = bill.state;
}

function hasReadings({ parts }: NonNullable<Calculated['bill']>): boolean {
  return parts.some(({ determinants }) => determinants.present > 0);
}

/** A day on which the agreement must hold: within what is asked about. */
async function dayOf(parts: WhatIfParts, { to }: TariffComparisonBody): Promise<number> {
  const today = localToday(parts, 'UTC');
  return to === undefined ? today : Math.min(today, daysAsked('1970-01-02', to, today + mostDays).toDay - 1);
}

/** Whole cycles: those asked for, or the last twelve that are over. */
function cyclesOf(
  { anchorDay }: BilledAgreement,
  today: number,
  { from, to }: TariffComparisonBody,
): readonly [Period, ...Period[]] {
  const cycles: Period[] = [];
  if (from !== undefined) {
    const { fromDay, toDay } = daysAsked(from, to ?? formatDay(today), mostDays);
    for (let cycle = billingMonthOf(fromDay, anchorDay); cycle.from < toDay; ) {
      if (cycle.from >= fromDay && cycle.to <= toDay) cycles.push(cycle);
      cycle = billingMonthOf(cycle.to, anchorDay);
    }
  } else {
    let end = to === undefined ? today : daysAsked('1970-01-02', to, today + mostDays).toDay;
    while (cycles.length < usualCycles) {
      const cycle = billingMonthOf(end - 1, anchorDay);
      if (cycle.to <= end) cycles.unshift(cycle);
      end = cycle.from;
    }
  }
  const [first, ...others] = cycles;
  if (first === undefined)
    throw serverErrors.VALIDATION_FAILED(`from: no whole cycle lies in it; cycles begin on day ${anchorDay}`);
  return [first, ...others];
}

async function candidatesOf(
  { registry, book }: WhatIfParts,
  ctx: AccessContext,
  agreement: BilledAgreement,
  { tariffs: asked, document, versions = 'current' }: TariffComparisonBody,
  draft: BookedTariff | undefined,
  lastDay: number,
): Promise<{ readonly candidates: Candidate[]; readonly tariffs: Map<string, BookedTariff> }> {
  const day = formatDay(lastDay);
  const own = tariffOn(agreement, day);
  const all = asked ?? (document === undefined ? await codesOf({ registry }, ctx, agreement, day) : []);
  const codes = new Set([...(own === undefined ? [] : [own]), ...all]);
  const tariffs = new Map<string, BookedTariff>();
  const candidates: Candidate[] = [];
  const add = (key: string, found: BookedTariff, more: Partial<Candidate>): void => {
    const booked = versions === 'current' ? asOfDay(found, lastDay) : found;
    tariffs.set(key, booked);
    const given = { booked, agreement: onTariff(agreement, key), isCurrent: false, isStored: true };
    candidates.push({ ...given, ...more });
  };
  for (const code of codes) add(code, await book.of(code), { isCurrent: code === own });
  if (draft !== undefined) add('(draft)', draft, { isStored: false });
  if (versions === 'history' && own !== undefined) {
    // what was paid: each tariff the agreement had, when it had it
    const had = await book.many(agreement.tariffs.map(({ tariff }) => tariff));
    for (const [code, booked] of had) tariffs.set(code, booked);
    const at = candidates.findIndex(({ isCurrent }) => isCurrent);
    candidates[at] = { ...candidates[at]!, agreement };
  }
  return { candidates, tariffs };
}

async function codesOf(
  { registry }: Pick<WhatIfParts, 'registry'>,
  ctx: AccessContext,
  { commodity }: BilledAgreement,
  day: string,
): Promise<string[]> {
  const all = (await registry.tariffs.list(ctx, day)).filter((one) => one.commodity === commodity);
  return all.slice(0, mostTariffs).map(({ code }) => code);
}

function assumptionsOf(versions: TariffComparison['versions'], empty: number): string[] {
  return [
    'The same use at the same times, whatever the tariff.',
    versions === 'current'
      ? 'Each tariff as it stands now, throughout: prices of today on the use of then.'
      : 'Each tariff as it stood then; the agreement has what it had, with what its bills carried on.',
    'Other tariffs begin without banked energy, credit or past peaks.',
    'Intervals that are missing count for nothing on any tariff.',
    ...(empty > 0 ? [`${empty} cycles without any reading are left out.`] : []),
  ];
}
