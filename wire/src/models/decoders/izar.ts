/** Diehl IZAR radio modules of water meters (PRIOS, CI A0 to A7). */
import { linkAddressBytes, mediumName } from '../../mbus/address.ts';
import { textOfTime, timeAt } from '../../mbus/record/time.ts';
import { diehlAddress, diehlContent, openPrios } from './diehl.ts';
import type { FlatValues, ProprietaryInput } from './input.ts';
import { bitNames, FieldReader } from './reader.ts';

interface Izar {
  readonly id: string;
  readonly media: string;
  readonly totalM3: number;
  readonly lastMonthM3: number | undefined;
  /** Null where the date is none. */
  readonly lastMonthDay: string | null | undefined;
  readonly batteryYears: number;
  readonly periodS: number;
  /** Byte of the battery, byte of the alarms and whether there is a general one. */
  readonly alarms: number;
  readonly general: boolean;
  readonly plate: Plate | undefined;
}

/** What is printed on the meter. */
interface Plate {
  readonly prefix: string;
  readonly serial: string;
  readonly year: number;
}

function read(input: ProprietaryInput): Izar {
  const { head, content } = openPrios(input);
  const link = input.link!;
  const kind = diehlContent(input);
  const meter = diehlAddress(link, kind);
  const fields = new FieldReader(content);
  const perM3 = 10 ** (6 - (head[3]! & 7));
  const volume = (): number => fields.u32() / perM3;
  const total = volume();
  const lastMonth = fields.left >= 4 ? volume() : undefined;
  const time = lastMonth !== undefined && fields.left >= 2 ? timeAt(fields.take(2), 0, 2) : undefined;
  return {
    id: meter.id,
    media: mediumName(meter.type),
    totalM3: total,
    lastMonthM3: lastMonth,
    lastMonthDay: time === undefined ? undefined : time.valid ? textOfTime(time)! : null,
    batteryYears: (head[1]! & 0x1f) / 2,
    periodS: 2 ** ((head[0]! & 0x0f) + 2),
    alarms: (head[1]! & 0xe0) | (head[2]! << 8),
    general: (head[0]! & 0x80) !== 0,
    plate: kind === 'prios-sap' ? plateOf(linkAddressBytes(link)) : undefined,
  };
}

/** 26 bits of a number whose first two of eight digits are the year, and three letters of five bits. */
function plateOf(sent: Uint8Array): Plate {
  const number = sent[2]! | (sent[3]! << 8) | (sent[4]! << 16) | ((sent[5]! & 3) << 24);
  const digits = String(number).padStart(8, '0');
  const letters = (sent[5]! >> 5) | (sent[6]! << 3) | ((sent[7]! & 0x0f) << 11);
  const letter = (from: number): string => String.fromCharCode(0x40 + ((letters >> from) & 31));
  const short = Number(digits.slice(0, 2));
  return {
    prefix: `${letter(10)}${digits.slice(0, 2)}${letter(5)}${letter(0)}`,
    serial: digits.slice(2),
    year: short > 70 ? 1900 + short : 2000 + short,
  };
}

const current: Readonly<Record<number, string>> = {
  128: 'leakage',
  32: 'meter_blocked',
  32768: 'back_flow',
  16384: 'underflow',
  8192: 'overflow',
  4096: 'submarine',
  2048: 'sensor_fraud',
  512: 'mechanical_fraud',
};

const earlier: Readonly<Record<number, string>> = {
  64: 'leakage',
  1024: 'sensor_fraud',
  256: 'mechanical_fraud',
};

/** In the order a person would look for them: most likely first. */
const order = [0x80, 0x20, 0x8000, 0x4000, 0x2000, 0x1000, 0x800, 0x200, 0x40, 0x400, 0x100];

function listed(alarms: number, names: Readonly<Record<number, string>>): string {
  const found = order.filter((bit) => alarms & bit && names[bit] !== undefined).map((bit) => names[bit]);
  return found.length === 0 ? 'no_alarm' : found.join(',');
}

/** Who the meter is and what it counted, under the names of the year, the month and its day. */
function counted(
  { id, media, plate, totalM3, lastMonthM3, lastMonthDay }: Izar,
  { year, month, day }: { readonly year: string; readonly month: string; readonly day: string },
): FlatValues {
  return {
    id,
    media,
    ...(plate && { prefix: plate.prefix, serial_number: plate.serial, [year]: String(plate.year) }),
    total_m3: totalM3,
    ...(lastMonthM3 !== undefined && { [month]: lastMonthM3 }),
    ...(lastMonthDay !== undefined && { [day]: lastMonthDay }),
  };
}

const names = { year: 'manufacture_year', month: 'last_month_total_m3', day: 'last_month_measure_date' };

export function decode(input: ProprietaryInput): FlatValues {
  const izar = read(input);
  const now = listed(izar.alarms, current);
  return {
    ...counted(izar, names),
    remaining_battery_life_y: izar.batteryYears,
    current_alarms: now !== 'no_alarm' && izar.general ? 'general_alarm' : now,
    previous_alarms: listed(izar.alarms, earlier),
    transmit_period_s: izar.periodS,
  };
}

const upper = Object.fromEntries([
  ...Object.entries(current).map(([bit, name]) => [bit, name.toUpperCase()]),
  ...Object.entries(earlier).map(([bit, name]) => [bit, `PREV_${name.toUpperCase()}`]),
]) as Readonly<Record<number, string>>;

const usualNames = { year: 'manufacture_y', month: 'target_m3', day: 'target_date' };

/** The same by the names that are usual of other meters: `target_m3`, `status`. */
export function decodeTarget(input: ProprietaryInput): FlatValues {
  const izar = read(input);
  return {
    ...counted(izar, usualNames),
    battery_y: izar.batteryYears,
    transmit_period_s: izar.periodS,
    status: bitNames(izar.alarms, upper),
  };
}
