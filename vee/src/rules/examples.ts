/** Makers of small contexts for worked examples. */
import { Quality, ReadingBatch, zoneTable } from '@openami/model';
import type { DayContext, IngestInput } from '../context.ts';
import { DayDigest } from '../digest.ts';
import type { ChannelFacts } from '../facts.ts';
import { emptySeries, type Series } from '../series.ts';
import { ChannelStatistics } from '../statistics.ts';

/** Thursday 2026-01-15 as a day number, and its start in UTC. */
export const EXAMPLE_DAY = 20_468;
export const EXAMPLE_START_S = EXAMPLE_DAY * 86_400;

/** A home's electricity channel in UTC: hourly Wh taken from the network. */
export function exampleFacts(changes: Partial<ChannelFacts> = {}): ChannelFacts {
  return {
    channel: 1,
    meter: 1,
    commodity: 'electricity',
    kind: 'delivered',
    intervalS: 3_600,
    resolution: 1_000,
    zone: zoneTable('UTC'),
    serviceState: 'connected',
    ...changes,
  };
}

/** Values on a grid from the example day on; `null` is absent. */
export function exampleSeries(values: readonly (number | null)[], intervalS = 3_600): Series {
  const series = emptySeries(EXAMPLE_START_S, intervalS, values.length);
  values.forEach((value, i) => {
    if (value === null) return;
    series.value[i] = value;
    series.quality[i] = Quality.raw;
  });
  return series;
}

/** The example day with these values. */
export function exampleDay(
  values: readonly (number | null)[],
  facts: Partial<ChannelFacts> = {},
  changes: Partial<DayContext> = {},
): DayContext {
  const known = exampleFacts(facts);
  return {
    facts: known,
    series: exampleSeries(values, known.intervalS),
    from: 0,
    to: values.length,
    day: EXAMPLE_DAY,
    dayType: 0,
    ...changes,
  };
}

/** What is remembered after `days` days more, one like the other but for a factor a day. */
export function exampleStatistics(
  days: number,
  values: readonly number[],
  factor: (day: number) => number = () => 1,
  statistics: ChannelStatistics = new ChannelStatistics(),
): ChannelStatistics {
  const first = Math.max(EXAMPLE_DAY - 100, statistics.lastDay + 1);
  const digest = new DayDigest();
  for (let d = 0; d < days; d++) {
    const series = exampleSeries(values.map((value) => Math.round(value * factor(d))));
    digest.take(series, 0, values.length);
    statistics.learn(first + d, 0, digest, true);
  }
  return statistics;
}

/** Rows [end, value, flags] of one channel; ends in slots after the example day's start. */
export function exampleRows(
  rows: readonly (readonly [number, number, number?])[],
  facts: Partial<ChannelFacts> = {},
  changes: Partial<IngestInput> = {},
): IngestInput {
  const known = exampleFacts(facts);
  const batch = new ReadingBatch();
  const slotS = known.intervalS || 3_600;
  for (const [slot, value, flags] of rows) {
    const end = EXAMPLE_START_S + slot * slotS;
    batch.push(known.channel, end, value, known.resolution, Quality.raw, flags ?? 0);
  }
  return {
    facts: known,
    batch,
    statistics: undefined,
    collection: undefined,
    nowS: EXAMPLE_START_S + 2 * 86_400,
    ...changes,
  };
}

/** A home's day in Wh an hour: night 200, morning 600, noon 400, evening 900. */
export const homeDay: readonly number[] = [
  ...[210, 200, 190, 200, 205, 260, 520, 640, 480, 400, 380, 410],
  ...[430, 400, 370, 360, 420, 610, 880, 930, 850, 700, 450, 300],
];

/** The home's day with some hours replaced. */
export function homeDayWith(changes: Readonly<Record<number, number | null>>): (number | null)[] {
  return homeDay.map((value, h) => (Object.hasOwn(changes, h) ? (changes[h] as number | null) : value));
}
