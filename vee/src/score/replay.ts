/**
 * Replays a channel's past day by day through the rules, as day closes would have seen it: every day is judged
 * by what was learned of the days before, then learned itself.
 */
import { type Period, weekday } from '@openami/model';
import { type ClockGrid, slotsOfDay } from '../clock-grid.ts';
import type { Arrival, DayContext, DayType, RegisterSpan } from '../context.ts';
import { DayDigest } from '../digest.ts';
import type { ChannelFacts } from '../facts.ts';
import { type Findings, Severity } from '../finding.ts';
import type { Selection } from '../rule-set.ts';
import type { Series } from '../series.ts';
import { ChannelStatistics } from '../statistics.ts';
import { markSlots, type Validator } from '../validate.ts';

/** Another channel of the same device on the same grid. */
export interface ReplayedSibling {
  readonly facts: ChannelFacts;
  readonly series: Series;
}

export interface Replay {
  readonly facts: ChannelFacts;
  /** Marked in place: raw becomes valid or questionable. */
  readonly series: Series;
  readonly grid: ClockGrid;
  readonly selection: Selection;
  readonly spans?: readonly RegisterSpan[];
  readonly siblings?: readonly ReplayedSibling[];
  readonly holidays?: ReadonlySet<number>;
  readonly outages?: readonly Period[];
  readonly arrivalOf?: (day: number) => Arrival | undefined;
}

/** Working day 0, Saturday 1, Sunday or holiday 2. */
export function dayTypeOf(day: number, holidays?: ReadonlySet<number>): DayType {
  const of = weekday(day);
  if (of === 7 || holidays?.has(day)) return 2;
  return of === 6 ? 1 : 0;
}

/** Runs the day rules over every whole day; findings hold slots of the series. */
export function replayDays(replay: Replay, validator: Validator, findings: Findings): void {
  const { series, grid, facts, selection } = replay;
  const statistics = new ChannelStatistics();
  const siblings = (replay.siblings ?? []).map((sibling) => ({
    ...sibling,
    kind: sibling.facts.kind,
    statistics: new ChannelStatistics(),
  }));
  const digest = new DayDigest();
  const spansOf = spansByDay(replay);
  for (let day = grid.firstDay; day < grid.firstDay + grid.from.length - 1; day++) {
    const { from, to } = slotsOfDay(grid, day);
    if (to === from) continue;
    const dayType = dayTypeOf(day, replay.holidays);
    const arrival = replay.arrivalOf?.(day);
    const spans = spansOf(day);
    const context: DayContext = {
      ...{ facts, series, from, to, day, dayType, statistics },
      ...(arrival ? { arrival } : {}),
      ...(spans.length > 0 ? { spans } : {}),
      ...(siblings.length > 0 ? { siblings } : {}),
      ...(replay.outages ? { outages: replay.outages } : {}),
    };
    validator.validateDay(context, selection, findings);
    const sound = findings.worst() < Severity.fail;
    markSlots(series.quality, series.flags, from, to, findings);
    statistics.learn(day, dayType, validator.digest, sound);
    for (const sibling of siblings) {
      digest.take(sibling.series, from, to);
      sibling.statistics.learn(day, dayType, digest, sound);
    }
  }
}

/** Spans of the register by the local day in which they end. */
function spansByDay({ spans = [], facts }: Replay): (day: number) => readonly RegisterSpan[] {
  const byDay = new Map<number, RegisterSpan[]>();
  for (const span of spans) {
    const day = facts.zone.localDayOf(span.toS - 1);
    const known = byDay.get(day);
    if (known) known.push(span);
    else byDay.set(day, [span]);
  }
  const none: readonly RegisterSpan[] = [];
  return (day) => byDay.get(day) ?? none;
}

/** Days of a period whose average daily use is held against the one before. */
const periodDays = 30;

/**
 * Runs the period rules over the last 30 days of the replay, held against the 30 before; findings hold days
 * counted from the returned day. Undefined when the replay is shorter.
 */
export function replayPeriod(replay: Replay, validator: Validator, findings: Findings): number | undefined {
  const { grid, facts, selection } = replay;
  const end = grid.firstDay + grid.from.length - 1;
  const firstDay = end - periodDays;
  if (firstDay - periodDays < grid.firstDay) return undefined;
  const totals = new Float64Array(periodDays);
  const expected = new Uint16Array(periodDays);
  for (let i = 0; i < periodDays; i++) {
    const { from, to } = slotsOfDay(grid, firstDay + i);
    totals[i] = totalOf(replay.series, from, to);
    expected[i] = to - from;
  }
  const before: number[] = [];
  for (let day = firstDay - periodDays; day < firstDay; day++) {
    const { from, to } = slotsOfDay(grid, day);
    const total = totalOf(replay.series, from, to);
    if (!Number.isNaN(total)) before.push(total);
  }
  if (before.length === 0) return undefined;
  const lastPeriod = before.reduce((sum, total) => sum + total, 0) / before.length;
  const estimated = new Uint16Array(periodDays);
  validator.validatePeriod({ facts, firstDay, totals, estimated, expected, lastPeriod }, selection, findings);
  return firstDay;
}

/** Counts of slots [from, to); NaN when one is not there. */
function totalOf(series: Series, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    if (series.quality[i] === 0 || series.quality[i] === 9) return Number.NaN;
    sum += series.value[i]!;
  }
  return sum;
}
