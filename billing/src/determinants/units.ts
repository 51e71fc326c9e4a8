/** Units of tariffs, and energy of gas. */
import { findUnit, parseDecimal, parseUnit } from '@openami/model';
import { billingErrors } from '../errors.ts';
import { type Fraction, times } from '../exact.ts';

/** Thousandths of the base unit in a unit: 1,000,000 for kWh, m3. Raises UNIT_UNKNOWN, BILLING_USAGE. */
export function perUnitOf(symbol: string): number {
  const { n, d } = times(parseUnit(symbol).factor, { n: 1_000n, d: 1n });
  if (n % d === 0n) return Number(n / d);
  throw billingErrors.BILLING_USAGE(`a ${symbol} is no whole number of thousandths of its base unit`);
}

/** True when usage in one unit can be billed in the other without knowing more. */
export function sameBase(unit: string, tariffUnit: string): boolean {
  const [a, b] = [findUnit(unit), findUnit(tariffUnit)];
  return a !== undefined && b !== undefined && a.base === b.base;
}

/** True for the volume of gas under a tariff for energy: it takes a calorific value to bill it. */
export function isGasEnergy(unit: string, tariffUnit: string): boolean {
  return findUnit(unit)?.base === 'L' && findUnit(tariffUnit)?.base === 'Wh';
}

/** kW of an energy within a window: energy × 3600 ÷ windowS ÷ perUnit. */
export function kilowatts(energy: number, windowS: number, perUnit: number): Fraction {
  return { n: BigInt(energy) * 3_600n, d: BigInt(windowS) * BigInt(perUnit) };
}

/** Megajoules in a kilowatt-hour. */
const MJ_PER_KWH = parseDecimal('3.6');

/**
 * Energy of gas in kWh: V·C·CV ÷ 3.6 with V in m³ at the meter, C the correction to reference
 * conditions (Great Britain without a corrector: 1.02264) and CV the calorific value in MJ/m³.
 */
export function gasEnergyKwh(
  volumeM3: string | number,
  correction: string | number,
  calorificValue: string | number,
): Fraction {
  const energyMj = times(
    times(parseDecimal(volumeM3), parseDecimal(correction)),
    parseDecimal(calorificValue),
  );
  return { n: energyMj.n * MJ_PER_KWH.d, d: energyMj.d * MJ_PER_KWH.n };
}
