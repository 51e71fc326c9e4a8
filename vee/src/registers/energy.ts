/**
 * From volume to energy: gas by correction and calorific value of its gas day and zone, water and heat by
 * temperature difference.
 *
 *   gas    E = V · C · CV / 3.6     kWh from m³ and MJ/m³;  C = 1.02264 without a corrector in Great Britain
 *   heat   E = k · V · (Tf - Tr)    k = 1.163 Wh/(L·K) is near for water; the meter integrates better itself
 *
 * Slots are rounded so that every gas day adds up to what its whole volume makes.
 */
import { multiplyRational, parseDecimal, type Rational, rationalToNumber } from '@openami/model';
import { emptySeries, hasValue, type Series } from '../series.ts';

/** Energy of a litre of gas in Wh: `correction` and `calorificValue` (MJ/m³) as exact decimals. */
export function gasWhPerLitre(correction: string, calorificValue: string): Rational {
  // MJ/m³ ÷ 3.6 is kWh/m³, which is Wh/L.
  const each = multiplyRational(parseDecimal(correction), parseDecimal(calorificValue));
  return multiplyRational(each, { n: 10n, d: 36n });
}

export interface EnergyScale {
  /** Thousandths of a litre in a count of the volume, of a Wh in a count of the energy. */
  readonly volumeResolution: number;
  readonly energyResolution: number;
  /**
   * Energy of a litre, by slot: the factor of its gas day and zone. Undefined: unknown, the slot is left
   * open.
   */
  readonly whPerLitre: (slot: number) => Rational | undefined;
}

/**
 * Energy of a volume series. Rounding is carried from slot to slot while the factor is the same, so no day
 * is off by more than half a count. Quality and reasons are those of the volume.
 */
export function energySeries(volume: Series, scale: EnergyScale): Series {
  const { startS, intervalS, value, quality, flags } = volume;
  const energy = emptySeries(startS, intervalS, value.length);
  const ratio = scale.volumeResolution / scale.energyResolution;
  let factor: Rational | undefined;
  let perCount = 0;
  let volumeSum = 0;
  let energySum = 0;
  for (let i = 0; i < value.length; i++) {
    const now = scale.whPerLitre(i);
    if (now === undefined) continue;
    if (factor === undefined || now.n !== factor.n || now.d !== factor.d) {
      factor = now;
      perCount = rationalToNumber(now) * ratio;
      volumeSum = 0;
      energySum = 0;
    }
    energy.quality[i] = quality[i]!;
    energy.flags[i] = flags[i]!;
    if (!hasValue(quality[i]!)) continue;
    volumeSum += value[i]!;
    const total = Math.round(volumeSum * perCount);
    energy.value[i] = total - energySum;
    energySum = total;
  }
  return energy;
}

/** Heat of a volume of water in Wh: litres, flow and return temperature in °C, Wh/(L·K). */
export function heatWh(litres: number, flowC: number, returnC: number, whPerLitreKelvin = 1.163): number {
  return whPerLitreKelvin * litres * (flowC - returnC);
}
