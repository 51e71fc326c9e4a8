import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCounts,
  countsBy,
  medianS,
  meetsTarget,
  noServiceCounts,
  type ServiceCounts,
  serviceFigures,
} from '../src/index.ts';

const counts = fc.record(
  Object.fromEntries(Object.keys(noServiceCounts).map((name) => [name, fc.nat(1_000_000)])),
) as unknown as fc.Arbitrary<ServiceCounts>;

describe('service levels', () => {
  it('are shares of what was expected, held against their targets', () => {
    const figures = serviceFigures({
      ...noServiceCounts,
      ...{ expected: 96_000, byMorning: 94_656, byDay3: 95_616, received: 95_800, estimated: 960 },
      ...{ registersExpected: 1_000, registersReceived: 999, meterDays: 1_000, exceptions: 7 },
    });
    expect(figures).toEqual({
      morningRate: 0.986,
      day3Rate: 0.996,
      readRate: 95_800 / 96_000,
      registerRate: 0.999,
      estimationRate: 0.01,
      exceptionsPer1000MeterDays: 7,
    });
    expect(meetsTarget('morningRate', figures.morningRate)).toBe(true);
    expect(meetsTarget('estimationRate', figures.estimationRate)).toBe(false);
    expect(meetsTarget('registerRate', Number.NaN)).toBe(true);
    expect(meetsTarget('day3Rate', 0.9949)).toBe(false);
  });

  it('of parts add up to those of the whole, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), counts)), (rows) => {
        const whole = rows.reduce((sum, [, row]) => addCounts(sum, row), noServiceCounts);
        const parts = countsBy(
          rows,
          ([route]) => route,
          ([, row]) => row,
        );
        expect([...parts.values()].reduce(addCounts, noServiceCounts)).toEqual(whole);
        const back = [...rows].reverse();
        expect(
          countsBy(
            back,
            ([route]) => route,
            ([, row]) => row,
          ),
        ).toEqual(parts);
      }),
    );
  });

  it('take the median of ages', () => {
    expect(medianS(new Float64Array([5, 1, 9]))).toBe(5);
    expect(medianS(new Float64Array([5, 1, 9, 100]))).toBe(7);
    expect(medianS(new Float64Array())).toBeNaN();
  });
});
