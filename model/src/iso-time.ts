/**
 * ISO 8601 time stamps and calendar dates as text, strict and without objects.
 *
 * Instants are UTC seconds (or milliseconds) since 1970. A local date is a day number: days since
 * 1970-01-01 in the proleptic Gregorian calendar. Local wall-clock time is "local seconds": the wall
 * clock read as if it were UTC.
 */
import { modelErrors } from './model-errors.ts';

export const DAY_S = 86_400;

/** Day number of a civil date; `month` 1-12. The date must exist (see `isCivilDate`). */
export function dayNumber(year: number, month: number, day: number): number {
  // Years start in March here, so that the leap day is the last of its year.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export interface CivilDate {
  readonly year: number;
  /** 1-12 */
  readonly month: number;
  /** 1-31 */
  readonly day: number;
}

/** Civil date of a day number. */
export function civilDate(number: number): CivilDate {
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days of a month, 1-12. */
export function daysInMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap ? 29 : MONTH_DAYS[month - 1]!;
}

function isCivilDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Day number of `YYYY-MM-DD`. Raises TIME_MALFORMED. */
export function parseDay(text: string): number {
  if (text.length !== 10 || !isDateShape(text)) throw malformed(text);
  return dayAt(text);
}

/** `YYYY-MM-DD` of a day number (years 0-9999). */
export function formatDay(number: number): string {
  const { year, month, day } = civilDate(number);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/**
 * Instant of `YYYY-MM-DDThh:mm[:ss[.fff]]` with `Z`, `±hh:mm`, `±hhmm` or `±hh`, in UTC milliseconds
 * (digits beyond are cut off). `24:00` is the end of the day. Raises TIME_MALFORMED; a time without
 * offset is malformed, because it names no instant.
 */
export function parseInstantMs(text: string): number {
  const clockEnd = scanClock(text);
  const offsetS = clockEnd < 0 ? Number.NaN : offsetAt(text, clockEnd);
  if (Number.isNaN(offsetS)) throw malformed(text);
  return (scannedS - offsetS) * 1_000 + scannedMs;
}

/** Like `parseInstantMs`, in whole UTC seconds; a fraction of a second is cut off. */
export function parseInstantS(text: string): number {
  return Math.floor(parseInstantMs(text) / 1_000);
}

/** Local seconds of `YYYY-MM-DDThh:mm[:ss]` (or with a blank for the T). Raises TIME_MALFORMED. */
export function parseLocal(text: string): number {
  if (scanClock(text) !== text.length || scannedMs !== 0) throw malformed(text);
  return scannedS;
}

/** `2026-03-29T01:15:00Z` of UTC seconds. */
export function formatInstant(utcS: number): string {
  return `${formatWall(utcS)}Z`;
}

/** `2026-03-29T03:15:00` of local seconds. */
export function formatWall(localS: number): string {
  const day = Math.floor(localS / DAY_S);
  const s = localS - day * DAY_S;
  return `${formatDay(day)}T${two(Math.floor(s / 3_600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** `+02:00` of an offset in seconds; `-00:44:30` where seconds are part of it. */
export function formatOffset(offsetS: number): string {
  const size = Math.abs(offsetS);
  const sign = offsetS < 0 ? '-' : '+';
  const text = `${sign}${two(Math.floor(size / 3_600))}:${two(Math.floor(size / 60) % 60)}`;
  return size % 60 === 0 ? text : `${text}:${two(size % 60)}`;
}

/** Seconds of `±hh:mm[:ss]`, `±hhmm`, `±hh`; NaN when it is not an offset. */
export function parseOffset(text: string): number {
  return offsetAt(text, 0);
}

// Result of the last scanClock: kept here so that parsing a stamp makes no object.
let scannedS = 0;
let scannedMs = 0;

/** Scans date and clock from the start of `text`; returns the index after them, or -1. */
function scanClock(text: string): number {
  const separator = text.charCodeAt(10);
  if (!isDateShape(text) || (separator !== 0x54 && separator !== 0x20)) return -1;
  const hour = digits2(text, 11);
  const minute = digits2(text, 14);
  let end = 16;
  let second = 0;
  scannedMs = 0;
  if (text.charCodeAt(16) === 0x3a) {
    second = digits2(text, 17);
    end = 19;
    if (text.charCodeAt(19) === 0x2e) end = scanFraction(text, 20);
  }
  const wholeDay = hour === 24 && minute === 0 && second === 0 && scannedMs === 0;
  // Comparisons are written so that NaN (not a digit) fails them.
  if (!(hour <= 23 || wholeDay) || !(minute <= 59) || !(second <= 59) || end < 0) return -1;
  if (text.charCodeAt(13) !== 0x3a) return -1;
  scannedS = dayAt(text) * DAY_S + hour * 3_600 + minute * 60 + second;
  return end;
}

/** Reads 1 to 9 fraction digits into `scannedMs`; returns the index after them, or -1. */
function scanFraction(text: string, from: number): number {
  let end = from;
  let ms = 0;
  let digit = text.charCodeAt(end) - 0x30;
  while (digit >= 0 && digit <= 9 && end - from < 9) {
    if (end - from < 3) ms = ms * 10 + digit;
    end++;
    digit = text.charCodeAt(end) - 0x30;
  }
  const count = end - from;
  scannedMs = count === 1 ? ms * 100 : count === 2 ? ms * 10 : ms;
  return count === 0 ? -1 : end;
}

/** Seconds of the offset that `text` ends with from `from` on; NaN when it is none. */
function offsetAt(text: string, from: number): number {
  const sign = text.charCodeAt(from);
  const length = text.length - from;
  if (sign === 0x5a && length === 1) return 0;
  if (sign !== 0x2b && sign !== 0x2d) return Number.NaN;
  const hours = digits2(text, from + 1);
  let minutes = 0;
  let seconds = 0;
  if (length === 6 || length === 9) {
    minutes = text.charCodeAt(from + 3) === 0x3a ? digits2(text, from + 4) : Number.NaN;
    if (length === 9) seconds = text.charCodeAt(from + 6) === 0x3a ? digits2(text, from + 7) : Number.NaN;
  } else if (length === 5) minutes = digits2(text, from + 3);
  else if (length !== 3) return Number.NaN;
  if (!(hours <= 23) || !(minutes <= 59) || !(seconds <= 59)) return Number.NaN;
  const size = hours * 3_600 + minutes * 60 + seconds;
  return sign === 0x2d ? 0 - size : size;
}

/** True when `text` starts with `dddd-dd-dd`. */
function isDateShape(text: string): boolean {
  return (
    digits2(text, 0) >= 0 &&
    digits2(text, 2) >= 0 &&
    text.charCodeAt(4) === 0x2d &&
    digits2(text, 5) >= 0 &&
    text.charCodeAt(7) === 0x2d &&
    digits2(text, 8) >= 0
  );
}

/** Day number of the date `text` starts with, whose shape was checked. */
function dayAt(text: string): number {
  const year = digits2(text, 0) * 100 + digits2(text, 2);
  const month = digits2(text, 5);
  const day = digits2(text, 8);
  if (!isCivilDate(year, month, day)) throw malformed(text);
  return dayNumber(year, month, day);
}

/** Two decimal digits at `i`, or NaN. */
function digits2(text: string, i: number): number {
  const tens = text.charCodeAt(i) - 0x30;
  const ones = text.charCodeAt(i + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

function malformed(text: string): Error {
  return modelErrors.TIME_MALFORMED(`'${text.slice(0, 40)}' is not an ISO 8601 time stamp or date`);
}
