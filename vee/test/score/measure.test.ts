import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addGap, addSum, detectionFigures, errorFigures, noDetections, noErrors } from '../../src/index.ts';

describe('errors of estimates', () => {
  it('are taken in means of the channel', () => {
    const sum = noErrors();
    const said = {
      value: [12, 8, 10],
      lower: [9, 9, 9],
      upper: [13, 12, 10],
      energy: { lower: 29, upper: 33 },
    };
    addGap(sum, [10, 10, 13], said, 10);
    expect(errorFigures(sum)).toMatchObject({
      gaps: 1,
      slots: 3,
      nmae: (0.2 + 0.2 + 0.3) / 3,
      bias: -3 / 33,
      coverage: 2 / 3,
      energyCoverage: 1,
      worstEnergyCounts: 3,
    });
  });

  it('count a small channel as much as a large one', () => {
    const value = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        value,
        value,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 2, max: 50 }),
        (a, b, mean, k) => {
          const [small, large] = [noErrors(), noErrors()];
          addGap(small, a, { value: b }, mean);
          addGap(
            large,
            a.map((v) => v * k),
            { value: b.map((v) => v * k) },
            mean * k,
          );
          expect(errorFigures(large).nmae).toBeCloseTo(errorFigures(small).nmae, 9);
          expect(errorFigures(large).bias).toBeCloseTo(errorFigures(small).bias, 9);
        },
      ),
    );
  });

  it('add up over channels', () => {
    const [one, two, both] = [noErrors(), noErrors(), noErrors()];
    addGap(one, [1, 2], { value: [2, 2] }, 2);
    addGap(two, [5], { value: [1] }, 4);
    for (const [truth, value, mean] of [
      [[1, 2], [2, 2], 2],
      [[5], [1], 4],
    ] as const)
      addGap(both, truth, { value }, mean);
    addSum(one, two);
    expect(one).toEqual(both);
    expect(errorFigures(one).coverage).toBeUndefined();
  });
});

describe('figures of a rule', () => {
  it('say what was found of what was injected, and what else it said', () => {
    const sum = { injected: 10, found: 9, right: 12, wrong: 3, before: 5, days: 100 };
    expect(detectionFigures(sum)).toEqual({
      injected: 10,
      recall: 0.9,
      precision: 0.8,
      strictPrecision: 0.6,
      per1000Days: 50,
    });
    expect(detectionFigures(noDetections())).toEqual({ injected: 0, recall: 0, per1000Days: 0 });
  });
});
