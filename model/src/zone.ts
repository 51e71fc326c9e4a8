/**
 * Time zones for hot loops: every offset of a zone from 1970 to the end of 2037 in two arrays.
 *
 *   at:      [        t0        t1        t2 ]      UTC seconds of each change
 *   offsets: [  o0        o1        o2        o3 ]  seconds east of UTC before, between and after
 *
 * A table is built once a zone, with Temporal, in some ten milliseconds; a look-up is a comparison
 * (the segment hit last) or a binary search. Instants outside the range take the first or last offset.
 */
import { Temporal } from 'temporal-polyfill';
import { DAY_S, formatOffset, formatWall, parseOffset } from './iso-time.ts';
import { modelErrors } from './model-errors.ts';

/** What to do with a local time that does not exist or exists twice. */
export type LocalPolicy = 'earlier' | 'later' | 'reject';

/** First second after the tables: 2038-01-01T00:00:00Z. */
export const ZONE_TABLE_END_S = 2_145_916_800;

/** More than the furthest any zone is from UTC (Kiritimati, +14 h). */
const MAX_OFFSET_S = 15 * 3_600;

export class ZoneTable {
  /** Canonical or given IANA name, or `±hh:mm`. */
  readonly zone: string;
  /** UTC seconds at which the offset changes, ascending. */
  readonly at: Uint32Array;
  /** Offsets in seconds; `offsets[i]` holds up to `at[i]`, the last one after all of them. */
  readonly offsets: Int32Array;
  #from = 0;
  #to = 0;
  #offset = 0;

  constructor(zone: string, at: Uint32Array, offsets: Int32Array) {
    this.zone = zone;
    this.at = at;
    this.offsets = offsets;
    this.#seek(0);
  }

  /** Offset from UTC in seconds (east positive) at an instant. */
  offsetAt(utcS: number): number {
    if (utcS >= this.#from && utcS < this.#to) return this.#offset;
    return this.#seek(utcS);
  }

  /** Remembers the segment that holds `utcS` and returns its offset. */
  #seek(utcS: number): number {
    const i = this.#segment(utcS);
    this.#from = i === 0 ? Number.NEGATIVE_INFINITY : this.at[i - 1]!;
    this.#to = i === this.at.length ? Number.POSITIVE_INFINITY : this.at[i]!;
    this.#offset = this.offsets[i]!;
    return this.#offset;
  }

  /** Number of changes at or before `utcS`. */
  #segment(utcS: number): number {
    let low = 0;
    let high = this.at.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at[middle]! <= utcS) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Wall clock at an instant, as local seconds. */
  localAt(utcS: number): number {
    return utcS + this.offsetAt(utcS);
  }

  /**
   * Day number of the date the wall clock shows. Where clocks once went back across midnight (St John's
   * until 2011: 00:01 to 23:01) a date is left and entered again; `dayStart` is its first entry.
   */
  localDayOf(utcS: number): number {
    return Math.floor((utcS + this.offsetAt(utcS)) / DAY_S);
  }

  /** The instants at which the wall clock shows `localS`: none, one or two, ascending. */
  instantsOf(localS: number): number[] {
    const first = this.#segment(localS - MAX_OFFSET_S);
    const last = this.#segment(localS + MAX_OFFSET_S);
    const found: number[] = [];
    for (let i = first; i <= last; i++) {
      const utcS = localS - this.offsets[i]!;
      if (this.#segment(utcS) === i) found.push(utcS);
    }
    return found;
  }

  /**
   * The instant of a local time. In an overlap `earlier` and `later` pick one of the two; in a gap
   * they read the clock with the offset after and before the gap. `reject` raises TIME_NOT_UNIQUE.
   */
  resolve(localS: number, policy: LocalPolicy): number {
    const found = this.instantsOf(localS);
    if (found.length === 1) return found[0]!;
    if (policy === 'reject') {
      const what = found.length === 0 ? 'does not exist' : 'exists twice';
      throw modelErrors.TIME_NOT_UNIQUE(`${formatWall(localS)} ${what} in ${this.zone}`);
    }
    if (found.length > 0) return policy === 'earlier' ? found[0]! : found.at(-1)!;
    const gap = this.#gapAt(localS);
    return localS - this.offsets[policy === 'earlier' ? gap + 1 : gap]!;
  }

  /** The first instant at which the wall clock shows `localS`, or that follows the gap it lies in. */
  firstAtOrAfter(localS: number): number {
    return this.instantsOf(localS)[0] ?? this.at[this.#gapAt(localS)]!;
  }

  /** Index of the change whose gap holds `localS`, which no wall clock ever showed. */
  #gapAt(localS: number): number {
    let i = this.#segment(localS - MAX_OFFSET_S);
    while (this.at[i]! + this.offsets[i + 1]! <= localS) i++;
    return i;
  }

  /**
   * First instant of a local date: midnight, or the end of the gap where midnight does not exist. A
   * date that was skipped altogether (Apia 2011-12-30) starts, and ends, where the next one starts.
   */
  dayStart(day: number): number {
    return this.firstAtOrAfter(day * DAY_S);
  }

  /** `2026-03-29T03:15:00+02:00` of an instant. */
  format(utcS: number): string {
    const offsetS = this.offsetAt(utcS);
    return formatWall(utcS + offsetS) + formatOffset(offsetS);
  }
}

/** More than there are zones and links in the IANA database. */
const MAX_TABLES = 1_024;
const tables = new Map<string, ZoneTable>();

/** The table of an IANA zone, `UTC`, `Z` or a fixed offset such as `+10:00`. Raises ZONE_UNKNOWN. */
export function zoneTable(zone: string): ZoneTable {
  const known = tables.get(zone);
  if (known) return known;
  const table = buildTable(zone);
  if (tables.size >= MAX_TABLES) tables.clear();
  tables.set(zone, table);
  return table;
}

/** True when `zoneTable` knows the zone. */
export function isZone(zone: string): boolean {
  if (tables.has(zone) || !Number.isNaN(parseOffset(zone))) return true;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function buildTable(zone: string): ZoneTable {
  const fixedS = parseOffset(zone);
  if (!Number.isNaN(fixedS)) return new ZoneTable(zone, new Uint32Array(0), Int32Array.of(fixedS));
  if (!isZone(zone)) throw modelErrors.ZONE_UNKNOWN(`time zone '${zone.slice(0, 60)}' is not known`);
  let time = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
  const at: number[] = [];
  const offsets = [time.offsetNanoseconds / 1e9];
  for (;;) {
    const next = time.getTimeZoneTransition('next');
    const nextS = next ? next.epochMilliseconds / 1_000 : ZONE_TABLE_END_S;
    if (!next || nextS >= ZONE_TABLE_END_S) break;
    at.push(nextS);
    offsets.push(next.offsetNanoseconds / 1e9);
    time = next;
  }
  return new ZoneTable(zone, Uint32Array.from(at), Int32Array.from(offsets));
}

/** Seconds by which a zone's standard time is ahead of UTC: what clocks without summer time show. */
export function standardOffsetS(zone: ZoneTable, year: number): number {
  const at = (month: number) => zone.offsetAt(Date.UTC(year, month, 1) / 1_000);
  return Math.min(at(0), at(6));
}
