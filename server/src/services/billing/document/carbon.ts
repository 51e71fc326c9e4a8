/**
 * Carbon of what was used, location-based: the sum over days of usage × the factor that was in force, so a
 * bill over the turn of a year is counted with both. Factors are data of the operator, with year and source.
 */
import { perUnitOf } from '@openami/billing';
import { type Commodity, formatDay, parseDecimal } from '@openami/model';
import type { CarbonFactor } from '../../../contract/bill-documents.ts';

export interface CarbonPart {
  readonly factor: CarbonFactor;
  /** Thousandths of the base unit. */
  readonly used: number;
  /** Grams, exact up to the last digit of a double. */
  readonly grams: number;
}

/** Usage of a local day, thousandths of the base unit. */
interface UsedDay {
  readonly day: number;
  readonly used: number;
}

/** The factor of a commodity in force on a day: the last that began; undefined before the first. */
function factorOn(
  factors: readonly CarbonFactor[],
  commodity: Commodity,
  day: string,
): CarbonFactor | undefined {
  let found: CarbonFactor | undefined;
  for (const one of factors)
    if (one.commodity === commodity && one.from <= day && (found === undefined || one.from >= found.from))
      found = one;
  return found;
}

/** Parts by factor, in order of time. Nothing at all where a day has no factor: half a sum would mislead. */
export function carbonParts(
  days: readonly UsedDay[],
  factors: readonly CarbonFactor[],
  commodity: Commodity,
  unit: string,
): CarbonPart[] {
  const used = new Map<CarbonFactor, number>();
  for (const { day, used: amount } of days) {
    const factor = factorOn(factors, commodity, formatDay(day));
    if (factor === undefined) return [];
    used.set(factor, (used.get(factor) ?? 0) + amount);
  }
  return [...used].map(([factor, amount]) => {
    const { n, d } = parseDecimal(factor.gramsPerUnit);
    return { factor, used: amount, grams: (amount * Number(n)) / (Number(d) * perUnitOf(unit)) };
  });
}
