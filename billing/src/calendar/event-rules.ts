/** Events that a version of a tariff knows, and whether one more may be declared. */
import { formatDay, formatInstant, type ZoneTable } from '@openami/model';
import type { CompiledVersion } from '../rating/compiled.ts';
import type { TariffCalendar } from '../tariff/schema.ts';
import type { Window } from './period-map.ts';

type Rule = NonNullable<TariffCalendar['events']>[number];

/** An event by its name, and what it does to a bill. */
export interface KnownEvent {
  readonly event: string;
  readonly name: string;
  /** `price`: another period in its windows; `rebate`: what is saved is paid; `peak`: demand counts in it. */
  readonly kinds: readonly ('price' | 'rebate' | 'peak')[];
  readonly mostPerYear?: number | undefined;
  readonly mostPerSeason?: number | undefined;
  readonly longestMinutes?: number | undefined;
}

/** The events of a version, in the order they are named. */
export function knownEvents({ calendar, needs }: CompiledVersion): KnownEvent[] {
  const kinds = new Map<string, Set<KnownEvent['kinds'][number]>>();
  const note = (event: string, kind: KnownEvent['kinds'][number]) =>
    kinds.set(event, (kinds.get(event) ?? new Set()).add(kind));
  const most = new Map<string, number>();
  for (const { events } of needs.schedules)
    for (const { event, mostPerYear } of events) {
      note(event, 'price');
      if (mostPerYear !== undefined) most.set(event, Math.min(mostPerYear, most.get(event) ?? mostPerYear));
    }
  for (const { event } of needs.events) note(event, 'rebate');
  for (const { event } of needs.demands) if (event !== undefined) note(event, 'peak');
  return [...kinds].map(([event, of]) => {
    const { name, mostPerYear, ...rule }: Partial<Rule> =
      calendar.events?.find(({ id }) => id === event) ?? {};
    const limits = [mostPerYear, most.get(event)].filter((one) => one !== undefined);
    return {
      ...{ event, name: name ?? event, kinds: [...of] },
      ...(limits.length > 0 && { mostPerYear: Math.min(...limits) }),
      ...(rule.mostPerSeason !== undefined && { mostPerSeason: rule.mostPerSeason }),
      ...(rule.longestMinutes !== undefined && { longestMinutes: rule.longestMinutes }),
    };
  });
}

/** How often an event was declared where it is limited. */
export interface EventCount {
  readonly of: 'year' | 'season';
  /** Local days [from, to) that are counted. */
  readonly from: number;
  readonly to: number;
  readonly declared: number;
  readonly most: number;
}

/** Counts of the year and the season a local day is in, of windows that were declared. */
export function eventCounts(
  rule: KnownEvent,
  calendar: TariffCalendar,
  zone: ZoneTable,
  day: number,
  declared: readonly Window[],
): EventCount[] {
  const days = declared.map(({ fromS }) => zone.localDayOf(fromS));
  const count = (of: EventCount['of'], most: number, [from, to]: readonly [number, number]): EventCount => ({
    ...{ of, most, from, to },
    declared: days.filter((one) => one >= from && one < to).length,
  });
  const { mostPerYear, mostPerSeason } = rule;
  const year = () => runOf(day, (one) => formatDay(one).slice(0, 4));
  const season = () => runOf(day, (one) => seasonOf(calendar, one));
  return [
    ...(mostPerYear === undefined ? [] : [count('year', mostPerYear, year())]),
    ...(mostPerSeason === undefined ? [] : [count('season', mostPerSeason, season())]),
  ];
}

const LONGEST_RUN = 370;

/** Days around one that are of the same year or season, without a break. */
function runOf(day: number, of: (day: number) => string): readonly [number, number] {
  const same = of(day);
  let [from, to] = [day, day + 1];
  while (day - from < LONGEST_RUN && of(from - 1) === same) from--;
  while (to - day < LONGEST_RUN && of(to) === same) to++;
  return [from, to];
}

/** Id of the season of a day; empty for days of none, which are a season, too. */
function seasonOf({ seasons = [] }: TariffCalendar, day: number): string {
  const date = formatDay(day).slice(5);
  const within = ({ from, to }: { readonly from: string; readonly to: string }) =>
    from <= to ? date >= from && date <= to : date >= from || date <= to;
  return seasons.find(({ ranges }) => ranges.some(within))?.id ?? '';
}

/** Why an event must not be declared for a window; undefined where it may. */
export function eventFault(
  rule: KnownEvent,
  calendar: TariffCalendar,
  zone: ZoneTable,
  { fromS, toS }: Window,
  declared: readonly Window[],
): string | undefined {
  const [day, last] = [zone.localDayOf(fromS), zone.localDayOf(toS - 1)];
  if (toS <= fromS) return 'it must end after it begins';
  if (fromS % 60 !== 0 || toS % 60 !== 0) return 'it must begin and end at a full minute';
  if (last !== day) return `it must end on the day it begins, by the clock of ${zone.zone}`;
  const { longestMinutes } = rule;
  if (longestMinutes !== undefined && toS - fromS > longestMinutes * 60)
    return `it is ${(toS - fromS) / 60} minutes long, and ${longestMinutes} are the most`;
  const over = declared.find((one) => one.fromS < toS && one.toS > fromS);
  if (over !== undefined)
    return `it lies over the one from ${formatInstant(over.fromS)} to ${formatInstant(over.toS)}`;
  for (const { of, most, declared: so } of eventCounts(rule, calendar, zone, day, declared))
    if (so >= most) return `${so} were declared in this ${of}, which is the most there may be`;
  return undefined;
}
