/**
 * What the days to come will use, by days like them: the same kind of day (working day, Saturday, Sunday or
 * holiday) of the last weeks, moved by what the same days of the year before did. How far such a forecast is
 * off is measured on the past of the same series: each day of it is forecast as if it were today.
 *
 *   history  ..W W W W W S H W W W W W S H | W W W W W S H ..   days to come
 *                └──────── mean of a kind ──┘ └─▶
 *
 * A day is a number since 1970; a total is that of a local day, NaN where it is not known whole.
 */
import { weekday } from '@openami/model';

/** Working day, Saturday, Sunday or holiday. */
export type DayKind = 0 | 1 | 2;
const KINDS = 3;

/** Totals of local days in a row, the first of them `firstDay`. */
export interface DayTotals {
  readonly firstDay: number;
  readonly totals: Float64Array;
}

export type KindOf = (day: number) => DayKind;

/** Kinds of days, with the holidays of a calendar. */
export function dayKinds(holidays: ReadonlySet<number>): KindOf {
  return (day) => {
    const on = weekday(day);
    return on === 7 || holidays.has(day) ? 2 : on === 6 ? 1 : 0;
  };
}

/** Days that are looked back to for days of one kind, and for the level of the last weeks. */
const REACH_DAYS = 28;
/** How much of the change of the year before is believed: measured on real meters. */
const YEAR_TRUST = 0.5;
const YEAR_DAYS = 364;
/** Changes beyond these are another life in the house, not a season. */
const YEAR_LEAST = 0.5;
const YEAR_MOST = 2;

/** The total of a day; NaN outside of what is known. */
export function totalOn({ firstDay, totals }: DayTotals, day: number): number {
  return totals[day - firstDay] ?? Number.NaN;
}

/** Days before `from` of one kind, the newest first. */
export function likeDaysBefore(history: DayTotals, kindOf: KindOf, from: number, kind: DayKind): number[] {
  const found: number[] = [];
  for (let day = from - 1; day >= from - REACH_DAYS; day--)
    if (kindOf(day) === kind && !Number.isNaN(totalOn(history, day))) found.push(day);
  return found;
}

/** Means by kind over the last weeks before a day; a kind without a day takes that of all. Undefined: none. */
function meansBefore(history: DayTotals, kindOf: KindOf, from: number): number[] | undefined {
  const sums = new Array<number>(KINDS).fill(0);
  const counts = new Array<number>(KINDS).fill(0);
  for (let day = from - 1; day >= from - REACH_DAYS; day--) {
    const total = totalOn(history, day);
    if (Number.isNaN(total)) continue;
    const kind = kindOf(day);
    sums[kind]! += total;
    counts[kind]!++;
  }
  const days = counts.reduce((a, b) => a + b, 0);
  if (days === 0) return undefined;
  const all = sums.reduce((a, b) => a + b, 0) / days;
  return sums.map((sum, kind) => (counts[kind]! > 0 ? sum / counts[kind]! : all));
}

/** What the days [from, to) did a year before, as a multiple of what the weeks before them said. */
function yearFactor(history: DayTotals, kindOf: KindOf, from: number, to: number): number {
  const [first, last] = [from - YEAR_DAYS, to - YEAR_DAYS];
  let [sum, said] = [0, 0];
  const means = meansBefore(history, kindOf, first);
  if (means === undefined) return 1;
  // the days around them too, so that one odd day is not a season
  for (let day = first - AROUND_DAYS; day < last + AROUND_DAYS; day++) {
    const total = totalOn(history, day);
    if (day >= from || Number.isNaN(total)) continue;
    sum += total;
    said += means[kindOf(day)]!;
  }
  if (said <= 0 || sum <= 0) return 1;
  return Math.min(YEAR_MOST, Math.max(YEAR_LEAST, sum / said)) ** YEAR_TRUST;
}

const AROUND_DAYS = 3;

export interface DayForecast {
  /** Of the days [from, to), in order. */
  readonly totals: Float64Array;
  /** What the year before moved it by; 1 where there is none. */
  readonly yearFactor: number;
}

/** Totals of the days [from, to), from what was before `from`; undefined where no day of it is known. */
export function forecastDays(
  history: DayTotals,
  kindOf: KindOf,
  from: number,
  to: number,
): DayForecast | undefined {
  const means = meansBefore(history, kindOf, from);
  if (means === undefined) return undefined;
  const factor = yearFactor(history, kindOf, from, to);
  const totals = Float64Array.from({ length: to - from }, (_, i) => means[kindOf(from + i)]! * factor);
  return { totals, yearFactor: factor };
}

/** How the truth lay to the forecast: multiples of it. */
export interface Spread {
  readonly low: number;
  readonly high: number;
  /** Days of the past that were forecast to learn it; 0 where there were too few, and the usual is taken. */
  readonly tried: number;
}

/** What a spread is where nothing of the own past can be tried: of real homes, for a coverage of 80 %. */
export const usualSpread: Spread = { low: 0.76, high: 1.38, tried: 0 };
/** As many trials of one's own count as much as the usual spread: a season that was not seen is no proof. */
const USUAL_TRIALS = 90;

/**
 * The spread of forecasts of `days` days: of the past that is known before `from`, such that `coverage` of the
 * forecasts of it lay within; the shorter that past, the nearer to the usual spread.
 */
export function spreadOf(
  history: DayTotals,
  kindOf: KindOf,
  from: number,
  days: number,
  coverage: number,
): Spread {
  const ratios: number[] = [];
  for (let origin = history.firstDay + REACH_DAYS; origin + days <= from; origin++) {
    const truth = sumOf(history, origin, origin + days);
    if (Number.isNaN(truth)) continue;
    const said = forecastDays(history, kindOf, origin, origin + days)?.totals.reduce((a, b) => a + b, 0) ?? 0;
    if (said > 0) ratios.push(truth / said);
  }
  const tried = ratios.length;
  if (tried === 0) return usualSpread;
  ratios.sort((a, b) => a - b);
  const tail = (1 - coverage) / 2;
  const trust = tried / (tried + USUAL_TRIALS);
  const mixed = (own: number, usual: number): number =>
    own <= 0 ? own : Math.exp(trust * Math.log(own) + (1 - trust) * Math.log(usual));
  return {
    low: Math.min(1, mixed(quantile(ratios, tail), usualSpread.low)),
    high: Math.max(1, mixed(quantile(ratios, 1 - tail), usualSpread.high)),
    tried,
  };
}

/** Of ascending values, between two of them in proportion. */
function quantile(values: readonly number[], share: number): number {
  const place = Math.min(values.length - 1, Math.max(0, share * (values.length + 1) - 1));
  const low = Math.floor(place);
  const next = values[Math.min(values.length - 1, low + 1)]!;
  return values[low]! + (next - values[low]!) * (place - low);
}

/** NaN where a day is not known. */
function sumOf(history: DayTotals, from: number, to: number): number {
  let sum = 0;
  for (let day = from; day < to; day++) sum += totalOn(history, day);
  return sum;
}
