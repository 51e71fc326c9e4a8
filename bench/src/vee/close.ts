/**
 * The close of a day over many channels, some of which have gaps. Readings of a day are made for every
 * channel; pasts are those of a few hundred homes, of which every channel has one. Making them is not timed.
 */
import { Quality } from '@openami/model';
import {
  ChannelStatistics,
  type ClockGrid,
  DayDigest,
  dayTypeOf,
  placeOnGrid,
  type Rows,
  STATISTICS_BYTES,
} from '@openami/vee';
import { dayIntervals, factsOf, fillDay, firstDay, intervalS, noise } from './load.ts';
import { dayRegister, gridAround, type Look, Settler, type Span, sumOf } from './settle.ts';

export interface CloseJob {
  /** Channels [from, to). */
  readonly from: number;
  readonly to: number;
  /** Share of channels with a gap. */
  readonly gapShare: number;
}

export interface CloseReport {
  readonly channels: number;
  readonly withGaps: number;
  readonly estimated: number;
  /** Settled days that are not what their register moved. */
  readonly unreconciled: number;
  /** Of settling alone. */
  readonly seconds: number;
}

const pasts = 200;
const historyDays = 90;
const today = firstDay + historyDays;
/** Rows before today's. */
const pastRows = historyDays * dayIntervals;

/** Rows of a home as its store gives them; those of today are written over from channel to channel. */
interface Home extends Rows {
  length: number;
  readonly end: Uint32Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly statistics: Uint8Array;
}

function makeHome(channel: number): Home {
  const rows = pastRows + dayIntervals;
  const home = {
    length: pastRows,
    end: new Uint32Array(rows),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows).fill(Quality.valid),
    flags: new Uint32Array(rows),
  };
  const statistics = new ChannelStatistics();
  const digest = new DayDigest();
  for (let row = 0; row < pastRows; row++) home.end[row] = firstDay * 86_400 + (row + 1) * intervalS;
  for (let d = 0; d < historyDays; d++) {
    fillDay(home.value, d * dayIntervals, channel, firstDay + d);
    digest.take({ ...home, startS: firstDay * 86_400, intervalS }, d * dayIntervals, (d + 1) * dayIntervals);
    statistics.learn(firstDay + d, dayTypeOf(firstDay + d), digest, true);
  }
  return { ...home, statistics: new Uint8Array(statistics.view.buffer).slice() };
}

/** A gap of 1 to 48 slots of a day; none for most channels. */
function gapOf(channel: number, gapShare: number): { from: number; to: number } {
  const next = noise(channel * 31 + 7);
  if (next() / 2 ** 32 >= gapShare) return { from: 0, to: 0 };
  const length = 1 + ((next() >>> 16) % 48);
  const from = (next() >>> 16) % (dayIntervals - length);
  return { from, to: from + length };
}

/** Today's rows but for those of the gap, behind the home's past. */
function fillToday(home: Home, values: Float64Array, gap: { from: number; to: number }): void {
  let row = pastRows;
  for (let slot = 0; slot < dayIntervals; slot++) {
    if (slot >= gap.from && slot < gap.to) continue;
    home.end[row] = today * 86_400 + (slot + 1) * intervalS;
    home.value[row] = values[slot]!;
    home.quality[row++] = Quality.valid;
  }
  home.length = row;
}

const grids = new Map<number, ClockGrid>();

/** What the store would hand over, put on its grid. */
function lookAt(home: Home, span: Span): Look {
  const clock = grids.get(span.back) ?? gridAround(today, span);
  grids.set(span.back, clock);
  const from = Math.max(0, pastRows - span.back * dayIntervals);
  const { series, arrivalOf } = placeOnGrid(home, clock, from);
  return { series, clock, arrival: arrivalOf(today) };
}

/** Settles the day of every channel. */
export async function closeChannels({ from, to, gapShare }: CloseJob): Promise<CloseReport> {
  const settler = new Settler();
  const homes = Array.from({ length: pasts }, (_, channel) => makeHome(channel));
  const buffer = new ArrayBuffer(STATISTICS_BYTES);
  const statistics = new ChannelStatistics(buffer);
  const whole = new Float64Array(dayIntervals);
  const report = { channels: to - from, withGaps: 0, estimated: 0, unreconciled: 0, seconds: 0 };
  for (let channel = from; channel < to; channel++) {
    const home = homes[channel % pasts]!;
    fillDay(whole, 0, channel % pasts, today + Math.floor(channel / pasts));
    const energy = sumOf(whole, 0, dayIntervals);
    const gap = gapOf(channel, gapShare);
    if (gap.to > gap.from) report.withGaps++;
    fillToday(home, whole, gap);
    new Uint8Array(buffer).set(home.statistics);
    const register = dayRegister(today, energy);
    const began = performance.now();
    const { closed } = await settler.settle({
      ...{ facts: factsOf(channel), day: today, register, statistics, amongMany: true },
      look: (span) => lookAt(home, span),
    });
    report.seconds += (performance.now() - began) / 1_000;
    report.estimated += closed.estimated;
    if (closed.total !== energy) report.unreconciled++;
  }
  return report;
}
