/** Wall clocks for the oracle, straight from Temporal. */
import { Temporal } from 'temporal-polyfill';

export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Monday 1. */
  readonly weekday: number;
  readonly minute: number;
  /** Seconds of the wall clock read as if it were UTC. */
  readonly localS: number;
}

const walls = new Map<string, Wall>();

/** What the clock of a zone shows at an instant. */
export function wallAt(zone: string, utcS: number): Wall {
  const key = `${zone} ${utcS}`;
  let wall = walls.get(key);
  if (wall === undefined) {
    const at = Temporal.Instant.fromEpochMilliseconds(utcS * 1_000).toZonedDateTimeISO(zone);
    wall = {
      ...{ year: at.year, month: at.month, day: at.day, weekday: at.dayOfWeek },
      minute: at.hour * 60 + at.minute,
      localS: utcS + at.offsetNanoseconds / 1e9,
    };
    if (walls.size > 500_000) walls.clear();
    walls.set(key, wall);
  }
  return wall;
}

/** First instant of a date. */
export function dayStart(zone: string, date: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds / 1_000;
}

export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

export function weekdayOf(date: string): number {
  return Temporal.PlainDate.from(date).dayOfWeek;
}

export function daysInMonthOf(date: string): number {
  return Temporal.PlainDate.from(date).daysInMonth;
}
