/**
 * The usage of a bill to its end: what was measured, and for the rest the days like those to come, played
 * again in turn and scaled to their forecast. Real days are played and no mean day, since a mean day has no
 * peaks and a demand charge is made of them.
 */
import { DAY_S, type ZoneTable } from '@openami/model';
import type { Window } from '../calendar/period-map.ts';
import type { Usage, UsageSegment } from '../determinants/usage.ts';
import {
  type DayTotals,
  forecastDays,
  type KindOf,
  likeDaysBefore,
  type Spread,
  spreadOf,
  totalOn,
} from './like-days.ts';

export type MeasuredUsage = Pick<Usage, 'import' | 'export' | 'reactive'>;

export interface ProjectionInput {
  /** What is known before the window and in it, on the grid of the whole; NaN where nothing is known. */
  readonly usage: MeasuredUsage;
  readonly zone: ZoneTable;
  /** What is billed, to its end. */
  readonly window: Window;
  /** Nothing is known from here on. */
  readonly throughS: number;
  readonly kindOf: KindOf;
  /** Share of the truths that are to lie between low and high, 0 to 1. */
  readonly coverage: number;
}

export interface ProjectedUsage {
  readonly likely: MeasuredUsage;
  readonly low: MeasuredUsage;
  readonly high: MeasuredUsage;
  readonly spread: Spread;
  readonly yearFactor: number;
  /** Intervals of the window that are forecast, and all of it. */
  readonly forecast: number;
  readonly intervals: number;
}

/** Totals of the local days of usage; NaN where an interval of the day is missing. */
export function dayTotals(segments: readonly UsageSegment[], zone: ZoneTable): DayTotals {
  const first = segments[0];
  if (first === undefined) return { firstDay: 0, totals: new Float64Array(0) };
  const last = segments.at(-1)!;
  const firstDay = zone.localDayOf(first.startS);
  const endDay = zone.localDayOf(last.startS + last.intervalS * last.counts.length - 1) + 1;
  const totals = new Float64Array(endDay - firstDay);
  const coveredS = new Float64Array(endDay - firstDay);
  for (const { startS, intervalS, step, counts } of segments)
    for (let i = 0; i < counts.length; i++) {
      const day = zone.localDayOf(startS + i * intervalS) - firstDay;
      totals[day]! += counts[i]! * step;
      coveredS[day]! += intervalS;
    }
  for (let i = 0; i < totals.length; i++) {
    const longS = zone.dayStart(firstDay + i + 1) - zone.dayStart(firstDay + i);
    if (coveredS[i]! < longS) totals[i] = Number.NaN;
  }
  return { firstDay, totals };
}

/** Projects; undefined where no whole day of the last weeks is known. */
export function projectUsage(input: ProjectionInput): ProjectedUsage | undefined {
  const { usage, zone, window, throughS, kindOf, coverage } = input;
  const history = dayTotals(usage.import, zone);
  const from = zone.localDayOf(Math.max(throughS, window.fromS));
  const to = Math.max(from + 1, zone.localDayOf(window.toS - 1) + 1);
  const forecast = forecastDays(history, kindOf, from, to);
  const plays = playsOf(input, history, from, to, forecast?.totals);
  if (forecast === undefined || plays === undefined) return undefined;
  const spread = spreadOf(history, kindOf, from, to - from, coverage);
  const counts = { forecast: 0, intervals: 0 };
  const filled = (multiple: number, count: boolean): MeasuredUsage => ({
    import: usage.import.map((segment) =>
      fill(segment, input, (startS) => plays.drawn(startS) * multiple, count ? counts : undefined),
    ),
    ...(usage.export && { export: beside(usage.export, usage.import, input, plays) }),
    ...(usage.reactive && { reactive: beside(usage.reactive, usage.import, input, plays) }),
  });
  return {
    ...{ likely: filled(1, true), low: filled(spread.low, false), high: filled(spread.high, false) },
    ...{ spread, yearFactor: forecast.yearFactor, ...counts },
  };
}

interface Plays {
  /** Thousandths of the base unit that an interval that starts then is likely to draw. */
  drawn(startS: number): number;
  /** The instant of the day that is played for this one, at the same time of the clock. */
  sourceOf(startS: number): number;
}

/** Which day is played for which, and how large. Undefined where there is none to play. */
function playsOf(
  { usage, zone, window, kindOf }: ProjectionInput,
  history: DayTotals,
  from: number,
  to: number,
  totals: Float64Array | undefined,
): Plays | undefined {
  const kinds = ([0, 1, 2] as const).map((kind) => likeDaysBefore(history, kindOf, from, kind));
  const any = kinds.flat().sort((a, b) => b - a);
  if (any.length === 0 || totals === undefined) return undefined;
  const firstDay = zone.localDayOf(window.fromS);
  const turns = [0, 0, 0];
  const played = new Map<number, { readonly source: number; readonly scale: number }>();
  for (let day = firstDay; day < to; day++) {
    const kind = kindOf(day);
    const known = kinds[kind]!.length > 0 ? kinds[kind]! : any;
    const source = known[turns[kind]!++ % known.length]!;
    // a hole before today is filled by the day as it was
    const wanted = day >= from ? totals[day - from]! : totalOn(history, source);
    const was = totalOn(history, source);
    played.set(day, { source, scale: was > 0 ? wanted / was : 1 });
  }
  const sourceOf = (startS: number): number => {
    const localS = zone.localAt(startS);
    const day = Math.floor(localS / DAY_S);
    return zone.resolve(played.get(day)!.source * DAY_S + (localS - day * DAY_S), 'earlier');
  };
  return {
    sourceOf,
    drawn: (startS) =>
      (valueAt(usage.import, sourceOf(startS)) || 0) * played.get(zone.localDayOf(startS))!.scale,
  };
}

/** Thousandths of the base unit of the interval that holds an instant; NaN where there is none. */
function valueAt(segments: readonly UsageSegment[], atS: number): number {
  for (const { startS, intervalS, step, counts } of segments) {
    const slot = Math.floor((atS - startS) / intervalS);
    if (slot >= 0 && slot < counts.length) return counts[slot]! * step;
  }
  return Number.NaN;
}

/** A copy with what is missing in the window filled in, as whole counts. */
function fill(
  segment: UsageSegment,
  { window }: ProjectionInput,
  amountAt: (startS: number) => number,
  counted: { forecast: number; intervals: number } | undefined,
): UsageSegment {
  const { startS, intervalS, step } = segment;
  const counts = segment.counts.slice();
  for (let i = 0; i < counts.length; i++) {
    const atS = startS + i * intervalS;
    if (atS < window.fromS || atS >= window.toS) continue;
    if (counted) counted.intervals++;
    if (!Number.isNaN(counts[i])) continue;
    counts[i] = Math.round(amountAt(atS) / step);
    if (counted) counted.forecast++;
  }
  return { ...segment, counts };
}

/** What flows beside is played from the same days, as it was. */
function beside(
  segments: readonly UsageSegment[],
  drawn: readonly UsageSegment[],
  input: ProjectionInput,
  { sourceOf }: Plays,
): UsageSegment[] {
  return segments.map((segment, at) => {
    const known = drawn[at]!.counts;
    const filled = fill(segment, input, (startS) => valueAt(segments, sourceOf(startS)) || 0, undefined);
    // where what is drawn is known, what is missing beside it stays missing
    for (let i = 0; i < known.length; i++) if (!Number.isNaN(known[i])) filled.counts[i] = segment.counts[i]!;
    return filled;
  });
}
