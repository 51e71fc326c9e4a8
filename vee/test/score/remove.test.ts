import { Quality } from '@openami/model';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawGaps, emptySeries, isMeasured, seededRandom, withoutGap } from '../../src/index.ts';

const mask = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 400 });

function seriesOf(qualities: readonly number[]) {
  const series = emptySeries(0, 3_600, qualities.length);
  for (const [i, quality] of qualities.entries()) {
    series.quality[i] = quality;
    series.value[i] = i + 1;
  }
  return series;
}

describe('gaps from a seed', () => {
  it('are the same for the same seed, and others for another', () => {
    const series = seriesOf(new Array(5_000).fill(Quality.valid));
    const draw = (seed: number) => drawGaps(series, 4, 20, seededRandom(seed, 'a'));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).toHaveLength(20);
  });

  it('lie on measured slots with a measured one on either side, and not before the earliest', () => {
    fc.assert(
      fc.property(
        mask,
        fc.integer({ min: 1, max: 12 }),
        fc.nat(50),
        fc.nat(),
        (codes, length, earliest, seed) => {
          const series = seriesOf(codes);
          for (const { from, to } of drawGaps(series, length, 5, seededRandom(seed), earliest)) {
            expect(to - from).toBe(length);
            expect(from).toBeGreaterThanOrEqual(Math.max(1, earliest));
            expect(to).toBeLessThan(codes.length);
            for (let i = from - 1; i <= to; i++) expect(isMeasured(series.quality[i]!)).toBe(true);
          }
        },
      ),
    );
  });

  it('finds the one place there is', () => {
    const series = seriesOf([1, 9, 1, 1, 1, 1, 9, 1]);
    expect(drawGaps(series, 2, 5, seededRandom(3))).toEqual([{ from: 3, to: 5 }]);
    expect(drawGaps(series, 3, 5, seededRandom(3))).toEqual([]);
  });

  it('are taken out of a copy', () => {
    const series = seriesOf([1, 1, 1, 1]);
    const left = withoutGap(series, { from: 1, to: 3 });
    expect([...left.quality]).toEqual([1, 0, 0, 1]);
    expect([...left.value]).toEqual([1, 0, 0, 4]);
    expect([...series.value]).toEqual([1, 2, 3, 4]);
  });

  it('are drawn evenly', () => {
    const random = seededRandom(11);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) buckets[random.below(10)]!++;
    for (const n of buckets) expect(Math.abs(n - 2_000)).toBeLessThan(200);
  });
});
