/**
 * COSEM date and time (Blue Book 4.1.6.1): any field may be "not specified".
 *
 *   year year month day weekday | hour minute second hundredths | deviation deviation | status
 *   `------- date, 5 bytes ----'  `------ time, 4 bytes ------'
 *
 * The deviation is minutes that are ADDED to local time to give UTC: -60 in a winter in Vienna. Many
 * meters write it with the opposite sign, so the sign is a quirk of the model that the caller hands in.
 */
import { type ByteReader, ByteWriter, ByteReader as Reader } from './bytes.ts';
import { dlmsErrors } from './errors.ts';

/** Values for "not specified" and the special days, by field; raw as sent. */
export const wildcards = {
  year: 0xffff,
  month: 0xff,
  day: 0xff,
  dayOfWeek: 0xff,
  hour: 0xff,
  minute: 0xff,
  second: 0xff,
  hundredths: 0xff,
  deviation: -0x8000,
  status: 0xff,
  /** Month: first of daylight saving end and begin. */
  daylightSavingsEnd: 0xfd,
  daylightSavingsBegin: 0xfe,
  /** Day of month: the last, the last but one. */
  lastDay: 0xfe,
  secondLastDay: 0xfd,
} as const;

/** Bits of the clock status. */
export const clockStatusBits = {
  invalid: 0x01,
  doubtful: 0x02,
  differentBase: 0x04,
  invalidStatus: 0x08,
  daylightSaving: 0x80,
} as const;

export interface CosemDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** 1 is Monday. */
  readonly dayOfWeek: number;
}

export interface CosemTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly hundredths: number;
}

export interface CosemDateTime extends CosemDate, CosemTime {
  /** Minutes as sent; -0x8000 is not specified. */
  readonly deviation: number;
  readonly status: number;
}

/** How a meter fills the deviation: as the standard says, with the sign turned, or to be ignored. */
export type DeviationQuirk = 'standard' | 'negated' | 'ignored';

const CLAUSE = 'Blue Book 4.1.6.1, date-time';

/** Fields of 12 bytes. Raises DLMS_BAD_LENGTH. */
export function decodeDateTime(bytes: Uint8Array): CosemDateTime {
  if (bytes.length !== 12) exactly(bytes, 12);
  // straight from the bytes: every push has one
  return {
    year: (bytes[0]! << 8) | bytes[1]!,
    month: bytes[2]!,
    day: bytes[3]!,
    dayOfWeek: bytes[4]!,
    hour: bytes[5]!,
    minute: bytes[6]!,
    second: bytes[7]!,
    hundredths: bytes[8]!,
    deviation: deviationAt(bytes, 0),
    status: bytes[11]!,
  };
}

/** Fields of 5 bytes. Raises DLMS_BAD_LENGTH. */
export function decodeDate(bytes: Uint8Array): CosemDate {
  return readDate(exactly(bytes, 5));
}

/** Fields of 4 bytes. Raises DLMS_BAD_LENGTH. */
export function decodeTime(bytes: Uint8Array): CosemTime {
  return readTime(exactly(bytes, 4));
}

function exactly(bytes: Uint8Array, size: number): ByteReader {
  if (bytes.length === size) return new Reader(bytes, CLAUSE);
  throw dlmsErrors.DLMS_BAD_LENGTH(`${bytes.length} bytes instead of ${size} (${CLAUSE})`, {
    clause: CLAUSE,
  });
}

function readDate(reader: ByteReader): CosemDate {
  return { year: reader.u16(), month: reader.u8(), day: reader.u8(), dayOfWeek: reader.u8() };
}

function readTime(reader: ByteReader): CosemTime {
  return { hour: reader.u8(), minute: reader.u8(), second: reader.u8(), hundredths: reader.u8() };
}

/** The 12 bytes of a date-time. Raises DLMS_NOT_ENCODABLE. */
export function encodeDateTime(value: CosemDateTime): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(16);
  writeDate(writer, value);
  writeTime(writer, value);
  writer.i16(value.deviation);
  writer.u8(value.status);
  return writer.finish();
}

/** The 5 bytes of a date. Raises DLMS_NOT_ENCODABLE. */
export function encodeDate(value: CosemDate): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(16);
  writeDate(writer, value);
  return writer.finish();
}

/** The 4 bytes of a time. Raises DLMS_NOT_ENCODABLE. */
export function encodeTime(value: CosemTime): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(16);
  writeTime(writer, value);
  return writer.finish();
}

function writeDate(writer: ByteWriter, value: CosemDate): void {
  writer.u16(value.year);
  writer.u8(value.month);
  writer.u8(value.day);
  writer.u8(value.dayOfWeek);
}

function writeTime(writer: ByteWriter, value: CosemTime): void {
  writer.u8(value.hour);
  writer.u8(value.minute);
  writer.u8(value.second);
  writer.u8(value.hundredths);
}

/**
 * Whole seconds since 1970 UTC of 12 bytes; hundredths are cut. `localOffsetMinutes` (minutes east of
 * UTC) stands in where the deviation is not specified or ignored; without it such a time is unknown.
 * Raises DLMS_BAD_DATE_TIME for wildcards, days that do not exist and an unknown offset.
 */
export function utcSecondsOf(
  bytes: Uint8Array,
  quirk: DeviationQuirk = 'standard',
  localOffsetMinutes?: number,
): number {
  // straight from the bytes: a profile has thousands of these
  if (bytes.length !== 12) exactly(bytes, 12);
  const utcS = findUtcSeconds(bytes, 0, quirk);
  if (!Number.isNaN(utcS)) return utcS;
  const local = localSeconds(bytes);
  if (Number.isNaN(local)) throw badTime(`${isoOf(decodeDateTime(bytes))} is not a full date and time`);
  const deviation = deviationAt(bytes, 0);
  if (quirk !== 'ignored' && deviation !== wildcards.deviation) {
    throw badTime(`a deviation of ${deviation} minutes`);
  }
  if (localOffsetMinutes === undefined) {
    throw badTime(`${isoOf(decodeDateTime(bytes))} has no usable deviation`);
  }
  return local - localOffsetMinutes * 60;
}

/** One day bounds any zone; IEC 62056-6-2 allows -720 to +840 (or its mirror when the sign is turned). */
const MAX_DEVIATION = 840;

function deviationAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 9]! << 24) >> 16) | bytes[at + 10]!;
}

/** As `utcSecondsOf` of the 12 bytes from `at` on, NaN where that raises: every push has a time. */
export function findUtcSeconds(bytes: Uint8Array, at = 0, quirk: DeviationQuirk = 'standard'): number {
  const deviation = deviationAt(bytes, at);
  if (quirk === 'ignored' || deviation > MAX_DEVIATION || deviation < -MAX_DEVIATION) return Number.NaN;
  return localSeconds(bytes, at) + (quirk === 'negated' ? -deviation : deviation) * 60;
}

function badTime(what: string) {
  return dlmsErrors.DLMS_BAD_DATE_TIME(`${what} (${CLAUSE})`, { clause: CLAUSE });
}

/** Seconds since 1970 of the local clock, NaN unless every field is given; seconds may be missing. */
function localSeconds(bytes: Uint8Array, at = 0): number {
  const year = (bytes[at]! << 8) | bytes[at + 1]!;
  const month = bytes[at + 2]!;
  const day = bytes[at + 3]!;
  const hour = bytes[at + 5]!;
  const minute = bytes[at + 6]!;
  const second = bytes[at + 7] === wildcards.second ? 0 : bytes[at + 7]!;
  if (year === wildcards.year || month < 1 || month > 12 || day < 1 || day > 31) return Number.NaN;
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const days = daysOf(year, month, day);
  // the day after the last of a month has another month
  if (day > 28 && daysOf(month === 12 ? year + 1 : year, (month % 12) + 1, 1) <= days) return Number.NaN;
  return days * 86_400 + hour * 3_600 + minute * 60 + second;
}

/** Days since 1970-01-01 (Gregorian); years are counted from March so that leap days end them. */
function daysOf(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/**
 * The 12 bytes of a moment: local time at `offsetMinutes` east of UTC, with the deviation as the meter
 * wants it. The clock status is `status`, by default nothing set.
 */
export function dateTimeOf(
  utcSeconds: number,
  offsetMinutes = 0,
  quirk: DeviationQuirk = 'standard',
  status = 0,
): Uint8Array<ArrayBuffer> {
  const local = new Date((utcSeconds + offsetMinutes * 60) * 1_000);
  if (Number.isNaN(local.getTime())) throw dlmsErrors.DLMS_NOT_ENCODABLE(`${utcSeconds} s is not a time`);
  return encodeDateTime({
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    dayOfWeek: local.getUTCDay() || 7,
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    hundredths: 0,
    deviation: deviationOf(offsetMinutes, quirk),
    status,
  });
}

/** The deviation field of a local time at `offsetMinutes` east of UTC. */
export function deviationOf(offsetMinutes: number, quirk: DeviationQuirk): number {
  if (quirk === 'ignored') return wildcards.deviation;
  // 0 - x, so that zero has no sign
  return quirk === 'negated' ? offsetMinutes : 0 - offsetMinutes;
}

/**
 * For people: `2024-03-31T02:15:00-01:00`. Fields that are not specified are `*`, the offset is left out
 * when the deviation is not specified. The offset is the one of the standard's sign.
 */
export function isoOf(time: CosemDateTime): string {
  const offset = time.deviation === wildcards.deviation ? '' : offsetText(0 - time.deviation);
  return `${isoDate(time)}T${isoTime(time)}${offset}`;
}

/** `2024-03-31`, with `*` for what is not specified. */
export function isoDate(date: CosemDate): string {
  const year = date.year === wildcards.year ? '****' : String(date.year).padStart(4, '0');
  return `${year}-${monthText(date.month)}-${dayText(date.day)}`;
}

/** `02:15:00` or `02:15:00.50`, with `*` for what is not specified. */
export function isoTime(time: CosemTime): string {
  const clock = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
  return time.hundredths === wildcards.hundredths || time.hundredths === 0
    ? clock
    : `${clock}.${two(time.hundredths)}`;
}

function monthText(month: number): string {
  if (month === wildcards.daylightSavingsEnd) return 'DE';
  return month === wildcards.daylightSavingsBegin ? 'DB' : two(month);
}

function dayText(day: number): string {
  if (day === wildcards.lastDay) return 'L1';
  return day === wildcards.secondLastDay ? 'L2' : two(day);
}

function two(value: number): string {
  return texts[value] ?? String(value);
}
/** Numbers of a byte as they stand in a date: two digits, 255 for what is not specified. */
const texts = Array.from({ length: 0x100 }, (_, value) =>
  value === 0xff ? '**' : String(value).padStart(2, '0'),
);

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}:${two(size % 60)}`;
}
