/**
 * Money: an exact decimal amount in a currency. Sums and products are never rounded; a bill line is
 * rounded once, by `round`. Parts of an amount are cut by largest remainder, so they add up exactly.
 */
import { Decimal } from 'decimal.js';
import { currencyRows } from './currency-table.ts';
import { modelErrors } from './model-errors.ts';
import { parseDecimal, type Rational } from './rational.ts';

/** How a half is rounded: away from zero, or to the even digit. */
export type Rounding = 'half-up' | 'half-even';

export interface Currency {
  /** ISO 4217 code. */
  readonly code: string;
  /** ISO 4217 numeric code, as ESPI uses it. */
  readonly numeric: number;
  /** Decimal digits of the minor unit. */
  readonly digits: number;
}

const byCode = new Map<string, Currency>();
for (const [code, numeric, digits] of currencyRows) {
  const currency = { code, numeric, digits };
  byCode.set(code, currency);
  byCode.set(String(numeric), currency);
}

/** Currency by ISO code (`EUR`, any case) or numeric code (978). Raises CURRENCY_UNKNOWN. */
export function currencyOf(code: string | number): Currency {
  const currency = byCode.get(String(code).trim().toUpperCase().replace(/^0+/, ''));
  if (currency) return currency;
  throw modelErrors.CURRENCY_UNKNOWN(`currency '${String(code).slice(0, 20)}' is not known`);
}

/** Digits that every sum and product must fit in; an amount beyond raises, it is never cut. */
const MAX_DIGITS = 100;
const Exact = Decimal.clone({ precision: MAX_DIGITS, toExpNeg: -MAX_DIGITS, toExpPos: MAX_DIGITS });
const modes = { 'half-up': Decimal.ROUND_HALF_UP, 'half-even': Decimal.ROUND_HALF_EVEN } as const;

/** What an amount or a factor can be given as; a number means the decimal it prints as. */
export type DecimalInput = string | number | Decimal;

export class Money {
  readonly amount: Decimal;
  readonly currency: Currency;

  /** Raises CURRENCY_UNKNOWN, MONEY_INVALID. */
  constructor(amount: DecimalInput, currency: Currency | string) {
    this.currency = typeof currency === 'string' ? currencyOf(currency) : currency;
    this.amount = exactDecimal(amount);
  }

  /** Raises CURRENCY_MISMATCH, MONEY_INVALID. */
  plus(other: Money): Money {
    this.#requireSame(other);
    return new Money(exactSum(this.amount, other.amount), this.currency);
  }

  /** Raises CURRENCY_MISMATCH, MONEY_INVALID. */
  minus(other: Money): Money {
    this.#requireSame(other);
    return new Money(exactSum(this.amount, other.amount.neg()), this.currency);
  }

  /** The amount times a plain number. Raises MONEY_INVALID when the product would not be exact. */
  times(factor: DecimalInput): Money {
    const by = exactDecimal(factor);
    if (this.amount.sd() + by.sd() > MAX_DIGITS) throw inexact();
    return new Money(this.amount.times(by), this.currency);
  }

  negated(): Money {
    return new Money(this.amount.neg(), this.currency);
  }

  /** Rounded to `digits` decimals, default those of the currency's minor unit. */
  round(rounding: Rounding = 'half-up', digits: number = this.currency.digits): Money {
    return new Money(this.amount.toDecimalPlaces(digits, modes[rounding]), this.currency);
  }

  /** -1, 0 or 1. Raises CURRENCY_MISMATCH. */
  compare(other: Money): number {
    this.#requireSame(other);
    return this.amount.cmp(other.amount);
  }

  equals(other: Money): boolean {
    return this.currency.code === other.currency.code && this.amount.eq(other.amount);
  }

  isZero(): boolean {
    return this.amount.isZero();
  }

  /**
   * Cuts the amount by weight into parts of whole minor units (or 10^-`digits`) that add up to it
   * exactly: largest remainder, the earlier part first among equals. Weights are 0 or more; all 0 is
   * equal parts. Raises MONEY_INVALID when the amount itself is not whole in that unit.
   */
  allocate(weights: readonly DecimalInput[], digits: number = this.currency.digits): Money[] {
    const scaled = this.amount.times(new Exact(10).pow(digits));
    if (!scaled.isInteger()) {
      throw modelErrors.MONEY_INVALID(`${this} has more than ${digits} decimals: round it before allocating`);
    }
    const parts = allocateWhole(
      BigInt(scaled.toFixed(0)),
      weights.map((weight) => String(exactDecimal(weight))),
    );
    return parts.map((part) => new Money(new Exact(`${part}e${-digits}`), this.currency));
  }

  /** `12.50 EUR`: every digit there is, at least those of the minor unit. */
  toString(): string {
    const digits = Math.max(this.amount.decimalPlaces(), this.currency.digits);
    return `${this.amount.toFixed(digits)} ${this.currency.code}`;
  }

  toJSON(): { amount: string; currency: string } {
    return { amount: this.amount.toFixed(), currency: this.currency.code };
  }

  #requireSame(other: Money): void {
    if (this.currency.code === other.currency.code) return;
    throw modelErrors.CURRENCY_MISMATCH(`${this.currency.code} and ${other.currency.code}`);
  }
}

/** The sum of amounts, exact; zero of `currency` when there is none. Raises CURRENCY_MISMATCH. */
export function sumMoney(amounts: Iterable<Money>, currency: Currency | string): Money {
  let total = new Money(0, currency);
  for (const amount of amounts) total = total.plus(amount);
  return total;
}

/**
 * Cuts a whole number by weight into whole parts that add up to it exactly (largest remainder, the
 * earlier part first among equals; a negative total is cut like its positive). Weights are decimal
 * numbers of 0 or more; all 0 is equal parts. Raises MONEY_INVALID for no weights or a negative one.
 */
export function allocateWhole(total: bigint, weights: readonly (number | string)[]): bigint[] {
  const exact = weights.map(parseDecimal);
  if (exact.length === 0 || exact.some((weight) => weight.n < 0n)) {
    throw modelErrors.MONEY_INVALID('allocation needs at least one weight and none below zero');
  }
  const shares = commonScale(exact);
  const sum = shares.reduce((a, b) => a + b, 0n);
  const size = total < 0n ? -total : total;
  const parts = shares.map((share) => (size * share) / sum);
  const order = shares
    .map((share, i) => ({ i, remainder: (size * share) % sum }))
    .sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1));
  let left = size - parts.reduce((a, b) => a + b, 0n);
  for (const { i } of order) {
    if (left === 0n) break;
    parts[i] = parts[i]! + 1n;
    left -= 1n;
  }
  return total < 0n ? parts.map((part) => -part) : parts;
}

/** Weights as whole numbers of one common denominator; all ones when every weight is 0. */
function commonScale(weights: readonly Rational[]): bigint[] {
  // Denominators divide powers of ten, so the product stays small.
  const common = weights.reduce((d, weight) => (d % weight.d === 0n ? d : d * weight.d), 1n);
  const shares = weights.map((weight) => weight.n * (common / weight.d));
  return shares.every((share) => share === 0n) ? shares.map(() => 1n) : shares;
}

function exactDecimal(value: DecimalInput): Decimal {
  let decimal: Decimal;
  try {
    decimal = new Exact(value);
  } catch (cause) {
    throw modelErrors.MONEY_INVALID(`'${String(value).slice(0, 40)}' is not an amount`, {}, cause);
  }
  if (!decimal.isFinite()) throw modelErrors.MONEY_INVALID(`${decimal} is not an amount`);
  if (Math.abs(decimal.e) > MAX_DIGITS || decimal.sd() > MAX_DIGITS) throw inexact();
  // No negative zero: it would print as -0.00 on a bill.
  return decimal.isZero() ? new Exact(0) : decimal;
}

function exactSum(a: Decimal, b: Decimal): Decimal {
  const top = Math.max(a.e, b.e) + 2;
  const bottom = Math.max(a.decimalPlaces(), b.decimalPlaces());
  if (top + bottom > MAX_DIGITS) throw inexact();
  return a.plus(b);
}

function inexact(): Error {
  return modelErrors.MONEY_INVALID(`the amount needs more than ${MAX_DIGITS} digits`);
}
