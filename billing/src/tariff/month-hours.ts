/** Schedules that other programs write as 12 months × 24 hours, for weekdays and weekends. */
import { daysInMonth } from '@openami/model';
import type { TariffCalendar, TariffSchedule } from './schema.ts';

/** A period of each hour (columns) of each month (rows). */
export type MonthHours = readonly (readonly number[])[];

type Row = TariffSchedule['rows'][number];

const two = (value: number): string => String(value).padStart(2, '0');

/** Seasons of one month each: `m01` to `m12`. */
export function monthSeasons(): NonNullable<TariffCalendar['seasons']> {
  return Array.from({ length: 12 }, (_, i) => ({
    id: `m${two(i + 1)}`,
    ranges: [{ from: `${two(i + 1)}-01`, to: `${two(i + 1)}-${daysInMonth(2024, i + 1)}` }],
  }));
}

/** The schedule over the seasons of `monthSeasons`. Months that are alike share their rows. */
export function monthHourSchedule(
  id: string,
  weekday: MonthHours,
  weekend: MonthHours,
  nameOf: (period: number) => string,
): TariffSchedule {
  const groups = new Map<string, { readonly months: number[]; readonly at: number }>();
  for (let month = 0; month < 12; month++) {
    const key = JSON.stringify([weekday[month], weekend[month]]);
    const group = groups.get(key);
    if (group) group.months.push(month);
    else groups.set(key, { months: [month], at: month });
  }
  const rows: Row[] = [];
  for (const { months, at } of groups.values()) {
    const seasons = months.map((month) => `m${two(month + 1)}`);
    const same = JSON.stringify(weekday[at]) === JSON.stringify(weekend[at]);
    if (same) rows.push({ seasons, days: ['weekday', 'weekend'], ...hoursOf(weekday[at]!, nameOf) });
    else {
      rows.push({ seasons, days: ['weekday'], ...hoursOf(weekday[at]!, nameOf) });
      rows.push({ seasons, days: ['weekend'], ...hoursOf(weekend[at]!, nameOf) });
    }
  }
  return { id, rows };
}

/** Hours of a day with neighbours of one period joined. */
function hoursOf(day: readonly number[], nameOf: (period: number) => string): Pick<Row, 'hours' | 'period'> {
  if (day.every((period) => period === day[0])) return { period: nameOf(day[0]!) };
  const hours: NonNullable<Row['hours']> = [];
  for (let from = 0; from < 24; ) {
    let to = from + 1;
    while (to < 24 && day[to] === day[from]) to++;
    hours.push({ from: `${two(from)}:00`, to: `${two(to)}:00`, period: nameOf(day[from]!) });
    from = to;
  }
  return { hours };
}

/** True for 12 × 24 whole numbers. */
export function isMonthHours(value: unknown): value is MonthHours {
  return (
    Array.isArray(value) &&
    value.length === 12 &&
    value.every(
      (row) => Array.isArray(row) && row.length === 24 && row.every((cell) => Number.isInteger(cell)),
    )
  );
}

/** The periods of a schedule, each once, ascending. */
export function periodsIn(...schedules: readonly MonthHours[]): number[] {
  return [...new Set(schedules.flat(2))].sort((a, b) => a - b);
}
