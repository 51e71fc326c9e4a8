import { dayBounds, expectedIntervals, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CaptureGrid,
  type CapturePeriod,
  type Gaps,
  gapsOfCoverage,
  missingCount,
  missingIntervals,
  unionOfGaps,
} from '../../src/index.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'America/Santiago',
  'Pacific/Apia',
  '+01:00',
];
const step = 300;
const zone = fc.constantFrom(...zones);
const period = fc.constantFrom<CapturePeriod>(300, 900, 1_800, 3_600, 21_600, 'day', 'month', 86_400);
/** Around the changes of all of these zones: 2010 to 2012 (Apia's lost day, St John's 00:01), and 2026. */
const fromS = fc
  .tuple(
    fc.constantFrom(Date.UTC(2010, 9, 1), Date.UTC(2011, 11, 20), Date.UTC(2026, 2, 20)),
    fc.nat(200 * 288),
  )
  .map(([ms, steps]) => ms / 1_000 + steps * step);
const span = fc.nat(40 * 288).map((steps) => steps * step);

/** Every interval, found by looking at every fifth minute. */
function naive(zoneName: string, length: CapturePeriod, from: number, to: number): [number, number][] {
  const table = zoneTable(zoneName);
  const found: [number, number][] = [];
  if (typeof length === 'number' && length < 86_400) {
    const phase = (t: number) => (((t + table.offsetAt(t)) % length) + length) % length;
    const shift = (t: number) => ((-table.offsetAt(t) % length) + length) % length;
    for (let t = from; t + length <= to; t++) {
      if (phase(t) !== 0) {
        t += step - 1 - (t % 1);
        continue;
      }
      let whole = true;
      for (let u = t; u < t + length; u += step) whole &&= shift(u) === shift(t);
      if (whole) found.push([t, t + length]);
      t += step - 1;
    }
    return found;
  }
  const first = table.localDayOf(from) - 40;
  for (let day = first; table.dayStart(day) < to; day++) {
    const date = new Date(day * 86_400_000);
    if (length === 'month' && date.getUTCDate() !== 1) continue;
    const next =
      length === 'month' ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 86_400_000 : day + 1;
    const [a, b] = [table.dayStart(day), table.dayStart(next)];
    if (a >= from && b <= to && b > a) found.push([a, b]);
  }
  return found;
}

const rangesOf = (gaps: Gaps) =>
  Array.from({ length: gaps.length }, (_, i) => [gaps.fromS[i]!, gaps.toS[i]!, gaps.count[i]!]);

function joined(intervals: readonly [number, number][]): number[][] {
  const out: number[][] = [];
  for (const [a, b] of intervals) {
    const last = out.at(-1);
    if (last && last[1] === a) {
      last[1] = b;
      last[2]! += 1;
    } else out.push([a, b, 1]);
  }
  return out;
}

describe('capture grid', () => {
  it('finds the intervals that a naive look finds, in any zone', () => {
    fc.assert(
      fc.property(zone, period, fromS, span, (name, length, from, for_) => {
        const grid = new CaptureGrid(zoneTable(name), length);
        const wanted = naive(name, length, from, from + for_).map(([, end]) => end);
        expect([...grid.ends(from, from + for_)]).toEqual(wanted);
        expect(grid.count(from, from + for_)).toBe(wanted.length);
        for (const { startS, stepS, count } of grid.runs(from, from + for_)) {
          expect(grid.startOf(startS)).toBe(startS);
          expect(grid.startOf(startS + stepS * count - 1)).toBe(startS + stepS * (count - 1));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with the intervals that model expects of a day', () => {
    const table = zoneTable('Australia/Lord_Howe');
    const grid = new CaptureGrid(table, 3_600);
    for (let day = 20_500; day < 20_900; day++) {
      const { from, to } = dayBounds(table, day);
      expect(grid.count(from, to)).toBe(expectedIntervals(table, day, 3_600));
    }
  });

  it('lays days on local midnights, with 23 and 25 hours', () => {
    const grid = new CaptureGrid(zoneTable('Europe/Berlin'), 'day');
    const runs = grid.runs(Date.parse('2026-03-27T23:00Z') / 1_000, Date.parse('2026-03-30T22:00Z') / 1_000);
    expect(runs.map(({ stepS, count }) => [stepS / 3_600, count])).toEqual([
      [24, 1],
      [23, 1],
      [24, 1],
    ]);
  });

  it('refuses a period that is no part of a day', () => {
    for (const bad of [0, -900, 7, 1.5, Number.NaN, 100_000]) {
      expect(() => new CaptureGrid(zoneTable('UTC'), bad)).toThrow(
        expect.objectContaining({ code: 'COLLECT_PLAN_PERIOD' }),
      );
    }
  });
});

describe('gaps', () => {
  it('are what a naive model finds missing, whatever is present beside', () => {
    fc.assert(
      fc.property(
        zone,
        period,
        fromS,
        span,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom(0, 0.02, 0.5, 0.98, 1),
        fc.array(fc.nat(41 * 86_400), { maxLength: 20 }),
        (name, length, from, for_, chances, share, strays) => {
          const all = naive(name, length, from, from + for_);
          const present = all.map(([, end]) => end).filter(() => chances.next().value < share);
          const noise = strays.map((offset) => from - 3_600 + offset);
          const given = Uint32Array.from([...present, ...present.slice(0, 5), ...noise]).sort();
          const there = new Set(given);
          const gaps = missingIntervals(new CaptureGrid(zoneTable(name), length), given, from, from + for_);
          const missing = all.filter(([, end]) => !there.has(end));
          expect(rangesOf(gaps)).toEqual(joined(missing));
          expect(missingCount(gaps)).toBe(missing.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of channels of one profile are joined', () => {
    const set = fc.uniqueArray(fc.nat(95), { maxLength: 96 });
    fc.assert(
      fc.property(fc.array(set, { maxLength: 4 }), (channels) => {
        const grid = new CaptureGrid(zoneTable('UTC'), 900);
        const ends = (missing: readonly number[]) =>
          [...grid.ends(0, 86_400)].filter((end) => !missing.includes(end / 900 - 1));
        const parts = channels.map((missing) => missingIntervals(grid, ends(missing), 0, 86_400));
        const any = [...new Set(channels.flat())].sort((a, b) => a - b);
        expect(rangesOf(unionOfGaps(grid, parts))).toEqual(joined(any.map((k) => [k * 900, k * 900 + 900])));
      }),
    );
  });

  it('cross years in a step', () => {
    const grid = new CaptureGrid(zoneTable('Europe/Berlin'), 60);
    const started = performance.now();
    for (let i = 0; i < 1_000; i++) {
      expect(missingCount(missingIntervals(grid, [], 900_000_000, 1_800_000_000))).toBe(15_000_000);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('are the same by coverage, where that says enough', () => {
    let settled = 0;
    fc.assert(
      fc.property(
        zone,
        period,
        fromS,
        span,
        // what is stored: a stretch of the grid, from before the span to after it, with a few holes or none
        fc.tuple(
          fc.double({ min: -0.5, max: 1.5, noNaN: true }),
          fc.double({ min: -0.5, max: 1.5, noNaN: true }),
        ),
        fc.array(fc.nat(5_000), { maxLength: 2 }),
        (name, length, from, for_, [lowShare, highShare], holes) => {
          const grid = new CaptureGrid(zoneTable(name), length);
          const [low, high] = [lowShare, highShare].sort((x, y) => x - y).map((share) => from + share * for_);
          const all = [...grid.ends(Math.round(low!), Math.round(high!))];
          const ends = all.filter((_, i) => !holes.includes(i));
          const stepS = grid.runs(from, from + for_)[0]?.stepS ?? 900;
          const isGapless = ends.every((end, i) => i === 0 || end - ends[i - 1]! === stepS);
          const coverage =
            ends.length === 0 ? undefined : { firstS: ends[0]!, lastS: ends.at(-1)!, isGapless };
          const gaps = gapsOfCoverage(grid, coverage, from, from + for_);
          if (gaps === undefined) return;
          settled += 1;
          expect(rangesOf(gaps)).toEqual(rangesOf(missingIntervals(grid, ends, from, from + for_)));
        },
      ),
      { numRuns: 1_000 },
    );
    expect(settled).toBeGreaterThan(300);
  });
});
