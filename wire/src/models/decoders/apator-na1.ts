/** Apator NA-1: CI A0, one block of AES of the maker's own, its first block made like that of mode 5. */
import { copyOf } from '../../bytes.ts';
import { mbusErrors } from '../../mbus/errors.ts';
import { accessIv } from '../../mbus/layer/security.ts';
import { AesKey } from '../../mbus/security/key.ts';
import type { FlatValues, ProprietaryInput } from './input.ts';
import { bitNames, FieldReader, minuteText } from './reader.ts';

const BLOCK_BYTES = 16;
const SECONDS_OF_2000 = 946_684_800;

const frameStates: Readonly<Record<number, string>> = {
  1: 'SUMMER_TIME',
  2: 'HISTORICAL_INDICATION',
  4: 'MAX_SPEED_EXCEEDED',
  8: 'DEVICE_ACCESS_ERROR',
  16: 'TWO_WAY_COM_BLOCK',
  32: 'INSTALL_FRAME',
  64: 'WRONG_TEMPERATURE',
  128: 'SERVICE_EVENT',
};

const alarms: Readonly<Record<number, string>> = {
  2: 'MAGNETIC_FIELD',
  4: 'DEVICE_DISCONNECTED',
  8: 'LEAK',
  16: 'MEASUREMENT_UNCHANGED',
  32: 'REVERSE_FLOW',
  64: 'MAXIMUM_FLOW',
  128: 'MINIMUM_FLOW',
};
const alarmsNow = { ...alarms, 1: 'BATTERY_LOW' };
const alarmsEver = { ...alarms, 1: 'BATTERY_LIFETIME_THRESHOLD_EXCEEDED' };

/** Meters leave the works with a key of zeros. */
const worksKey = new AesKey(new Uint8Array(BLOCK_BYTES));

/**
 * access | state | block: ? | volume 28 bits, its step in the low byte | seconds since 2000 | age of
 * history | how much less it was | alarms now, ever. There is no tag: what cannot be right shows a wrong key.
 * Raises MBUS_TRUNCATED, MBUS_WRONG_KEY.
 */
export function decode({ payload, link, key }: ProprietaryInput): FlatValues {
  const head = new FieldReader(payload);
  const access = head.u8();
  const state = head.u8();
  const block = copyOf(head.take(BLOCK_BYTES));
  if (link === undefined) throw mbusErrors.MBUS_UNSUPPORTED('no link that tells the meter');
  (key ?? worksKey).decryptCbc(accessIv(link, access), block, 0, BLOCK_BYTES);
  const fields = new FieldReader(block, 1);
  const low = fields.u8();
  const step = 10 ** ((low >> 4) & 3);
  const total = fields.u24() * 16 + (low & 15);
  const seconds = fields.u32() + SECONDS_OF_2000;
  const ageLow = fields.u8();
  const ageRest = fields.u8();
  const ageH = (ageRest >> 2) * 256 + ageLow;
  const less = fields.u24() * 4 + (ageRest & 3);
  if (less > total || low & 0xc0) throw mbusErrors.MBUS_WRONG_KEY('NA-1', { clause: 'NA-1' });
  return {
    total_m3: (total * step) / 1000,
    meter_datetime: minuteText(seconds),
    historic_m3: ((total - less) * step) / 1000,
    historic_datetime: minuteText(seconds - ageH * 3600),
    historic_age_h: ageH,
    frame_status: bitNames(state, frameStates),
    current_status: bitNames(fields.u8(), alarmsNow),
    historic_status: bitNames(fields.u8(), alarmsEver),
  };
}
