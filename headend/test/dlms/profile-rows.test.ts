import { Quality, Reason } from '@openami/model';
import { clockObject, type Profile } from '@openami/wire/dlms';
import { expect, it } from 'vitest';
import { seriesOfRows } from '../../src/dlms/profile-rows.ts';

const energy = { classId: 3, instance: '1.0.1.29.0.255', attribute: 2, dataIndex: 0 };
const status = { classId: 1, instance: '0.0.96.10.1.255', attribute: 2, dataIndex: 0 };
const at = 1_772_323_200;
const word = (value: number) => ({ type: 'unsigned', value }) as const;
const profile: Profile = {
  rows: 2,
  timeS: Float64Array.of(at + 900, at + 2700),
  clockStatus: Uint8Array.of(0, 1),
  badTimes: [],
  columns: [
    { object: clockObject, raw: Float64Array.of(Number.NaN, Number.NaN), values: [word(0), word(0)] },
    { object: status, raw: Float64Array.of(0x80, 0), values: [word(0x80), word(0)] },
    { object: energy, raw: Float64Array.of(25, 31), values: [word(25), word(31)] },
  ],
};
const channel = { id: 1, obis: '1-0:1.29.0*255', intervalS: 900, unit: 'kWh' };
const other = { id: 2, obis: '1-0:2.29.0*255', intervalS: 900, unit: 'kWh' };
const ends = Uint32Array.of(at + 900, at + 1800, at + 2700, at + 3600);
const scalers = [undefined, undefined, { scaler: 1, unit: 30 }];
const rows = (provenUntilS: number) =>
  seriesOfRows({ profile, scalers, channels: [channel, other], periodS: 900, ends, provenUntilS });

it('gives rows their channel, unit and reasons, and says which the meter has not', () => {
  const [series, absent] = rows(at + 2700);
  expect(series).toMatchObject({ quantity: '1-0:1.29.0*255', unit: 'Wh', intervalS: 900, length: 3 });
  expect([...series!.value.slice(0, 2)]).toEqual([250, 310]);
  expect([...series!.end]).toEqual([at + 900, at + 2700, at + 1800]);
  expect([...series!.quality]).toEqual([Quality.raw, Quality.raw, Quality.missing]);
  expect([...series!.flags]).toEqual([Reason.powerFail, Reason.clockShift, 0]);
  // A channel that no column is for is not there at all, as far as it is proven.
  expect(absent).toMatchObject({ quantity: '1-0:2.29.0*255', length: 3 });
});

it('proves nothing by a clock that is off', () => {
  const [series, absent] = rows(Number.NEGATIVE_INFINITY);
  expect([...series!.quality]).toEqual([Quality.raw, Quality.raw]);
  expect(absent).toBeUndefined();
});
