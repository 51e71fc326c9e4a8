/** What ratings up to an instant come to, in the names and units of all of them. */
import { type CompiledVersion, type Determinants, decimalOf, perUnitOf } from '@openami/billing';
import type { Calculated } from '../billing/calculate.ts';

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

/** Names and units of what was rated; undefined where nothing was. */
export function frameOf(rated: readonly (Calculated | undefined)[]): Frame | undefined {
  const parts = rated.flatMap((one) => one?.bill?.parts ?? []);
  const last = parts.at(-1)?.version;
  if (last === undefined) return undefined;
  const names = new Set(parts.flatMap(({ version }) => [...namesOf(version)]));
  const digits = Math.max(...parts.map(({ version }) => version.digits));
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
  readonly before: Running | undefined;
  readonly after: Running | undefined;
}

export const quantityOf = (counts: number, { perUnit }: Frame): string =>
  decimalOf({ n: BigInt(Math.round(counts)), d: BigInt(perUnit) }, QUANTITY_DIGITS);
