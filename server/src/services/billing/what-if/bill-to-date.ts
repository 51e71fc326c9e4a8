/**
 * The bill of the cycle that is running: so far, and projected to its end.
 *
 *   cycle   |———— measured ————|······ forecast ······|
 *   to date |———— rated ———————|
 *   projection |—— rated as one bill, likely, low and high ——|
 */
import { above, billView } from '@openami/billing';
import { type AccessContext, billingMonthOf, formatDay, formatInstant, parseDecimal } from '@openami/model';
import { type BillHoldRecord, registryErrors } from '@openami/store';
import type { BillToDate } from '../../../contract/what-if.ts';
import { usageText } from '../bill-runner.ts';
import { type BillTask, type Calculated, calculate, windowOf } from '../calculate.ts';
import { tariffPieces } from '../rate-agreement.ts';
import { showLines } from '../show.ts';
import { agreementOn, carriedInto, localToday, type WhatIfParts } from './facts.ts';
import { type KnownUsage, knownUsage } from './known-usage.ts';

/** Raises NOT_FOUND where the agreement does not hold in the cycle of today. */
export async function billToDate(
  parts: WhatIfParts,
  ctx: AccessContext,
  code: string,
  coverage = 0.8,
): Promise<BillToDate> {
  const { registry, store, book, clock } = parts;
  const nowS = Math.floor(clock.nowMs() / 1_000);
  const agreement = await agreementOn(parts, ctx, code, localToday(parts, 'UTC'));
  const today = localToday(parts, agreement.zone);
  const cycle = billingMonthOf(today, agreement.anchorDay);
  const { carryIn, before } = await carriedInto(parts, ctx, agreement.id, cycle.from);
  const window = windowOf(agreement, cycle, before);
  if (window === undefined) throw registryErrors.NOT_FOUND(`agreement ${code} on ${formatDay(today)}`);
  const tariffs = await book.many(agreement.tariffs.map(({ tariff }) => tariff));
  const revision = store.writer.horizon();
  const { pieces, gaps } = tariffPieces(agreement, window, tariffs);
  const task: BillTask = { agreement, cycle, window, carryIn };
  const query = { agreement, pieces, window, nowS, revision, coverage };
  // what has no tariff is told by the calculation
  const isRated = pieces.length > 0 && gaps.length === 0;
  const known = isRated ? await knownUsage(parts, ctx, query) : undefined;
  const tasks = tasksOf(task, known);
  const options = { registry, store, tariffs, revision };
  const made = await calculate(ctx, tasks.length > 0 ? tasks : [task], options);
  const [first] = made as [Calculated, ...Calculated[]];
  const toDate = known?.throughS === undefined ? undefined : first;
  const projected = made.length >= 3 ? made.slice(-3) : undefined;
  const record = pieces.at(-1)?.tariff.record;
  return {
    ...{ agreement: agreement.code, account: agreement.account, usagePoint: agreement.usagePoint },
    ...{ tariff: record?.code ?? null, currency: record?.currency ?? null, unit: record?.unit ?? null },
    ...{ cycleFrom: formatDay(cycle.from), cycleTo: formatDay(cycle.to), asOf: formatInstant(nowS) },
    lastReadingAt: known?.lastReadingS === undefined ? null : formatInstant(known.lastReadingS),
    toDate: toDate?.bill === undefined ? null : showToDate(toDate.bill),
    projection: known && projected ? showProjection(known, projected, coverage) : null,
    // customers read this: what is not issued is nobody's bill yet
    before:
      before?.state === 'issued' ? { id: before.id, total: before.total, currency: before.currency } : null,
    holds: holdsOf(first, known, tasks.length) as BillToDate['holds'],
    assumptions: assumptionsOf(known, projected?.[0]),
  };
}

/** So far, where anything was read; then likely, low and high. */
function tasksOf(task: BillTask, known: KnownUsage | undefined): BillTask[] {
  const { throughS, toDate, projected } = known ?? {};
  const { fromS } = task.window;
  return [
    ...(throughS === undefined || toDate === undefined
      ? []
      : [{ ...task, window: { fromS, toS: throughS }, usage: toDate }]),
    ...(projected === undefined
      ? []
      : [projected.likely, projected.low, projected.high].map((usage) => ({ ...task, usage }))),
  ];
}

function showToDate(bill: NonNullable<Calculated['bill']>): BillToDate['toDate'] {
  const { lines, problems, readings, ...view } = billView(bill);
  const { expected, present, estimated } = readings;
  const share = (count: number) => (expected === 0 ? 0 : count / expected);
  return {
    ...{ from: view.from, to: view.to, total: view.total, usage: usageText(bill), intervals: expected },
    ...{ missingShare: share(expected - present), estimatedShare: share(estimated) },
    ...{ lines: showLines(lines), problems: problems.map((one) => ({ ...one })) },
  };
}

function showProjection(
  { projected }: KnownUsage,
  made: readonly Calculated[],
  coverage: number,
): BillToDate['projection'] {
  const [likely, ...ends] = made.map(({ bill }) => bill);
  if (projected === undefined || likely === undefined) return null;
  const { method, forecastShare, yearFactor, spread } = projected;
  const { total, lines } = billView(likely);
  // who feeds in may pay less the more is used: the range is that of the totals
  const sorted = (texts: readonly string[]): [string, string] => {
    const order = [...texts].sort((a, b) => (above(parseDecimal(b), parseDecimal(a)) ? -1 : 1));
    return [order[0]!, order.at(-1)!];
  };
  const rated = ends.flatMap((bill) => (bill === undefined ? [] : [bill]));
  const [low, high] = sorted([total, ...rated.map((bill) => billView(bill).total)]);
  const usage = usageText(likely);
  const [usageLow, usageHigh] = sorted([usage, ...rated.map(usageText)]);
  return {
    ...{ total, low, high, coverage, usage, usageLow, usageHigh, forecastShare, method, yearFactor },
    ...{ trials: spread.tried, lines: showLines(lines) },
  };
}

function holdsOf(first: Calculated, known: KnownUsage | undefined, rated: number): readonly BillHoldRecord[] {
  if (first.holds.length > 0 || known === undefined) return first.holds;
  if (rated > 0) return [];
  return [{ code: 'NOT_READY', message: 'Nothing was read of the cycle yet, nor of the weeks before it.' }];
}

function assumptionsOf(known: KnownUsage | undefined, likely: Calculated | undefined): string[] {
  if (known === undefined) return [];
  const { throughS, projected } = known;
  return [
    ...(throughS === undefined
      ? []
      : ['To date: as if the agreement ended with the last reading; fees and limits by the days so far.']),
    ...(projected === undefined ? [] : [projectionWords(projected, likely)]),
  ];
}

/** What it rests on, or why there is none: prices of days to come may not be known. */
function projectionWords(
  projected: NonNullable<KnownUsage['projected']>,
  likely: Calculated | undefined,
): string {
  const [hold] = likely?.bill === undefined ? (likely?.holds ?? []) : [];
  return hold === undefined ? forecastWords(projected) : `No projection: ${hold.message}`;
}

function forecastWords({ method, spread, yearFactor }: NonNullable<KnownUsage['projected']>): string {
  const range =
    spread.tried === 0
      ? 'The range is the usual one: there is too little past to try it on.'
      : `The range is learnt from ${spread.tried} forecasts of the own past.`;
  if (method === 'daily-mean')
    return `Projection: the rest of the cycle is as the mean day of the last weeks. ${range}`;
  const year =
    yearFactor === 1 ? '' : `, times ${yearFactor.toFixed(2)} for what the same weeks of last year did`;
  return `Projection: each day to come is as days of its kind in the last four weeks${year}. ${range}`;
}
