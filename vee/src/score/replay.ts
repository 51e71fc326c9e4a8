/**
 * Replays a channel's past day by day through the rules, as day closes would have seen it: every day is
 * judged by what was learned of the days before, then learned itself.
 */
import type { Period } from '@openami/model';
import { type ClockGrid, slotsOfDay } from '../clock-grid.ts';
import type { Arrival, DayContext, RegisterSpan } from '../context.ts';
import { dayTypeOf } from '../day-type.ts';
import { DayDigest } from '../digest.ts';
import type { ChannelFacts } from '../facts.ts';
import { Findings, Severity } from '../finding.ts';
import type { Selection } from '../rule-set.ts';
import { hasValue, type Series } from '../series.ts';
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
const yearDays = 364;

/**
 * What neighbours' generators would have made of a channel's power in the 30 days from a day on, in counts.
 */
export type PeersTotal = (firstDay: number, days: number) => number | undefined;

/**
 * Runs the period rules over every 30 days, counted back from the end of the replay, held against the same
 * days of the year before and the 30 days before. `found` is told of each finding by its local days.
 */
export function replayPeriods(
  replay: Replay,
  validator: Validator,
  found: (findings: Findings, row: number, firstDay: number) => void,
  peersTotal?: PeersTotal,
): void {
  const { grid, facts, selection } = replay;
  const end = grid.firstDay + grid.from.length - 1;
  const findings = new Findings();
  const estimated = new Uint16Array(periodDays);
  for (let firstDay = end - periodDays; firstDay >= grid.firstDay; firstDay -= periodDays) {
    const lastPeriod = averageDay(replay, firstDay - periodDays);
    const sameMonthLastYear = averageDay(replay, firstDay - yearDays);
    const peers = peersTotal?.(firstDay, periodDays);
    const period = {
      ...{ facts, firstDay, estimated, totals: totalsOf(replay, firstDay) },
      expected: Uint16Array.from({ length: periodDays }, (_, i) => slotsIn(grid, firstDay + i)),
      ...(lastPeriod === undefined ? {} : { lastPeriod }),
      ...(sameMonthLastYear === undefined ? {} : { sameMonthLastYear }),
      ...(peers === undefined ? {} : { peersTotal: peers }),
    };
    findings.clear();
    validator.validatePeriod(period, selection, findings);
    for (let row = 0; row < findings.length; row++) found(findings, row, firstDay);
  }
}

function slotsIn(grid: ClockGrid, day: number): number {
  const { from, to } = slotsOfDay(grid, day);
  return to - from;
}

/** Counts of each day of a period; NaN for a day that is not whole. */
export function totalsOf({ grid, series }: Pick<Replay, 'grid' | 'series'>, firstDay: number): Float64Array {
  return Float64Array.from({ length: periodDays }, (_, i) => {
    const { from, to } = slotsOfDay(grid, firstDay + i);
    let sum = to > from ? 0 : Number.NaN;
    for (let slot = from; slot < to; slot++)
      sum += hasValue(series.quality[slot]!) ? series.value[slot]! : Number.NaN;
    return sum;
  });
}

/** Mean of the whole days of a period, when a week of them is known. */
function averageDay(replay: Replay, firstDay: number): number | undefined {
  const whole = totalsOf(replay, firstDay).filter((total) => !Number.isNaN(total));
  return whole.length < 7 ? undefined : whole.reduce((sum, total) => sum + total, 0) / whole.length;
}
