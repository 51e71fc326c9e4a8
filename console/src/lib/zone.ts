/**
 * Local time of a site on the axis of a chart: days of 23, 24 or 25 hours, found by asking the browser's
 * own zone data. An offset is looked up once a quarter of an hour and remembered, because every zone
 * changes its clock on a quarter.
 *
 * Days are numbered since 1970-01-01, as local dates; stamps are epoch seconds.
 */

const quarterS = 900;
const dayS = 86_400;
const cacheLimit = 20_000;

interface ZoneState {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, ZoneState>();

function stateOf(zone: string): ZoneState {
  const known = zones.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'narrow',
  });
  const state = { format, offsets: new Map<number, number>() };
  zones.set(zone, state);
  return state;
}

/** True where the browser knows this IANA zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Seconds east of UTC in `zone` at `utcS`. */
export function offsetAt(zone: string, utcS: number): number {
  const state = stateOf(zone);
  const quarter = Math.floor(utcS / quarterS);
  const known = state.offsets.get(quarter);
  if (known !== undefined) return known;
  const part: Record<string, number> = {};
  for (const p of state.format.formatToParts(quarter * quarterS * 1000)) part[p.type] = Number(p.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - quarter * quarterS;
  if (state.offsets.size >= cacheLimit) state.offsets.clear();
  state.offsets.set(quarter, offset);
  return offset;
}

/** The local clock as if it were UTC: feed it to `Date` and read the UTC fields. */
export function localClock(zone: string, utcS: number): Date {
  return new Date((utcS + offsetAt(zone, utcS)) * 1000);
}

/** Number of the local date that `utcS` falls on. */
export function dayOf(zone: string, utcS: number): number {
  return Math.floor((utcS + offsetAt(zone, utcS)) / dayS);
}

/** First instant of local date `day`, also where its midnight does not exist. */
export function dayStart(zone: string, day: number): number {
  const middle = day * dayS;
  for (const probe of [middle - 12 * 3600, middle + 14 * 3600]) {
    const at = middle - offsetAt(zone, probe);
    if (dayOf(zone, at) === day && dayOf(zone, at - 1) === day - 1) return at;
  }
  let low = middle - 26 * 3600;
  let high = middle + 26 * 3600;
  while (high - low > 1) {
    const at = Math.floor((low + high) / 2);
    if (dayOf(zone, at) >= day) high = at;
    else low = at;
  }
  return high;
}

/** Hours in local date `day`: 24, or 23 or 25 when the clocks change. */
export function dayHours(zone: string, day: number): number {
  return (dayStart(zone, day + 1) - dayStart(zone, day)) / 3600;
}

/** `2026-03-29` -> day number. */
export function dayNumber(text: string): number {
  return Math.floor(Date.parse(`${text}T00:00:00Z`) / 1000 / dayS);
}

/** Day number -> `2026-03-29`; a dash for what is none. */
export function dayText(day: number): string {
  const date = new Date(day * dayS * 1000);
  return Number.isNaN(date.getTime()) ? '–' : date.toISOString().slice(0, 10);
}

/** Moves a date by whole months; the day of the month is cut to the month's length. */
export function addMonths(day: number, months: number): number {
  const date = new Date(day * dayS * 1000);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return first.getTime() / 1000 / dayS + Math.min(date.getUTCDate(), last) - 1;
}

/** First day of the month, or of the Monday-based week, or of the year that holds `day`. */
export function startOf(unit: 'week' | 'month' | 'year', day: number): number {
  const date = new Date(day * dayS * 1000);
  if (unit === 'week') return day - ((date.getUTCDay() + 6) % 7);
  const month = unit === 'year' ? 0 : date.getUTCMonth();
  return Date.UTC(date.getUTCFullYear(), month, 1) / 1000 / dayS;
}
