/**
 * Waste water by the water that is used. Outside of winter no more a day is charged than the mean of the last
 * winter, since what is more goes into gardens and not down the drain.
 */
import { decimalOf, type Fraction, smaller, times } from '../exact.ts';
import type { CompiledSewer } from './compiled.ts';
import { totalEnergy } from './energy-lines.ts';
import { lineOf } from './line.ts';
import type { Bill, Winter } from './rating.ts';

const DIGITS = 6;

/** Adds the line; a winter month is noted in `winters`, for the bills after it. */
export function sewerLine(bill: Bill, charge: CompiledSewer, winters: Record<string, Winter>): void {
  const used = totalEnergy(bill, 'import');
  const { days } = bill.input;
  const inWinter = charge.winter?.[bill.ofYear] === true;
  if (inWinter) noteWinter(bill, charge, winters, Number(used.n));
  const limit = charge.winter === undefined || inWinter ? undefined : limitOf(bill, charge, winters);
  const counted = limit === undefined ? used : smaller(used, times(limit.perDay, whole(days)));
  if (counted.n === 0n) return;
  const start = bill.start(charge, 'sewer', 'energy-import', bill.version.unit);
  if (limit !== undefined) {
    const text = decimalOf({ n: limit.perDay.n, d: limit.perDay.d * bill.perUnit }, DIGITS);
    start.note = `, at most ${text} ${bill.version.unit} a day (${limit.of})`;
  }
  const quantity = times({ n: counted.n, d: counted.d * bill.perUnit }, charge.share);
  bill.lines.push(lineOf(start, quantity, charge.price, bill.version));
}

function whole(n: number): Fraction {
  return { n: BigInt(n), d: 1n };
}

interface DailyLimit {
  /** Thousandths of the base unit a day. */
  readonly perDay: Fraction;
  readonly of: string;
}

/** Undefined: nothing is known of a winter, and all that is used is charged. */
function limitOf(
  bill: Bill,
  charge: CompiledSewer,
  winters: Readonly<Record<string, Winter>>,
): DailyLimit | undefined {
  const { winterAverage } = bill.input.determinants;
  if (winterAverage !== undefined) return { perDay: whole(winterAverage), of: 'as stated for the customer' };
  const winter = Object.hasOwn(winters, charge.id) ? winters[charge.id] : undefined;
  if (winter !== undefined && winter.days > 0)
    return { perDay: { n: BigInt(winter.used), d: BigInt(winter.days) }, of: 'the mean of last winter' };
  const { usualPerDay } = charge;
  if (usualPerDay === undefined) return undefined;
  return { perDay: { n: usualPerDay.n * bill.perUnit, d: usualPerDay.d }, of: 'usual, no winter is known' };
}

/** Adds a bill to its winter, and forgets the one before. */
function noteWinter(bill: Bill, charge: CompiledSewer, winters: Record<string, Winter>, used: number): void {
  let from = bill.input.month;
  while (charge.winter![(from + 11) % 12]) from--;
  const known = Object.hasOwn(winters, charge.id) ? winters[charge.id]! : undefined;
  const before = known?.from === from ? known : { from, used: 0, days: 0 };
  winters[charge.id] = { from, used: before.used + used, days: before.days + bill.input.days };
}
