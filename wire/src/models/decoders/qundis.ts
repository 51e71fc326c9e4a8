/**
 * Qundis walk-by: a record of plain bytes (0D FF 5F) that holds a total, what it was at the end of the year
 * and of the month, and how much it was in each of twelve months before.
 */
import { longAddressAt, mediumName } from '../../mbus/address.ts';
import { decodeRecords } from '../../mbus/record/records.ts';
import { textOfTime, timeAt } from '../../mbus/record/time.ts';
import { type MbusRecord, scaled } from '../../mbus/record/value.ts';
import { rounded } from '../../mbus/values.ts';
import { type FlatValues, type ProprietaryInput, recordsOf } from './input.ts';
import { FieldReader } from './reader.ts';

const MAKERS_TABLE = 0x5f;
/** Behind eight bytes of state and identification: how the values are coded, and the VIF they share. */
const HEAD_BYTES = 8;
const WALK_BY = 0x07;
const MONTHS = 12;

interface WalkBy {
  /** Ending of the names of its values: `m3`, `kwh`, `hca`. */
  readonly unit: string;
  readonly total: number | null;
  readonly yearDay: string | null;
  readonly year: number | null;
  readonly monthDay: string | null;
  readonly month: number | null;
  /** Newest first; of the last month but one, and before. */
  readonly deltas: readonly (number | null)[];
}

const endings: Readonly<Record<string, readonly [string, number]>> = {
  m3: ['m3', 1],
  Wh: ['kwh', 1e3],
  J: ['kwh', 3.6e6],
  hca: ['hca', 1],
};

function walkBy(input: ProprietaryInput): WalkBy | undefined {
  const table = recordsOf(input).records.find(isWalkBy);
  if (table === undefined) return undefined;
  const data = table.data.subarray(1);
  if (data.length <= HEAD_BYTES || data[HEAD_BYTES - 1] !== WALK_BY) return undefined;
  const fields = new FieldReader(data, HEAD_BYTES + 1);
  const vif = fields.u8();
  fields.skip(2);
  const { unit } = sharedValue(0x0c, vif, new Uint8Array(4)) ?? { unit: '' };
  const ending = endings[unit];
  if (ending === undefined) return undefined;
  const [name, divide] = ending;
  const value = (dif: number, size: number): number | null => {
    const read = sharedValue(dif, vif, fields.take(size));
    return read?.value === undefined ? null : rounded(read.value / divide);
  };
  const total = value(0x0c, 4);
  const yearDay = day(fields);
  const year = value(0x0c, 4);
  const monthDay = day(fields);
  const month = value(0x0c, 4);
  const deltas: (number | null)[] = [];
  while (deltas.length < MONTHS && fields.left >= 2) {
    const none = fields.bytes[fields.at] === 0x00 && fields.bytes[fields.at + 1] === 0x80;
    const delta = value(0x02, 2);
    deltas.push(none && !input.asSent ? null : delta);
  }
  return { unit: name, total, yearDay, year, monthDay, month, deltas };
}

function isWalkBy({ head }: MbusRecord): boolean {
  return head.coding === 'variable' && head.table === 'manufacturer' && head.bytes[2] === MAKERS_TABLE;
}

/** The value that a record of this DIF and VIF would have; 8000 stays a number, as months say it. */
function sharedValue(dif: number, vif: number, data: Uint8Array) {
  if (vif & 0x80) return undefined;
  const { records } = decodeRecords(Uint8Array.of(dif, vif, ...data), 0, 2 + data.length, false, true);
  const record = records[0];
  const digits = dif === 0x0c && record?.flaw !== undefined;
  return record && { unit: record.head.unit, value: digits ? undefined : scaled(record) };
}

function day(fields: FieldReader): string | null {
  const time = timeAt(fields.take(2), 0, 2);
  return time?.valid ? textOfTime(time)! : null;
}

/** Water meters: the year's end and the last month's by the number of their storage. */
export function decodeDue(input: ProprietaryInput): FlatValues {
  const read = walkBy(input);
  return read === undefined
    ? {}
    : {
        [`total_${read.unit}`]: read.total,
        due_date: read.yearDay,
        [`due_date_${read.unit}`]: read.year,
        due_17_date: read.monthDay,
        [`due_17_date_${read.unit}`]: read.month,
      };
}

/** Water and heat meters by the names that are usual of others, with their months. */
export function decodeTarget(input: ProprietaryInput): FlatValues {
  const read = walkBy(input);
  if (read === undefined) return {};
  const out: FlatValues = {
    [`total_${read.unit}`]: read.total,
    target_year_date: read.yearDay,
    [`target_year_${read.unit}`]: read.year,
    target_date: read.monthDay,
    [`target_${read.unit}`]: read.month,
  };
  const what = read.unit === 'm3' ? 'volume' : read.unit === 'kwh' ? 'energy' : 'consumption';
  for (const [i, delta] of read.deltas.entries()) out[`${what}_delta_${i + 2}_${read.unit}`] = delta;
  return out;
}

/** Heat meters by their older names. The meter behind a radio converter is told in a record. */
export function decodeLast(input: ProprietaryInput): FlatValues {
  const read = walkBy(input);
  return read === undefined
    ? {}
    : {
        ...behindConverter(input),
        [`total_energy_consumption_${read.unit}`]: read.total,
        last_year_date: read.yearDay,
        [`last_year_energy_consumption_${read.unit}`]: read.year,
        last_month_date: read.monthDay,
        [`last_month_energy_consumption_${read.unit}`]: read.month,
      };
}

const ADDRESS_BYTES = 8;

function behindConverter(input: ProprietaryInput): FlatValues {
  const address = recordsOf(input).records.find(
    ({ head, data }) => head.quantity === 'identification' && data.length === ADDRESS_BYTES,
  );
  if (address === undefined) return {};
  const { id, type } = longAddressAt(address.data, 0);
  return { id, media: mediumName(type) };
}

/** Heat cost allocators. */
export function decodeSetDate(input: ProprietaryInput): FlatValues {
  const read = walkBy(input);
  return read === undefined
    ? {}
    : {
        [`current_consumption_${read.unit}`]: read.total,
        set_date: read.yearDay,
        [`consumption_at_set_date_${read.unit}`]: read.year,
        set_date_1: read.yearDay,
        [`consumption_at_set_date_1_${read.unit}`]: read.year,
        set_date_17: read.monthDay,
        [`consumption_at_set_date_17_${read.unit}`]: read.month,
      };
}
