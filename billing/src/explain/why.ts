/**
 * Why a bill is higher or lower than another, for the one who pays it: the difference cut into five reasons
 * that add up to it exactly. Charges are looked at as a whole (all their periods and tiers), and what is
 * worked out of other lines (percentages, taxes) follows the reasons of those lines.
 */
import { parseDecimal } from '@openami/model';
import {
  decimalOf,
  dividedBy,
  type Fraction,
  minus,
  plus,
  powerOfTen,
  roundQuotient,
  scaledText,
  sizeOf,
  times,
  ZERO,
} from '../exact.ts';
import type { RatedBill, RatedPart } from '../rating/cycle.ts';
import type { Line } from '../rating/line.ts';

export type Reason =
  /** The tariff asks for more or less. */
  | 'price'
  /** The bill covers more or fewer days. */
  | 'days'
  /** More or less was used a day, or at other hours. */
  | 'usage'
  /** As `usage`, as far as it rests on estimates: measured values may still correct it. */
  | 'estimation'
  /** Charges that are new or gone, credits, minima. */
  | 'other';

export const reasons: readonly Reason[] = ['usage', 'price', 'days', 'estimation', 'other'];

/** Whole numbers of 10^-digits of the currency. */
export type ByReason = Readonly<Record<Reason, bigint>>;

/** What a bill was for, to be said beside the reasons. */
export interface BillBasis {
  readonly days: number;
  /** Drawn, in the unit of the tariff, and how much of it was estimated: decimal text. */
  readonly usage: string;
  readonly estimated: string;
}

export interface BillWhy {
  readonly digits: number;
  readonly currency: string;
  readonly unit: string;
  readonly before: bigint;
  readonly after: bigint;
  readonly difference: bigint;
  /** They add up to the difference. */
  readonly reasons: ByReason;
  readonly basis: { readonly before: BillBasis; readonly after: BillBasis };
}

interface Charged {
  readonly lines: { readonly line: Line; readonly part: RatedPart }[];
  amount: bigint;
}

type Sums = Record<Reason, bigint>;
const nothing = (): Sums => ({ usage: 0n, price: 0n, days: 0n, estimation: 0n, other: 0n });

/** Explains the difference from `before` to `after`; both in one currency. */
export function whyDifferent(before: RatedBill, after: RatedBill): BillWhy {
  const digits = Math.max(...[...before.parts, ...after.parts].map(({ version }) => version.digits));
  const [old, now] = [chargesOf(before, digits), chargesOf(after, digits)];
  const days = { before: daysOf(before), after: daysOf(after) };
  const sums = new Map<string, Sums>();
  const charges = [...new Set([...now.keys(), ...old.keys()])];
  const follows = (id: string) => isFollowing((now.get(id) ?? old.get(id))!);
  for (const id of charges.filter((one) => !follows(one)))
    sums.set(id, measuredReasons(old.get(id), now.get(id), days, digits));
  // in their order on the bill: a tax may be of a percentage
  for (const id of charges.filter(follows))
    sums.set(id, followingReasons(old.get(id), now.get(id), sums, digits));
  const all = nothing();
  for (const one of sums.values()) for (const reason of reasons) all[reason] += one[reason];
  const [totalBefore, totalAfter] = [totalOf(old), totalOf(now)];
  const { currency, unit } = after.parts.at(-1)!.version;
  return {
    ...{ digits, currency, unit, before: totalBefore, after: totalAfter },
    ...{ difference: totalAfter - totalBefore, reasons: all },
    basis: { before: basisOf(before, days.before), after: basisOf(after, days.after) },
  };
}

function chargesOf({ parts }: RatedBill, digits: number): Map<string, Charged> {
  const charges = new Map<string, Charged>();
  for (const part of parts) {
    const scale = powerOfTen(digits - part.version.digits);
    for (const line of part.rated.lines) {
      const known = charges.get(line.charge) ?? { lines: [], amount: 0n };
      charges.set(line.charge, known);
      known.lines.push({ line, part });
      known.amount += line.amount * scale;
    }
  }
  return charges;
}

const totalOf = (charges: ReadonlyMap<string, Charged>): bigint =>
  [...charges.values()].reduce((sum, { amount }) => sum + amount, 0n);
const daysOf = ({ parts }: RatedBill): number => parts.reduce((sum, { days }) => sum + days, 0);
const isFollowing = ({ lines }: Charged): boolean => /^(percent|tax)$/.test(lines[0]!.line.kind);

/** Quantity and worth of the lines, exactly. */
interface Sum {
  quantity: Fraction;
  worth: Fraction;
  /** Of the quantity, what is not measured. */
  estimated: Fraction;
}

function sumOf(lines: readonly Line[]): Sum {
  const sum: Sum = { quantity: ZERO, worth: ZERO, estimated: ZERO };
  for (const { quantity, price, estimated } of lines) {
    sum.quantity = plus(sum.quantity, quantity);
    sum.worth = plus(sum.worth, times(quantity, price));
    sum.estimated = plus(sum.estimated, times(quantity, shareOf(estimated)));
  }
  return sum;
}

const shareOf = (estimated: number): Fraction => ({ n: BigInt(Math.round(estimated * 1e6)), d: 1_000_000n });

/** What each unit cost; undefined for nothing. */
function meanPrice({ quantity, worth }: Sum): Fraction | undefined {
  if (quantity.n === 0n) return undefined;
  return dividedBy(worth, quantity);
}

interface Days {
  readonly before: number;
  readonly after: number;
}

function measuredReasons(
  before: Charged | undefined,
  after: Charged | undefined,
  days: Days,
  digits: number,
): Sums {
  const sums = nothing();
  const difference = (after?.amount ?? 0n) - (before?.amount ?? 0n);
  const { kind, determinant } = (after ?? before)!.lines[0]!.line;
  const compared = before !== undefined && after !== undefined;
  if (!compared || /^(minimum|credit|true-up|adjustment|rebate)$/.test(kind)) {
    sums.other = difference;
    return sums;
  }
  const amountOf = ({ n, d }: Fraction): bigint => roundQuotient(n * powerOfTen(digits), d);
  const [old, now] = [before.lines.map(({ line }) => line), after.lines.map(({ line }) => line)];
  sums.price = amountOf(priceChange(old, now));
  if (determinant === 'days') {
    sums.days = difference - sums.price;
    return sums;
  }
  const [was, is] = [sumOf(old), sumOf(now)];
  const price = meanPrice(is) ?? meanPrice(was) ?? ZERO;
  if (determinant.startsWith('energy') && days.before > 0) {
    const more = { n: BigInt(days.after - days.before), d: BigInt(days.before) };
    sums.days = amountOf(times(times(was.quantity, more), price));
  }
  const rest = difference - sums.price - sums.days;
  sums.estimation = smallerOf(rest, amountOf(times(minus(is.estimated, was.estimated), price)));
  sums.usage = rest - sums.estimation;
  return sums;
}

/** Of two amounts of one sign the one that is nearer to nothing; nothing where their signs differ. */
function smallerOf(a: bigint, b: bigint): bigint {
  if (a > 0n && b > 0n) return a < b ? a : b;
  if (a < 0n && b < 0n) return a > b ? a : b;
  return 0n;
}

/** What the quantity of before costs more at the prices of after, line by line. */
function priceChange(old: readonly Line[], now: readonly Line[]): Fraction {
  let change = ZERO;
  for (const id of new Set(old.map((line) => line.id))) {
    const was = sumOf(old.filter((line) => line.id === id));
    const [low, high] = [meanPrice(was), meanPrice(sumOf(now.filter((line) => line.id === id)))];
    if (low !== undefined && high !== undefined) change = plus(change, times(was.quantity, minus(high, low)));
  }
  return change;
}

/** A percentage follows what it is of; that it is another percentage is a price. */
function followingReasons(
  before: Charged | undefined,
  after: Charged | undefined,
  known: ReadonlyMap<string, Sums>,
  digits: number,
): Sums {
  const sums = nothing();
  const difference = (after?.amount ?? 0n) - (before?.amount ?? 0n);
  const both = before !== undefined && after !== undefined;
  if (both) {
    // of a share the quantity is the percentage, and the price is what it is of
    const [was, is] = [before.lines[0]!.line, after.lines[0]!.line];
    const { n, d } = times(minus(is.quantity, was.quantity), was.price);
    sums.price = roundQuotient(n * powerOfTen(digits), d);
  }
  const rest = difference - sums.price;
  const base = nothing();
  for (const id of baseOf((after ?? before)!, known)) {
    const of = known.get(id);
    if (of !== undefined) for (const reason of reasons) base[reason] += of[reason];
  }
  const whole = reasons.reduce((sum, reason) => sum + base[reason], 0n);
  if (!both || whole === 0n) {
    sums.other += rest;
    return sums;
  }
  let left = rest;
  for (const reason of reasons) {
    const { n, d } = dividedBy({ n: rest * base[reason], d: 1n }, { n: whole, d: 1n });
    const share = roundQuotient(n, d);
    sums[reason] += share;
    left -= share;
  }
  sums[largest(base)] += left;
  return sums;
}

function largest(sums: Sums): Reason {
  return reasons.reduce((best, reason) => (sizeOf(sums[reason]) > sizeOf(sums[best]) ? reason : best));
}

/** Charges that a percentage is of. */
function baseOf({ lines }: Charged, known: ReadonlyMap<string, Sums>): Iterable<string> {
  const { line, part } = lines[0]!;
  const charge = part.version.charges.find(({ id }) => id === line.charge);
  const named = charge !== undefined && 'of' in charge ? charge.of : undefined;
  if (named !== undefined) return named;
  const taxes = new Set(part.version.charges.filter(({ kind }) => kind === 'tax').map(({ id }) => id));
  return [...known.keys()].filter((id) => line.kind !== 'tax' || !taxes.has(id));
}

const QUANTITY_DIGITS = 3;

function basisOf({ parts }: RatedBill, days: number): BillBasis {
  let [usage, estimated] = [ZERO, ZERO];
  for (const { determinants } of parts) {
    // the first schedule has one period
    const { import: drawn, estimated: guessed } = determinants.energy[0]!;
    usage = plus(usage, { n: BigInt(drawn[0] ?? 0), d: BigInt(determinants.perUnit) });
    estimated = plus(estimated, { n: BigInt(guessed[0] ?? 0), d: BigInt(determinants.perUnit) });
  }
  return { days, usage: decimalOf(usage, QUANTITY_DIGITS), estimated: decimalOf(estimated, QUANTITY_DIGITS) };
}

/** `352 → 327 kWh`; by the day where one bill covers more days, since the days are a reason of their own. */
function usedWords({ before, after }: BillWhy['basis'], unit: string): string {
  if (before.days === after.days) return `${before.usage} → ${after.usage} ${unit}`;
  const daily = ({ usage, days }: BillBasis) =>
    decimalOf(dividedBy(parseDecimal(usage), { n: BigInt(days), d: 1n }), DAILY_DIGITS);
  return `${daily(before)} → ${daily(after)} ${unit} a day`;
}

const DAILY_DIGITS = 2;

/** The whole in plain sentences, each reason that is not nothing with its amount; the largest first. */
export function whyWords({ digits, currency, unit, basis, ...why }: BillWhy): string[] {
  const { before: was, after: is } = basis;
  const money = (amount: bigint) => `${scaledText(sizeOf(amount), digits)} ${currency}`;
  const change = (amount: bigint) => `${money(amount)} ${amount > 0n ? 'more' : 'less'}`;
  const { difference } = why;
  const head =
    difference === 0n
      ? `The bill is the same as before: ${money(why.after)}.`
      : `The bill is ${money(difference)} ${difference > 0n ? 'higher' : 'lower'} than the one before.`;
  const words: Record<Reason, (amount: bigint) => string> = {
    usage: (a) => `How much you used, and when: ${change(a)} (${usedWords(basis, unit)}).`,
    price: (a) => `Prices changed: ${change(a)}.`,
    days: (a) => `The bill covers ${is.days} days, the one before ${was.days}: ${change(a)}.`,
    estimation: (a) =>
      `Use that was estimated and may be corrected when readings come: ${change(a)} ` +
      `(${was.estimated} → ${is.estimated} ${unit}).`,
    other: (a) => `Charges that are new or gone, and credits: ${change(a)}.`,
  };
  const size = (reason: Reason) => sizeOf(why.reasons[reason]);
  const told = reasons
    .filter((reason) => why.reasons[reason] !== 0n)
    .sort((a, b) => Number(size(b) - size(a)));
  return [head, ...told.map((reason) => words[reason](why.reasons[reason]))];
}
