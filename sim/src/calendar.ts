/**
 * Local days of the town as ranges of UTC time. All generation walks UTC slots of a local day, so a day
 * of 23 or 25 hours needs no special case anywhere else.
 */
import { zoneTable } from '@openami/model';

export { DAY_S } from '@openami/model';

/** Length of an electricity interval, and of one step of the weather. */
export const SLOT_S = 900;
export const HOUR_S = 3600;

/** The last full hour at a moment, epoch seconds. */
export function hourOf(atS: number): number {
  return Math.floor(atS / HOUR_S) * HOUR_S;
}

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
