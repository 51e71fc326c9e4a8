/** Readouts and profiles as the push message that is stored. */
import { findObis, findUnit, formatObis, Quality, readingTypeOfObis } from '@openami/model';
import { decimalNumber, decimalOf } from '../decimal.ts';
import type { PushMessage, PushReject } from '../push/message.ts';
import { type RegisterReading, registerSeries } from '../push/registers.ts';
import { iecErrors } from './errors.ts';
import type { IecRecord } from './message.ts';
import { isProfileHeader, profileSeries, profilesOf } from './profile.ts';
import { iecTime, iecUtcSeconds } from './time.ts';

/** Data of a meter, a telegram it pushed, or all blocks of an answer. */
export interface IecReadout {
  readonly records: readonly IecRecord[];
}

export interface IecPushOptions {
  /** When the readout came, seconds since 1970. */
  readonly receivedS: number;
  /** The meter, where the listener knows it better than the readout does. */
  readonly device?: string;
  /** IANA zone of the meter's clock; without it no time of the meter is used, and profiles are left out. */
  readonly zone?: string;
}

/** Names of the meter, best first: serial number, identification numbers. */
const idCodes = ['1-0:0.0.0*255', '1-0:96.1.0*255', '0-0:96.1.0*255', '1-0:0.0.9*255', '0-0:96.1.1*255'];

/**
 * Registers of a readout at the meter's own time, and its profiles as interval series. Values of past
 * billing periods and values without an OBIS code are left out; a measured value without a unit is
 * rejected. Raises IEC_PROFILE, ZONE_UNKNOWN.
 */
export function toPush({ records }: IecReadout, options: IecPushOptions): PushMessage {
  const { receivedS, zone } = options;
  const registers: RegisterReading[] = [];
  const rejects: PushReject[] = [];
  const clockS = zone === undefined ? undefined : clockOf(records, zone);
  const endS = clockS ?? receivedS;
  for (const record of records) {
    const [value, time] = record.values;
    const obis = value === undefined || isProfileHeader(record) ? undefined : findObis(record.address);
    if (obis === undefined || obis.f !== 255 || obis.a === 0) continue;
    const number = decimalOf(value!.value);
    const unit = value!.unit === undefined ? undefined : findUnit(value!.unit);
    if (number === undefined) continue;
    const quantity = formatObis(obis);
    if (unit === undefined) {
      if (readingTypeOfObis(obis) !== undefined) rejects.push(reject(quantity, endS, value!));
      continue;
    }
    const own = time === undefined || zone === undefined ? undefined : iecTime(time.value);
    const ownS = own && zone !== undefined ? iecUtcSeconds(own, zone) : endS;
    registers.push({
      ...{ quantity, unit: unit.symbol, endS: ownS },
      ...{ value: decimalNumber(number), quality: Quality.raw },
    });
  }
  const series =
    zone === undefined ? [] : profilesOf(records).flatMap((profile) => profileSeries(profile, zone));
  return {
    device: options.device ?? deviceOf(records),
    sentMs: clockS === undefined ? 0 : clockS * 1_000,
    series: [...registerSeries(registers), ...series],
    events: [],
    rejects,
    rejectCount: rejects.length,
  };
}

function reject(
  quantity: string,
  end: number,
  { value, unit }: { readonly value: string; readonly unit?: string },
): PushReject {
  const { code, message } = iecErrors.IEC_NO_UNIT(
    `${quantity} has ${unit === undefined ? 'no unit' : `"${unit}"`}`,
  );
  return { quantity, end, value, code, detail: message };
}

/** Date and time in one set or in two (0.9.2 and 0.9.1), or as P1 has it. */
function clockOf(records: readonly IecRecord[], zone: string): number | undefined {
  const textOf = (address: string): string =>
    records.find((record) => record.address.replace(/^1-0:/, '') === address)?.values[0]?.value ?? '';
  const date = textOf('0.9.2').replace(/\D/g, '');
  const clock = textOf('0.9.1').replace(/\D/g, '');
  // both begin with the season, where the meter tells it
  const plainClock = clock.length === 7 ? clock.slice(1) : clock;
  const time = iecTime(textOf('0.9.4')) ?? iecTime(date + plainClock);
  return time && iecUtcSeconds(time, zone);
}

function deviceOf(records: readonly IecRecord[]): string {
  const codes = records.map(({ address }) => {
    const obis = findObis(address === 'C.1' || address === '0.0' ? `${address}.0` : address);
    return obis && formatObis(obis);
  });
  for (const code of idCodes) {
    const value = records[codes.indexOf(code)]?.values[0]?.value;
    if (value !== undefined && value !== '') return value;
  }
  return '';
}
