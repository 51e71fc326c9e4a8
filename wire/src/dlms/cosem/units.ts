/**
 * Units of COSEM (Blue Book 4.3.2, enumeration of physical units) and the way of a raw value into the
 * counts that are stored: value = raw × 10^scaler in the unit.
 */
import {
  addRational,
  countsConverter,
  multiplyRational,
  parseDecimal,
  parseUnit,
  type Rational,
  rational,
  roundRational,
  type Unit,
} from '@openami/model';
import { type CosemValue, elementsOf } from '../value.ts';

export interface CosemUnit {
  readonly code: number;
  /** As people write it. */
  readonly symbol: string;
  /** Symbol of the unit in the model, null where it has none. */
  readonly unit: string | null;
}

const rows: readonly (readonly [code: number, symbol: string, unit?: string])[] = [
  [1, 'a'],
  [2, 'mo'],
  [3, 'wk'],
  [4, 'd'],
  [5, 'h', 'h'],
  [6, 'min', 'min'],
  [7, 's', 's'],
  [8, '°'],
  [9, '°C', 'degC'],
  [10, 'currency'],
  [11, 'm'],
  [12, 'm/s'],
  [13, 'm³', 'm3'],
  [14, 'm³ (corrected)', 'm3'],
  [15, 'm³/h', 'm3/h'],
  [16, 'm³/h (corrected)', 'm3/h'],
  [17, 'm³/d'],
  [18, 'm³/d (corrected)'],
  [19, 'L', 'L'],
  [20, 'kg'],
  [21, 'N'],
  [22, 'Nm'],
  [23, 'Pa', 'Pa'],
  [24, 'bar', 'bar'],
  [25, 'J', 'J'],
  [26, 'J/h'],
  [27, 'W', 'W'],
  [28, 'VA', 'VA'],
  [29, 'var', 'var'],
  [30, 'Wh', 'Wh'],
  [31, 'VAh', 'VAh'],
  [32, 'varh', 'varh'],
  [33, 'A', 'A'],
  [34, 'C'],
  [35, 'V', 'V'],
  [36, 'V/m'],
  [37, 'F'],
  [38, 'Ω'],
  [39, 'Ωm²/m'],
  [40, 'Wb'],
  [41, 'T'],
  [42, 'A/m'],
  [43, 'H'],
  [44, 'Hz', 'Hz'],
  [45, '1/Wh'],
  [46, '1/varh'],
  [47, '1/VAh'],
  [48, 'V²h'],
  [49, 'A²h'],
  [50, 'kg/s'],
  [51, 'S'],
  [52, 'K', 'K'],
  [53, '1/V²h'],
  [54, '1/A²h'],
  [55, '1/m³'],
  [56, '%', '%'],
  [57, 'Ah'],
  [60, 'Wh/m³'],
  [61, 'J/m³'],
  [62, 'mol %'],
  [63, 'g/m³'],
  [64, 'Pa s'],
  [65, 'J/kg'],
  [70, 'dBm'],
  [71, 'dBµV'],
  [72, 'dB'],
  [254, 'other'],
  [255, '', '1'],
];

const byCode = new Map<number, CosemUnit>(
  rows.map(([code, symbol, unit]) => [code, { code, symbol, unit: unit ?? null }]),
);

/** The unit of a code, undefined where it is none of the table. */
export function cosemUnit(code: number): CosemUnit | undefined {
  return byCode.get(code);
}

export interface ScalerUnit {
  /** Power of ten. */
  readonly scaler: number;
  /** Code of the unit. */
  readonly unit: number;
}

/** Attribute `scaler_unit` of registers; undefined when the value is not of its form. */
export function decodeScalerUnit(value: CosemValue): ScalerUnit | undefined {
  const [scaler, unit, ...more] = elementsOf(value) ?? [];
  if (scaler?.type !== 'integer' || unit?.type !== 'enum' || more.length > 0) return undefined;
  return { scaler: scaler.value, unit: unit.value };
}

/** The value of attribute `scaler_unit`. */
export function encodeScalerUnit({ scaler, unit }: ScalerUnit): CosemValue {
  return {
    type: 'structure',
    elements: [
      { type: 'integer', value: scaler },
      { type: 'enum', value: unit },
    ],
  };
}

/** Converts raw register values to whole counts of one resolution. */
export interface RawConverter {
  readonly unit: Unit;
  /** Half a count is rounded away from zero; NaN when the raw value or the count is not exact. */
  toCounts(raw: number): number;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Converter to counts of `resolution` thousandths of the base unit; undefined where the model has no such
 * unit. Raises RESOLUTION_INVALID.
 */
export function rawConverter(
  { scaler, unit: code }: ScalerUnit,
  resolution: number,
): RawConverter | undefined {
  const symbol = byCode.get(code)?.unit;
  if (symbol === undefined || symbol === null) return undefined;
  const unit = parseUnit(symbol);
  // also looks at the resolution
  countsConverter(unit, resolution);
  const perBase = rational(1_000n, BigInt(resolution));
  const scale = multiplyRational(multiplyRational(unit.factor, parseDecimal(`1e${scaler}`)), perBase);
  const zero = multiplyRational(unit.offset, perBase);
  const n = Number(scale.n);
  const whole = scale.d === 1n && scale.n <= SAFE && zero.n === 0n;
  return {
    unit,
    toCounts(raw) {
      const counts = raw * n;
      if (whole && Number.isSafeInteger(raw) && Number.isSafeInteger(counts)) return counts;
      return exactCounts(raw, scale, zero);
    },
  };
}

function exactCounts(raw: number, scale: Rational, zero: Rational): number {
  // an integer beyond 2^53 is no longer the one the meter sent
  if (!Number.isFinite(raw) || Math.abs(raw) > Number.MAX_SAFE_INTEGER) return Number.NaN;
  const counts = roundRational(addRational(multiplyRational(parseDecimal(raw), scale), zero));
  return counts > SAFE || counts < -SAFE ? Number.NaN : Number(counts);
}
