/**
 * Units and the way of a value into the store.
 *
 * A stored value is a whole count of its channel's resolution; the resolution is a whole number of
 * thousandths of the base unit of its dimension (Wh, L, V, degC ...):
 *
 *   1.234 kWh  =  1234 Wh  =  1 234 000 thousandths  =  1234 counts of resolution 1000
 *
 * Conversion is exact: factors are fractions of whole numbers and a number means the decimal it
 * prints as. The hot path multiplies or divides once and falls back to the exact path only where the
 * binary result lies so near a half that its rounding could differ.
 */
import { modelErrors } from './model-errors.ts';
import {
  addRational,
  divideRational,
  multiplyRational,
  parseDecimal,
  type Rational,
  rational,
  rationalToNumber,
  roundRational,
  subtractRational,
} from './rational.ts';
import { baseUnits, type Dimension, type UnitRow, unitRows } from './unit-table.ts';

export interface Unit {
  /** Plain-text symbol, e.g. `kWh`, `m3`: what is stored and sent. */
  readonly symbol: string;
  /** What people read, e.g. `m³`. */
  readonly display: string;
  readonly dimension: Dimension;
  /** Symbol of the base unit of the dimension. */
  readonly base: string;
  /** CIM/ESPI unit code, null where the standard has none. */
  readonly uom: number | null;
  /** Power of ten that goes with `uom` (CIM multiplier, ESPI powerOfTenMultiplier). */
  readonly multiplier: number;
  /** base = value × factor + offset */
  readonly factor: Rational;
  readonly offset: Rational;
}

/** Every unit. */
export const units: readonly Unit[] = unitRows.map(unitOf);

const bySpelling = new Map<string, Unit>();
const byFolded = new Map<string, Unit>();
for (const [i, row] of unitRows.entries()) {
  const unit = units[i]!;
  for (const spelling of [unit.symbol, unit.display]) bySpelling.set(spelling, unit);
  for (const spelling of [unit.symbol, ...(row.aliases ?? [])]) byFolded.set(foldUnit(spelling), unit);
}

function unitOf(row: UnitRow): Unit {
  return {
    symbol: row.symbol,
    display: row.display ?? row.symbol,
    dimension: row.dimension,
    base: baseUnits[row.dimension],
    uom: row.uom?.[0] ?? null,
    multiplier: row.uom?.[1] ?? 0,
    factor: rational(row.n, row.d ?? 1n),
    offset: row.offset ? rational(row.offset[0], row.offset[1]) : { n: 0n, d: 1n },
  };
}

/** Folds a spelling: case, blanks, `³`, `^3`, `°`, dots and dashes between factors. */
function foldUnit(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll('³', '3')
    .replaceAll('°', 'deg')
    .replace(/[\s_^·*.-]+/g, '');
}

const MAX_UNIT_LENGTH = 40;

/** The unit, or undefined. `KWH`, `kW·h`, `m³` and `m^3` are understood. */
export function findUnit(text: string): Unit | undefined {
  const exact = bySpelling.get(text);
  if (exact) return exact;
  if (text.length > MAX_UNIT_LENGTH) return undefined;
  const folded = byFolded.get(foldUnit(text));
  // `mWh` is SI for a thousandth: reading it as MWh would be wrong by 10^9, so it is not guessed.
  if (folded && /^\s*m[A-Z]/.test(text) && folded.symbol.startsWith('M')) return undefined;
  return folded;
}

/** The unit. Raises UNIT_UNKNOWN, naming the nearest units. */
export function parseUnit(text: string): Unit {
  const unit = findUnit(text);
  if (unit) return unit;
  const near = nearUnits(text);
  throw modelErrors.UNIT_UNKNOWN(
    `unit '${text.slice(0, MAX_UNIT_LENGTH)}' is not known; near: ${near.join(', ')}`,
    { unit: text.slice(0, MAX_UNIT_LENGTH), near },
  );
}

function nearUnits(text: string): string[] {
  const folded = foldUnit(text.slice(0, MAX_UNIT_LENGTH));
  return units
    .map((unit) => ({ symbol: unit.symbol, distance: editDistance(folded, foldUnit(unit.symbol)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((entry) => entry.symbol);
}

/** Levenshtein distance; both texts are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The unit of a CIM/ESPI code and power of ten (72, 3 is kWh; 42, -3 is L), or undefined. */
export function unitForUom(uom: number, powerOfTen = 0): Unit | undefined {
  const plain = units.find((unit) => unit.uom === uom);
  if (!plain || !Number.isInteger(powerOfTen) || Math.abs(powerOfTen) > 30) return undefined;
  const exact = units.find((unit) => unit.uom === uom && unit.multiplier === powerOfTen);
  if (exact || plain.offset.n !== 0n) return exact;
  const factor = multiplyRational(plain.factor, parseDecimal(`1e${powerOfTen - plain.multiplier}`));
  return units.find(
    (unit) => unit.dimension === plain.dimension && unit.factor.n === factor.n && unit.factor.d === factor.d,
  );
}

/** Raises UNIT_DIMENSION when the two units do not measure the same thing. */
export function requireSameDimension(unit: Unit, expected: Unit): void {
  if (unit.dimension === expected.dimension) return;
  throw modelErrors.UNIT_DIMENSION(
    `${unit.symbol} measures ${unit.dimension}, ${expected.symbol} measures ${expected.dimension}`,
    { unit: unit.symbol, expected: expected.symbol },
  );
}

/** `value` of `from` in `to`, exactly. Raises NUMBER_MALFORMED, UNIT_UNKNOWN, UNIT_DIMENSION. */
export function convertExact(
  value: number | string | Rational,
  from: Unit | string,
  to: Unit | string,
): Rational {
  const source = asUnit(from);
  const target = asUnit(to);
  requireSameDimension(source, target);
  const exact = typeof value === 'object' ? value : parseDecimal(value);
  const base = addRational(multiplyRational(exact, source.factor), source.offset);
  return divideRational(subtractRational(base, target.offset), target.factor);
}

/** `value` of `from` in `to`, as the nearest number; NaN stays NaN. */
export function convert(value: number, from: Unit | string, to: Unit | string): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return rationalToNumber(convertExact(value, from, to));
}

/** Converts between numbers in one unit and counts of one resolution. */
export interface CountsConverter {
  readonly unit: Unit;
  readonly resolution: number;
  /**
   * Whole count, a half rounded away from zero; NaN when `value` is not finite or the count would
   * not be exact (beyond 2^53 - 1), which the caller must reject.
   */
  toCounts(value: number): number;
  /** The number in the unit; NaN stays NaN. */
  toUnit(count: number): number;
}

/**
 * Converter for values in `unit` and counts of `resolution` thousandths of its base unit.
 * With `expected` (the unit of the channel) it raises UNIT_DIMENSION when they measure different
 * things. Raises RESOLUTION_INVALID, UNIT_UNKNOWN.
 */
export function countsConverter(
  unitOrText: Unit | string,
  resolution: number,
  expected?: Unit | string,
): CountsConverter {
  const unit = asUnit(unitOrText);
  if (expected !== undefined) requireSameDimension(unit, asUnit(expected));
  const scale = countsPerUnit(unit, resolution);
  if (unit.offset.n !== 0n || scale.n > SAFE || scale.d > SAFE) return exactConverter(unit, resolution);
  const n = Number(scale.n);
  const d = Number(scale.d);
  const factor = n / d;
  return {
    unit,
    resolution,
    toCounts(value) {
      const scaled = d === 1 ? value * n : n === 1 ? value / d : value * factor;
      const size = Math.abs(scaled);
      const whole = Math.floor(size);
      const part = size - whole;
      // A comparison with NaN is false, so NaN takes the exact path, which answers NaN.
      if (!(Math.abs(part - 0.5) > size * ROUNDING_DOUBT)) return exactCounts(value, unit, resolution);
      const count = part > 0.5 ? whole + 1 : whole;
      return scaled < 0 ? 0 - count : count;
    },
    toUnit(count) {
      // One rounding, so that 1234 counts read 1.234; beyond 2^53 the product would round as well.
      const product = count * d;
      if (Math.abs(product) <= Number.MAX_SAFE_INTEGER) return product / n;
      return Number.isFinite(count)
        ? rationalToNumber(divideRational(parseDecimal(count), scale))
        : Number.NaN;
    },
  };
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Bound of the relative error of the fast path: value, factor and product are each off by at most
 * 2^-53 (the factor by three of them), 5 × 2^-53 in all; 2^-50 leaves room.
 */
const ROUNDING_DOUBT = 2 ** -50;

function exactConverter(unit: Unit, resolution: number): CountsConverter {
  const scale = countsPerUnit(unit, resolution);
  const zero = divideRational(unit.offset, unit.factor);
  return {
    unit,
    resolution,
    toCounts: (value) => exactCounts(value, unit, resolution),
    toUnit(count) {
      if (!Number.isFinite(count)) return Number.NaN;
      return rationalToNumber(subtractRational(divideRational(parseDecimal(count), scale), zero));
    },
  };
}

/** One conversion, exact; for many use `countsConverter`. Same contract as `CountsConverter.toCounts`. */
export function toCounts(value: number, unitOrText: Unit | string, resolution: number): number {
  return exactCounts(value, asUnit(unitOrText), resolution);
}

function exactCounts(value: number, unit: Unit, resolution: number): number {
  const scale = countsPerUnit(unit, resolution);
  if (!Number.isFinite(value)) return Number.NaN;
  const zero = divideRational(unit.offset, unit.factor);
  const count = roundRational(multiplyRational(addRational(parseDecimal(value), zero), scale));
  return count > SAFE || count < -SAFE ? Number.NaN : Number(count);
}

/** Counts in one unit, exactly. */
function countsPerUnit(unit: Unit, resolution: number): Rational {
  if (!Number.isInteger(resolution) || resolution < 1 || resolution > MAX_RESOLUTION) {
    throw modelErrors.RESOLUTION_INVALID(`resolution ${resolution}`, { resolution });
  }
  return rational(unit.factor.n * 1_000n, unit.factor.d * BigInt(resolution));
}

const MAX_RESOLUTION = 0xffff_ffff;

/**
 * Resolution (thousandths of the base unit) for values of `unit` with `decimals` decimal places: the
 * step itself where it is whole thousandths (kWh with 3 decimals: 1000), a tenth, hundredth ... of it
 * where it is too big, else the finest, 1 (steps of MJ or ft3 are not whole thousandths).
 */
export function resolutionFor(unitOrText: Unit | string, decimals: number): number {
  const unit = asUnit(unitOrText);
  if (!Number.isInteger(decimals) || Math.abs(decimals) > 30) {
    throw modelErrors.RESOLUTION_INVALID(`${decimals} decimals`, { decimals });
  }
  const step = multiplyRational(
    rational(unit.factor.n * 1_000n, unit.factor.d),
    parseDecimal(`1e${-decimals}`),
  );
  if (step.d !== 1n) return 1;
  let whole = step.n;
  while (whole > BigInt(MAX_RESOLUTION)) {
    if (whole % 10n !== 0n) return 1;
    whole /= 10n;
  }
  return Number(whole);
}

function asUnit(unit: Unit | string): Unit {
  return typeof unit === 'string' ? parseUnit(unit) : unit;
}
