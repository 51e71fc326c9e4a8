/**
 * Activity calendar (class 20) and special days (class 11) as plain values: shape, rules that tie their
 * parts together, and one form in which two of them can be compared.
 */
import { type ParamRecord, type ParamValue, param } from '@openami/model';

const { list, text, whole } = param;

/** Up to 16 bytes; those that are not printable are written `0x…`. */
const name = text(34, '0x([0-9a-f]{2}){1,16}|[ -~]{1,16}');
/** Month and day, `11-01`; every year. */
const monthDay = text(5, '(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])');
const dayId = whole(0, 255);
const obis = text(24, '\\d{1,3}(\\.\\d{1,3}){5}');
/**
 * Tariffication script table (Blue Book, class 9), of any channel. Others, such as that of the disconnect
 * control, would switch a supply by the clock of the meter, past everything that guards a disconnect.
 */
const tariffScripts = /^\d{1,3}\.\d{1,3}\.10\.0\.100\.255$/;

export const calendarSpec = {
  type: 'record',
  fields: {
    name,
    seasons: list({ type: 'record', fields: { name, start: monthDay, week: name } }, 1, 16),
    weeks: list({ type: 'record', fields: { name, days: list(dayId, 7, 7) } }, 1, 16),
    days: list(
      {
        type: 'record',
        fields: {
          id: dayId,
          switches: list(
            {
              type: 'record',
              fields: { at: text(5, '([01]\\d|2[0-3]):[0-5]\\d'), script: obis, selector: whole(0, 65535) },
            },
            1,
            48,
          ),
        },
      },
      1,
      64,
    ),
  },
} as const satisfies ParamRecord;
export type ActivityCalendar = ParamValue<typeof calendarSpec>;

export const specialDaysSpec = list(
  {
    type: 'record',
    // A year of `****` means every year.
    fields: { date: text(10, '(\\d{4}|\\*{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])'), dayId },
  },
  0,
  366,
);
export type SpecialDays = ParamValue<typeof specialDaysSpec>;

const twice = (values: readonly unknown[]) => values.find((value, at) => values.indexOf(value) !== at);

/** What does not go together in a calendar. */
export function calendarProblems({ seasons, weeks, days }: ActivityCalendar): string[] {
  const problems: string[] = [];
  const weekNames = weeks.map((week) => week.name);
  const dayIds = days.map((day) => day.id);
  const lists = { season: seasons.map((season) => season.name), week: weekNames, day: dayIds };
  for (const [what, names] of Object.entries(lists)) {
    const again = twice(names);
    if (again !== undefined) problems.push(`${what} ${again} is there twice`);
  }
  const start = twice(seasons.map((season) => season.start));
  if (start !== undefined) problems.push(`two seasons start on ${start}`);
  for (const season of seasons)
    if (!weekNames.includes(season.week)) problems.push(`season ${season.name}: no week ${season.week}`);
  for (const week of weeks)
    for (const day of week.days)
      if (!dayIds.includes(day)) problems.push(`week ${week.name}: there is no day ${day}`);
  for (const { id, switches } of days) {
    const other = switches.find(({ script }) => !tariffScripts.test(script));
    if (other) problems.push(`day ${id} runs ${other.script}, which is no tariff script (0.0.10.0.100.255)`);
    const at = twice(switches.map((each) => each.at));
    if (at !== undefined) problems.push(`day ${id} switches twice at ${at}`);
    if (!switches.some((each) => each.at === '00:00'))
      problems.push(`day ${id} does not say what is at 00:00`);
  }
  return problems;
}

/** What does not go together in special days. */
export function specialDayProblems(days: SpecialDays): string[] {
  const again = twice(days.map((day) => day.date));
  return again === undefined ? [] : [`${again} is there twice`];
}

type Plain = Readonly<Record<string, unknown>>;
const keyed = <T>(items: readonly T[], key: (item: T) => unknown, value: (item: T) => unknown): Plain =>
  Object.fromEntries(items.map((item) => [String(key(item)), value(item)]));

/** By name, so that an order in which a meter happens to keep its parts makes no difference. */
export function calendarByName({ name: called, seasons, weeks, days }: ActivityCalendar): Plain {
  return {
    name: called,
    season: keyed(
      seasons,
      (each) => each.name,
      (each) => `${each.start} ${each.week}`,
    ),
    week: keyed(
      weeks,
      (each) => each.name,
      (each) => each.days.join(' '),
    ),
    day: keyed(
      days,
      (each) => each.id,
      (each) =>
        keyed(
          each.switches,
          (one) => one.at,
          (one) => `${one.script} ${one.selector}`,
        ),
    ),
  };
}

export function specialDaysByDate(days: SpecialDays): Plain {
  return keyed(
    days,
    (each) => each.date,
    (each) => each.dayId,
  );
}
