/** Times as devices write them, in seconds since 1970. */
import { parseInstantMs, parseLocal, type ZoneTable, zoneTable } from '@openami/model';
import type { timeForms } from './schema.ts';

export type TimeForm = (typeof timeForms)[number];

/** A clock that shows less was not set yet (2001-01-01): it says nothing. */
const setClockS = 978_307_200;
const withOffset = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|[+-][\d:]+)$/;
const withoutOffset = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(:\d\d)?)(\.\d{1,9})?$/;
const packed = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([SW]?)$/;
const numeric = /^@?(\d{1,16}(?:\.\d{1,9})?)$/;

/**
 * Seconds since 1970; 0 where the clock was not set, NaN where it is no time of this form. Of a local time
 * that exists twice the instant nearer to `receivedS` is taken: a message about now says which.
 */
export function readTime(value: unknown, form: TimeForm, zone: string, receivedS: number): number {
  const match = form === 'p1' ? packed.exec(packedText(value)) : null;
  const read = match === null ? plainTime(value, form, zone, receivedS) : packedTime(match, zone, receivedS);
  return read < setClockS ? 0 : read;
}

function plainTime(value: unknown, form: TimeForm, zone: string, receivedS: number): number {
  if (typeof value === 'number') return numberTime(value, form);
  if (typeof value !== 'string' || value.length > 40) return Number.NaN;
  const digits = numeric.exec(value);
  if (digits !== null) return numberTime(Number(digits[1]), form);
  if (form === 's' || form === 'ms' || form === 'us') return Number.NaN;
  try {
    if (withOffset.test(value)) return parseInstantMs(value) / 1_000;
    const local = form === 'iso' ? null : withoutOffset.exec(value);
    if (local === null) return Number.NaN;
    return localTime(`${local[1]}T${local[2]}`, zone, receivedS) + Number(`0${local[4] ?? ''}`);
  } catch {
    return Number.NaN;
  }
}

function numberTime(value: number, form: TimeForm): number {
  if (form === 's') return value;
  if (form === 'ms') return value / 1_000;
  if (form === 'us') return value / 1_000_000;
  if (form !== 'auto') return Number.NaN;
  // Seconds pass 10^11 in the year 5138, milliseconds passed it in 1973.
  return value < 1e11 ? value : value < 1e14 ? value / 1_000 : value / 1_000_000;
}

function packedText(value: unknown): string {
  return typeof value === 'number' ? String(value).padStart(12, '0') : typeof value === 'string' ? value : '';
}

/** `YYMMDDhhmmss` of the P1 port, with S (summer) or W (winter) where the meter says which. */
function packedTime(match: RegExpExecArray, zone: string, receivedS: number): number {
  const [, year, month, day, hour, minute, second, season] = match;
  const wall = `20${year}-${month}-${day}T${hour}:${minute}:${second}`;
  try {
    if (season === '') return localTime(wall, zone, receivedS);
    const found = zoneTable(zone).instantsOf(parseLocal(wall));
    // In the hour that comes twice, summer time is the first.
    return found.length === 2 ? found[season === 'S' ? 0 : 1]! : localTime(wall, zone, receivedS);
  } catch {
    return Number.NaN;
  }
}

function localTime(wall: string, zone: string, receivedS: number): number {
  const table = zoneTable(zone);
  const localS = parseLocal(wall);
  const [first, second] = table.instantsOf(localS);
  if (first === undefined) return skippedTime(table, localS, receivedS);
  if (second === undefined) return first;
  return Math.abs(second - receivedS) < Math.abs(first - receivedS) ? second : first;
}

/** A wall clock that was not put forward yet shows the hour that does not exist. */
function skippedTime(table: ZoneTable, localS: number, receivedS: number): number {
  const [early, late] = [table.resolve(localS, 'earlier'), table.resolve(localS, 'later')];
  return Math.abs(late - receivedS) <= Math.abs(early - receivedS) ? late : early;
}
