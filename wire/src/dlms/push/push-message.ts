/** A meter's push as the message of OpenAMI devices, which the head-end stores. */
import { formatObis, parseObis, Quality } from '@openami/model';
import type { DecodedSeries, PushMessage, PushReject } from '../../push/message.ts';
import { registerSeries } from '../../push/registers.ts';
import { clockStatusBits } from '../date-time.ts';
import { pushErrors } from './push-errors.ts';
import type { Push, PushReading } from './readings.ts';

export interface PushMessageOptions {
  /** The meter, where the listener knows it better than the push does. */
  readonly device?: string;
  /** When the push came, ms since 1970; its readings get this time where the meter tells none. */
  readonly receivedMs: number;
}

/**
 * Registers at the time of the push, one series a name. Text, states and times are left out; a measured
 * number without a unit is rejected. Readings of a clock that is not sure of itself are questionable.
 */
export function pushMessageOf(push: Push, { device, receivedMs }: PushMessageOptions): PushMessage {
  const { time } = push;
  const endS = time?.utcS ?? Math.floor(receivedMs / 1_000);
  const quality = time === undefined ? Quality.raw : qualityOf(time.status);
  const series: DecodedSeries[] = [];
  const rejects: PushReject[] = [];
  for (const reading of push.readings) {
    if (!isMeasured(reading)) continue;
    const quantity = formatObis(parseObis(reading.obis));
    if (reading.unit === null) rejects.push(reject(quantity, endS, reading));
    else series.push(registerSeries(quantity, reading.unit, endS, reading.value, quality));
  }
  return {
    device: device ?? push.meter ?? '',
    sentMs: time?.utcS === undefined ? 0 : time.utcS * 1_000,
    series,
    events: [],
    rejects,
    rejectCount: rejects.length,
  };
}

/** A number that is not the state or the name of something: those are abstract objects without a unit. */
export function isMeasured(reading: PushReading): reading is PushReading & { readonly value: number } {
  const { obis, value, unit } = reading;
  return typeof value === 'number' && (unit !== null || !obis.startsWith('0.'));
}

/** Of readings whose clock has this status. */
export function qualityOf(status: number): number {
  const isSure = status === 0xff || (status & (clockStatusBits.invalid | clockStatusBits.doubtful)) === 0;
  return isSure ? Quality.raw : Quality.questionable;
}

function reject(quantity: string, end: number, { value, obis }: PushReading): PushReject {
  const { code, message } = pushErrors.DLMS_PUSH_NO_UNIT(`${obis} has no scaler and no unit`);
  return { quantity, end, value: String(value), code, detail: message };
}
