/**
 * What holds a bill back: days that are not closed, exceptions that forbid billing, missing or too many
 * estimated intervals, and a total that is far from the last one.
 */
import { type BillView, sizeOf } from '@openami/billing';
import { formatDay, type Period, parseDay, parseDecimal, systemAccess } from '@openami/model';
import type { BillBefore, BillHoldRecord, RegistryStore } from '@openami/store';
import type { RunSettings } from '../../contract/bill-runs.ts';
import type { FigureService } from '../vee/figures.ts';
import type { Calculated } from './calculate.ts';

export const usualSettings: RunSettings = { outlierPercent: 50, outlierAmount: '20', mostEstimated: 0.1 };

export interface GateOptions {
  readonly figures: Pick<FigureService, 'readiness'>;
  readonly registry: Pick<RegistryStore, 'veeProgress'>;
}

/** Holds of validation, by the id of the agreement. `cycle` in day numbers. */
export async function readinessHolds(
  { figures, registry }: GateOptions,
  calculated: readonly Calculated[],
  cycle: Period,
): Promise<ReadonlyMap<number, BillHoldRecord[]>> {
  const asked = calculated.filter(
    ({ channels }) => channels.source === 'intervals' && channels.import.length > 0,
  );
  const points = asked.map(({ task: { agreement }, channels }) => ({
    ...{ account: agreement.account, usagePoint: agreement.usagePoint },
    meters: [...new Set(channels.import.map(({ channel }) => channel.meterId))],
  }));
  if (points.length === 0) return new Map();
  const found = await figures.readiness(points, cycle.from, cycle.to);
  const closed = await registry.veeProgress.closed(systemAccess);
  const last = cycle.to - 1;
  const holds = new Map<number, BillHoldRecord[]>();
  for (const [i, { task }] of asked.entries()) {
    const { agreement } = task;
    const words: string[] = [];
    const { blocking, obstacles } = found[i]!;
    const through = closed.get(agreement.zone);
    if (obstacles.includes('empty')) words.push('none of its days is closed');
    else if (through === undefined || parseDay(through) < last)
      words.push(
        `days of ${agreement.zone} are closed up to ${through ?? 'none'}, the cycle ends ${formatDay(last)}`,
      );
    if (blocking === 1) words.push('an exception forbids billing: decide it');
    else if (blocking > 1) words.push(`${blocking} exceptions forbid billing: decide them`);
    if (words.length > 0) holds.set(agreement.id, [{ code: 'NOT_READY', message: `${sentence(words)}.` }]);
  }
  return holds;
}

function sentence(words: readonly string[]): string {
  const text = words.join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Holds that the bill itself gives reason for. */
export function billHolds(
  {
    total,
    currency,
    readings: { expected, present, estimated },
  }: Pick<BillView, 'total' | 'currency' | 'readings'>,
  before: BillBefore | undefined,
  { outlierPercent, outlierAmount, mostEstimated }: RunSettings,
): BillHoldRecord[] {
  const holds: BillHoldRecord[] = [];
  if (present < expected)
    holds.push({
      code: 'NOT_READY',
      message: `${expected - present} of ${expected} intervals are missing: their energy is not in the bill.`,
    });
  if (estimated > mostEstimated * expected)
    holds.push({ code: 'ESTIMATED', message: `${estimated} of ${expected} intervals are estimated.` });
  if (before?.currency === currency && isFar(total, before.total, outlierPercent, outlierAmount))
    holds.push({
      code: 'OUTLIER',
      message: `${total} where the last bill was ${before.total} ${currency}.`,
    });
  return holds;
}

/** More than a share of the last total and more than an amount away from it, exactly. */
export function isFar(total: string, before: string, percent: number, amount: string): boolean {
  const [now, last, share, most] = [total, before, percent, amount].map((one) => parseDecimal(one));
  // a difference as a fraction: (n·d' - n'·d) / (d·d')
  const n = sizeOf(now!.n * last!.d - last!.n * now!.d);
  const d = now!.d * last!.d;
  const overAmount = n * most!.d > most!.n * d;
  const overShare = n * last!.d * share!.d * 100n > share!.n * sizeOf(last!.n) * d;
  return overAmount && overShare;
}
