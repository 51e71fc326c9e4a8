/** A schedule of periods over a year, as runs of half hours: what a picture draws and a table says. Pure. */
import { forEachRun } from '@openami/model';
import type { ScheduleView } from '@openami/server/contract';
import { formatDay } from './format.ts';

/** Half hours [from, to) of a day in one period, which is its index. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly period: number;
}

/** Neighbouring half hours of one period together. */
export function runsOf(halfHours: readonly number[]): Run[] {
  const runs: Run[] = [];
  forEachRun(halfHours, halfHours.length, (period, from, to) => runs.push({ from, to, period }));
  return runs;
}

/** `07:30` of half hour 15; `24:00` at the end. */
export function clockOf(halfHour: number): string {
  return `${String(Math.floor(halfHour / 2)).padStart(2, '0')}:${halfHour % 2 === 0 ? '00' : '30'}`;
}

/** `May`. */
export function monthName(month: number): string {
  return formatDay(`2026-${String(month).padStart(2, '0')}`, 'monthLong').split(' ')[0]!;
}

/** `January to March, December`. */
export function monthWords(months: readonly number[]): string {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < months.length; i++) {
    if (months[i + 1] === months[i]! + 1) continue;
    const [first, last] = [monthName(months[from]!), monthName(months[i]!)];
    parts.push(first === last ? first : `${first} to ${last}`);
    from = i + 1;
  }
  return parts.join(', ');
}

export const dayWords = {
  weekday: 'Weekdays',
  saturday: 'Saturdays',
  sunday: 'Sundays',
  holiday: 'Holidays',
} as const;
export type DaySort = keyof typeof dayWords;
export const daySorts = Object.keys(dayWords) as DaySort[];

/** Months and days with the same hours. */
export interface ScheduleLine {
  readonly months: readonly number[];
  readonly days: readonly DaySort[];
  readonly runs: readonly Run[];
}

/** The year in as few lines as say it all: months and days with the same hours together. */
export function linesOf({ rows }: ScheduleView): ScheduleLine[] {
  const byMonth = new Map<string, { months: number[]; days: DaySort[]; runs: Run[] }>();
  for (let month = 1; month <= 12; month++) {
    const alike = new Map<string, { days: DaySort[]; runs: Run[] }>();
    for (const row of rows.filter((each) => each.month === month)) {
      const known = alike.get(row.halfHours.join());
      if (known) known.days.push(row.days);
      else alike.set(row.halfHours.join(), { days: [row.days], runs: runsOf(row.halfHours) });
    }
    for (const [hours, { days, runs }] of alike) {
      const known = byMonth.get(`${days.join()} ${hours}`);
      if (known) known.months.push(month);
      else byMonth.set(`${days.join()} ${hours}`, { months: [month], days, runs });
    }
  }
  return [...byMonth.values()];
}

/** Sorts of day with the same hours in every month are drawn once. */
export function daysAlike({ rows }: ScheduleView): { days: DaySort[]; months: Run[][] }[] {
  const out = new Map<string, { days: DaySort[]; months: Run[][] }>();
  for (const days of daySorts) {
    const own = rows.filter((row) => row.days === days).sort((a, b) => a.month - b.month);
    if (own.length === 0) continue;
    const key = own.map(({ halfHours }) => halfHours.join('')).join();
    const known = out.get(key);
    if (known) known.days.push(days);
    else out.set(key, { days: [days], months: own.map(({ halfHours }) => runsOf(halfHours)) });
  }
  return [...out.values()];
}
