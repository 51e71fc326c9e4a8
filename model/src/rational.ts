/**
 * Exact fractions of whole numbers, for unit conversion. A JavaScript number is read as the decimal
 * text it prints as, so 0.1 is one tenth and not the binary number nearest to it.
 */
import { modelErrors } from './model-errors.ts';

/** A reduced fraction `n / d`, `d > 0`. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

/** The reduced fraction `n / d`; `d` must not be 0. */
export function rational(n: bigint, d = 1n): Rational {
  const sign = d < 0n ? -1n : 1n;
  const common = gcd(n < 0n ? -n : n, d * sign);
  return { n: (n * sign) / common, d: (d * sign) / common };
}

export function addRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d + b.n * a.d, a.d * b.d);
}

export function subtractRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d - b.n * a.d, a.d * b.d);
}

export function multiplyRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.n, a.d * b.d);
}

/** `a / b`; `b` must not be 0. */
export function divideRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d, a.d * b.n);
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const MAX_DECIMAL_LENGTH = 400;

/** Reads decimal text (or the decimal text of a number) exactly. Raises NUMBER_MALFORMED. */
export function parseDecimal(value: string | number): Rational {
  const text = String(value).trim();
  const match = text.length <= MAX_DECIMAL_LENGTH ? DECIMAL.exec(text) : null;
  const digits = `${match?.[2] ?? ''}${match?.[3] ?? ''}`;
  const exponent = Number(match?.[4] ?? 0);
  if (!match || digits === '' || Math.abs(exponent) > MAX_DECIMAL_LENGTH) {
    throw modelErrors.NUMBER_MALFORMED(`'${text.slice(0, 40)}' is not a decimal number`);
  }
  const shift = exponent - (match[3]?.length ?? 0);
  const whole = match[1] === '-' ? -BigInt(digits) : BigInt(digits);
  return shift >= 0 ? { n: whole * 10n ** BigInt(shift), d: 1n } : rational(whole, 10n ** BigInt(-shift));
}

/** The nearest whole number; a half goes away from zero. */
export function roundRational({ n, d }: Rational): bigint {
  const magnitude = ((n < 0n ? -n : n) * 2n + d) / (d * 2n);
  return n < 0n ? -magnitude : magnitude;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const QUOTIENT_DIGITS = 40;

/** The number nearest to the fraction. */
export function rationalToNumber({ n, d }: Rational): number {
  if (n <= SAFE && n >= -SAFE && d <= SAFE) return Number(n) / Number(d);
  // Too big for one division of numbers: 40 significant digits of the quotient, then read as text.
  const shift = Math.max(0, QUOTIENT_DIGITS + String(d).length - String(n).length);
  return Number(`${(n * 10n ** BigInt(shift)) / d}e${-shift}`);
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}
