/** Dates and times of records (EN 13757-3 annex A, types F, G, I and J), as the meter's own local time. */
import { daysInMonth } from '@openami/model';

export interface MbusTime {
  /** F date and time to the minute, G date, I date and time to the second, J time of day. */
  readonly type: 'F' | 'G' | 'I' | 'J';
  /** Full year; 0 for a time of day. The fields are as sent, also where they are no moment. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** The meter's clock is set for summer: an hour ahead. */
  readonly summerTime: boolean;
  /** Whether the fields are a moment, and the meter does not say that it is not to be trusted. */
  readonly valid: boolean;
}

/** Years 0 to 80 are of this century, as meters without a century say them; 81 to 99 of the last. */
const CENTURY_FROM = 81;
/** In place of a year. */
export const EVERY_YEAR = 127;

function yearOf(two: number, hundreds: number): number {
  if (two === EVERY_YEAR) return EVERY_YEAR;
  if (hundreds === 0) return two < CENTURY_FROM ? 2000 + two : 1900 + two;
  return 1900 + 100 * hundreds + two;
}

export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || year === EVERY_YEAR) return false;
  return day <= daysInMonth(year, month);
}

/** The time in `size` bytes at `at`, low byte first; undefined where no type has that many bytes. */
export function timeAt(bytes: Uint8Array, at: number, size: number): MbusTime | undefined {
  if (size === 4) return typeF(bytes, at);
  if (size === 2) return typeG(bytes, at);
  if (size === 6) return typeI(bytes, at);
  return size === 3 ? typeJ(bytes, at) : undefined;
}

function typeF(bytes: Uint8Array, at: number): MbusTime {
  const b0 = bytes[at]!;
  const b1 = bytes[at + 1]!;
  const b2 = bytes[at + 2]!;
  const b3 = bytes[at + 3]!;
  const minute = b0 & 0x3f;
  const hour = b1 & 0x1f;
  const day = b2 & 0x1f;
  const month = b3 & 0x0f;
  const year = yearOf((b2 >> 5) | ((b3 & 0xf0) >> 1), (b1 >> 5) & 3);
  const valid = !(b0 & 0x80) && minute < 60 && hour < 24 && isDate(year, month, day);
  const summerTime = (b1 & 0x80) !== 0;
  return { type: 'F', year, month, day, hour, minute, second: 0, summerTime, valid };
}

function typeG(bytes: Uint8Array, at: number): MbusTime {
  const b0 = bytes[at]!;
  const b1 = bytes[at + 1]!;
  const day = b0 & 0x1f;
  const month = b1 & 0x0f;
  const year = yearOf((b0 >> 5) | ((b1 & 0xf0) >> 1), 0);
  const valid = isDate(year, month, day);
  return { type: 'G', year, month, day, hour: 0, minute: 0, second: 0, summerTime: false, valid };
}

function typeI(bytes: Uint8Array, at: number): MbusTime {
  const second = bytes[at]! & 0x3f;
  const minute = bytes[at + 1]! & 0x3f;
  const hour = bytes[at + 2]! & 0x1f;
  const b3 = bytes[at + 3]!;
  const b4 = bytes[at + 4]!;
  const day = b3 & 0x1f;
  const month = b4 & 0x0f;
  const year = yearOf((b3 >> 5) | ((b4 & 0xf0) >> 1), 0);
  const clock = second < 60 && minute < 60 && hour < 24;
  const valid = !(bytes[at + 1]! & 0x80) && clock && isDate(year, month, day);
  const summerTime = (bytes[at]! & 0x40) !== 0;
  return { type: 'I', year, month, day, hour, minute, second, summerTime, valid };
}

function typeJ(bytes: Uint8Array, at: number): MbusTime {
  const second = bytes[at]! & 0x3f;
  const minute = bytes[at + 1]! & 0x3f;
  const hour = bytes[at + 2]! & 0x1f;
  const valid = second < 60 && minute < 60 && hour < 24;
  return { type: 'J', year: 0, month: 0, day: 0, hour, minute, second, summerTime: false, valid };
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`);

/** `2008-05-31T23:50:00`, `2008-05-31` (`--05-31` of every year) or `23:50:00`; undefined for every month. */
export function textOfTime(time: MbusTime): string | undefined {
  const clock = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
  if (time.type === 'J') return time.valid ? clock : undefined;
  if (time.month > 12) return undefined;
  // of every year: as XML writes a day without one
  const year = time.year === EVERY_YEAR ? '-' : String(time.year).padStart(4, '0');
  const date = `${year}-${two(time.month)}-${two(time.day)}`;
  return time.type === 'G' ? date : `${date}T${clock}`;
}

/**
 * Seconds since 1970 of a moment, for a meter whose clock is `offsetS` ahead of UTC in winter; undefined
 * where it is none. A date is its first second.
 */
export function secondsOfTime(time: MbusTime, offsetS = 0): number | undefined {
  if (!time.valid || time.type === 'J') return undefined;
  const { year, month, day, hour, minute, second } = time;
  const localS = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  return localS - offsetS - (time.summerTime ? 3600 : 0);
}

/** Bytes of a time of type F, G, I or J, low byte first. */
export function encodeTime(
  time: Omit<MbusTime, 'valid'> & { readonly valid?: boolean },
): Uint8Array<ArrayBuffer> {
  const { type, year, month, day, hour, minute, second, summerTime, valid = true } = time;
  const shortYear = year % 100;
  const date = [day | ((shortYear & 7) << 5), month | ((shortYear & 0x78) << 1)];
  const bad = valid ? 0 : 0x80;
  if (type === 'G') return Uint8Array.from(date);
  if (type === 'J') return Uint8Array.from([second, minute, hour]);
  if (type === 'I') {
    return Uint8Array.from([second | (summerTime ? 0x40 : 0), minute | bad, hour, ...date, 0]);
  }
  // the century is told, so that a year from 2081 on is read right
  const hundreds = Math.floor((year - 1900) / 100) << 5;
  return Uint8Array.from([minute | bad, hour | hundreds | (summerTime ? 0x80 : 0), ...date]);
}
