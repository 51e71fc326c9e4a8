/** What the usage page shows: a year, a month or a day, and what it is compared with. Pure. */
import { addMonths, dayNumber, dayOf, dayText, startOf } from '@openami/console/lib/zone.ts';
import type { MyPoint, MyUsage, UsageBar } from '@openami/server/contract';
import * as format from './format.ts';

export const views = ['year', 'month', 'day'] as const;
export type View = (typeof views)[number];

/** A view, and a local date in what it shows. */
export interface Shown {
  readonly view: View;
  readonly at: string;
}

export interface Range {
  readonly by: MyUsage['by'];
  /** Local dates [from, to). */
  readonly from: string;
  readonly to: string;
}

const steps: Readonly<Record<View, MyUsage['by']>> = { year: 'month', month: 'day', day: 'interval' };

/** What is asked of the server for a view. */
export function rangeOf({ view, at }: Shown): Range {
  const number = dayNumber(at);
  const from = view === 'day' ? number : startOf(view, number);
  const to = view === 'day' ? from + 1 : addMonths(from, view === 'year' ? 12 : 1);
  return { by: steps[view], from: dayText(from), to: dayText(to) };
}

/** The year, month or day some steps later. */
export function moved({ view, at }: Shown, by: number): Shown {
  const number = dayNumber(rangeOf({ view, at }).from);
  return {
    view,
    at: dayText(view === 'day' ? number + by : addMonths(number, by * (view === 'year' ? 12 : 1))),
  };
}

/**
 * What a view is compared with: the time before it; of a day the same weekday before, which is lived alike.
 */
export function before(shown: Shown): Shown {
  return moved(shown, shown.view === 'day' ? -7 : -1);
}

/** One step further down; undefined at the bottom. */
export function deeper({ view }: Shown, start: string): Shown | undefined {
  if (view === 'day') return undefined;
  return { view: view === 'year' ? 'month' : 'day', at: start };
}

export function title({ view, at }: Shown): string {
  return format.day(at, view === 'year' ? 'year' : view === 'month' ? 'month' : 'full');
}

/** Local date a bar begins on. */
export function dateOf({ start }: Pick<UsageBar, 'start'>, zone: string): string {
  return dayText(dayOf(zone, Date.parse(start) / 1_000));
}

/** Whether an agreement is over: one whose end is known beforehand still runs. `now` is an instant. */
export function hasEnded({ until, zone }: Pick<MyPoint, 'until' | 'zone'>, now: string): boolean {
  return until !== null && until <= dateOf({ start: now }, zone);
}

/** How far a bar is to be trusted, in the order in which it is said. */
export type Trust = 'measured' | 'estimated' | 'incomplete';

export function trustOf({ expected, present, estimated }: UsageBar): Trust {
  if (present < expected) return 'incomplete';
  return estimated > 0 ? 'estimated' : 'measured';
}

export const trustWords: Readonly<Record<Trust, string>> = {
  measured: 'measured',
  estimated: 'partly estimated',
  incomplete: 'readings missing',
};

/** The bar of the time before that stands at the same place, by month, day of the month, or clock. */
export function likeBars(
  bars: readonly UsageBar[],
  past: readonly UsageBar[],
  { view }: Shown,
  zone: string,
) {
  const keyOf = (bar: UsageBar) => {
    const date = dateOf(bar, zone);
    return view === 'year' ? date.slice(5, 7) : view === 'month' ? date.slice(8) : clockOf(bar, zone);
  };
  const byKey = new Map(past.map((bar) => [keyOf(bar), bar]));
  return bars.map((bar) => byKey.get(keyOf(bar)));
}

function clockOf({ start }: UsageBar, zone: string): string {
  const options = { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(Date.parse(start));
}

export type Measure = 'usage' | 'cost';

export const numberOf = (bar: UsageBar | undefined, measure: Measure): number => Number(bar?.[measure] ?? 0);

/** Whether all of what is shown has readings: somebody may have moved in, or the meter was put in, later. */
function isWhole({ bars, zone }: MyUsage, shown: Shown): boolean {
  const { from, to } = rangeOf(shown);
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return false;
  const covers = dateOf(first, zone) === from && dateOf({ start: last.end }, zone) === to;
  return covers && bars.every(({ usage }) => usage !== null);
}

/** `, 12 % less than February 2026`, or empty. Where one of both is not whole: of what both have. */
function comparedWords(
  usage: MyUsage,
  past: MyUsage | undefined,
  shown: Shown,
  measure: Measure,
  today: string,
): string {
  if (past === undefined) return '';
  const like = likeBars(usage.bars, past.bars, shown, usage.zone);
  // while it runs, the whole of the time before would always be more; the last bar runs, too
  const isOver = rangeOf(shown).to <= today;
  const all = isOver && isWhole(usage, shown) && isWhole(past, before(shown));
  const same = (isOver ? usage.bars : usage.bars.slice(0, -1)).flatMap((bar, i) => {
    const other = like[i];
    const isMeasured = trustOf(bar) !== 'incomplete' && bar[measure] !== null && other?.[measure];
    return isMeasured ? [[other, bar] as const] : [];
  });
  const sumOf = (of: 0 | 1) => same.reduce((sum, pair) => sum + numberOf(pair[of], measure), 0);
  const [was, is] = all
    ? [Number(past.total[measure] ?? 0), Number(usage.total[measure] ?? 0)]
    : [sumOf(0), sumOf(1)];
  const place = `${all ? '' : `in the same ${partWords[shown.view]} of `}${title(before(shown))}`;
  const words = format.compared(was, is, place);
  return words === undefined ? '' : `, ${words}`;
}

const partWords = { year: 'months', month: 'days', day: 'hours' } as const;

/** The chart in one sentence. `today` is the local date: what holds it is not over. */
export function summary(
  usage: MyUsage,
  past: MyUsage | undefined,
  shown: Shown,
  measure: Measure,
  today: string,
): string {
  const bars = usage.bars.filter((bar) => bar[measure] !== null);
  if (bars.length === 0) return `There are no readings of ${title(shown)}.`;
  const text = (value: string | number | null) =>
    measure === 'cost' ? format.about(Number(value), usage.currency) : format.quantity(value, usage.unit);
  const total = usage.total[measure];
  const isOver = rangeOf(shown).to <= today;
  const top = bars.reduce((most, bar) => (numberOf(bar, measure) > numberOf(most, measure) ? bar : most));
  const against = comparedWords(usage, past, shown, measure, today);
  const inOrOn = shown.view === 'day' ? 'on' : 'in';
  const sentences = [
    `${isOver ? '' : 'So far '}${text(total)} ${inOrOn} ${title(shown)}${against}`,
    `most ${placeOf(top, shown, usage.zone)} with ${text(top[measure])}`,
  ];
  return `${sentences.join('; ')}.`;
}

/** `in March`, `on Sunday, 29 March`, `at 18:00`. */
function placeOf(bar: UsageBar, shown: Shown, zone: string): string {
  return `${placeWords[shown.view]} ${nameOf(bar, shown, zone)}`;
}

const placeWords = { year: 'in', month: 'on', day: 'at' } as const;

/** `March`, `Sunday, 29 March`, `18:00`. */
export function nameOf(bar: UsageBar, { view }: Shown, zone: string): string {
  const date = dateOf(bar, zone);
  if (view === 'year') return format.day(date, 'month');
  return view === 'month' ? format.day(date, 'long') : format.clock(bar.start, zone);
}
