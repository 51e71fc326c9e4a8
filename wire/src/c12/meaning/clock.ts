/** From the device's clock to UTC, by tables 52, 53 and 55 (C12.19 clause 9.6). */
import { c12Errors } from '../errors.ts';
import { fieldOf, isClockTime, type Tables } from '../tables/value.ts';

export interface ClockReading {
  /** Seconds since 1970 as if the clock ran in UTC; null where it is not set. */
  readonly clockS: number | null;
  readonly utcS: number | null;
}

/** Seconds to take from a time of the clock to get UTC, as the clock stands now. */
export function clockOffsetS(tables: Tables): number {
  const table = tables.get(52) ?? tables.get(55);
  if (table === undefined)
    throw c12Errors.C12_NEEDS_TABLE('table 52 or 55 for the zone of times', { table: 52 });
  const flag = (name: string) => fieldOf(table, `TIME_DATE_QUAL.${name}`) === true;
  if (flag('GMT_FLAG')) return 0;
  const zoneMin = Number(fieldOf(tables.get(53), 'TIME_ZONE_OFFSET') ?? 0);
  const dstMin = Number(fieldOf(tables.get(53), 'DST_TIME_AMT') ?? 60);
  const zoneS = flag('TM_ZN_APPLIED_FLAG') ? zoneMin * 60 : 0;
  return zoneS + (flag('DST_FLAG') && flag('DST_APPLIED_FLAG') ? dstMin * 60 : 0);
}

/** The clock when table 52 or 55 was read; undefined where neither was. */
export function clockOf(tables: Tables, toUtcS?: (clockS: number) => number): ClockReading | undefined {
  const time = fieldOf(tables.get(52) ?? tables.get(55), 'CLOCK_CALENDAR');
  if (!isClockTime(time)) return undefined;
  const clockS = time.seconds;
  if (clockS === null) return { clockS, utcS: null };
  return { clockS, utcS: toUtcS === undefined ? clockS - clockOffsetS(tables) : toUtcS(clockS) };
}
