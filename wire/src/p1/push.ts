/** Telegrams as the push messages that are stored: one for the meter, one for each meter behind it. */
import { Quality } from '@openami/model';
import { decimalNumber } from '../decimal.ts';
import type { PushMessage } from '../push/message.ts';
import { type RegisterReading, registerSeries } from '../push/registers.ts';
import { meaningOfP1, type P1MbusDevice, type P1Meaning, type P1Reading } from './meaning.ts';
import type { P1Telegram } from './telegram.ts';

export interface P1PushOptions {
  /** When the telegram came, seconds since 1970: for meters that do not tell the time. */
  readonly receivedS: number;
  /** The meter, where the listener knows it better than the telegram does. */
  readonly device?: string;
  readonly zone?: string;
}

/** The code of what a meter on M-Bus measures, by its device type (EN 13757-3 table of device types). */
const mbusCodes: Readonly<Record<number, string>> = {
  2: '1-0:1.8.0',
  3: '7-0:3.0.0',
  4: '6-0:1.0.0',
  6: '9-0:1.0.0',
  7: '8-0:1.0.0',
  10: '5-0:1.0.0',
  11: '5-0:1.0.0',
  12: '6-0:1.0.0',
  21: '9-0:1.0.0',
  22: '8-0:1.0.0',
};

/**
 * The readings of the meter itself, at the time of the telegram; with them those of meters behind it that
 * do not say who they are, under their names as sent (`0-1:24.2.1`). The others are in `toMbusPushes`.
 */
export function toPush(telegram: P1Telegram, options: P1PushOptions): PushMessage {
  return ownMessage(meaningOfP1(telegram, options), options);
}

/** One message for each meter behind this one that says who it is, in its own name and at its own time. */
export function toMbusPushes(telegram: P1Telegram, options: P1PushOptions): PushMessage[] {
  return messagesBehind(meaningOfP1(telegram, options), options).map(({ message }) => message);
}

/** A message of a meter behind another, and its device type. */
export interface P1MbusPush {
  readonly message: PushMessage;
  readonly deviceType: number;
}

/** What `toPush` and `toMbusPushes` give, of one look at the telegram. */
export function toPushes(
  telegram: P1Telegram,
  options: P1PushOptions,
): { readonly own: PushMessage; readonly behind: P1MbusPush[] } {
  const meaning = meaningOfP1(telegram, options);
  return { own: ownMessage(meaning, options), behind: messagesBehind(meaning, options) };
}

function ownMessage(meaning: P1Meaning, options: P1PushOptions): PushMessage {
  const nameless = meaning.mbus.filter((device) => !isNamed(device)).flatMap(({ readings }) => readings);
  const id = options.device ?? meaning.meter ?? '';
  return messageOf(id, meaning, [...meaning.readings, ...nameless], options);
}

function messagesBehind(meaning: P1Meaning, options: P1PushOptions): P1MbusPush[] {
  return meaning.mbus.filter(isNamed).map(({ id, deviceType, readings }) => {
    const code = mbusCodes[deviceType];
    const named = readings.map((reading) => ({ ...reading, obis: code ?? reading.obis }));
    return { message: messageOf(id, meaning, named, options), deviceType };
  });
}

type NamedDevice = P1MbusDevice & { readonly id: string; readonly deviceType: number };

function isNamed(device: P1MbusDevice): device is NamedDevice {
  return device.id !== undefined && device.deviceType !== undefined;
}

function messageOf(
  device: string,
  { time }: P1Meaning,
  readings: readonly P1Reading[],
  { receivedS }: P1PushOptions,
): PushMessage {
  const endS = time?.utcS ?? receivedS;
  const registers: RegisterReading[] = [];
  for (const { obis, value, unit, time: own } of readings) {
    if (unit === null) continue;
    const quality = own?.hasSeason === false ? Quality.questionable : Quality.raw;
    registers.push({ quantity: obis, unit, endS: own?.utcS ?? endS, value: decimalNumber(value), quality });
  }
  return {
    device,
    sentMs: time === undefined ? 0 : time.utcS * 1_000,
    series: registerSeries(registers),
    events: [],
    rejects: [],
    rejectCount: 0,
  };
}
