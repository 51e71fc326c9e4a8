/** LocalTimeParameters of a zone: offsets and the two rules of daylight saving (ESPI DstRuleType). */
import { civilDate, DAY_S, dayNumber, daysInMonth, weekday, zoneTable } from '@openami/model';

export interface EspiLocalTime {
  /** Seconds east of UTC in standard time. */
  readonly tzOffset: number;
  readonly dstOffset: number;
  readonly dstStartRule: string;
  readonly dstEndRule: string;
}

/** Rule that says: no daylight saving. */
const disabled = 'FFFFFFFF';

/**
 * Local time of a zone in the year of `atS`. A zone without exactly one change each way in that year
 * is written as a fixed offset. Throws ZONE_UNKNOWN.
 */
export function espiLocalTime(zone: string, atS: number): EspiLocalTime {
  const table = zoneTable(zone);
  const { year } = civilDate(Math.floor(atS / DAY_S));
  const from = dayNumber(year, 1, 1) * DAY_S;
  const to = dayNumber(year + 1, 1, 1) * DAY_S;
  const changes: { at: number; before: number; after: number }[] = [];
  for (let i = 0; i < table.at.length; i++) {
    const at = table.at[i]!;
    if (at >= from && at < to) changes.push({ at, before: table.offsets[i]!, after: table.offsets[i + 1]! });
  }
  const start = changes.find((change) => change.after > change.before);
  const end = changes.find((change) => change.after < change.before);
  if (changes.length !== 2 || !start || !end)
    return { tzOffset: table.offsetAt(atS), dstOffset: 0, dstStartRule: disabled, dstEndRule: disabled };
  return {
    tzOffset: start.before,
    dstOffset: start.after - start.before,
    dstStartRule: dstRule(start.at + start.before),
    dstEndRule: dstRule(end.at + end.before),
  };
}

/**
 * Bits 0–11 second of the hour, 12–16 hour, 17–19 weekday (Monday 1), 20–24 day of month, 25–27
 * operator (2 first weekday … 6 fifth, 7 last), 28–31 month; the clock is the one before the change.
 */
function dstRule(wallS: number): string {
  const number = Math.floor(wallS / DAY_S);
  const { year, month, day } = civilDate(number);
  const second = wallS - number * DAY_S;
  const operator = day > daysInMonth(year, month) - 7 ? 7 : Math.floor((day - 1) / 7) + 2;
  const bits =
    month * 2 ** 28 + operator * 2 ** 25 + weekday(number) * 2 ** 17 + Math.floor(second / 3600) * 2 ** 12;
  return (bits + (second % 3600)).toString(16).toUpperCase().padStart(8, '0');
}
