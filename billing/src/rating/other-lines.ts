/** Lines of the charges that are neither energy nor demand. */
import { parseDecimal } from '@openami/model';
import { type Fraction, ONE, roundQuotient, times } from '../exact.ts';
import type { CompiledFixed, CompiledMinimum, CompiledPercent, CompiledRider } from './compiled.ts';
import { largestDemand } from './demand-lines.ts';
import { totalEnergy } from './energy-lines.ts';
import { amountLine, knownLine, type Line, lineOf } from './line.ts';
import type { Bill } from './rating.ts';

/** Months or days a charge per day, month or year counts in this bill. */
function spanOf(bill: Bill, per: 'day' | 'month' | 'year', prorate: boolean): Fraction {
  if (per === 'day') return { n: BigInt(bill.input.days), d: 1n };
  return prorate ? bill.share : ONE;
}

export function fixedLine(bill: Bill, charge: CompiledFixed): void {
  const span = spanOf(bill, charge.per, charge.prorate);
  const start = bill.start(charge, 'fixed', 'days', charge.per);
  const quantity = charge.per === 'year' ? { n: span.n, d: span.d * 12n } : span;
  bill.lines.push(lineOf(start, quantity, charge.price, bill.version));
}

export function riderLine(bill: Bill, charge: CompiledRider): void {
  const price = charge.prices[bill.ofYear]!;
  if (charge.demand >= 0) {
    const demand = largestDemand(bill, charge.demand);
    if (demand.n === 0n) return;
    const start = bill.start(charge, 'rider', 'demand', 'kW');
    bill.lines.push(lineOf(start, times(demand, bill.share), price, bill.version));
    return;
  }
  const banked = charge.flow === 'import' ? [...bill.balance.values()][0] : undefined;
  const counts =
    banked === undefined
      ? totalEnergy(bill, charge.flow)
      : { n: BigInt(banked.reduce((sum, value) => sum + value, 0)), d: 1n };
  if (counts.n === 0n) return;
  const determinant = charge.flow === 'import' ? (banked ? 'energy-net' : 'energy-import') : 'energy-export';
  const start = bill.start(charge, 'rider', determinant, bill.version.unit);
  const quantity = { n: counts.n, d: bill.perUnit };
  bill.lines.push(lineOf(start, quantity, charge.flow === 'import' ? price : -price, bill.version));
}

/** The sum of lines of the named charges; of all where none are named. */
function baseOf(lines: readonly Line[], of: ReadonlySet<string> | undefined): bigint {
  let sum = 0n;
  for (const line of lines) if (of === undefined || of.has(line.charge)) sum += line.amount;
  return sum;
}

/** A percentage of the lines before it; a tax is not of other taxes unless it names them. */
export function percentLine(bill: Bill, charge: CompiledPercent): void {
  const { version, lines } = bill;
  const before = charge.kind === 'tax' && !charge.of ? lines.filter(({ kind }) => kind !== 'tax') : lines;
  const base = baseOf(before, charge.of);
  if (base === 0n) return;
  const quantity = { n: charge.percent.n, d: charge.percent.d * 100n };
  const amount = roundQuotient(base * quantity.n, quantity.d, version.rounding);
  const price = { n: base, d: version.scales.amount };
  bill.lines.push(knownLine(bill.start(charge, charge.kind, 'lines', 'share'), quantity, price, amount));
}

/**
 * Adds what is wanting to a minimum. A minimum of the year is looked at in its last month; the sum of the
 * year so far is returned for the next bill.
 */
export function minimumLine(bill: Bill, charge: CompiledMinimum, yearToDate: Record<string, bigint>): void {
  const { version } = bill;
  const base = baseOf(bill.lines, charge.of);
  const { up, down } = version.scales;
  const least = (span: Fraction): bigint =>
    roundQuotient(charge.amount * span.n * up, span.d * down, version.rounding);
  let lacking = 0n;
  if (charge.per === 'year') {
    const sum = (yearToDate[charge.id] ?? 0n) + base;
    const last = bill.ofYear === 11 && bill.endsCycle;
    if (last) lacking = least(ONE) - sum;
    yearToDate[charge.id] = last ? 0n : sum;
  } else lacking = least(spanOf(bill, charge.per, true)) - base;
  if (lacking > 0n)
    bill.lines.push(amountLine(bill.start(charge, 'minimum', 'lines', version.currency), lacking, version));
}

/** Adjustments as lines. */
export function adjustmentLines(bill: Bill): void {
  for (const { id, name, amount } of bill.input.adjustments ?? []) {
    const { n, d } = parseDecimal(amount);
    const rounded = roundQuotient(n * bill.version.scales.amount, d, bill.version.rounding);
    const start = bill.start({ id, name }, 'adjustment', 'adjustment', bill.version.currency);
    bill.lines.push(amountLine(start, rounded, bill.version));
  }
}
