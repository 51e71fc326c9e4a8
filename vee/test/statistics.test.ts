import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChannelStatistics,
  DayDigest,
  type DayType,
  STATISTICS_BYTES,
  StatisticsBuffer,
} from '../src/index.ts';
import { dayOf, facts } from './support.ts';

const day = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 24, maxLength: 24 });
const hourly = facts({ intervalS: 3_600 });

function digestOf(values: readonly (number | null)[]): DayDigest {
  const context = dayOf(hourly, 20_000, (i) => values[i] ?? null);
  const digest = new DayDigest();
  digest.take(context.series, context.from, context.to);
  return digest;
}

function learned(days: readonly (readonly number[])[], into = new ChannelStatistics()): ChannelStatistics {
  days.forEach((values, i) => {
    into.learn(20_000 + i, (i % 3) as DayType, digestOf(values), true);
  });
  return into;
}

describe('statistics', () => {
  it('take 256 bytes a channel', () => {
    expect(STATISTICS_BYTES).toBe(256);
    expect(new StatisticsBuffer(1_000).byteLength).toBe(256_000);
  });

  it('hold the mean and variance of totals by day type, to what single precision holds', () => {
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 20 }), (days) => {
        const statistics = learned(days);
        for (const type of [0, 1, 2] as const) {
          const totals = days.filter((_, i) => i % 3 === type).map((d) => d.reduce((a, b) => a + b, 0));
          const mean = totals.reduce((a, b) => a + b, 0) / totals.length || 0;
          const variance = totals.reduce((a, b) => a + (b - mean) ** 2, 0) / totals.length || 0;
          expect(statistics.levelDays(type)).toBe(totals.length);
          expect(Math.abs(statistics.levelMean(type) - mean)).toBeLessThanOrEqual(mean * 1e-5);
          expect(Math.abs(statistics.levelVariance(type) - variance)).toBeLessThanOrEqual(
            mean ** 2 * 1e-5 + 1e-6,
          );
        }
        expect(statistics.days).toBe(days.length);
        expect(statistics.recentLog(0)).toBeCloseTo(
          Math.log2(days.at(-1)!.reduce((a, b) => a + b, 0) + 1),
          2,
        );
      }),
    );
  });

  it('are the same when derived again, when stored and read back, and for a day told twice', () => {
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 40 }), fc.nat(5), (days, index) => {
        const buffer = new StatisticsBuffer(1);
        buffer.record(index);
        const once = learned(days, buffer.record(index));
        const bytes = buffer.encode(index);
        expect(bytes).toHaveLength(STATISTICS_BYTES);
        const again = new StatisticsBuffer(1);
        again.decode(0, bytes);
        expect(again.encode(0)).toEqual(bytes);
        expect(once.learn(20_000 + days.length - 1, 0, digestOf(days[0]!), true)).toBe(false);
        expect(buffer.encode(index)).toEqual(bytes);
        const anew = new StatisticsBuffer(1);
        learned(days, anew.record(0));
        expect(anew.encode(0)).toEqual(bytes);
      }),
    );
  });

  it('know the newest reading in whatever order readings come', () => {
    const readings = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer()), {
      minLength: 1,
      selector: ([end]) => end,
    });
    fc.assert(
      fc.property(readings, (list) => {
        const statistics = new ChannelStatistics();
        for (const [end, value] of list) statistics.observe(end, value);
        const newest = list.reduce((a, b) => (b[0] > a[0] ? b : a));
        expect([statistics.highestEndS, statistics.lastValue]).toEqual([...newest]);
      }),
    );
  });

  it('count days of zeros and days without measured values, and forget neither over a gap', () => {
    const statistics = new ChannelStatistics();
    const zeros = digestOf(Array(24).fill(0));
    const nothing = digestOf(Array(24).fill(null));
    statistics.learn(20_000, 0, zeros, true);
    statistics.learn(20_001, 0, zeros, true);
    expect([statistics.zeroDays, statistics.madeDays]).toEqual([2, 0]);
    statistics.learn(20_002, 0, nothing, true);
    statistics.learn(20_005, 0, nothing, true);
    expect([statistics.zeroDays, statistics.madeDays]).toEqual([2, 4]);
    statistics.learn(20_006, 0, digestOf(Array(24).fill(5)), true);
    expect([statistics.zeroDays, statistics.madeDays]).toEqual([0, 0]);
  });

  it('learn no mean from a day that failed or has gaps', () => {
    const statistics = learned([Array(24).fill(10)]);
    const before = statistics.totalMean;
    statistics.learn(20_010, 0, digestOf(Array(24).fill(9_000)), false);
    statistics.learn(20_011, 0, digestOf([null, ...Array(23).fill(10)]), true);
    expect([statistics.totalMean, statistics.days]).toEqual([before, 1]);
  });
});
