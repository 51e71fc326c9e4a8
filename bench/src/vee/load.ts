/**
 * Meters for the benchmark of validation: homes with a course of the day, a level and a will of their own.
 */
import { type ReadingBatch, zoneTable } from '@openami/model';
import type { ChannelFacts } from '@openami/vee';

export const dayIntervals = 96;
export const intervalS = 900;
export const zone = zoneTable('UTC');
/** 2025-01-06, a Monday. */
export const firstDay = 20_094;

/** Use of an hour of the day, in hundredths of the day's mean. */
const course = [
  ...[60, 52, 48, 46, 46, 50, 75, 110, 115, 100, 95, 98],
  ...[105, 100, 95, 95, 105, 135, 165, 170, 160, 140, 110, 80],
];

export function factsOf(channel: number): ChannelFacts {
  return {
    ...{ channel, meter: channel, commodity: 'electricity', kind: 'delivered' },
    ...{ intervalS, resolution: 1_000, zone, capacityPerHour: 24_000 },
  };
}

/** A generator of numbers below 2^32; the same on every run. */
export function noise(seed: number): () => number {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/** Wh of a channel in each interval of a day, into `value` from `at` on. */
export function fillDay(value: Float64Array, at: number, channel: number, day: number): void {
  const next = noise(channel * 7_919 + day);
  const level = 60 + (Math.imul(channel, 40_503) >>> 24);
  for (let i = 0; i < dayIntervals; i++) {
    const usual = (level * course[i >> 2]!) / 100;
    value[at + i] = Math.max(1, Math.round(usual * (0.6 + (next() >>> 16) / 81_920)));
  }
}

/** A day of some meters as a head-end hands it on, a meter after the other. */
export function pushDay(batch: ReadingBatch, channels: { from: number; to: number }, day: number): void {
  const value = new Float64Array(dayIntervals);
  const startS = day * 86_400;
  for (let channel = channels.from; channel < channels.to; channel++) {
    fillDay(value, 0, channel, day);
    for (let i = 0; i < dayIntervals; i++)
      batch.push(channel, startS + (i + 1) * intervalS, value[i]!, 1_000, 1, 0);
  }
}
