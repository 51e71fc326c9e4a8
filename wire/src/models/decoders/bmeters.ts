/** B METERS: what its meters append behind 0F, and the hidden volume of RFM-TX1. */
import { mbusErrors } from '../../mbus/errors.ts';
import { statusFlags } from '../../mbus/layer/tpl.ts';
import { joined } from '../flags.ts';
import { type FlatValues, type ProprietaryInput, recordsOf } from './input.ts';
import { bcdByte, bitNames, digitDay, FieldReader, two } from './reader.ts';

const contents: Readonly<Record<number, string>> = {
  1: 'BATTERY_VOLTAGE',
  2: 'FRAUD_DATE',
  4: 'BACKFLOW',
  16: 'MONTHLY_DATA',
  128: 'LEAK_DATE',
};
const KNOWN_CONTENTS = 0x97;

const frauds: Readonly<Record<number, string>> = {
  32: 'MODULE_REMOVED',
  64: 'SENSOR_FRAUD_ATTEMPT',
  128: 'MAGNETIC_FRAUD_ATTEMPT',
};

/** Volts by the low digit of a byte. */
const volts = [3.7, 1.9, 2.1, 2.2, 2.3, 2.4, 2.5, 2.65, 2.8, 2.9, 3.05, 3.2, 3.35, 3.5, 3.7, 3.7];

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** Counters have five digits before the point; more means that the module was not there yet. */
const NO_MONTH = 10_000_000;

/** Hydrodigit: the first byte tells which parts follow. */
export function decodeHydrodigit(input: ProprietaryInput): FlatValues {
  const { manufacturerData } = recordsOf(input);
  if (manufacturerData === undefined || manufacturerData.length === 0) return {};
  const fields = new FieldReader(manufacturerData);
  const parts = fields.u8();
  const out: FlatValues = { contents: bitNames(parts & KNOWN_CONTENTS, contents, '') };
  if (parts & 0x01) out.voltage_v = volts[fields.u8() & 15]!;
  if (parts & 0x02) {
    out.fraud_type = bitNames(fields.u8() & 0xe0, frauds, 'NO_TYPE_INFO');
    out.fraud_date = nextDay(fields);
  }
  if (parts & 0x80) out.leak_date = nextDay(fields);
  if (parts & 0x04) out.backflow_m3 = fields.u32() / 1000;
  if (parts & 0x10) {
    for (const month of months) {
      const volume = fields.u24();
      out[`${month}_total_m3`] = volume < NO_MONTH ? volume / 100 : 0;
    }
  }
  return out;
}

/** Year, month, day of two digits each. */
function nextDay(fields: FieldReader): string | null {
  const [year, month, day] = fields.take(3);
  return digitDay(year!, month!, day!);
}

/** Sixteen rows of six bytes that hide a volume; the access number tells the row. */
const masks: readonly (readonly number[])[] = [
  [0x75, 0x96, 0x7a, 0x10, 0x1a, 0x0a],
  [0x5b, 0x7f, 0x70, 0x13, 0x22, 0x13],
  [0xb3, 0x18, 0xb9, 0x0b, 0x8e, 0x99],
  [0x8e, 0x7d, 0x79, 0x07, 0x4a, 0x16],
  [0xb5, 0x91, 0x07, 0x9a, 0xcb, 0x69],
  [0xb8, 0xa3, 0x32, 0xa1, 0x39, 0x0e],
  [0xbd, 0x80, 0x9c, 0x7e, 0x60, 0x99],
  [0x27, 0x5c, 0xb4, 0xc4, 0x80, 0xa3],
  [0x30, 0xd0, 0x0a, 0xce, 0x19, 0x03],
  [0xc2, 0x4c, 0xf0, 0x05, 0xa5, 0x86],
  [0x54, 0x4b, 0x16, 0x98, 0x11, 0x5e],
  [0x4b, 0xee, 0x0c, 0xc9, 0x7d, 0xa2],
  [0x87, 0xca, 0x4a, 0x48, 0xe4, 0x1f],
  [0xc4, 0x87, 0x77, 0x2e, 0x8a, 0xe8],
  [0xe3, 0x30, 0xbd, 0x78, 0x57, 0x8c],
  [0xa4, 0x9a, 0x39, 0x6f, 0x28, 0x05],
];
const HIDDEN = 0x1006;
const CLOCK_AT = 13;

/**
 * RFM-TX1 of the kind whose configuration field is 1006: the volume is hidden, the clock is in digits.
 * Others send records. Raises MBUS_TRUNCATED, MBUS_BAD_RECORD where the volume is not of digits.
 */
export function decodeRfmTx1({ payload, configuration, accessNumber = 0 }: ProprietaryInput): FlatValues {
  if (configuration !== HIDDEN) return {};
  const fields = new FieldReader(payload);
  const mask = masks[accessNumber & 15]!;
  const shown = fields.take(mask.length).map((byte, i) => byte ^ accessNumber ^ mask[i]!);
  const litres = new FieldReader(shown, 2).bcd(4);
  if (litres === undefined) throw mbusErrors.MBUS_BAD_RECORD('a volume not of digits', { offset: 2 });
  fields.at = CLOCK_AT;
  const [second, minute, hour] = Array.from(fields.take(3), bcdByte);
  const [day, month, year] = fields.take(3);
  const date = digitDay(year!, month!, day!);
  const clock = second !== undefined && minute !== undefined && hour !== undefined;
  return {
    total_m3: litres / 1000,
    meter_datetime: date !== null && clock ? `${date} ${two(hour)}:${two(minute)}` : null,
  };
}

const NO_TEMPERATURE = -0x8000;

interface Hydroclima {
  readonly errors: number;
  readonly values: FlatValues;
}

function celsius(fields: FieldReader): number | null {
  const value = fields.signed(2);
  return value === NO_TEMPERATURE ? null : value / 100;
}

function hydroclima(input: ProprietaryInput): Hydroclima | undefined {
  const { manufacturerData } = recordsOf(input);
  if (manufacturerData === undefined || manufacturerData.length === 0) return undefined;
  const fields = new FieldReader(manufacturerData);
  const layout = fields.u8();
  if (layout === 0x10) return hydroclima10(fields);
  return layout === 0x11 ? hydroclima11(fields) : undefined;
}

/** State, time, date; temperatures of this month and the last; units. */
function hydroclima10(fields: FieldReader): Hydroclima {
  const errors = fields.u16();
  fields.skip(4);
  const values: FlatValues = {
    average_ambient_temperature_c: celsius(fields),
    max_ambient_temperature_c: celsius(fields),
  };
  fields.skip(4);
  values.average_ambient_temperature_last_month_c = celsius(fields);
  values.average_heater_temperature_last_month_c = celsius(fields);
  fields.skip(2);
  values.total_consumption_hca = fields.u24();
  return { errors, values };
}

/** As 10 with the heater's temperature, then four consumptions and three temperatures, counts, units. */
function hydroclima11(fields: FieldReader): Hydroclima {
  const errors = fields.u16();
  fields.skip(6);
  const values: FlatValues = {
    average_heater_temperature_c: celsius(fields),
    average_ambient_temperature_c: celsius(fields),
    max_ambient_temperature_c: celsius(fields),
  };
  fields.skip(2);
  values.average_heater_temperature_last_month_c = celsius(fields);
  values.average_ambient_temperature_last_month_c = celsius(fields);
  for (let n = 1; n <= 4; n++) values[`consumption_at_set_date_${n}_hca`] = fields.u16();
  for (let n = 1; n <= 3; n++) values[`ambient_temperature_at_set_date_${n}_c`] = celsius(fields);
  values.total_consumption_hca = fields.skip(9).u24();
  return { errors, values };
}

/** Hydroclima and RFM: heat cost allocators. */
export function decodeHydroclima(input: ProprietaryInput): FlatValues {
  const read = hydroclima(input);
  if (read === undefined) return {};
  const flags = statusFlags(input.status ?? 0);
  if (read.errors !== 0) flags.push(`ERROR_FLAGS_${read.errors.toString(16).toUpperCase()}`);
  return { ...read.values, status: joined(flags, 'OK') };
}

/** The temperatures alone. */
export function decodeHydroclimaTemperatures(input: ProprietaryInput): FlatValues {
  const values = { ...hydroclima(input)?.values };
  delete values.total_consumption_hca;
  return values;
}
