/**
 * A piece of a real channel's life on which one fault is tried: rows as they would come in, registers as they
 * would be read, and the day it happens on.
 *
 *   ├──── history ────┤ day ├──── after ────┤         rows: one a measured slot, in order
 */
import { type ClockGrid, slotsOfDay } from '../clock-grid.ts';
import type { ChannelFacts } from '../facts.ts';
import type { RegisterTrack } from '../registers/track.ts';
import { endOf, isMeasured, type Series } from '../series.ts';
import type { Random } from './random.ts';

/** Rows in the order in which they came. */
export interface TrialRows {
  readonly endS: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly flags: Uint32Array;
}

/** Readings of the meter's register, as it showed them. */
export interface TrialReads {
  readonly atS: Float64Array;
  readonly counts: Float64Array;
}

export interface Trial {
  readonly facts: ChannelFacts;
  readonly rows: TrialRows;
  /** In counts of the channel; empty when the window has no whole days. */
  readonly reads: TrialReads;
  /** Rows of another channel of the same device, where the fault is between two. */
  readonly other?: TrialRows;
  /** Local day numbers of the window: [firstDay, lastDay). */
  readonly firstDay: number;
  readonly lastDay: number;
  /** The day on which the fault is, or begins. */
  readonly day: number;
}

export interface TrialWindow {
  readonly historyDays: number;
  readonly afterDays: number;
}

/** A channel from which trials are cut. */
export interface TrialSource {
  readonly facts: ChannelFacts;
  readonly series: Series;
  readonly grid: ClockGrid;
  readonly register: RegisterTrack;
}

/**
 * The window around a day all of whose slots, and those of `sound` days to either side, were measured;
 * undefined when a draw of 20 days finds none. `wanted` narrows the days down.
 */
export function drawTrial(
  source: TrialSource,
  { historyDays, afterDays }: TrialWindow,
  random: Random,
  wanted: (day: number) => boolean = () => true,
): Trial | undefined {
  const { grid } = source;
  const first = grid.firstDay + historyDays;
  const days = grid.from.length - 1 - historyDays - afterDays;
  const fitting: number[] = [];
  for (let day = first; day < first + days; day++) if (wanted(day)) fitting.push(day);
  for (let tries = 0; fitting.length > 0 && tries < 20; tries++) {
    const day = fitting[random.below(fitting.length)]!;
    if (isSound(source, day - 1, day + Math.min(afterDays, 2)))
      return cutTrial(source, day - historyDays, day + afterDays, day);
  }
  return undefined;
}

/** True when every slot of the days [from, to) was measured. */
function isSound({ grid, series }: TrialSource, from: number, to: number): boolean {
  const start = slotsOfDay(grid, from).from;
  const end = slotsOfDay(grid, to - 1).to;
  for (let i = start; i < end; i++) if (!isMeasured(series.quality[i]!)) return false;
  return end > start;
}

function cutTrial(source: TrialSource, firstDay: number, lastDay: number, day: number): Trial {
  const { series, grid, register, facts } = source;
  const from = slotsOfDay(grid, firstDay).from;
  const to = slotsOfDay(grid, lastDay - 1).to;
  const [endS, value, flags] = [[] as number[], [] as number[], [] as number[]];
  for (let i = from; i < to; i++) {
    if (!isMeasured(series.quality[i]!)) continue;
    endS.push(endOf(series, i));
    value.push(series.value[i]!);
    flags.push(0);
  }
  const reads = { atS: [] as number[], counts: [] as number[] };
  const fromS = series.startS + from * series.intervalS;
  const toS = series.startS + to * series.intervalS;
  for (let i = 0; i < register.atS.length; i++) {
    if (register.atS[i]! < fromS || register.atS[i]! > toS) continue;
    reads.atS.push(register.atS[i]!);
    reads.counts.push(register.total[i]!);
  }
  return {
    ...{ facts, firstDay, lastDay, day },
    rows: rowsOf(endS, value, flags),
    reads: { atS: Float64Array.from(reads.atS), counts: Float64Array.from(reads.counts) },
  };
}

/** Rows of plain lists, all raw. */
export function rowsOf(
  endS: ArrayLike<number>,
  value: ArrayLike<number>,
  flags: ArrayLike<number>,
): TrialRows {
  return {
    endS: Float64Array.from(endS),
    value: Float64Array.from(value),
    quality: new Uint8Array(endS.length).fill(1),
    flags: Uint32Array.from(flags),
  };
}
