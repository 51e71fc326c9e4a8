/**
 * A schedule of periods, compiled: which hours of which day belong to which period. Days of the year are
 * looked up by (month, day) and day type; faults are collected with their place.
 */
import { daysInMonth } from '@openami/model';
import type { DayWord, TariffCalendar, TariffSchedule } from '../tariff/schema.ts';

/** The periods of a day by the wall clock: `periods[i]` from `starts[i]` (minutes) on. */
export interface DayPlan {
  readonly starts: readonly number[];
  readonly periods: readonly number[];
}

export interface CompiledSchedule {
  readonly id: string;
  readonly periods: readonly string[];
  readonly plans: readonly DayPlan[];
  /** Plan of a day of the year and day type: `[dayOfYear(month, day) * DAY_TYPES + type]`. */
  readonly table: Int16Array;
  readonly events: NonNullable<TariffSchedule['events']>;
}

/** Monday 0 to Sunday 6, holiday 7. */
export const DAY_TYPES = 8;
export const HOLIDAY = 7;
const YEAR_DAYS = 12 * 31;
const NONE = -1;

/** Takes a fault: its place, what is wrong and what to do. */
export type Report = (path: string, message: string) => void;

const dayTypesOf: Readonly<Record<DayWord, readonly number[]>> = {
  all: [0, 1, 2, 3, 4, 5, 6, HOLIDAY],
  weekday: [0, 1, 2, 3, 4],
  weekend: [5, 6],
  holiday: [HOLIDAY],
  ...{ monday: [0], tuesday: [1], wednesday: [2], thursday: [3], friday: [4], saturday: [5], sunday: [6] },
};
const typeNames = [
  'Mondays',
  'Tuesdays',
  'Wednesdays',
  'Thursdays',
  'Fridays',
  'Saturdays',
  'Sundays',
  'holidays',
];

/** Index of a day of the year that does not depend on leap years; `month` and `day` from 1. */
export function dayOfYear(month: number, day: number): number {
  return (month - 1) * 31 + day - 1;
}

/** The schedule that has one period all the time: of charges without a schedule. */
export function plainSchedule(): CompiledSchedule {
  return {
    ...{ id: '', periods: ['all'], plans: [{ starts: [0], periods: [0] }], events: [] },
    table: new Int16Array(YEAR_DAYS * DAY_TYPES),
  };
}

/** The first day that two rows are both for. */
interface Overlap {
  readonly before: number;
  readonly at: number;
  readonly type: number;
  readonly day: number;
}

/** Compiles a schedule; what is wrong with it is reported, and the result is then of no use. */
export function compileSchedule(
  schedule: TariffSchedule,
  calendar: TariffCalendar,
  path: string,
  report: Report,
): CompiledSchedule {
  const periods: string[] = [];
  const periodIndex = (name: string): number => {
    const known = periods.indexOf(name);
    return known >= 0 ? known : periods.push(name) - 1;
  };
  const table = new Int16Array(YEAR_DAYS * DAY_TYPES).fill(NONE);
  const plans: DayPlan[] = [];
  const overlaps = new Map<string, Overlap>();
  for (const [at, row] of schedule.rows.entries()) {
    const place = `${path}.rows[${at}]`;
    plans.push(planOf(row, place, periodIndex, report));
    const types = new Set(row.days.flatMap((day) => dayTypesOf[day]));
    for (const day of daysOf(row.seasons, calendar, place, report)) {
      for (const type of types) {
        const cell = day * DAY_TYPES + type;
        const before = table[cell]!;
        const pair = `${before} ${at}`;
        if (before !== NONE && before !== at && !overlaps.has(pair))
          overlaps.set(pair, { before, at, type, day });
        table[cell] = at;
      }
    }
  }
  for (const { before, at, type, day } of overlaps.values())
    report(
      `${path}.rows[${at}]`,
      `covers ${typeNames[type]} on ${dateText(day)}, which rows[${before}] covers too: ` +
        'seasons and days of the rows of a schedule must not overlap',
    );
  reportUncovered(table, path, report);
  for (const event of schedule.events ?? []) periodIndex(event.period);
  return { id: schedule.id, periods, plans, table, events: schedule.events ?? [] };
}

/** Days without a row are reported; a holiday without one is like the day of the week it is on. */
function reportUncovered(table: Int16Array, path: string, report: Report): void {
  for (let type = 0; type < HOLIDAY; type++) {
    const missing: number[] = [];
    for (let month = 1; month <= 12; month++)
      for (let day = 1; day <= daysInMonth(2024, month); day++)
        if (table[dayOfYear(month, day) * DAY_TYPES + type] === NONE) missing.push(dayOfYear(month, day));
    if (missing.length > 0) {
      const days =
        missing.length === 1 ? dateText(missing[0]!) : `${missing.length} days from ${dateText(missing[0]!)}`;
      report(
        `${path}.rows`,
        `no row covers ${typeNames[type]} (${days}): add a row, or days or seasons to one`,
      );
      return;
    }
  }
}

/** Days of the year that a row is for. */
function daysOf(
  seasons: readonly string[] | undefined,
  calendar: TariffCalendar,
  place: string,
  report: Report,
): number[] {
  if (seasons === undefined) return Array.from({ length: YEAR_DAYS }, (_, day) => day);
  const days: number[] = [];
  for (const [i, id] of seasons.entries()) {
    const season = calendar.seasons?.find((one) => one.id === id);
    if (season === undefined) {
      const known = (calendar.seasons ?? []).map((one) => one.id).join(', ') || 'none';
      report(`${place}.seasons[${i}]`, `there is no season '${id}'; there is ${known}`);
      continue;
    }
    for (const { from, to } of season.ranges) days.push(...rangeDays(from, to));
  }
  return days;
}

/** Days of the year from one to another, both included, over the end of the year where `to` is before. */
function rangeDays(from: string, to: string): number[] {
  const [first, last] = [monthDay(from), monthDay(to)];
  if (first === undefined || last === undefined) return [];
  const days: number[] = [];
  for (let day = first; ; day = (day + 1) % YEAR_DAYS) {
    days.push(day);
    if (day === last) return days;
  }
}

/** Day of the year of `MM-DD`; undefined where there is no such day in any year. */
export function monthDay(text: string): number | undefined {
  const [month, day] = text.split('-').map(Number) as [number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(2024, month)) return undefined;
  return dayOfYear(month, day);
}

function dateText(day: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(day / 31) + 1)}-${two((day % 31) + 1)}`;
}

function planOf(
  row: TariffSchedule['rows'][number],
  place: string,
  periodIndex: (name: string) => number,
  report: Report,
): DayPlan {
  if ((row.hours === undefined) === (row.period === undefined)) {
    report(place, 'must have either hours or one period for the whole day');
    return { starts: [0], periods: [0] };
  }
  if (row.hours === undefined) return { starts: [0], periods: [periodIndex(row.period!)] };
  const parts: { from: number; to: number; period: number }[] = [];
  for (const [i, { from, to, period }] of row.hours.entries()) {
    const [start, end] = [minutesOf(from), minutesOf(to)];
    if (start === undefined || end === undefined || start === end || start === 1_440) {
      report(
        `${place}.hours[${i}]`,
        `${from} to ${to} is no part of a day: write 08:00 to 20:00, at most 24:00`,
      );
      continue;
    }
    const index = periodIndex(period);
    if (start < end) parts.push({ from: start, to: end, period: index });
    else {
      parts.push({ from: start, to: 1_440, period: index });
      if (end > 0) parts.push({ from: 0, to: end, period: index });
    }
  }
  parts.sort((a, b) => a.from - b.from);
  let reached = 0;
  for (const { from, to } of parts) {
    if (from > reached)
      report(`${place}.hours`, `no period from ${clockText(reached)} to ${clockText(from)}: add these hours`);
    if (from < reached)
      report(`${place}.hours`, `two periods from ${clockText(from)} on: hours must not overlap`);
    reached = Math.max(reached, to);
  }
  if (reached < 1_440)
    report(`${place}.hours`, `no period from ${clockText(reached)} to 24:00: add these hours`);
  return { starts: parts.map(({ from }) => from), periods: parts.map(({ period }) => period) };
}

function minutesOf(text: string): number | undefined {
  const [hour, minute] = text.split(':').map(Number) as [number, number];
  const minutes = hour * 60 + minute;
  return minute < 60 && minutes <= 1_440 ? minutes : undefined;
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
