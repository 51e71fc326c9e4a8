/**
 * A corrected day of one channel that comes late: stored, what is around it read back, the day settled anew,
 * what changed stored. Through the store's writer, durable both times; the registry's part (exceptions) is
 * not in it.
 */
import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import { ChannelStatistics, type ClosedDay, placeOnGrid, type Series } from '@openami/vee';
import { dayIntervals, factsOf, fillDay, firstDay, intervalS, zone } from './load.ts';
import { dayRegister, gridAround, type Look, Settler, type Span, sumOf } from './settle.ts';

const channel = 2_000_000;
/** Days before those that are corrected, of them, and after them: the corrected ones lie weeks back. */
const days = { before: 80, corrected: 10, after: 20 };
const firstCorrected = firstDay + days.before;
const lastDay = firstCorrected + days.corrected + days.after;
/** Slots of a corrected day that never came. */
const gapSlots = 16;

/** Milliseconds until a corrected day is settled: median and the longest. */
export async function timeCorrections(store: ReadingStore, rounds: number): Promise<Record<string, number>> {
  const first = new ReadingBatch((lastDay - firstDay) * dayIntervals);
  for (let day = firstDay; day < lastDay; day++) pushRows(first, day, 0);
  await store.writer.commit({ readings: first });
  const settler = new Settler();
  const times: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const day = firstCorrected + (round % days.corrected);
    const corrected = new ReadingBatch(dayIntervals);
    const energy = pushRows(corrected, day, round) + gapSlots * 100;
    const began = performance.now();
    await store.writer.commit({ readings: corrected });
    const { closed, series } = await settler.settle({
      ...{ facts: factsOf(channel), day, register: dayRegister(day, energy) },
      ...{ statistics: new ChannelStatistics(), amongMany: false },
      look: (span) => lookAt(store, day, span),
    });
    await store.writer.commit({ readings: changed(closed, series) });
    times.push(performance.now() - began);
    if (closed.total !== energy || closed.estimated !== gapSlots)
      throw new Error(
        `${closed.estimated} slots are estimated, the day holds ${closed.total}, not ${energy}`,
      );
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.floor((rounds - 1) * share)]! * 10) / 10;
  return { correctionP50Ms: at(0.5), correctionMaxMs: at(1) };
}

/** Rows of a day as ingest passes them on, altered by the round, without its gap; what they add up to. */
function pushRows(batch: ReadingBatch, day: number, round: number): number {
  const from = batch.length;
  const value = new Float64Array(dayIntervals);
  fillDay(value, 0, 17, day);
  const isCorrected = day >= firstCorrected && day < firstCorrected + days.corrected;
  const gapFrom = isCorrected ? 40 + 2 * (day - firstCorrected) : dayIntervals;
  for (let i = 0; i < dayIntervals; i++) {
    if (i >= gapFrom && i < gapFrom + gapSlots) continue;
    const endS = day * 86_400 + (i + 1) * intervalS;
    batch.push(channel, endS, value[i]! + round, 1_000, Quality.valid, 0);
  }
  return sumOf(batch.value, from, batch.length);
}

/** What is stored around the day. */
async function lookAt(store: ReadingStore, day: number, span: Span): Promise<Look> {
  const clock = gridAround(day, span);
  const around = { fromS: clock.startS, toS: clock.startS + clock.slots * intervalS };
  const ofDay = { fromS: zone.dayStart(day), toS: zone.dayStart(day + 1) };
  const [rows, aside] = await Promise.all([
    store.readings.profiles(systemAccess, [channel], around),
    store.days.putAside(systemAccess, [channel], ofDay),
  ]);
  const { series, arrivalOf } = placeOnGrid(rows, clock);
  const putAside = placeOnGrid(aside, clock).series;
  return { series, clock, arrival: arrivalOf(day), putAside };
}

/** Rows that are to be stored anew. */
function changed(closed: ClosedDay, { startS }: Series): ReadingBatch {
  const batch = new ReadingBatch(dayIntervals);
  for (const slot of closed.changed) {
    const k = slot - closed.from;
    const endS = startS + (slot + 1) * intervalS;
    batch.push(channel, endS, closed.value[k]!, 1_000, closed.quality[k]!, closed.flags[k]!);
  }
  return batch;
}
