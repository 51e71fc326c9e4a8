/** Channels with gaps for tests of estimates. */
import { dayNumber, Quality, zoneTable } from '@openami/model';
import {
  type ChannelFacts,
  clockGrid,
  type EstimateContext,
  emptySeries,
  type RegisterTrack,
  slotsOfDay,
} from '../../src/index.ts';
import { facts } from '../support.ts';

/** Repeatable noise in [0, 1). */
export function noise(i: number): number {
  const x = Math.sin(i * 12.9898 + 4.1414) * 43_758.5453;
  return x - Math.floor(x);
}

/** A home: low at night, a peak in the evening, later and higher at week-ends, never twice the same. */
export function homeUse(localDay: number, share: number): number {
  const weekend = (((localDay + 3) % 7) + 7) % 7 >= 5;
  const evening = Math.exp(-(((share - (weekend ? 0.7 : 0.8)) / 0.07) ** 2));
  return (
    80 +
    400 * evening * (weekend ? 1.4 : 1) * (0.7 + 0.6 * noise(localDay)) +
    40 * noise(share * 977 + localDay)
  );
}

export interface Life {
  readonly context: EstimateContext;
  /** What was there before gaps were made. */
  readonly truth: Float64Array;
}

export interface LifeOptions {
  readonly zone?: string;
  readonly intervalS?: number;
  readonly firstDay?: number;
  readonly days?: number;
  readonly valueAt?: (localDay: number, share: number) => number;
  readonly facts?: Partial<ChannelFacts>;
}

/** A channel measured all through. */
export function life(options: LifeOptions = {}): Life {
  const { zone = 'Europe/Berlin', intervalS = 3_600, days = 70, valueAt = homeUse } = options;
  const firstDay = options.firstDay ?? dayNumber(2025, 5, 5);
  const known = facts({ zone: zoneTable(zone), intervalS, ...options.facts });
  const startS = known.zone.dayStart(firstDay);
  const slots = Math.floor((known.zone.dayStart(firstDay + days) - startS) / intervalS);
  const clock = clockGrid(known.zone, startS, intervalS, slots);
  const series = emptySeries(startS, intervalS, slots);
  for (let i = 0; i < slots; i++) {
    series.value[i] = Math.round(valueAt(clock.day[i]!, clock.clock[i]! / clock.slotsPerDay));
    series.quality[i] = Quality.valid;
  }
  return { context: { facts: known, series, clock }, truth: series.value.slice() };
}

/** Takes the slots [from, to) away. */
export function lose({ context: { series } }: Life, from: number, to: number): void {
  series.value.fill(0, from, to);
  series.quality.fill(0, from, to);
}

/** The register over what truly was, read at the given slots' starts, in steps of `resolution`. */
export function registerAt(
  { context, truth }: Life,
  slots: readonly number[],
  resolution = 1_000,
): RegisterTrack {
  const { series, facts: known } = context;
  const step = resolution / known.resolution;
  const shown = (slot: number): number => {
    let sum = 0;
    for (let i = 0; i < slot; i++) sum += truth[i]!;
    return Math.floor(sum / step);
  };
  return {
    atS: Float64Array.from(slots, (slot) => series.startS + slot * series.intervalS),
    total: Float64Array.from(slots, (slot) => shown(slot) - shown(slots[0]!)),
    piece: new Uint16Array(slots.length),
    resolution,
  };
}

/** First slot of the n-th day of the window. */
export function dayStart({ context: { clock } }: Life, n: number): number {
  return slotsOfDay(clock, clock.firstDay + n).from;
}

export function sum(values: ArrayLike<number>, from = 0, to = values.length): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
}
