/**
 * Bars of the usage page: the colour says the period of the tariff, the pattern how far to trust it. Pure.
 */
import type { Bar, BarPart } from '@openami/console/ui/bars.tsx';
import type { MyUsage, UsageBar } from '@openami/server/contract';
import * as format from '../lib/format.ts';
import {
  dateOf,
  type Measure,
  nameOf,
  numberOf,
  type Shown,
  type Trust,
  trustOf,
  trustWords,
} from '../lib/usage-view.ts';

const trusts: readonly Trust[] = ['measured', 'estimated', 'incomplete'];
const patterns = { measured: undefined, estimated: 'hatch', incomplete: 'outline' } as const;

export interface UsageChart {
  readonly parts: readonly BarPart[];
  readonly legend: readonly BarPart[];
  readonly bars: readonly Bar[];
}

/** `like` has for each bar the one of the time before. */
export function chartOf(
  usage: MyUsage,
  like: readonly (UsageBar | undefined)[],
  shown: Shown,
  measure: Measure,
): UsageChart {
  const byPeriod = measure === 'usage' && usage.periods.length > 0;
  const names = byPeriod ? usage.periods : [measure === 'cost' ? 'cost' : 'used'];
  const parts = names.flatMap((name, period) =>
    trusts.map((trust): BarPart => {
      const pattern = patterns[trust];
      const colour = byPeriod ? `--p-${period % 8}` : '--total';
      const label = trust === 'measured' ? name : `${name}, ${trustWords[trust]}`;
      return pattern ? { name: label, colour, pattern } : { name: label, colour };
    }),
  );
  const used = new Set<number>();
  const bars = usage.bars.map((bar, i): Bar => {
    const kind = trusts.indexOf(trustOf(bar));
    const values = parts.map(() => 0);
    const amounts = byPeriod ? bar.periods.map(Number) : [numberOf(bar, measure)];
    for (const [period, amount] of amounts.entries()) {
      values[period * trusts.length + kind] = Math.max(0, amount);
      if (amount > 0) used.add(period * trusts.length + kind);
    }
    const past = like[i];
    return {
      ...{ key: bar.start, label: labelOf(bar, shown, usage.zone), values },
      sentence: sentenceOf(bar, past, usage, shown, measure),
      ...(past && past[measure] !== null && { mark: Math.max(0, numberOf(past, measure)) }),
    };
  });
  return { parts, legend: parts.filter((_, part) => used.has(part)), bars };
}

function labelOf(bar: UsageBar, { view }: Shown, zone: string): string {
  const date = dateOf(bar, zone);
  if (view === 'year') return format.day(date, 'monthShort');
  return view === 'month' ? format.day(date, 'number') : format.clock(bar.start, zone);
}

function sentenceOf(
  bar: UsageBar,
  past: UsageBar | undefined,
  { unit, currency, zone, periods }: MyUsage,
  shown: Shown,
  measure: Measure,
): string {
  const amounts = [
    bar.usage === null ? 'no readings' : format.quantity(bar.usage, unit),
    ...(bar.cost === null ? [] : [format.about(Number(bar.cost), currency)]),
  ];
  if (measure === 'cost') amounts.reverse();
  const inPeriods = periods
    .map((name, p) => [name, Number(bar.periods[p])] as const)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => (shown.view === 'day' ? name : `${name} ${format.quantity(value, unit)}`));
  const text = (value: string) =>
    measure === 'cost' ? format.about(Number(value), currency) : format.quantity(value, unit);
  const trust = trustOf(bar);
  const before = past?.[measure];
  return `${[
    `${nameOf(bar, shown, zone)}: ${amounts.join(', ')}`,
    ...inPeriods,
    ...(trust === 'measured' || bar.usage === null ? [] : [trustWords[trust]]),
    ...(before ? [`before: ${text(before)}`] : []),
  ].join(', ')}.`;
}
