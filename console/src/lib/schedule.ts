/** A schedule of periods over a year, as runs of half hours: what a picture draws and a table says. Pure. */
import { forEachRun, groupBy } from '@openami/model';
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
  const months = [...groupBy(rows, ({ month }) => month)].sort(([a], [b]) => a - b);
  const parts = months.flatMap(([month, own]) =>
    [...groupBy(own, hoursOf).values()].map((alike) => ({
      ...{ month, days: alike.map(({ days }) => days), halfHours: alike[0]!.halfHours },
    })),
  );
  return [...groupBy(parts, (part) => `${part.days.join()} ${hoursOf(part)}`).values()].map((alike) => ({
    months: alike.map(({ month }) => month),
    days: alike[0]!.days,
    runs: runsOf(alike[0]!.halfHours),
  }));
}

/** Sorts of day with the same hours in every month are drawn once. */
export function daysAlike({ rows }: ScheduleView): { days: DaySort[]; months: Run[][] }[] {
  const years = daySorts.map((days) => ({
    days,
    months: rows.filter((row) => row.days === days).sort((a, b) => a.month - b.month),
  }));
  const present = years.filter(({ months }) => months.length > 0);
  return [...groupBy(present, ({ months }) => months.map(hoursOf).join(';')).values()].map((alike) => ({
    days: alike.map(({ days }) => days),
    months: alike[0]!.months.map(({ halfHours }) => runsOf(halfHours)),
  }));
}

/** Equal where the hours are. */
const hoursOf = ({ halfHours }: { readonly halfHours: readonly number[] }) => halfHours.join();
