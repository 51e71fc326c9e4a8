/** Lines that go by the price of each interval, or by what was saved in the windows of events. */
import { formatInstant } from '@openami/model';
import type { EventEnergy } from '../determinants/determinants.ts';
import { decimalOf, dividedBy, plus, powerOfTen, roundQuotient, times, ZERO } from '../exact.ts';
import type { CompiledDynamic, CompiledEnergy, CompiledRebate } from './compiled.ts';
import { knownLine, lineOf } from './line.ts';
import type { Bill } from './rating.ts';

/** The block at its own price, and the rest at the price of each interval. */
export function dynamicLines(bill: Bill, charge: CompiledDynamic): void {
  const { perUnit, dynamic } = bill.input.determinants;
  const { energy, valued, digits, block = 0 } = dynamic[charge.need]!;
  const per = BigInt(perUnit);
  if (block !== 0) {
    const start = bill.start(charge, 'energy', 'energy-import', bill.version.unit);
    start.id = `${charge.id}/block`;
    start.note = ' of the block';
    bill.lines.push(lineOf(start, { n: BigInt(block), d: per }, charge.blockPrice, bill.version));
  }
  if (energy === 0 && valued === 0n) return;
  const sign = charge.flow === 'import' ? 1n : -1n;
  const quantity = { n: BigInt(energy), d: per };
  const market = times({ n: valued, d: powerOfTen(digits) * per }, charge.factor);
  const exact = plus(market, times(quantity, charge.adder));
  const determinant = charge.flow === 'import' ? 'energy-import' : 'price-series';
  const start = bill.start(charge, 'dynamic', determinant, bill.version.unit);
  const amount = roundQuotient(exact.n * sign * bill.version.scales.amount, exact.d, bill.version.rounding);
  const price = energy === 0 ? ZERO : dividedBy({ n: exact.n * sign, d: exact.d }, quantity);
  bill.lines.push(knownLine(start, quantity, price, amount));
}

/** A rebate of max(0, baseline - drawn) in each window of an event; none where intervals are missing. */
export function rebateLines(bill: Bill, charge: CompiledRebate): void {
  const { perUnit, events } = bill.input.determinants;
  for (const [i, window] of events[charge.need]!.entries()) {
    const { energy, fromS, toS, missing, baseline } = window;
    if (baseline === undefined || baseline <= energy || missing > 0) continue;
    const start = bill.start(charge, 'rebate', 'event', bill.version.unit);
    start.id = `${charge.id}/${i + 1}`;
    start.fromS = fromS;
    start.toS = toS;
    start.note = rebateNote(window, charge.event, perUnit);
    const saved = { n: BigInt(baseline - energy), d: BigInt(perUnit) };
    bill.lines.push(lineOf(start, saved, -charge.price, bill.version));
  }
}

const DIGITS = 6;

function rebateNote({ energy, baseline, fromS, toS }: EventEnergy, event: string, perUnit: number): string {
  const text = (value: number) => decimalOf({ n: BigInt(value), d: BigInt(perUnit) }, DIGITS);
  const when = `${formatInstant(fromS)} to ${formatInstant(toS)}`;
  return ` (saved in event '${event}' ${when}: ${text(energy)} used where ${text(baseline!)} are usual)`;
}

const mostNamed = 5;

/** What the formula of an energy line says besides: events that made its period, and volume of gas. */
export function energyNote(bill: Bill, charge: CompiledEnergy, period: number): string {
  const { determinants } = bill.input;
  const { gas, windows } = determinants;
  const notes: string[] = [];
  if (windows !== undefined) {
    const { events, periods } = bill.version.needs.schedules[charge.schedule]!;
    for (const one of events) {
      const called = windows[one.event] ?? [];
      if (one.period !== periods[period] || called.length === 0) continue;
      const named = called
        .slice(0, mostNamed)
        .map(({ fromS, toS }) => `${formatInstant(fromS)} to ${formatInstant(toS)}`);
      const more = called.length > mostNamed ? ` and ${called.length - mostNamed} more` : '';
      notes.push(`event '${one.event}' ${named.join(', ')}${more}`);
    }
  }
  if (gas !== undefined) {
    const volume = decimalOf({ n: BigInt(gas.volume), d: 1_000_000n }, DIGITS);
    notes.push(`${volume} m3 × ${gas.correction} × ${gas.calorific} MJ/m3 ÷ 3.6 in all`);
  }
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}
