/**
 * Sources of a device: their units and constants, found by walking the flags of table 16 (C12.19 clause 9.2).
 */
import { addRational, multiplyRational, type Rational, rationalToNumber } from '@openami/model';
import { type Decimal, rationalOfDecimal } from '../../decimal.ts';
import { fieldOf, isDecimal, type TableRecord, type Tables, type TableValue } from '../tables/value.ts';
import { type UnitOfMeasure, unitOfMeasure } from './unit-of-measure.ts';

export interface Source {
  readonly index: number;
  readonly uom?: UnitOfMeasure;
  /** In engineering units rather than pulses. */
  readonly engineering: boolean;
  /** Value = raw × factor + offset, with the power of ten of the unit; undefined: pulses of unknown worth. */
  readonly scale?: Scale;
}

export interface Scale {
  readonly factor: Rational;
  readonly offset: Rational;
}

const ONE: Rational = { n: 1n, d: 1n };
const ZERO: Rational = { n: 0n, d: 1n };

/** The sources that tables 12, 15 and 16 describe; empty where they are not read. */
export function sourcesOf(tables: Tables): readonly Source[] {
  const links = records(fieldOf(tables.get(16), 'SOURCES_LINK'));
  const units = records(fieldOf(tables.get(12), 'UOM_ENTRY'));
  const constants = records(fieldOf(tables.get(15), 'SELECTION'));
  // an entry of tables 12 and 15 stands for each flag that is set, in the order of the sources
  let unitAt = 0;
  let constantAt = 0;
  return links.map((link, index) => {
    const unit = link.UOM_ENTRY_FLAG === true ? units[unitAt++] : undefined;
    const constant = link.CONSTANTS_FLAG === true ? constants[constantAt++] : undefined;
    const uom = unit && unitOfMeasure(unit);
    const engineering = link.PULSE_ENGR_FLAG === true;
    const isApplied = link.CONSTANT_TO_BE_APPLIED !== true;
    const own = isApplied
      ? engineering
        ? { factor: ONE, offset: ZERO }
        : undefined
      : constantScale(constant);
    const scale = own && uom && times(own, rationalOfDecimal({ raw: 1, power: uom.power }));
    return {
      index,
      engineering,
      ...(uom === undefined ? {} : { uom }),
      ...(scale === undefined ? {} : { scale }),
    };
  });
}

/** Of a record of table 15: multiplier and offset, then ratios that the device has not applied. */
function constantScale(constant: TableRecord | undefined): Scale | undefined {
  if (constant === undefined || !isDecimal(constant.MULTIPLIER)) return undefined;
  let scale: Scale = {
    factor: rationalOfDecimal(constant.MULTIPLIER),
    offset: isDecimal(constant.OFFSET) ? rationalOfDecimal(constant.OFFSET) : ZERO,
  };
  for (const name of ['SET1_CONSTANTS', 'SET2_CONSTANTS']) {
    const set = constant[name] as TableRecord | undefined;
    if (set === undefined || fieldOf(set, 'SET_FLAGS.SET_APPLIED_FLAG') === true) continue;
    for (const ratio of [set.RATIO_F1, set.RATIO_P1]) {
      if (isDecimal(ratio) && Number(ratio.raw) !== 0) scale = times(scale, rationalOfDecimal(ratio));
    }
  }
  return scale;
}

export function times({ factor, offset }: Scale, by: Rational): Scale {
  return { factor: multiplyRational(factor, by), offset: multiplyRational(offset, by) };
}

/** The value in the unit of the source, rounded once; NaN for what is no number. */
export function scaled(value: Decimal, scale: Scale): number {
  if (typeof value.raw === 'number' && !Number.isFinite(value.raw)) return Number.NaN;
  return rationalToNumber(
    addRational(multiplyRational(rationalOfDecimal(value), scale.factor), scale.offset),
  );
}

/** The same for many whole numbers: one product and one quotient where they are exact. */
export function scaler({ factor, offset }: Scale): (raw: number | bigint, power: number) => number {
  const n = Number(factor.n);
  const d = Number(factor.d);
  const isPlain = offset.n === 0n && Number.isSafeInteger(n) && Number.isSafeInteger(d);
  return (raw, power) => {
    if (isPlain && power === 0 && typeof raw === 'number') {
      const product = raw * n;
      if (Number.isSafeInteger(product)) return product / d;
    }
    return scaled({ raw, power }, { factor, offset });
  };
}

function records(value: TableValue | undefined): readonly TableRecord[] {
  return Array.isArray(value) ? (value as readonly TableRecord[]) : [];
}
