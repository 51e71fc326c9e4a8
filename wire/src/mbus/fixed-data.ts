/**
 * Fixed data of meters from before EN 13757 (EN 1434-3:1997 clause 6.5, CI 73 and 77):
 *
 *   identification×4  access number  status  medium and units×2  counter 1×4  counter 2×4
 */
import { hexOf, reversed } from '../bytes.ts';
import { mbusErrors } from './errors.ts';
import type { RecordHead } from './record/head.ts';
import { fixedValue, MbusRecord } from './record/value.ts';
import { primaryVifs } from './record/vif-table.ts';

const FIXED_BYTES = 16;
const BINARY = 0x01;
const STORED = 0x02;

export interface FixedData {
  readonly id: string;
  readonly accessNumber: number;
  readonly status: number;
  /** Code of the medium: as device types up to 8, and once more from 10 on. */
  readonly medium: number;
  readonly records: readonly MbusRecord[];
}

/** Quantity, unit and power of ten by code. */
const units: readonly (readonly [string, string, number])[] = [
  ['time-of-day', '', 0],
  ['date', '', 0],
  ...decades('energy', 'Wh', 9),
  ...decades('energy', 'J', 9, 3),
  ...decades('power', 'W', 9),
  ...decades('power', 'J/h', 9, 3),
  ...decades('volume', 'm3', 9, -6),
  ...decades('volume-flow', 'm3/h', 9, -6),
  ['temperature', 'degC', -3],
  ['heat-cost-allocation', 'hca', 0],
];

function decades(quantity: string, unit: string, count: number, from = 0): [string, string, number][] {
  return Array.from({ length: count }, (_, i) => [quantity, unit, from + i]);
}

const HISTORIC = 0x3e;
const ANY_VIF = 0x7e;

/** Fixed data behind its CI. Raises MBUS_TRUNCATED. */
export function decodeFixedData(bytes: Uint8Array, msbFirst = false): FixedData {
  if (bytes.length < FIXED_BYTES) {
    throw mbusErrors.MBUS_TRUNCATED(`${bytes.length} of ${FIXED_BYTES} bytes of fixed data`, {
      clause: 'EN 1434-3 6.5',
    });
  }
  const field = (from: number, to: number): Uint8Array => {
    const part = bytes.subarray(from, to);
    return msbFirst ? reversed(part) : part;
  };
  const status = bytes[5]!;
  const [first = 0, second = 0] = field(6, 8);
  const coding = status & BINARY ? 'integer' : 'bcd';
  const storage = status & STORED ? 1 : 0;
  const unit1 = first & 0x3f;
  // the second counter may be the first one at its last fixed date
  const historic = (second & 0x3f) === HISTORIC;
  const head1 = headOf(unit1, coding, storage);
  const head2 = headOf(historic ? unit1 : second & 0x3f, coding, historic ? 1 : storage);
  return {
    id: hexOf(reversed(field(0, 4))),
    accessNumber: bytes[4]!,
    status,
    medium: (first >> 6) | ((second >> 6) << 2),
    records: [recordOf(head1, field(8, 12)), recordOf(head2, field(12, 16))],
  };
}

function headOf(code: number, coding: 'integer' | 'bcd', storage: number): RecordHead {
  const [quantity, unit, power] = units[code] ?? ['dimensionless', '', 0];
  return {
    bytes: new Uint8Array(0),
    coding,
    size: 4,
    function: 'instantaneous',
    storage,
    tariff: 0,
    subunit: 0,
    table: 'primary',
    vif: primaryVifs.find(([, , name, of]) => name === quantity && of === unit)?.[0] ?? ANY_VIF,
    quantity,
    unit,
    power,
    type: 'number',
    modifiers: [],
  };
}

function recordOf(head: RecordHead, data: Uint8Array): MbusRecord {
  return new MbusRecord(head, data, fixedValue(head, data));
}

const fixedMedia = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0f, 0x03, 0x04, 0x06, 0x07, 0x08, 0x0f,
];

/** The device type of a medium of fixed data. */
export function typeOfFixedMedium(medium: number): number {
  return fixedMedia[medium & 0x0f]!;
}
