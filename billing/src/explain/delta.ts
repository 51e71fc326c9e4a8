/**
 * Why one bill differs from another: a rebill after a late or corrected reading, or this month from the last.
 * The difference of every line is cut into parts with a cause each; parts add up to their line, lines to the
 * difference of the totals, exactly, because the last part of a line is what the others leave.
 */
import {
  decimalOf,
  type Fraction,
  minus,
  powerOfTen,
  roundQuotient,
  scaledText,
  sizeOf,
  times,
} from '../exact.ts';
import type { RatedBill, RatedPart } from '../rating/cycle.ts';
import type { Line } from '../rating/line.ts';
import { type DataChange, dataChanges } from './data-changes.ts';

export type Cause =
  /** The price is another. */
  | 'price'
  /** The bill covers more or fewer days. */
  | 'days'
  /** More or less was used, or the peak is another. */
  | 'usage'
  /** Measured values stand where estimates stood, or the other way round. */
  | 'estimation'
  /** The line is new, or no longer there. */
  | 'added'
  | 'removed'
  /** Percentages, taxes, minima and credits that follow other lines. */
  | 'follows';

export interface DeltaPart {
  readonly cause: Cause;
  /** Whole number of 10^-digits of the currency. */
  readonly amount: bigint;
}

export interface LineDelta {
  readonly id: string;
  readonly name: string;
  /** Name of the period; empty where the charge has no schedule. */
  readonly period: string;
  /** From 1; 0 where the charge has no tiers. */
  readonly tier: number;
  readonly before: bigint;
  readonly after: bigint;
  readonly difference: bigint;
  readonly parts: readonly DeltaPart[];
  readonly words: string;
}

export interface BillDelta {
  /** Decimals of the amounts. */
  readonly digits: number;
  readonly currency: string;
  readonly before: bigint;
  readonly after: bigint;
  readonly difference: bigint;
  /** Lines whose amount or quantity moved, the largest difference first. */
  readonly lines: readonly LineDelta[];
  /** The difference by cause; they add up to it. */
  readonly causes: Readonly<Partial<Record<Cause, bigint>>>;
  /** What changed in the data, where both bills are of one time. */
  readonly data: readonly DataChange[];
  /** The whole in a few sentences. */
  readonly words: readonly string[];
}

/** A line with what it stands in. */
interface Placed {
  readonly line: Line;
  readonly part: RatedPart;
  /** In 10^-digits of the currency of the delta. */
  readonly amount: bigint;
}

/** Explains what `after` has other than `before`. Its words tell times by the clock of `zone` (IANA). */
export function explainDelta(before: RatedBill, after: RatedBill, zone = 'UTC'): BillDelta {
  const digits = Math.max(...[...before.parts, ...after.parts].map(({ version }) => version.digits));
  const [old, now] = [placedLines(before, digits), placedLines(after, digits)];
  const { currency } = after.parts.at(-1)!.version;
  const sameTime = before.fromS === after.fromS && before.toS === after.toS;
  const lines: LineDelta[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const delta = lineDelta(old.get(key), now.get(key), { digits, currency, sameTime });
    if (delta !== undefined) lines.push(delta);
  }
  const causes: Partial<Record<Cause, bigint>> = {};
  for (const { parts } of lines)
    for (const { cause, amount } of parts) causes[cause] = (causes[cause] ?? 0n) + amount;
  const [totalBefore, totalAfter] = [sumOf(old), sumOf(now)];
  const data = sameTime ? dataChanges(before, after, zone) : [];
  const sorted = lines.sort((a, b) => Number(sizeOf(b.difference) - sizeOf(a.difference)));
  const head = {
    ...{ digits, currency, before: totalBefore, after: totalAfter },
    difference: totalAfter - totalBefore,
  };
  return { ...head, lines: sorted, causes, data, words: wordsOf(head, causes, data) };
}

function sumOf(lines: ReadonlyMap<string, Placed>): bigint {
  let sum = 0n;
  for (const { amount } of lines.values()) sum += amount;
  return sum;
}

/** Lines by id; the same id in a later part of a bill is a line of its own. */
function placedLines({ parts }: RatedBill, digits: number): Map<string, Placed> {
  const lines = new Map<string, Placed>();
  for (const part of parts) {
    const scale = powerOfTen(digits - part.version.digits);
    for (const line of part.rated.lines) {
      let key = line.id;
      for (let again = 2; lines.has(key); again++) key = `${line.id}#${again}`;
      lines.set(key, { line, part, amount: line.amount * scale });
    }
  }
  return lines;
}

/** Kinds whose amount is worked out from other lines or from banks. */
const following: ReadonlySet<string> = new Set([
  'percent',
  'tax',
  'minimum',
  'credit',
  'true-up',
  'adjustment',
]);

interface Compared {
  readonly digits: number;
  readonly currency: string;
  /** Both bills are of one time. */
  readonly sameTime: boolean;
}

function lineDelta(
  before: Placed | undefined,
  after: Placed | undefined,
  { digits, currency, sameTime }: Compared,
): LineDelta | undefined {
  const { line } = (after ?? before)!;
  const [was, is] = [before?.amount ?? 0n, after?.amount ?? 0n];
  const difference = is - was;
  const moved = before !== undefined && after !== undefined && !sameQuantity(before.line, after.line);
  if (difference === 0n && !moved) return undefined;
  const parts = partsOf(before, after, digits, sameTime, difference);
  return {
    ...{ id: line.id, name: line.name, period: line.period, tier: line.tier },
    ...{ before: was, after: is, difference, parts },
    words: lineWords(before?.line, after?.line, `${signedText(difference, digits)} ${currency}`, currency),
  };
}

function sameQuantity(a: Line, b: Line): boolean {
  return (
    a.quantity.n * b.quantity.d === b.quantity.n * a.quantity.d &&
    a.price.n * b.price.d === b.price.n * a.price.d
  );
}

function partsOf(
  before: Placed | undefined,
  after: Placed | undefined,
  digits: number,
  sameTime: boolean,
  difference: bigint,
): DeltaPart[] {
  if (following.has((after ?? before)!.line.kind)) return [{ cause: 'follows', amount: difference }];
  if (before === undefined) return [{ cause: 'added', amount: difference }];
  if (after === undefined) return [{ cause: 'removed', amount: difference }];
  const [old, now] = [before.line, after.line];
  const amountOf = (value: Fraction): bigint => roundQuotient(value.n * powerOfTen(digits), value.d);
  const price = amountOf(times(old.quantity, minus(now.price, old.price)));
  const parts: DeltaPart[] = [];
  if (price !== 0n) parts.push({ cause: 'price', amount: price });
  const days = old.determinant === 'days' ? difference - price : daysPart(before, after, amountOf);
  if (days !== 0n) parts.push({ cause: 'days', amount: days });
  const rest = difference - price - days;
  if (rest !== 0n || parts.length === 0) {
    const measured = sameTime && old.estimated !== now.estimated;
    parts.push({ cause: measured ? 'estimation' : 'usage', amount: rest });
  }
  return parts;
}

/** What the same use a day would have come to on the days there are more. */
function daysPart(before: Placed, after: Placed, amountOf: (value: Fraction) => bigint): bigint {
  const [old, now] = [before.part.days, after.part.days];
  if (old === now || old === 0 || !before.line.determinant.startsWith('energy')) return 0n;
  const more = { n: BigInt(now - old), d: BigInt(old) };
  return amountOf(times(times(before.line.quantity, more), after.line.price));
}

const QUANTITY_DIGITS = 3;
const PRICE_DIGITS = 6;
const hundred: Fraction = { n: 100n, d: 1n };

/** A line as people call it: `Energy, peak, tier 2`. */
function nameOf({ name, period, tier }: Line): string {
  return [name, period, tier > 0 ? `tier ${tier}` : ''].filter((part) => part !== '').join(', ');
}

function lineWords(
  before: Line | undefined,
  after: Line | undefined,
  difference: string,
  currency: string,
): string {
  const line = (after ?? before)!;
  if (before === undefined) return `${nameOf(line)} is new: ${difference}`;
  if (after === undefined) return `${nameOf(line)} is no longer there: ${difference}`;
  const changes = line.kind === 'percent' || line.kind === 'tax' ? shareChange : amountChange;
  return `${nameOf(line)}: ${changes(before, after, currency) || 'rounded otherwise'}: ${difference}`;
}

function amountChange(before: Line, after: Line, currency: string): string {
  const quantity = (line: Line) => decimalOf(line.quantity, QUANTITY_DIGITS);
  const price = (line: Line) => decimalOf(line.price, PRICE_DIGITS);
  const changes: string[] = [];
  if (quantity(before) !== quantity(after))
    changes.push(`${quantity(before)} → ${quantity(after)} ${after.unit}`);
  if (price(before) !== price(after)) changes.push(`price ${price(before)} → ${price(after)} ${currency}`);
  return changes.join(', ');
}

/** Of a percentage: what it is taken of, and the rate where that changed. */
function shareChange(before: Line, after: Line, currency: string): string {
  const rate = ({ quantity }: Line) => decimalOf(times(quantity, hundred), QUANTITY_DIGITS);
  const of = ({ price }: Line) => decimalOf(price, PRICE_DIGITS);
  if (rate(before) !== rate(after))
    return `${rate(before)} % of ${of(before)} → ${rate(after)} % of ${of(after)} ${currency}`;
  return of(before) === of(after) ? '' : `${rate(after)} % of ${of(before)} → ${of(after)} ${currency}`;
}

function signedText(amount: bigint, digits: number): string {
  return `${amount > 0n ? '+' : ''}${scaledText(amount, digits)}`;
}

const causeWords: Readonly<Record<Cause, string>> = {
  price: 'because prices changed',
  days: 'because it covers more or fewer days',
  usage: 'for what was used',
  estimation: 'for readings that are estimated now, or were before',
  added: 'for charges that are new',
  removed: 'because charges are gone',
  follows: 'in taxes and other charges that follow from the rest',
};

type Head = Pick<BillDelta, 'digits' | 'currency' | 'before' | 'after' | 'difference'>;

function wordsOf(
  { digits, currency, before, after, difference }: Head,
  causes: BillDelta['causes'],
  data: readonly DataChange[],
): string[] {
  const text = (amount: bigint) => scaledText(amount, digits);
  const [was, is] = [before, after].map((amount) => `${text(amount)} ${currency}`);
  const moved = (amount: bigint) => `${text(sizeOf(amount))} ${currency} ${amount > 0n ? 'more' : 'less'}`;
  const why = Object.entries(causes)
    .filter(([, amount]) => amount !== 0n)
    .map(([cause, amount]) => `${moved(amount)} ${causeWords[cause as Cause]}`);
  const change = signedText(difference, digits);
  const total =
    difference === 0n
      ? `The bill is the same: ${is}.`
      : `The bill went from ${was} to ${is} (${change} ${currency}).`;
  return [total, ...(why.length > 0 ? [`${why.join('; ')}.`] : []), ...data.map(({ words }) => words)];
}
