/**
 * The period map: which period of a schedule each instant belongs to, as half-open UTC spans in order.
 * Periods go by the wall clock: on a day of 25 hours both 01:30 are in the same period, and the hour that a
 * day of 23 hours leaves out has no span.
 *
 *   at:      [ t0      t1      t2      t3 ]   n + 1 UTC seconds
 *   periods: [     0       1       0      ]   n indexes of `names`
 */
import { civilDate, DAY_S, weekday, type ZoneTable } from '@openami/model';
import { type CompiledSchedule, DAY_TYPES, dayOfYear, HOLIDAY } from './schedule.ts';

export interface PeriodMap {
  readonly names: readonly string[];
  readonly at: Float64Array;
  readonly periods: Uint16Array;
}

/** Half-open window of UTC seconds. */
export interface Window {
  readonly fromS: number;
  readonly toS: number;
}

/** A window that an event was declared for. */
export interface EventWindow extends Window {
  readonly id?: number;
}

/** Windows of each event, by name: critical peaks, rebates, peaks of the system. */
export type EventWindows = Readonly<Record<string, readonly EventWindow[]>>;

/** Spans under construction: neighbours of one period are one span. */
class Spans {
  readonly at: number[] = [];
  readonly periods: number[] = [];

  /** `fromS` must be where the last span ended. */
  add(fromS: number, toS: number, period: number): void {
    if (toS <= fromS) return;
    if (this.periods.length > 0 && this.periods.at(-1) === period) {
      this.at[this.at.length - 1] = toS;
      return;
    }
    if (this.at.length === 0) this.at.push(fromS);
    this.at.push(toS);
    this.periods.push(period);
  }
}

/** The map of a schedule for a window. `holidays` holds the day numbers that are holidays. */
export function periodMap(
  schedule: CompiledSchedule,
  zone: ZoneTable,
  { fromS, toS }: Window,
  holidays: ReadonlySet<number>,
  events: EventWindows = {},
): PeriodMap {
  let spans = new Spans();
  for (let pieceS = fromS; pieceS < toS; ) {
    const nextS = Math.min(toS, nextChange(zone, pieceS));
    addPiece(spans, schedule, zone.offsetAt(pieceS), { fromS: pieceS, toS: nextS }, holidays);
    pieceS = nextS;
  }
  for (const { event, period, mostPerYear } of schedule.events) {
    const windows = withinLimit(Object.hasOwn(events, event) ? events[event]! : [], zone, mostPerYear);
    spans = overlaid(spans, windows, schedule.periods.indexOf(period));
  }
  return {
    names: schedule.periods,
    at: Float64Array.from(spans.at),
    periods: Uint16Array.from(spans.periods),
  };
}

/** The first `mostPerYear` windows of each local year, in order of time. */
function withinLimit(windows: readonly Window[], zone: ZoneTable, mostPerYear?: number): Window[] {
  const sorted = [...windows].sort((a, b) => a.fromS - b.fromS);
  if (mostPerYear === undefined) return sorted;
  const counts = new Map<number, number>();
  return sorted.filter(({ fromS }) => {
    const { year } = civilDate(zone.localDayOf(fromS));
    const count = (counts.get(year) ?? 0) + 1;
    counts.set(year, count);
    return count <= mostPerYear;
  });
}

/** Instant of the next change of offset after `utcS`. */
export function nextChange(zone: ZoneTable, utcS: number): number {
  let low = 0;
  let high = zone.at.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (zone.at[middle]! <= utcS) low = middle + 1;
    else high = middle;
  }
  return low < zone.at.length ? zone.at[low]! : Number.POSITIVE_INFINITY;
}

/** Spans of a stretch of time with one offset. */
function addPiece(
  spans: Spans,
  schedule: CompiledSchedule,
  offsetS: number,
  piece: Window,
  holidays: ReadonlySet<number>,
): void {
  const toLocalS = piece.toS + offsetS;
  for (let localS = piece.fromS + offsetS; localS < toLocalS; ) {
    const day = Math.floor(localS / DAY_S);
    const { month, day: ofMonth } = civilDate(day);
    const row = dayOfYear(month, ofMonth) * DAY_TYPES;
    const type = holidays.has(day) && schedule.table[row + HOLIDAY]! >= 0 ? HOLIDAY : weekday(day) - 1;
    const { starts, periods } = schedule.plans[schedule.table[row + type]!]!;
    const dayS = day * DAY_S;
    for (let i = 0; i < starts.length; i++) {
      const endS = i + 1 < starts.length ? dayS + starts[i + 1]! * 60 : dayS + DAY_S;
      const partEndS = Math.min(endS, toLocalS);
      if (partEndS <= localS) continue;
      spans.add(localS - offsetS, partEndS - offsetS, periods[i]!);
      localS = partEndS;
    }
  }
}

/** Spans with the period of an event in its windows. Windows are in order and may overlap. */
function overlaid(spans: Spans, windows: readonly Window[], period: number): Spans {
  if (windows.length === 0) return spans;
  const result = new Spans();
  let w = 0;
  for (let i = 0; i < spans.periods.length; i++) {
    let reachedS = spans.at[i]!;
    const endS = spans.at[i + 1]!;
    while (reachedS < endS) {
      while (w < windows.length && windows[w]!.toS <= reachedS) w++;
      const window = windows[w];
      if (window === undefined || window.fromS >= endS) {
        result.add(reachedS, endS, spans.periods[i]!);
        break;
      }
      result.add(reachedS, Math.max(reachedS, window.fromS), spans.periods[i]!);
      reachedS = Math.max(reachedS, window.fromS);
      const toS = Math.min(endS, window.toS);
      result.add(reachedS, toS, period);
      reachedS = toS;
    }
  }
  return result;
}

/** The period of each of `slots` intervals in a row, that of its start. */
export function periodsOfSlots(
  { at, periods }: PeriodMap,
  startS: number,
  intervalS: number,
  slots: number,
): Uint16Array {
  let span = 0;
  return Uint16Array.from({ length: slots }, (_, slot) => {
    const fromS = startS + slot * intervalS;
    while (span < periods.length - 1 && at[span + 1]! <= fromS) span++;
    return periods[span]!;
  });
}

/** When a period holds, as half-open windows: where the readings behind a bill line are found. */
export function windowsOfPeriod(map: PeriodMap, period: string): Window[] {
  const index = map.names.indexOf(period);
  const windows: Window[] = [];
  for (let i = 0; i < map.periods.length; i++)
    if (map.periods[i] === index) windows.push({ fromS: map.at[i]!, toS: map.at[i + 1]! });
  return windows;
}
