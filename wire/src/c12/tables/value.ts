/** Values of C12.19 tables. */
import type { Decimal } from '../../decimal.ts';

/** A time of the device's own clock, without a zone. */
export interface ClockTime {
  /** Seconds since 1970 as if the clock ran in UTC; null where the bytes are no date (a clock not set). */
  readonly seconds: number | null;
  readonly raw: Uint8Array;
}

export type TableValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  /** Exactly; `raw` is whole but for the binary floating-point formats. */
  | Decimal
  | ClockTime
  | TableRecord
  | readonly TableValue[];

export interface TableRecord {
  readonly [name: string]: TableValue;
}

/** Decoded tables of one device, by number. */
export type Tables = ReadonlyMap<number, TableRecord>;

export function isDecimal(value: TableValue | undefined): value is Decimal {
  return typeof value === 'object' && 'power' in value && 'raw' in value;
}

export function isClockTime(value: TableValue | undefined): value is ClockTime {
  return typeof value === 'object' && 'seconds' in value && 'raw' in value;
}

/** A field by its path, `LP_FLAGS.BLK_END_READ_FLAG`; undefined where it is not there. */
export function fieldOf(record: TableRecord | undefined, path: string): TableValue | undefined {
  let value: TableValue | undefined = record;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return undefined;
    const inner: TableRecord = value as TableRecord;
    value = Object.hasOwn(inner, name) ? inner[name] : undefined;
  }
  return value;
}
