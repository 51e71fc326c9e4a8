import { Quality, zoneTable } from '@openami/model';
import type { BilledChannel } from '@openami/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BilledChannels, ClippedChannel } from '../../src/services/billing/billed-channels.ts';
import { isFar } from '../../src/services/billing/gates.ts';
import { gridOf } from '../../src/services/billing/grid.ts';
import { intervalUsage, type ReadingRows, registerUsage } from '../../src/services/billing/usage.ts';

const channelOf = (id: number, more: Partial<BilledChannel> = {}): BilledChannel => ({
  ...{
    channelId: id,
    meterId: id,
    serial: `M${id}`,
    role: 'main',
    readingType: '',
    obis: '',
    intervalS: 900,
  },
  ...{
    resolution: 1_000,
    unit: 'kWh',
    digits: null,
    multiplier: '1',
    virtual: false,
    fromS: 0,
    untilS: null,
  },
  ...more,
});
const clip = (channel: BilledChannel, fromS: number, toS: number): ClippedChannel => ({
  channel,
  fromS,
  toS,
});

type Row = readonly [end: number, value: number, quality?: number];
function rowsOf(byChannel: Readonly<Record<number, readonly Row[]>>): ReadingRows {
  return (id) => {
    const rows = byChannel[id] ?? [];
    const u32 = (values: readonly number[]) => Uint32Array.from(values);
    return {
      ...{ from: 0, to: rows.length },
      readings: {
        ...{ length: rows.length, channel: u32(rows.map(() => id)), end: u32(rows.map(([end]) => end)) },
        value: Float64Array.from(rows, ([, value]) => value),
        resolution: u32(rows.map(() => 1_000)),
        quality: Uint8Array.from(rows, ([, , quality = Quality.valid]) => quality),
        ...{ flags: u32(rows.map(() => 0)), revision: u32(rows.map(() => 1)) },
      },
    };
  };
}

const zones = ['Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC'] as const;

describe('the grid of a window', () => {
  it('holds the intervals that start in it, one after another, and daily values are days', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 18_000, max: 22_000 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(300, 900, 1_800, 3_600, 86_400),
        (name, day, days, intervalS) => {
          const zone = zoneTable(name);
          const window = { fromS: zone.dayStart(day), toS: zone.dayStart(day + days) };
          const grid = gridOf(zone, window, intervalS);
          let reachedS = window.fromS;
          for (const segment of grid) {
            expect(segment.startS).toBeGreaterThanOrEqual(reachedS);
            expect(segment.startS - reachedS).toBeLessThan(intervalS === 86_400 ? 1 : intervalS);
            expect(zone.localAt(segment.startS) % Math.min(intervalS, 86_400)).toBe(0);
            reachedS = segment.startS + segment.intervalS * segment.length;
          }
          expect(reachedS - window.toS).toBeGreaterThan(-intervalS);
          expect(reachedS - segmentOf(grid).intervalS).toBeLessThan(window.toS);
          if (intervalS === 86_400) {
            expect(grid.reduce((sum, { length }) => sum + length, 0)).toBe(days);
            expect(reachedS).toBe(window.toS);
          }
        },
      ),
    );
    function segmentOf(grid: ReturnType<typeof gridOf>) {
      return grid.at(-1)!;
    }
  });
});

describe('usage of intervals', () => {
  const zone = zoneTable('UTC');
  const drawn = (clips: readonly ClippedChannel[]): BilledChannels => ({
    ...{ source: 'intervals', import: clips, export: [], reactive: [] },
  });
  const none = { export: false, reactive: false };

  it('adds up what two meters measured of the interval in which one followed the other', () => {
    const [old, fresh] = [channelOf(1), channelOf(2)];
    const at = 900 * 2 + 420;
    const clips = [clip(old, 0, at), clip(fresh, at, 3_600)];
    const rows = {
      1: [
        [900, 10],
        [1_800, 11],
        [2_700, 3],
        [3_600, 99],
      ],
      2: [
        [1_800, 98],
        [2_700, 4],
        [3_600, 12],
      ],
    } as const;
    const usage = intervalUsage(drawn(clips), none, rowsOf(rows), zone);
    expect(usage.import).toHaveLength(1);
    expect([...usage.import[0]!.counts]).toEqual([10_000, 11_000, 7_000, 12_000]);
    expect([...usage.import[0]!.estimated!]).toEqual([0, 0, 0, 0]);
    // half of it is not known: it does not pass for measured
    const half = intervalUsage(drawn(clips), none, rowsOf({ ...rows, 2: rows[2].slice(2) }), zone);
    expect([...half.import[0]!.counts]).toEqual([10_000, 11_000, 3_000, 12_000]);
    expect([...half.import[0]!.estimated!]).toEqual([0, 0, 1, 0]);
  });

  it('takes what is known to be absent for missing, and counts by the multiplier', () => {
    const channel = channelOf(1, { multiplier: '40' });
    const rows = rowsOf({
      1: [
        [900, 1],
        [1_800, 0, Quality.missing],
        [2_700, 2, Quality.estimated],
      ],
    });
    const usage = intervalUsage(drawn([clip(channel, 0, 2_700)]), none, rows, zone);
    expect([...usage.import[0]!.counts]).toEqual([40_000, Number.NaN, 80_000]);
    expect([...usage.import[0]!.estimated!]).toEqual([0, 0, 1]);
    const odd = channelOf(1, { multiplier: '0.0003' });
    expect(() => intervalUsage(drawn([clip(odd, 0, 2_700)]), none, rows, zone)).toThrow(/no whole number/);
  });
});

describe('usage of registers', () => {
  /** Reads of a counter of five digits that is at `total` modulo 100,000. */
  const reads = (totals: readonly (readonly [number, number])[]) =>
    rowsOf({ 1: totals.map(([at, total]) => [at, total % 100_000] as const) });
  const channel = channelOf(1, { intervalS: 0, digits: 5 });

  it('adds up over stretches, through rollovers, whatever falls between two reads', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 0, max: 9_000 })), {
          ...{ minLength: 3, maxLength: 40 },
        }),
        fc.integer({ min: 0, max: 99_999 }),
        fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 }),
        (steps, startsAt, cuts) => {
          let [atS, total] = [0, startsAt];
          const points = steps.map(([seconds, moved]) => {
            atS += seconds;
            total += moved;
            return [atS, total] as const;
          });
          const [first, last] = [points[0]!, points.at(-1)!];
          const inner = [...new Set(cuts.map((cut) => Math.round(first[0] + cut * (last[0] - first[0]))))]
            .filter((at) => at > first[0] && at < last[0])
            .sort((a, b) => a - b);
          const edges = [first[0], ...inner, last[0]];
          const stretches = edges.slice(1).map((toS, i) => ({ fromS: edges[i]!, toS }));
          const usage = registerUsage([clip(channel, 0, last[0])], stretches, reads(points));
          const amounts = usage.map(({ counts }) => counts[0]!);
          expect(amounts.every((amount) => Number.isInteger(amount) && amount >= 0)).toBe(true);
          expect(amounts.reduce((a, b) => a + b, 0)).toBe((last[1] - first[1]) * 1_000);
          const known = new Set(points.map(([at]) => at));
          const exact = stretches.map(({ fromS, toS }) => known.has(fromS) && known.has(toS));
          expect(usage.map(({ estimated }) => estimated![0] === 0)).toEqual(exact);
        },
      ),
    );
  });

  it('says nothing beyond the last read, nor across a counter that was reset', () => {
    const usage = (rows: ReadingRows, fromS: number, toS: number) =>
      registerUsage([clip(channel, 0, 100)], [{ fromS, toS }], rows)[0]!.counts[0];
    const rows = reads([
      [0, 100],
      [50, 200],
    ]);
    expect([usage(rows, 0, 50), usage(rows, 0, 60), usage(rows, 25, 50)]).toEqual([
      100_000,
      Number.NaN,
      50_000,
    ]);
    const reset = reads([
      [0, 500],
      [50, 20],
      [100, 30],
    ]);
    expect([usage(reset, 0, 100), usage(reset, 50, 100)]).toEqual([Number.NaN, 10_000]);
  });
});

describe('outliers', () => {
  it('are further from the last bill than both limits, exactly', () => {
    expect(isFar('150.00', '100.00', 50, '20')).toBe(false);
    expect(isFar('150.01', '100.00', 50, '20')).toBe(true);
    expect(isFar('30.00', '10.00', 50, '20')).toBe(false);
    expect(isFar('-80', '100', 50, '179.99')).toBe(true);
    expect(isFar('20.01', '0', 50, '20')).toBe(true);
  });
});
