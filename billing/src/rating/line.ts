/** Lines of a bill: exact inside, text outside. A line is rounded once; lines add up to the total. */
import { formatInstant } from '@openami/model';
import { decimalOf, type Fraction, ONE, powerOfTen, roundQuotient, scaledText } from '../exact.ts';
import type { ChargeKind } from '../tariff/schema.ts';
import type { CompiledVersion } from './compiled.ts';

/** What a line says of where its number comes from. */
export type DeterminantName =
  | 'energy-import'
  | 'energy-export'
  | 'energy-net'
  | 'demand'
  | 'days'
  | 'price-series'
  | 'event'
  | 'lines'
  | 'bank'
  | 'adjustment';

export type LineKind = ChargeKind | 'credit' | 'true-up' | 'adjustment';

/** A line as rating makes it. */
export interface Line {
  readonly id: string;
  readonly charge: string;
  readonly name: string;
  readonly kind: LineKind;
  /** Name of the period; empty where the charge has no schedule. */
  readonly period: string;
  /** From 1; 0 where the charge has no tiers. */
  readonly tier: number;
  readonly determinant: DeterminantName;
  readonly unit: string;
  readonly quantity: Fraction;
  /** In the currency, a unit. Negative for what is credited. */
  readonly price: Fraction;
  /** Whole number of 10^-digits of the currency. */
  readonly amount: bigint;
  readonly fromS: number;
  readonly toS: number;
  /** Share of the quantity that is not measured, 0 to 1. */
  readonly estimated: number;
  /** Label of the tariff version. */
  readonly version: string;
  /** UTC second at which a peak ended; 0 for others. */
  readonly atS: number;
  /** What its formula says besides quantity and price: ` (event …)`; empty for most. */
  readonly note: string;
}

/** A line that is being made: one object all the way, since a fleet has millions. */
export type OpenLine = { -readonly [K in keyof Line]: Line[K] };

/** Multiplies and rounds once. `price` is a whole number of 10^-priceDigits. */
export function lineOf(line: OpenLine, quantity: Fraction, price: bigint, version: CompiledVersion): Line {
  const { scales, rounding } = version;
  line.quantity = quantity;
  line.price = { n: price, d: scales.price };
  line.amount = roundQuotient(quantity.n * price * scales.up, quantity.d * scales.down, rounding);
  return line;
}

/** A line whose amount is known: what a minimum or a credit comes to. */
export function amountLine(line: OpenLine, amount: bigint, version: CompiledVersion): Line {
  return knownLine(line, ONE, { n: amount, d: version.scales.amount }, amount);
}

/** A line of which all is known. */
export function knownLine(line: OpenLine, quantity: Fraction, price: Fraction, amount: bigint): Line {
  line.quantity = quantity;
  line.price = price;
  line.amount = amount;
  return line;
}

/** A line as it is shown, sent and stored: numbers are decimal text. */
export interface BillLine {
  readonly id: string;
  readonly charge: string;
  readonly name: string;
  readonly kind: LineKind;
  readonly period?: string;
  readonly tier?: number;
  readonly determinant: DeterminantName;
  readonly unit: string;
  readonly quantity: string;
  readonly price: string;
  readonly amount: string;
  /** Before it was rounded, where rounding changed it; at most 12 decimals. */
  readonly unrounded?: string;
  readonly formula: string;
  readonly from: string;
  readonly to: string;
  /** When the peak was reached. */
  readonly at?: string;
  /** Share of the quantity that is not measured. */
  readonly estimatedShare: number;
  readonly tariffVersion: string;
}

const QUANTITY_DIGITS = 6;
const PRICE_DIGITS = 12;

/** The line as it is shown. */
export function billLine(line: Line, { digits, currency }: { digits: number; currency: string }): BillLine {
  const exact = { n: line.quantity.n * line.price.n, d: line.quantity.d * line.price.d };
  const amount = scaledText(line.amount, digits);
  const rounded = { n: line.amount, d: powerOfTen(digits) };
  const same = exact.n * rounded.d === rounded.n * exact.d;
  const quantity = decimalOf(line.quantity, QUANTITY_DIGITS);
  const price = decimalOf(line.price, PRICE_DIGITS);
  return {
    ...{ id: line.id, charge: line.charge, name: line.name, kind: line.kind },
    ...(line.period !== '' && { period: line.period }),
    ...(line.tier > 0 && { tier: line.tier }),
    ...{ determinant: line.determinant, unit: line.unit, quantity, price, amount },
    ...(!same && { unrounded: decimalOf(exact, PRICE_DIGITS) }),
    formula: formulaOf(line, quantity, price, amount, currency),
    ...{ from: formatInstant(line.fromS), to: formatInstant(line.toS) },
    ...(line.atS > 0 && { at: formatInstant(line.atS) }),
    estimatedShare: Math.round(line.estimated * 1e6) / 1e6,
    tariffVersion: line.version,
  };
}

/** The line in words: `312.4 kWh at 0.18 EUR`. */
function formulaOf(line: Line, quantity: string, price: string, amount: string, currency: string): string {
  const period = line.period === '' ? '' : ` in ${line.period}`;
  const where = line.tier > 0 ? `${period}, tier ${line.tier}` : period;
  switch (line.kind) {
    case 'percent':
    case 'tax':
      return `${percentOf(line.quantity)} % of ${price} ${currency}`;
    case 'minimum':
      return `${amount} ${currency} up to the minimum`;
    case 'credit':
      return `credit of ${price.replace('-', '')} ${currency} from what was fed in`;
    case 'adjustment':
      return `${line.name}: ${amount} ${currency}`;
    case 'dynamic':
      return `${quantity} ${line.unit} at the price of each interval, ${price} ${currency} on average`;
    case 'fixed':
      return `${quantity} ${line.unit}${quantity === '1' ? '' : 's'} at ${price} ${currency}`;
    default:
      return `${quantity} ${line.unit}${where}${line.note} at ${price} ${currency}`;
  }
}

function percentOf({ n, d }: Fraction): string {
  return decimalOf({ n: n * 100n, d }, QUANTITY_DIGITS);
}

/** The sum of the lines, exactly. */
export function totalOf(lines: readonly Line[]): bigint {
  let total = 0n;
  for (const { amount } of lines) total += amount;
  return total;
}
