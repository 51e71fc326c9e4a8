import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amountOver,
  constantSeries,
  gridSeries,
  SeriesCursor,
  type ValueSeries,
} from '../../src/determinants/series.ts';

/** Spans with holes, on seconds 0 to 60. */
const spans = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.boolean(), fc.integer({ min: -5, max: 5 })), {
    maxLength: 12,
  })
  .map((list): ValueSeries => {
    const kept: [number, number, number][] = [];
    let reached = 0;
    for (const [long, known, value] of list) {
      if (known) kept.push([reached, reached + long, value]);
      reached += long;
    }
    return {
      fromS: Float64Array.from(kept, ([from]) => from),
      toS: Float64Array.from(kept, ([, to]) => to),
      values: Float64Array.from(kept, ([, , value]) => value),
      digits: 1,
    };
  });

/** The value of a second; undefined where none is known. */
function secondOf({ fromS, toS, values }: ValueSeries, s: number): number | undefined {
  const at = fromS.findIndex((from, i) => from <= s && s < toS[i]!);
  return at < 0 ? undefined : values[at];
}

describe('values over time', () => {
  it('are found as a look at every second finds them, in whatever order they are asked for', () => {
    const window = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(spans, fc.array(window, { minLength: 1, maxLength: 5 }), (series, windows) => {
        const cursor = new SeriesCursor(series);
        for (const [from, long] of windows) {
          const seconds = Array.from({ length: long }, (_, i) => secondOf(series, from + i));
          const hole = seconds.indexOf(undefined);
          const other = seconds.findIndex((one) => one !== seconds[0]);
          const found = cursor.explain(from, from + long);
          const value = cursor.value(from, from + long);
          const mean = cursor.mean(from, from + long);
          if (hole >= 0) {
            expect(found).toEqual({ kind: 'missing', atS: from + hole });
            expect(mean).toBeUndefined();
          } else {
            if (other < 0) expect(found).toEqual({ kind: 'one', value: seconds[0] });
            else expect(found).toEqual({ kind: 'many', atS: from + other });
            const sum = seconds.reduce<number>((total, one) => total + one!, 0);
            expect(Number(mean!.n) / Number(mean!.d)).toBeCloseTo(sum / long / 10, 12);
          }
          expect(value).toBe(hole < 0 && other < 0 ? seconds[0] : Number.NaN);
        }
      }),
    );
  });

  it('spread an amount evenly over its span, and parts add up to it', () => {
    const day = gridSeries(0, 86_400, [62, 31, Number.NaN], 1);
    const over = (from: number, to: number) => {
      const amount = amountOver(day, from, to);
      return amount && Number(amount.n) / Number(amount.d);
    };
    expect([over(0, 86_400), over(0, 43_200), over(43_200, 129_600)]).toEqual([6.2, 3.1, 4.65]);
    expect(over(0, 172_801)).toBeUndefined();
    expect(new SeriesCursor(constantSeries({ n: 5n, d: 4n })).value(5, 6)).toBe(125);
  });
});
