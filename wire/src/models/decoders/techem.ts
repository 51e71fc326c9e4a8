/** Techem: CI A0 to A2 and bare fields. Device types are the maker's own. */
import { rounded } from '../../mbus/values.ts';
import type { FlatValues, ProprietaryInput } from './input.ts';
import { bitNames, dayText, FieldReader, packedDay } from './reader.ts';

const media: Readonly<Record<number, string>> = {
  67: 'heat',
  69: 'heat',
  98: 'warm water',
  114: 'cold water',
  128: 'heat cost allocator',
  195: 'heat',
  240: 'smoke detector',
};

function withMedium({ link }: ProprietaryInput, values: FlatValues): FlatValues {
  const medium = link?.manufacturer === 'TCH' ? media[link.type] : undefined;
  return medium === undefined ? values : { media: medium, ...values };
}

/** Today is sent without its year: the first such day after the end of the last period. */
function dayAfter(previous: number, word: number): string | null {
  const [year, month, day] = [2000 + (previous >> 9), (previous >> 5) & 15, previous & 31];
  const thisDay = (word >> 4) & 31 || 1;
  const thisMonth = (word >> 9) & 15 || 12;
  const next = thisMonth < month || (thisMonth === month && thisDay <= day);
  return dayText(year + (next ? 1 : 0), thisMonth, thisDay);
}

/** MK Radio 3: tenths of a cubic metre at the end of the last period and since. */
export function decodeMkRadio3(input: ProprietaryInput): FlatValues {
  const fields = new FieldReader(input.payload, 1);
  const previous = fields.u16();
  const target = fields.u16();
  const today = fields.u16();
  const since = fields.u16();
  return withMedium(input, {
    total_m3: (target + since) / 10,
    target_m3: target / 10,
    current_date: dayAfter(previous, today),
    prev_date: packedDay(previous),
  });
}

/** MK Radio 4: as 3, but what is where dates were is not a date. */
export function decodeMkRadio4(input: ProprietaryInput): FlatValues {
  const fields = new FieldReader(input.payload, 3);
  const target = fields.u16();
  const since = fields.skip(2).u16();
  return withMedium(input, { total_m3: (target + since) / 10, target_m3: target / 10 });
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const HALF_MONTHS = 24;

/**
 * MK Radio 3a: the date, the total and two dozen half months, newest first, each a byte and one more byte
 * after every pair. Up to the 15th the newest half is of this month, later the two newest are.
 */
export function decodeMkRadio3a(input: ProprietaryInput): FlatValues {
  const fields = new FieldReader(input.payload, 2);
  const today = fields.u16();
  const total = fields.u24();
  const halves: number[] = [];
  fields.skip(1);
  while (halves.length < HALF_MONTHS) {
    halves.push(fields.u8(), fields.u8());
    fields.skip(1);
  }
  const early = (today & 31) <= 15;
  const month = (today >> 5) & 15;
  const months = monthNames.map((_, age) => {
    const at = 2 * age - (early ? 1 : 0);
    return ((halves[at] ?? 0) + (halves[at + 1] ?? 0)) / 10;
  });
  const out: FlatValues = {
    total_m3: total / 10,
    target_m3: months[0]!,
    target_date: packedDay(today),
  };
  if (month >= 1 && month <= 12) {
    for (const [age, volume] of months.entries()) {
      out[`last_${monthNames[(month - 1 - age + 12) % 12]}_m3`] = volume;
    }
  }
  return withMedium(input, out);
}

function energies(input: ProprietaryInput, bytes: number, gap: number, unit: number): FlatValues {
  const fields = new FieldReader(input.payload, 3);
  const previous = fields.unsigned(bytes);
  const current = fields.skip(gap).unsigned(bytes);
  return withMedium(input, {
    total_kwh: rounded((previous + current) / unit),
    current_kwh: rounded(current / unit),
    previous_kwh: rounded(previous / unit),
  });
}

/** Compact V: kilowatt-hours of three bytes. */
export function decodeCompact5(input: ProprietaryInput): FlatValues {
  return energies(input, 3, 1, 1);
}

/** Vario 4 typ 5: thousandths of a gigajoule of two bytes. */
export function decodeVario451(input: ProprietaryInput): FlatValues {
  return energies(input, 2, 2, 3.6);
}

/** Versions that have one byte more in front of the temperatures. */
const WITH_EXTRA_BYTE = 0x94;

/** FHKV data III, a heat cost allocator. */
export function decodeFhkv3(input: ProprietaryInput): FlatValues {
  const fields = new FieldReader(input.payload, 1);
  const previous = fields.u16();
  const before = fields.u16();
  const today = fields.u16();
  const since = fields.u16();
  if (input.link?.version === WITH_EXTRA_BYTE) fields.skip(1);
  return withMedium(input, {
    current_hca: since,
    current_date: dayAfter(previous, today),
    previous_hca: before,
    previous_date: packedDay(previous),
    temp_room_c: fields.signed(2) / 100,
    temp_radiator_c: fields.signed(2) / 100,
  });
}

const detectorStates: Readonly<Record<number, string>> = { 0: 'OK', 1: 'SMOKE', 128: 'DEFECT' };

/** TS II, a smoke detector. */
export function decodeTs2(input: ProprietaryInput): FlatValues {
  const fields = new FieldReader(input.payload);
  const state = fields.u8();
  const name = detectorStates[state] ?? bitNames(state, {}, 'OK', 'STATUS');
  return withMedium(input, { status: name, prev_date: packedDay(fields.u16()) });
}
