/**
 * The close of a day over many channels, some of which have gaps. Readings of a day are made for every
 * channel; pasts are those of a few hundred homes, of which every channel has one. Making them is not timed.
 */
import { Quality } from '@openami/model';
import {
  ChannelStatistics,
  clockGrid,
  DayDigest,
  dayTypeOf,
  emptySeries,
  presetRuleSet,
  type RegisterTrack,
  type Series,
  STATISTICS_BYTES,
  selectRules,
  Validator,
} from '@openami/vee';
import { dayIntervals, factsOf, fillDay, firstDay, intervalS, noise, zone } from './load.ts';
import { settleDay, sumOf } from './settle.ts';

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
const historyDays = 60;
const today = firstDay + historyDays;
const slots = (historyDays + 1) * dayIntervals;

interface Past {
  readonly series: Series;
  readonly statistics: Uint8Array;
  /** Register at the start of today. */
  readonly total: number;
}

function makePast(channel: number): Past {
  const series = emptySeries(firstDay * 86_400, intervalS, slots);
  const statistics = new ChannelStatistics();
  const digest = new DayDigest();
  for (let d = 0; d < historyDays; d++) fillDay(series.value, d * dayIntervals, channel, firstDay + d);
  series.quality.fill(Quality.valid, 0, historyDays * dayIntervals);
  for (let d = 0; d < historyDays; d++) {
    digest.take(series, d * dayIntervals, (d + 1) * dayIntervals);
    statistics.learn(firstDay + d, dayTypeOf(firstDay + d), digest, true);
  }
  const total = sumOf(series, 0, historyDays * dayIntervals);
  return { series, statistics: new Uint8Array(statistics.view.buffer).slice(), total };
}

/** Takes a gap of 1 to 48 slots out of a day; false for most channels. */
function takeGap(series: Series, channel: number, gapShare: number): boolean {
  const next = noise(channel * 31 + 7);
  if (next() / 2 ** 32 >= gapShare) return false;
  const length = 1 + ((next() >>> 16) % 48);
  const from = historyDays * dayIntervals + ((next() >>> 16) % (dayIntervals - length));
  series.quality.fill(0, from, from + length);
  series.value.fill(0, from, from + length);
  return true;
}

/** Settles the day of every channel. */
export function closeChannels({ from, to, gapShare }: CloseJob): CloseReport {
  const validator = new Validator();
  const selection = selectRules(presetRuleSet('default'), factsOf(0));
  const grid = clockGrid(zone, firstDay * 86_400, intervalS, slots);
  const all = Array.from({ length: pasts }, (_, channel) => makePast(channel));
  const buffer = new ArrayBuffer(STATISTICS_BYTES);
  const statistics = new ChannelStatistics(buffer);
  const at = historyDays * dayIntervals;
  const report = { channels: to - from, withGaps: 0, estimated: 0, unreconciled: 0, seconds: 0 };
  for (let channel = from; channel < to; channel++) {
    const past = all[channel % pasts]!;
    const { series } = past;
    fillDay(series.value, at, channel % pasts, today + Math.floor(channel / pasts));
    series.quality.fill(Quality.raw, at);
    series.flags.fill(0, at);
    const energy = sumOf(series, at, slots);
    const register: RegisterTrack = {
      atS: Float64Array.of(today * 86_400, (today + 1) * 86_400),
      total: Float64Array.of(past.total, past.total + energy),
      piece: new Uint16Array(2),
      resolution: 1_000,
    };
    if (takeGap(series, channel, gapShare)) report.withGaps++;
    new Uint8Array(buffer).set(past.statistics);
    const began = performance.now();
    report.estimated += settleDay(
      { channel, series, grid, from: at, day: today, register, statistics },
      selection,
      validator,
    );
    report.seconds += (performance.now() - began) / 1_000;
    if (sumOf(series, at, slots) !== energy) report.unreconciled++;
  }
  return report;
}
