/**
 * How a channel's use follows the weather: day total ≈ a + b·degrees, by least squares over the window.
 *
 *   heating degrees = max(0, base − mean temperature of the day)      base 12, 15.5 or 18 °C
 *   cooling degrees = max(0, mean temperature of the day − base)      base 18 or 22 °C
 *
 * The base that explains most is taken; where none explains a third of the variance, or use does not rise
 * with the degrees, there is no model and like days stand alone. (CalTRACK 2.0 daily methods choose a
 * balance point in the same way.)
 */
import type { EstimateContext } from './contract.ts';
import type { DayTable } from './day-table.ts';
import { type Reference, weightedMedian } from './reference.ts';

const HEATING_BASES_C = [12, 15.5, 18];
const COOLING_BASES_C = [18, 22];
const LEAST_DAYS = 21;
const LEAST_EXPLAINED = 0.33;
/** Days with fewer measured slots have no total. */
const WHOLE_SHARE = 0.9;
/** Like days of quite other weather say little: what they are multiplied by stops here. */
const LEAST_RATIO = 0.2;
const MOST_RATIO = 4;

export interface WeatherModel {
  /** Degrees of each day of the table; NaN where the temperature is not known. */
  readonly degrees: Float64Array;
  /** Day total ≈ a + b·degrees, in counts. */
  readonly a: number;
  readonly b: number;
}

export function weatherModel(context: EstimateContext, table: DayTable): WeatherModel | undefined {
  if (!context.temperatureC) return undefined;
  const mean = meanTemperatures(context, table.days);
  const totals = dayTotals(table);
  let best: WeatherModel | undefined;
  let most = LEAST_EXPLAINED;
  for (const [bases, sign] of [
    [HEATING_BASES_C, 1],
    [COOLING_BASES_C, -1],
  ] as const) {
    for (const base of bases) {
      const degrees = mean.map((t) => Math.max(0, sign * (base - t)));
      const fit = leastSquares(degrees, totals);
      if (!fit || fit.b <= 0 || fit.explained <= most) continue;
      most = fit.explained;
      // A day without degrees uses something, or nothing: never less.
      best = { degrees, a: Math.max(0, fit.a), b: fit.b };
    }
  }
  return best;
}

/** Median of like days, each times (a + b·degrees of `day`) / (a + b·its own). Reorders the reference. */
export function weatheredMedian(found: Reference, { degrees, a, b }: WeatherModel, day: number): number {
  const now = a + b * degrees[day]!;
  for (let i = 0; i < found.count; i++) {
    const then = a + b * degrees[found.day[i]!]!;
    const ratio = then > 0 ? Math.min(MOST_RATIO, Math.max(LEAST_RATIO, now / then)) : 1;
    if (!Number.isNaN(ratio)) found.value[i]! *= ratio;
  }
  return weightedMedian(found);
}

function meanTemperatures({ temperatureC, clock: grid }: EstimateContext, days: number): Float64Array {
  const mean = new Float64Array(days);
  for (let d = 0; d < days; d++) {
    const from = grid.from[d]!;
    const to = grid.from[d + 1]!;
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const t = temperatureC![i]!;
      if (Number.isNaN(t)) continue;
      sum += t;
      count++;
    }
    mean[d] = count * 2 > to - from ? sum / count : Number.NaN;
  }
  return mean;
}

function dayTotals({ cell, days, perDay }: DayTable): Float64Array {
  const totals = new Float64Array(days);
  for (let d = 0; d < days; d++) {
    let sum = 0;
    let count = 0;
    for (let c = d * perDay; c < (d + 1) * perDay; c++) {
      const value = cell[c]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    totals[d] = count >= WHOLE_SHARE * perDay ? (sum * perDay) / count : Number.NaN;
  }
  return totals;
}

function leastSquares(
  x: Float64Array,
  y: Float64Array,
): { readonly a: number; readonly b: number; readonly explained: number } | undefined {
  let [n, sx, sy, sxx, sxy, syy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]!) || Number.isNaN(y[i]!)) continue;
    n++;
    sx += x[i]!;
    sy += y[i]!;
    sxx += x[i]! * x[i]!;
    sxy += x[i]! * y[i]!;
    syy += y[i]! * y[i]!;
  }
  const vx = n * sxx - sx * sx;
  const vy = n * syy - sy * sy;
  if (n < LEAST_DAYS || !(vx > 0) || !(vy > 0)) return undefined;
  const cov = n * sxy - sx * sy;
  const b = cov / vx;
  return { a: (sy - b * sx) / n, b, explained: (cov * cov) / (vx * vy) };
}
