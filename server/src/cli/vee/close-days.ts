/**
 * Closes every day of a channel of a file, twice over: first all days are judged, each by what was learned
 * of the days before; then those with something open are estimated, from what is sound before and after.
 */
import { Quality } from '@openami/model';
import {
  ChannelStatistics,
  type ClockGrid,
  type ClosedDay,
  copySlot,
  DayCloser,
  type Estimate,
  emptySeries,
  type Findings,
  hasValue,
  type RegisterTrack,
  readAtOrAfter,
  type Selection,
  type Series,
  STATISTICS_BYTES,
  slotsOfDay,
  type Validator,
  viewSeries,
} from '@openami/vee';
import type { Gridded } from './channel-grid.ts';

/** Days around a day that rules, and estimates, are shown. */
const toJudge = { before: 8, after: 1 };
const toEstimate = { before: 400, after: 7 };

export interface Closing extends Gridded {
  readonly selection: Selection;
  readonly validator: Validator;
  readonly estimate: boolean;
  /** Findings of a day, in slots counted from `offset`. */
  found(findings: Findings, row: number, offset: number): void;
  /** An estimate, in slots counted from `offset`. */
  estimated(estimate: Estimate, offset: number): void;
}

/** Closes all days; the series they become. */
export function closeDays(closing: Closing): Series {
  const { grid, series } = closing;
  const judged = { ...series, quality: series.quality.slice(), flags: series.flags.slice() };
  const statistics = new ChannelStatistics();
  /** What was known of the channel before each day that is to be estimated. */
  const open = new Map<number, Uint8Array>();
  const putAside = emptySeries(series.startS, series.intervalS, series.value.length);
  const closer = new DayCloser(closing.validator);
  const lastDay = grid.firstDay + grid.from.length - 1;
  for (let day = grid.firstDay; day < lastDay; day++) {
    const { from, to } = slotsOfDay(grid, day);
    if (from === to) continue;
    const known = new Uint8Array(statistics.view.buffer, statistics.base, STATISTICS_BYTES).slice();
    const window = windowOf(grid, judged, day, toJudge);
    const closed = closeDay(closing, closer, window, { day, statistics, suspended: true });
    const { findings } = closer;
    for (let row = 0; row < findings.length; row++) closing.found(findings, row, window.offset);
    judged.quality.set(closed.quality, from);
    judged.flags.set(closed.flags, from);
    statistics.learn(day, closed.dayType, closer.digest, closed.sound);
    if (closed.needsHistory) open.set(day, known);
    for (const [k, isAside] of closed.aside.entries())
      if (isAside === 1) copySlot(putAside, from + k, judged);
  }
  if (!closing.estimate) return judged;
  // What is put aside on one day is nothing that its neighbours may count on.
  const evident = {
    ...judged,
    quality: judged.quality.map((state, i) => (hasValue(putAside.quality[i]!) ? Quality.estimated : state)),
  };
  const final = { ...judged, value: series.value.slice(), quality: judged.quality.slice() };
  for (const [day, known] of open) {
    const statistics = new ChannelStatistics(known.buffer as ArrayBuffer);
    const around = withSpan(closing, day);
    const window = windowOf(grid, evident, day, around);
    const aside = windowOf(grid, putAside, day, around).series;
    const closed = closeDay(closing, closer, window, { day, statistics, suspended: false, putAside: aside });
    const { from } = slotsOfDay(grid, day);
    final.value.set(closed.value, from);
    final.quality.set(closed.quality, from);
    final.flags.set(closed.flags, from);
    for (const estimate of closed.estimates) closing.estimated(estimate, window.offset);
  }
  return final;
}

/** Days around a day that estimates are shown, up to the next read of its register. */
function withSpan({ facts: { zone }, register }: Closing, day: number): typeof toEstimate {
  const { before, after } = toEstimate;
  if (register === undefined) return toEstimate;
  const read = readAtOrAfter(register, zone.dayStart(day + 1 + after));
  const last = read < register.atS.length ? zone.localDayOf(register.atS[read]!) : day;
  return { before, after: Math.max(after, last - day) };
}

interface Window {
  /** First slot of the window. */
  readonly offset: number;
  readonly grid: ClockGrid;
  readonly series: Series;
}

/** Whole days around a day, over the same memory. */
function windowOf(grid: ClockGrid, series: Series, day: number, around: typeof toJudge): Window {
  const days = grid.from.length - 1;
  const first = Math.max(0, day - grid.firstDay - around.before);
  const last = Math.min(days, day - grid.firstDay + 1 + around.after);
  const [offset, end] = [grid.from[first]!, grid.from[last]!];
  return {
    offset,
    series: viewSeries(series, offset, end),
    grid: {
      ...grid,
      startS: grid.startS + offset * grid.intervalS,
      slots: end - offset,
      day: grid.day.subarray(offset, end),
      clock: grid.clock.subarray(offset, end),
      firstDay: grid.firstDay + first,
      from: grid.from.slice(first, last + 1).map((slot) => slot - offset),
    },
  };
}

function closeDay(
  { facts, selection, arrivalOf, register, owed }: Closing,
  closer: DayCloser,
  window: Window,
  of: { day: number; statistics: ChannelStatistics; suspended: boolean; putAside?: Series },
): ClosedDay {
  const arrival = arrivalOf?.(of.day);
  return closer.close({
    ...{ facts, selection, series: window.series, clock: window.grid, owed: [owed] },
    ...of,
    ...(arrival ? { arrival } : {}),
    ...(register ? { register } : {}),
  });
}

/** A register of its own beside the intervals, where there is one. */
export function withRegister(gridded: Gridded, register: RegisterTrack | undefined): Gridded {
  return register === undefined ? gridded : { ...gridded, register };
}
