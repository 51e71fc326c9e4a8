/** What the records of a pack mean (RFC 8428 clause 4.6): names in full, times, values, sums with bases. */
import { addDecimals, type Decimal, decimalNumber } from '../decimal.ts';
import { senmlErrors } from './errors.ts';
import {
  defaultSenmlLimits,
  type SenmlLimits,
  type SenmlOther,
  type SenmlPack,
  type SenmlRecord,
  type SenmlValue,
} from './pack.ts';

/** A record that stands by itself. */
export interface SenmlMeasurement {
  /** Base name and name together. */
  readonly name: string;
  /** The base name that was in force; empty where there was none. */
  readonly baseName: string;
  readonly unit?: string;
  readonly value?: SenmlValue;
  /** Integral of the value over time, in `unit` times seconds. */
  readonly sum?: Decimal;
  /** Seconds since 1970, or from now where `isRelative`. */
  readonly time: Decimal;
  readonly isRelative: boolean;
  readonly updateTime?: Decimal;
  readonly others?: readonly SenmlOther[];
}

export interface ResolveOptions {
  /** Names may begin with a slash, as paths of LwM2M do. */
  readonly paths?: boolean;
  readonly limits?: Partial<SenmlLimits>;
}

/** Times from here on are times since 1970, those below are from now (clause 4.5.3). */
export const absoluteFromS = 2 ** 28;
const DEFAULT_VERSION = 10;
/** RFC 9100: the features of version 10, and secondary units besides. */
const versions: readonly number[] = [DEFAULT_VERSION, 26];
const NAME = /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/;
const PATH = /^[A-Za-z0-9/][A-Za-z0-9:./_-]*$/;
const ZERO: Decimal = { raw: 0, power: 0 };

type Bases = Pick<SenmlRecord, 'baseName' | 'baseTime' | 'baseUnit' | 'baseValue' | 'baseSum'>;

/** The measurements of a pack, in its order. Throws `senmlErrors` only. */
export function resolveSenml({ records }: SenmlPack, options: ResolveOptions = {}): SenmlMeasurement[] {
  const { nameChars } = { ...defaultSenmlLimits, ...options.limits };
  const pattern = options.paths ? PATH : NAME;
  checkVersion(records);
  const out: SenmlMeasurement[] = [];
  let bases: Bases = {};
  for (const [index, record] of records.entries()) {
    bases = basesAfter(bases, record);
    const value = resolvedValue(record, bases, index);
    const sum = sumOf(record, bases, index);
    if (value === undefined && sum === undefined) {
      if (isOnlyBases(record)) continue;
      throw senmlErrors.SENML_NO_VALUE(`record ${index}`, { clause: 'RFC 8428 clause 4.2', record: index });
    }
    const { baseName = '', baseTime = ZERO, baseUnit } = bases;
    const name = baseName + (record.name ?? '');
    if (name.length > nameChars || !pattern.test(name)) {
      const detail = `record ${index}: "${name.slice(0, 60)}"`;
      throw senmlErrors.SENML_BAD_NAME(detail, { clause: 'RFC 8428 clause 4.5.1', record: index });
    }
    const time = added(baseTime, record.time ?? ZERO, index);
    const unit = record.unit ?? baseUnit;
    out.push({
      ...{ name, baseName, time, isRelative: decimalNumber(time) < absoluteFromS },
      ...(unit === undefined ? {} : { unit }),
      ...(value === undefined ? {} : { value }),
      ...(sum === undefined ? {} : { sum }),
      ...(record.updateTime === undefined ? {} : { updateTime: record.updateTime }),
      ...(record.others === undefined ? {} : { others: record.others }),
    });
  }
  return out;
}

/** Seconds since 1970 of a measurement; those from now are from `receivedS`. */
export function timeOfSenml(
  { time, isRelative }: { readonly time: Decimal; readonly isRelative?: boolean },
  receivedS: number,
): number {
  return isRelative ? receivedS + decimalNumber(time) : decimalNumber(time);
}

/** Clause 4.4: a version that is not known must not be used, and it is the same in all records. */
function checkVersion(records: readonly SenmlRecord[]): void {
  let version: number | undefined;
  for (const [index, { baseVersion }] of records.entries()) {
    if (baseVersion === undefined) continue;
    const before = version ?? (index === 0 ? baseVersion : DEFAULT_VERSION);
    if (baseVersion !== before || !versions.includes(baseVersion)) {
      const detail = `record ${index}: ${baseVersion}`;
      throw senmlErrors.SENML_VERSION(detail, { clause: 'RFC 8428 clause 4.4', version: baseVersion });
    }
    version = baseVersion;
  }
}

/** Clause 4.1: each base holds until the next of its kind. */
function basesAfter(bases: Bases, record: SenmlRecord): Bases {
  return {
    baseName: record.baseName ?? bases.baseName,
    baseTime: record.baseTime ?? bases.baseTime,
    baseUnit: record.baseUnit ?? bases.baseUnit,
    baseValue: record.baseValue ?? bases.baseValue,
    baseSum: record.baseSum ?? bases.baseSum,
  };
}

/** Clause 4.5.4: a missing part of a number counts as zero. */
function resolvedValue(
  { value, sum }: SenmlRecord,
  { baseValue }: Bases,
  index: number,
): SenmlValue | undefined {
  if (baseValue === undefined || (value === undefined && sum !== undefined)) return value;
  if (value === undefined) return { type: 'number', number: baseValue };
  if (value.type !== 'number') return value;
  return { type: 'number', number: added(baseValue, value.number, index) };
}

function sumOf({ sum }: SenmlRecord, { baseSum }: Bases, index: number): Decimal | undefined {
  return sum === undefined || baseSum === undefined ? (sum ?? baseSum) : added(baseSum, sum, index);
}

function added(a: Decimal, b: Decimal, record: number): Decimal {
  const sum = addDecimals(a, b);
  if (sum !== undefined) return sum;
  throw senmlErrors.SENML_BAD_FIELD(`record ${record}: numbers beyond the range of doubles`, { record });
}

/** A record that says nothing but what holds for those after it. */
function isOnlyBases({ name, unit, time, updateTime }: SenmlRecord): boolean {
  return name === undefined && unit === undefined && time === undefined && updateTime === undefined;
}
