/** Usage of an own usage point as bars: by month, by day, or the intervals of a day. */
import { scaledText } from '@openami/billing';
import { billingMonthOf, formatInstant } from '@openami/model';
import type { BilledAgreement } from '@openami/store';
import type { MyUsage, UsageBar } from '../../contract/my.ts';
import { daysAsked } from '../../http/days.ts';
import { windowOf } from '../billing/calculate.ts';
import { intervalBars } from './interval-bars.ts';
import { daysHeld, type Own } from './own.ts';
import { monthStart, type RatingParts, rateStretches, type Stretch } from './rated-days.ts';
import {
  type Between,
  countsOf,
  type Frame,
  frameOf,
  knownToS,
  quantityOf,
  type Running,
  runningOf,
} from './running.ts';

/** Local days in one request. */
const mostDays: Readonly<Record<MyUsage['by'], number>> = { month: 1_150, day: 62, interval: 2 };

export interface UsageAsked {
  readonly by: MyUsage['by'];
  readonly from: string;
  readonly to: string;
}

/** Raises VALIDATION_FAILED, OUT_OF_SCOPE. */
export async function usageOf(
  parts: RatingParts,
  own: Own,
  agreement: BilledAgreement,
  { by, from, to }: UsageAsked,
  nowS: number,
): Promise<MyUsage> {
  const { fromDay, toDay } = daysAsked(from, to, mostDays[by]);
  const held = daysHeld(agreement, nowS);
  const days = { from: Math.max(fromDay, held.from), to: Math.min(toDay, held.to) };
  const steps = by === 'month' ? monthsOf(days) : daysOf(days);
  const stretches = stretchesOf(agreement, steps);
  const { rated, versions, registers, note } = await rateStretches(parts, own, agreement, stretches, nowS);
  const frame = frameOf(versions);
  const nothing = { unit: '', currency: null, periods: [], bars: [], total: { usage: '0', cost: null } };
  if (frame === undefined) return { by, zone: agreement.zone, ...nothing, note };
  const priced = note === '';
  const running = rated.map((one) => runningOf(one, frame));
  const bars = steps.flatMap((step, i): Between[] => {
    const held = windowOf(agreement, step);
    if (held === undefined || held.fromS >= nowS) return [];
    const times = { startS: held.fromS, endS: Math.min(held.toS, nowS), runs: held.toS > nowS };
    const month = registers.get(stretches[2 * i]!.from);
    return [{ ...times, before: running[2 * i], after: running[2 * i + 1], month }];
  });
  const shown =
    by === 'interval'
      ? await intervalBars(parts, own, agreement, { bars, frame, rated, priced })
      : bars.flatMap((bar) => barOf(bar, frame, priced) ?? []);
  return {
    ...{ by, unit: frame.unit, currency: priced ? frame.currency : null, zone: agreement.zone },
    ...{ periods: [...frame.periods], bars: shown, total: totalOf(bars, frame, priced), note },
  };
}

function monthsOf({ from, to }: Stretch): Stretch[] {
  const months: Stretch[] = [];
  for (let day = from; day < to; ) {
    const end = Math.min(to, billingMonthOf(day, 1).to);
    months.push({ from: day, to: end });
    day = end;
  }
  return months;
}

function daysOf({ from, to }: Stretch): Stretch[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ from: from + i, to: from + i + 1 }));
}

/** For each step two stretches of its month: up to its beginning, and up to its end. */
function stretchesOf(agreement: BilledAgreement, steps: readonly Stretch[]): Stretch[] {
  return steps.flatMap(({ from, to }) => {
    const first = monthStart(agreement, from);
    return [
      { from: first, to: from },
      { from: first, to },
    ];
  });
}

function barOf(bar: Between, frame: Frame, priced: boolean): UsageBar | undefined {
  const { startS, before, after, month } = bar;
  if (after === undefined && month === undefined) return undefined;
  const counts = countsOf(bar);
  const isRated = after !== undefined && after.toS !== before?.toS;
  const moved = (of: (one: Running) => number) => (after ? of(after) : 0) - (before ? of(before) : 0);
  return {
    ...{ start: formatInstant(startS), end: formatInstant(knownToS(bar)) },
    usage:
      counts.present === 0
        ? null
        : quantityOf(
            moved(({ used }) => used),
            frame,
          ),
    cost: priced && isRated ? scaledText(after.cost - (before?.cost ?? 0n), frame.digits) : null,
    periods: frame.periods.map((_, p) =>
      quantityOf(
        moved(({ periods }) => periods[p]!),
        frame,
      ),
    ),
    ...counts,
  };
}

function totalOf(bars: readonly Between[], frame: Frame, priced: boolean): MyUsage['total'] {
  let [used, cost] = [0, 0n];
  for (const { before, after } of bars) {
    used += (after?.used ?? 0) - (after ? (before?.used ?? 0) : 0);
    cost += (after?.cost ?? 0n) - (after ? (before?.cost ?? 0n) : 0n);
  }
  return { usage: quantityOf(used, frame), cost: priced ? scaledText(cost, frame.digits) : null };
}
