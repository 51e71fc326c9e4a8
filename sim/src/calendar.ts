/**
 * Local days of the town as ranges of UTC time. All generation walks UTC slots of a local day, so a day
 * of 23 or 25 hours needs no special case anywhere else.
 */

import { zoneTable } from '@openami/model';

/** Length of an electricity interval, and of one step of the weather. */
export const SLOT_S = 900;
export const HOUR_S = 3600;
export const DAY_S = 86_400;

/** Local days by number: days since 1970-01-01 of the local date. */
export interface LocalDays {
  readonly zone: string;
  /** First instant of the local day, epoch seconds. */
  start(day: number): number;
  /** Local day that holds an instant (its start belongs to it). */
  dayOf(utcS: number): number;
  /** Seconds east of UTC at an instant. */
  offset(utcS: number): number;
}

/** Day number of a calendar date, e.g. `dayNumber('2026-03-29')`; NaN when it is none. */
export function dayNumber(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / 1000 / DAY_S);
}

/** Calendar date of a day number, `YYYY-MM-DD`. */
export function dayText(day: number): string {
  return new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
}

/** Local days of an IANA zone. @throws ZONE_UNKNOWN */
export function localDays(zone: string): LocalDays {
  const table = zoneTable(zone);
  return {
    zone,
    start: (day) => table.dayStart(day),
    dayOf: (utcS) => table.localDayOf(utcS),
    offset: (utcS) => table.offsetAt(utcS),
  };
}
