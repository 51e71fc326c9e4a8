/** Older meters of Apator that send bare fields: 08, 17-2, E-ITN heat cost allocators. */
import { mbusErrors } from '../../mbus/errors.ts';
import { rounded } from '../../mbus/values.ts';
import type { FlatValues, ProprietaryInput } from './input.ts';
import { bitNames, FieldReader, packedDay, two } from './reader.ts';

/** Thirds of a litre. */
export function decode08({ payload }: ProprietaryInput): FlatValues {
  return { total_m3: rounded(new FieldReader(payload).u32() / 3000) };
}

/** Thirds of a cubic metre; the device type is none of the standard's. */
export function decode172({ payload }: ProprietaryInput): FlatValues {
  return { media: 'water', total_m3: rounded(new FieldReader(payload).u32() / 3) };
}

const LONG_CI = 0xb6;
const FIELDS_FOLLOW = 0xa0;
const MAX_PREFIX = 15;

/** CI B6 has fields of some length of its own in front; A0 announces the ones that are known. */
function fieldsOf({ payload, ci }: ProprietaryInput, bytes: number): FieldReader {
  const fields = new FieldReader(payload);
  if (ci === LONG_CI) {
    const prefix = fields.u8();
    if (prefix > MAX_PREFIX) throw mbusErrors.MBUS_BAD_RECORD(`${prefix} bytes in front`, { offset: 0 });
    fields.skip(prefix);
    if (fields.u8() !== FIELDS_FOLLOW) {
      throw mbusErrors.MBUS_BAD_RECORD('A0 does not follow', { offset: fields.at - 1 });
    }
  } else if (fields.left > bytes && payload[0] === FIELDS_FOLLOW) fields.skip(1);
  return fields;
}

const EITN_BYTES = 15;
/** The season's start is sent without its year: that of the first of these meters. */
const SEASON_YEAR = 16 << 9;
/** The two highest bits are not of the year. */
const DAY_BITS = 0x3fff;

export function decodeEitn(input: ProprietaryInput): FlatValues {
  const fields = fieldsOf(input, EITN_BYTES);
  const season = SEASON_YEAR | fields.u8();
  fields.skip(2);
  const previous = fields.u16();
  const seal = fields.u16();
  const current = fields.u16();
  const today = fields.u16();
  const before = fields.u16() / 256;
  const now = fields.u16() / 256;
  return {
    current_hca: current,
    previous_hca: previous,
    current_date: packedDay(today & DAY_BITS),
    season_start_date: packedDay(season),
    esb_date: seal === 0 ? null : packedDay(seal & DAY_BITS),
    status: seal === 0 ? 'OK' : 'SEAL_BROKEN',
    temp_room_avg_c: rounded(now),
    temp_room_prev_avg_c: rounded(before),
  };
}

const EITN40_BYTES = 54;
const MONTHS = 15;
const SEALED_OPEN = 0xffff;
const ENCRYPTED_VERSIONS: ReadonlySet<number> = new Set([0x0a, 0x0e]);
const faults: Readonly<Record<number, string>> = {
  1: 'SENSOR_RADIATOR_OPEN',
  2: 'SENSOR_RADIATOR_SHORT',
  4: 'SENSOR_ROOM_OPEN',
  8: 'SENSOR_ROOM_SHORT',
  16: 'LOW_BATTERY',
  32: 'EEPROM_ERROR',
  64: 'OPTICAL_TAMPER',
};

/** 27 words: temperatures in sixteenths, this month and 15 before, four seasons, today, state. */
export function decodeEitn40(input: ProprietaryInput): FlatValues {
  const version = input.link?.version;
  if (version !== undefined && ENCRYPTED_VERSIONS.has(version)) {
    throw mbusErrors.MBUS_UNSUPPORTED(`E-ITN 40 of version ${version}, which encrypts`, { version });
  }
  const fields = fieldsOf(input, EITN40_BYTES);
  fields.skip(2);
  const season = fields.u16();
  const out: FlatValues = {
    season_start_date: packedDay(season & DAY_BITS),
    temp_radiator_c: rounded(fields.signed(2) / 16),
    temp_room_c: rounded(fields.signed(2) / 16),
    current_month_hca: fields.u16(),
    previous_month_hca: fields.u16(),
  };
  for (let month = 2; month <= MONTHS; month++) {
    out[`previous_month_${two(month)}_hca`] = fields.u16();
  }
  out.current_hca = fields.u16();
  out.previous_hca = fields.u16();
  out.previous_2y_hca = fields.u16();
  out.previous_3y_hca = fields.u16();
  out.current_date = packedDay(fields.u16());
  fields.skip(2);
  const state = fields.u16();
  out.status = state === SEALED_OPEN ? 'SEAL_BROKEN' : bitNames(state, faults, 'OK', 'STATUS');
  return out;
}
