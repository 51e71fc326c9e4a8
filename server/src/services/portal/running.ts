/** What ratings up to an instant come to, in the names and units of all of them. */
import { type CompiledVersion, type Determinants, decimalOf, perUnitOf } from '@openami/billing';
import type { Calculated } from '../billing/calculate.ts';
import type { Counts, RegisterMonth } from './register-month.ts';

/** What was counted and what it cost up to an instant, from the first day of the month. */
export interface Running {
  readonly toS: number;
  /** Thousandths of the base unit, drawn. */
  readonly used: number;
  readonly periods: readonly number[];
  readonly expected: number;
  readonly present: number;
  readonly estimated: number;
  /** Whole number of 10^-digits of the currency. */
  readonly cost: bigint;
}

export interface Frame {
  readonly unit: string;
  readonly perUnit: number;
  readonly digits: number;
  readonly currency: string;
  readonly periods: readonly string[];
}

const QUANTITY_DIGITS = 6;

/** Names and units of what is rated under some versions; undefined where there is none. */
export function frameOf(versions: readonly CompiledVersion[]): Frame | undefined {
  const last = versions.at(-1);
  if (last === undefined) return undefined;
  const names = new Set(versions.flatMap((version) => [...namesOf(version)]));
  const digits = Math.max(...versions.map((version) => version.digits));
  return {
    unit: last.unit,
    perUnit: perUnitOf(last.unit),
    digits,
    currency: last.currency,
    periods: [...names],
  };
}

/** The schedule by which energy is priced; 0 where it has one price. */
export function scheduleOf({ charges }: CompiledVersion): number {
  for (const charge of charges)
    if (charge.kind === 'energy' && charge.flow === 'import' && charge.schedule > 0) return charge.schedule;
  return 0;
}

function namesOf(version: CompiledVersion): readonly string[] {
  const at = scheduleOf(version);
  return at === 0 ? [] : version.needs.schedules[at]!.periods;
}

export function runningOf(one: Calculated | undefined, { digits, periods }: Frame): Running | undefined {
  const { bill } = one ?? {};
  if (bill === undefined) return undefined;
  let [cost, used, expected, present, estimated] = [0n, 0, 0, 0, 0];
  const byPeriod = periods.map(() => 0);
  for (const { version, determinants: d, rated } of bill.parts) {
    for (const { amount } of rated.lines) cost += amount * 10n ** BigInt(digits - version.digits);
    used += d.energy[0]!.import[0] ?? 0;
    [expected, present, estimated] = [expected + d.expected, present + d.present, estimated + d.estimated];
    addPeriods(byPeriod, periods, version, d);
  }
  return { toS: bill.toS, used, periods: byPeriod, expected, present, estimated, cost };
}

function addPeriods(
  sums: number[],
  names: readonly string[],
  version: CompiledVersion,
  { energy }: Determinants,
): void {
  for (const [p, name] of namesOf(version).entries())
    sums[names.indexOf(name)]! += energy[scheduleOf(version)]!.import[p] ?? 0;
}

/** What was used between two instants of one month. */
export interface Between {
  readonly startS: number;
  /** Of time that has passed. */
  readonly endS: number;
  /** Whether more of it is to come. */
  readonly runs: boolean;
  readonly before: Running | undefined;
  readonly after: Running | undefined;
  /** The month, where it is of registers. */
  readonly month: RegisterMonth | undefined;
}

/** How much of it is known. */
export function countsOf({ startS, endS, runs, before, after, month }: Between): Counts {
  if (month === undefined)
    return {
      expected: (after?.expected ?? 0) - (before?.expected ?? 0),
      present: (after?.present ?? 0) - (before?.present ?? 0),
      estimated: (after?.estimated ?? 0) - (before?.estimated ?? 0),
    };
  const known = month.counts({ fromS: startS, toS: knownToS({ startS, endS, after }) });
  // a day that is over, and whose end was not read
  const short = !runs && known.present > 0 && (after?.toS ?? endS) < endS;
  return short ? { ...known, expected: known.expected + 1 } : known;
}

/** Where what is known of it ends: its end, unless no read of a register came as late. */
export function knownToS({ startS, endS, after }: Pick<Between, 'startS' | 'endS' | 'after'>): number {
  return after !== undefined && after.toS > startS ? Math.min(endS, after.toS) : endS;
}

export const quantityOf = (counts: number, { perUnit }: Frame): string =>
  decimalOf({ n: BigInt(Math.round(counts)), d: BigInt(perUnit) }, QUANTITY_DIGITS);
