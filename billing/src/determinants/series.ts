/**
 * Values over spans of time that come with a bill: prices, calorific values, evapotranspiration. Spans are
 * half-open UTC seconds, so days of 23 and 25 hours and gas days need nothing of their own.
 *
 *   fromS:  [ t0     t2     t3 ]      a hole from t1 to t2: nothing is known there
 *   toS:    [    t1     t3      t4 ]
 *   values: [  v0      v1     v2 ]    whole numbers of 10^-digits
 */
import { type Fraction, plus, ZERO } from '../exact.ts';

/** Spans in order of time, none over another. */
export interface ValueSeries {
  readonly fromS: Float64Array;
  readonly toS: Float64Array;
  /** Whole numbers of 10^-digits. */
  readonly values: Float64Array;
  readonly digits: number;
  /** The newest upload it holds values of: a bill notes it. */
  readonly revision?: number;
}

/** A series of a regular grid; NaN is a hole. */
export function gridSeries(
  startS: number,
  intervalS: number,
  values: ArrayLike<number>,
  digits: number,
): ValueSeries {
  const known = Array.from(values, (value, i) => ({ value, i })).filter(({ value }) => !Number.isNaN(value));
  return {
    fromS: Float64Array.from(known, ({ i }) => startS + i * intervalS),
    toS: Float64Array.from(known, ({ i }) => startS + (i + 1) * intervalS),
    values: Float64Array.from(known, ({ value }) => value),
    digits,
  };
}

/** What a series says of an interval. */
export type Found =
  | { readonly kind: 'one'; readonly value: number }
  /** Nothing is known from `atS` on. */
  | { readonly kind: 'missing'; readonly atS: number }
  /** The value changes within the interval, at `atS`. */
  | { readonly kind: 'many'; readonly atS: number };

/** Walks along a series; intervals are asked for in order of time. */
export class SeriesCursor {
  readonly #series: ValueSeries;
  #at = 0;

  constructor(series: ValueSeries) {
    this.#series = series;
  }

  /** The one value that holds in all of an interval; NaN where there is none: `explain` says why. */
  value(fromS: number, toS: number): number {
    const { fromS: starts, toS: ends, values } = this.#series;
    this.#forward(fromS);
    const at = this.#at;
    if (at < starts.length && starts[at]! <= fromS && ends[at]! >= toS) return values[at]!;
    const found = this.explain(fromS, toS);
    return found.kind === 'one' ? found.value : Number.NaN;
  }

  explain(fromS: number, toS: number): Found {
    const { fromS: starts, toS: ends, values } = this.#series;
    this.#forward(fromS);
    let reachedS = fromS;
    let changedS: number | undefined;
    let value: number | undefined;
    for (let at = this.#at; reachedS < toS; at++) {
      if (at >= starts.length || starts[at]! > reachedS) return { kind: 'missing', atS: reachedS };
      if (value !== undefined && values[at] !== value) changedS ??= reachedS;
      value ??= values[at]!;
      reachedS = ends[at]!;
    }
    return changedS === undefined ? { kind: 'one', value: value! } : { kind: 'many', atS: changedS };
  }

  /**
   * The mean over an interval by time, in units; undefined where a part of it is not known. The denominator
   * is always (toS - fromS) × 10^digits, so that means of intervals of one length add up without growing.
   */
  mean(fromS: number, toS: number): Fraction | undefined {
    let [sum, reachedS] = [0n, fromS];
    for (const { value, startS, endS } of this.#parts(fromS, toS)) {
      if (startS > reachedS) return undefined;
      sum += BigInt(value) * BigInt(endS - startS);
      reachedS = endS;
    }
    if (reachedS < toS) return undefined;
    return { n: sum, d: BigInt(toS - fromS) * 10n ** BigInt(this.#series.digits) };
  }

  /** The parts of spans that lie in an interval. */
  *#parts(fromS: number, toS: number) {
    const { fromS: starts, toS: ends, values } = this.#series;
    this.#forward(fromS);
    for (let at = this.#at; at < starts.length && starts[at]! < toS; at++)
      yield { value: values[at]!, startS: Math.max(fromS, starts[at]!), endS: Math.min(toS, ends[at]!) };
  }

  #forward(atS: number): void {
    const { toS } = this.#series;
    while (this.#at < toS.length && toS[this.#at]! <= atS) this.#at++;
    // an interval of a channel that begins sooner than the one before
    while (this.#at > 0 && toS[this.#at - 1]! > atS) this.#at--;
  }
}

/** A series of one value, for as long as anybody asks. */
export function constantSeries(value: Fraction): ValueSeries {
  let [digits, scale] = [0, 1n];
  while ((value.n * scale) % value.d !== 0n && digits < 15) {
    digits++;
    scale *= 10n;
  }
  return {
    fromS: Float64Array.of(-(2 ** 40)),
    toS: Float64Array.of(2 ** 40),
    values: Float64Array.of(Number((value.n * scale) / value.d)),
    digits,
  };
}

export const emptySeries: ValueSeries = {
  ...{ fromS: new Float64Array(0), toS: new Float64Array(0), values: new Float64Array(0), digits: 0 },
};

/** Sum over whole spans that lie in [fromS, toS), each by the share of it that does. */
export function amountOver(series: ValueSeries, fromS: number, toS: number): Fraction | undefined {
  const { fromS: starts, toS: ends, values, digits } = series;
  const scale = 10n ** BigInt(digits);
  let [sum, reachedS] = [ZERO, fromS];
  for (let at = firstEndingAfter(ends, fromS); at < starts.length && starts[at]! < toS; at++) {
    const [a, b] = [Math.max(fromS, starts[at]!), Math.min(toS, ends[at]!)];
    if (a > reachedS) return undefined;
    const long = BigInt(ends[at]! - starts[at]!);
    const part = { n: BigInt(values[at]!) * BigInt(b - a), d: scale * long };
    sum = plus(sum, part);
    reachedS = b;
  }
  return reachedS < toS ? undefined : sum;
}

function firstEndingAfter(ends: Float64Array, atS: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= atS) low = middle + 1;
    else high = middle;
  }
  return low;
}
