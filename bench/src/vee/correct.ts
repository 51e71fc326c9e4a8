/**
 * A corrected day of one channel that comes late: stored, the past read back, the day settled anew, what
 * changed stored. Through the store's writer, durable both times.
 */
import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import {
  ChannelStatistics,
  clockGrid,
  emptySeries,
  presetRuleSet,
  type RegisterTrack,
  type Series,
  selectRules,
  Validator,
} from '@openami/vee';
import { dayIntervals, factsOf, fillDay, firstDay, intervalS, zone } from './load.ts';
import { settleDay, sumOf } from './settle.ts';

const channel = 2_000_000;
const pastDays = 90;
const slots = pastDays * dayIntervals;
const startS = firstDay * 86_400;

/** Milliseconds until a corrected day is settled: median and the longest. */
export async function timeCorrections(store: ReadingStore, rounds: number): Promise<Record<string, number>> {
  const first = new ReadingBatch(slots);
  for (let d = 0; d < pastDays; d++) pushRows(first, firstDay + d, 0);
  await store.writer.commit({ readings: first });
  const validator = new Validator();
  const selection = selectRules(presetRuleSet('default'), factsOf(channel));
  const times: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    // the corrected day lies weeks back, what came after it is known
    const day = firstDay + pastDays - 20 + (round % 10);
    const corrected = new ReadingBatch(dayIntervals);
    // four hours of it are still not there
    pushRows(corrected, day, round, 40 + (round % 20), 16);
    const began = performance.now();
    await store.writer.commit({ readings: corrected });
    const span = { fromS: startS, toS: startS + pastDays * 86_400 };
    const series = seriesOf(await store.readings.profile(systemAccess, channel, span));
    const from = (day - firstDay) * dayIntervals;
    const total = sumOf(series, from, from + dayIntervals) + 16 * 100;
    const register: RegisterTrack = {
      atS: Float64Array.of(day * 86_400, (day + 1) * 86_400),
      total: Float64Array.of(0, total),
      piece: new Uint16Array(2),
      resolution: 1_000,
    };
    const before = series.quality.slice(from, from + dayIntervals);
    const grid = clockGrid(zone, startS, intervalS, slots);
    const settling = { channel, series, grid, from, day, register, statistics: new ChannelStatistics() };
    settleDay(settling, selection, validator);
    await store.writer.commit({ readings: changed(series, from, before) });
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.floor((rounds - 1) * share)]! * 10) / 10;
  return { correctionP50Ms: at(0.5), correctionMaxMs: at(1) };
}

/** Rows of a day, altered by the round; some are missing from slot `gapFrom` on. */
function pushRows(batch: ReadingBatch, day: number, round: number, gapFrom = 0, gap = 0): void {
  const value = new Float64Array(dayIntervals);
  fillDay(value, 0, 17, day);
  for (let i = 0; i < dayIntervals; i++) {
    const missing = i >= gapFrom && i < gapFrom + gap;
    const quality = missing ? Quality.missing : Quality.raw;
    batch.push(
      channel,
      day * 86_400 + (i + 1) * intervalS,
      missing ? 0 : value[i]! + round,
      1_000,
      quality,
      0,
    );
  }
}

interface StoredRows {
  readonly length: number;
  readonly end: Uint32Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly flags: Uint32Array;
}

function seriesOf(rows: StoredRows): Series {
  const series = emptySeries(startS, intervalS, slots);
  for (let row = 0; row < rows.length; row++) {
    const slot = (rows.end[row]! - startS) / intervalS - 1;
    series.value[slot] = rows.value[row]!;
    series.quality[slot] = rows.quality[row]!;
    series.flags[slot] = rows.flags[row]!;
  }
  return series;
}

/** Rows of the day whose quality is another than before. */
function changed(series: Series, from: number, before: Uint8Array): ReadingBatch {
  const batch = new ReadingBatch(dayIntervals);
  for (let i = 0; i < before.length; i++) {
    const slot = from + i;
    if (series.quality[slot] === before[i]) continue;
    const endS = startS + (slot + 1) * intervalS;
    batch.push(channel, endS, series.value[slot]!, 1_000, series.quality[slot]!, series.flags[slot]!);
  }
  return batch;
}
