/**
 * The intervals of a day. What one cost is its share of what the day's bill says of its period, so that
 * intervals come to the day but for standing charges and peaks, which no interval has.
 */
import { type CompiledVersion, periodMapsOf, type UsageSegment, windowsOfPeriod } from '@openami/billing';
import { formatInstant, zoneTable } from '@openami/model';
import type { BilledAgreement } from '@openami/store';
import type { UsageBar } from '../../contract/my.ts';
import { billedChannels } from '../billing/billed-channels.ts';
import { readingsAsOf } from '../billing/billed-readings.ts';
import type { Calculated } from '../billing/calculate.ts';
import { intervalUsage } from '../billing/usage.ts';
import type { Own } from './own.ts';
import type { RatingParts } from './rated-days.ts';
import { type Between, type Frame, quantityOf, scheduleOf } from './running.ts';

export interface DayParts {
  readonly bars: readonly Between[];
  readonly frame: Frame;
  /** Of each day two: up to its beginning, and up to its end. */
  readonly rated: readonly (Calculated | undefined)[];
  readonly priced: boolean;
}

/** Empty where meters have registers alone. */
export async function intervalBars(
  { store }: Pick<RatingParts, 'store'>,
  { ctx }: Own,
  agreement: BilledAgreement,
  { bars, frame, rated, priced }: DayParts,
): Promise<UsageBar[]> {
  const shown: UsageBar[] = [];
  for (const [i, { startS, after }] of bars.entries()) {
    if (after === undefined) continue;
    const fromS = Math.max(startS, Math.ceil(agreement.fromS));
    const channels = billedChannels(agreement, fromS, after.toS);
    if (channels.source === 'registers') return [];
    const ids = channels.import.map(({ channel }) => channel.channelId);
    const longest = Math.max(0, ...channels.import.map(({ channel }) => channel.intervalS));
    const span = { fromS: fromS - 1, toS: after.toS + longest };
    const rows = await readingsAsOf(store, ctx, ids, span, store.writer.horizon());
    const needs = { export: false, reactive: false };
    const usage = intervalUsage(channels, needs, rows, zoneTable(agreement.zone));
    const version = rated[2 * i + 1]?.bill?.parts.at(-1)?.version;
    const periods = periodsAt(version, frame, { fromS, toS: after.toS }, agreement.zone);
    const prices = priced ? pricesOf(rated[2 * i], rated[2 * i + 1], frame) : undefined;
    for (const segment of usage.import) addBars(shown, segment, { frame, periods, prices });
  }
  return shown;
}

/** The period that holds at an instant, as its place in the frame; -1 for none. */
type PeriodAt = (atS: number) => number;

function periodsAt(
  version: CompiledVersion | undefined,
  { periods }: Frame,
  window: { readonly fromS: number; readonly toS: number },
  zone: string,
): PeriodAt {
  const at = version === undefined ? 0 : scheduleOf(version);
  if (version === undefined || at === 0) return () => -1;
  const map = periodMapsOf(version, window, zone)[at]!;
  const windows = periods.map((name) => windowsOfPeriod(map, name));
  return (atS) => windows.findIndex((spans) => spans.some(({ fromS, toS }) => atS >= fromS && atS < toS));
}

/** Money a unit, by the place of a period; the last is of all periods. */
function pricesOf(
  before: Calculated | undefined,
  after: Calculated | undefined,
  frame: Frame,
): readonly number[] {
  const [old, now] = [amountsOf(before, frame), amountsOf(after, frame)];
  const each = (amount: number, used: number) => (used > 0 ? amount / used : 0);
  const minus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);
  const amounts = minus(now.amounts, old.amounts);
  const used = minus(now.used, old.used);
  const whole = each(amounts.at(-1)!, used.at(-1)!);
  const share = now.measured === 0 ? 1 : now.total / now.measured;
  return [...frame.periods.map((_, p) => (each(amounts[p]!, used[p]!) + whole) * share), whole * share];
}

interface Amounts {
  /** Per period, then of all periods. */
  readonly amounts: readonly number[];
  readonly used: readonly number[];
  /** All lines, and those that are no percentage of others. */
  readonly total: number;
  readonly measured: number;
}

function amountsOf(one: Calculated | undefined, { periods, perUnit }: Frame): Amounts {
  const amounts = [...periods.map(() => 0), 0];
  const used = [...periods.map(() => 0), 0];
  let [total, measured] = [0, 0];
  for (const { version, determinants, rated } of one?.bill?.parts ?? []) {
    const at = scheduleOf(version);
    used[periods.length]! += (determinants.energy[0]!.import[0] ?? 0) / perUnit;
    if (at > 0)
      for (const [p, name] of version.needs.schedules[at]!.periods.entries())
        used[periods.indexOf(name)]! += (determinants.energy[at]!.import[p] ?? 0) / perUnit;
    for (const { amount, kind, period, determinant } of rated.lines) {
      const money = Number(amount) / 10 ** version.digits;
      total += money;
      if (/^(percent|tax|minimum)$/.test(kind)) continue;
      measured += money;
      if (!/^(energy-import|price-series)$/.test(determinant)) continue;
      const place = periods.indexOf(period);
      amounts[place < 0 ? periods.length : place]! += money;
    }
  }
  return { amounts, used, total, measured };
}

interface BarParts {
  readonly frame: Frame;
  readonly periods: PeriodAt;
  readonly prices: readonly number[] | undefined;
}

const COST_DIGITS = 4;

function addBars(
  shown: UsageBar[],
  { startS, intervalS, counts, estimated }: UsageSegment,
  { frame, periods, prices }: BarParts,
): void {
  for (const [slot, count] of counts.entries()) {
    const fromS = startS + slot * intervalS;
    const has = !Number.isNaN(count);
    const period = periods(fromS);
    const price = prices?.[period < 0 ? frame.periods.length : period];
    shown.push({
      ...{ start: formatInstant(fromS), end: formatInstant(fromS + intervalS) },
      usage: has ? quantityOf(count, frame) : null,
      cost: has && price !== undefined ? ((count / frame.perUnit) * price).toFixed(COST_DIGITS) : null,
      periods: frame.periods.map((_, p) => (has && p === period ? quantityOf(count, frame) : '0')),
      ...{ expected: 1, present: has ? 1 : 0, estimated: has ? (estimated?.[slot] ?? 0) : 0 },
    });
  }
}
