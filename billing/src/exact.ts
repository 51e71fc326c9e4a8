/**
 * Exact numbers of the hot path: fractions of whole numbers that are not reduced, rounded once. The shared
 * `Rational` reduces at each step, which costs more than the rest of a bill line.
 */
import type { Rounding } from '@openami/model';

/** `n / d`, `d > 0`, not reduced. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

export const ZERO: Fraction = { n: 0n, d: 1n };
export const ONE: Fraction = { n: 1n, d: 1n };

export function times(a: Fraction, b: Fraction): Fraction {
  if (b.n === 1n && b.d === 1n) return a;
  return { n: a.n * b.n, d: a.d * b.d };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { n: -b.n, d: b.d });
}

/** True when `a` is above `b`. */
export function above(a: Fraction, b: Fraction): boolean {
  return a.n * b.d > b.n * a.d;
}

export function larger(a: Fraction, b: Fraction): Fraction {
  return above(b, a) ? b : a;
}

export function smaller(a: Fraction, b: Fraction): Fraction {
  return above(a, b) ? b : a;
}

/** A whole number without its sign. */
export function sizeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** `a / b`, where `b` is not zero. */
export function dividedBy(a: Fraction, b: Fraction): Fraction {
  const [n, d] = [a.n * b.d, a.d * b.n];
  return d < 0n ? { n: -n, d: -d } : { n, d };
}

/** The nearest whole number of `n / d`, `d > 0`; a half away from zero, or to the even number. */
export function roundQuotient(n: bigint, d: bigint, rounding: Rounding = 'half-up'): bigint {
  const size = sizeOf(n);
  const whole = size / d;
  const twice = (size - whole * d) * 2n;
  const up = twice > d || (twice === d && (rounding === 'half-up' || (whole & 1n) === 1n));
  const rounded = up ? whole + 1n : whole;
  return n < 0n ? -rounded : rounded;
}

/** Ten to the power of `digits`. */
export function powerOfTen(digits: number): bigint {
  return 10n ** BigInt(digits);
}

/** Text of `n / d` with at most `digits` decimals, a half away from zero, without zeros at the end. */
export function decimalOf({ n, d }: Fraction, digits: number): string {
  return scaledText(roundQuotient(n * powerOfTen(digits), d), digits, 0);
}

/** Text of a whole number of 10^-`digits`, with at least `least` decimals. */
export function scaledText(value: bigint, digits: number, least: number = digits): string {
  const sign = value < 0n ? '-' : '';
  const text = String(sizeOf(value)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  let fraction = digits === 0 ? '' : text.slice(-digits);
  while (fraction.length > least && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}
