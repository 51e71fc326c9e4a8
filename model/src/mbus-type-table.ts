/** M-Bus device types and value information (EN 13757-3) as data. */
import type { Commodity } from './commodity.ts';

/**
 * Device type (medium) -> commodity. Warm and hot water are water; cooling is metered like heat, and what a
 * heat cost allocator counts is a share of heat.
 */
export const mbusMedia: Readonly<Record<number, Commodity>> = {
  2: 'electricity',
  3: 'gas',
  4: 'heat',
  6: 'water',
  7: 'water',
  8: 'heat',
  10: 'heat',
  11: 'heat',
  12: 'heat',
  13: 'heat',
  21: 'water',
  22: 'water',
  23: 'water',
  40: 'water',
  41: 'water',
};

/** Which table the VIF is looked up in: the primary one, or that behind 0xFB or 0xFD. */
export type VifTable = 'primary' | 'fb' | 'fd';

export interface VifRow {
  readonly table: VifTable;
  /** First and last code, extension bit cleared. The power of ten counts up from `power` at `first`. */
  readonly first: number;
  readonly last: number;
  readonly power: number;
  /** CIM MeasurementKind, flow direction and unit the power of ten applies to. */
  readonly kind: number;
  readonly flow: number;
  readonly unit: string;
}

export const vifRows: readonly VifRow[] = [
  { table: 'primary', first: 0x00, last: 0x07, power: -3, kind: 12, flow: 1, unit: 'Wh' },
  { table: 'primary', first: 0x08, last: 0x0f, power: 0, kind: 12, flow: 1, unit: 'J' },
  { table: 'primary', first: 0x10, last: 0x17, power: -6, kind: 58, flow: 1, unit: 'm3' },
  { table: 'primary', first: 0x28, last: 0x2f, power: -3, kind: 37, flow: 1, unit: 'W' },
  { table: 'primary', first: 0x38, last: 0x3f, power: -6, kind: 155, flow: 0, unit: 'm3/h' },
  { table: 'primary', first: 0x48, last: 0x4f, power: -9, kind: 155, flow: 0, unit: 'm3/s' },
  { table: 'primary', first: 0x58, last: 0x5b, power: -3, kind: 46, flow: 1, unit: 'degC' },
  { table: 'primary', first: 0x5c, last: 0x5f, power: -3, kind: 46, flow: 19, unit: 'degC' },
  { table: 'primary', first: 0x64, last: 0x67, power: -3, kind: 46, flow: 0, unit: 'degC' },
  { table: 'primary', first: 0x6e, last: 0x6e, power: 0, kind: 0, flow: 1, unit: 'count' },
  { table: 'fb', first: 0x00, last: 0x01, power: -1, kind: 12, flow: 1, unit: 'MWh' },
  { table: 'fb', first: 0x02, last: 0x03, power: 0, kind: 12, flow: 5, unit: 'kvarh' },
  { table: 'fb', first: 0x04, last: 0x05, power: 0, kind: 12, flow: 1, unit: 'kVAh' },
  { table: 'fb', first: 0x08, last: 0x09, power: -1, kind: 12, flow: 1, unit: 'GJ' },
  { table: 'fb', first: 0x10, last: 0x11, power: 2, kind: 58, flow: 1, unit: 'm3' },
  { table: 'fb', first: 0x14, last: 0x17, power: -3, kind: 37, flow: 5, unit: 'kvar' },
  { table: 'fb', first: 0x20, last: 0x20, power: 0, kind: 58, flow: 1, unit: 'ft3' },
  { table: 'fb', first: 0x21, last: 0x21, power: -1, kind: 58, flow: 1, unit: 'ft3' },
  { table: 'fb', first: 0x22, last: 0x23, power: -1, kind: 58, flow: 1, unit: 'US gal' },
  { table: 'fb', first: 0x28, last: 0x29, power: -1, kind: 37, flow: 1, unit: 'MW' },
  { table: 'fb', first: 0x2c, last: 0x2f, power: -3, kind: 15, flow: 0, unit: 'Hz' },
  { table: 'fb', first: 0x34, last: 0x37, power: -3, kind: 37, flow: 1, unit: 'kVA' },
  { table: 'fd', first: 0x40, last: 0x4f, power: -9, kind: 54, flow: 0, unit: 'V' },
  { table: 'fd', first: 0x50, last: 0x5f, power: -12, kind: 4, flow: 0, unit: 'A' },
];

/** DIF function field -> CIM aggregate (maximum 8, minimum 9); 3 is a value during an error state. */
export const difAggregates: readonly (number | null)[] = [0, 8, 9, null];
