/** Bounds where a channel has no trials of its own. */
import { dayNumber } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { estimateGaps, findGaps, type LadderOptions } from '../../src/index.ts';
import { homeUse, life, lose } from './support.ts';

describe('estimates of a channel of which little is known', () => {
  it.each([
    ['one day before', 3, {}, 24],
    ['a line of two hours', 2, { only: 'linear' as const }, 2],
    ['a line of eight hours', 3, { only: 'linear' as const }, 8],
    ['an even spread', 2, { only: 'flat' as const }, 12],
  ])(
    '%s: bounds have a width, and hold nine tenths of the truth',
    (_, days, options: LadderOptions, slots) => {
      let [held, all] = [0, 0];
      for (let n = 0; n < 40; n++) {
        const home = life({ days, valueAt: (day, share) => homeUse(day + n, share) });
        const from = 20 + (n % 12);
        lose(home, from, from + slots);
        for (const { gap, value, lower, upper, energy } of estimateGaps(
          home.context,
          findGaps(home.context, from, from + slots),
          options,
        )) {
          for (let k = 0; k < value.length; k++) {
            expect(upper[k]! - lower[k]!).toBeGreaterThan(0);
            expect(lower[k]!).toBeGreaterThanOrEqual(0);
            const truth = home.truth[gap.from + k]!;
            if (truth >= lower[k]! && truth <= upper[k]!) held++;
            all++;
          }
          expect(energy.lower).toBeLessThan(energy.counts);
          expect(energy.upper).toBeGreaterThan(energy.counts);
        }
      }
      expect(all).toBe(40 * slots);
      expect(held / all).toBeGreaterThan(0.85);
    },
  );

  it.each([
    ['of 23 hours', dayNumber(2026, 3, 29), 23],
    ['of 24 hours', dayNumber(2026, 3, 28), 24],
    ['of 25 hours', dayNumber(2026, 10, 25), 25],
  ])('a day %s that stands alone is filled from itself', (_, firstDay, hours) => {
    const home = life({ days: 1, firstDay });
    const { length } = home.truth;
    expect(length).toBe(hours);
    lose(home, 5, 7);
    lose(home, 10, 16);
    const made = estimateGaps(home.context, findGaps(home.context, 0, length));
    expect(made.map(({ gap, method }) => [gap.from, gap.to, method])).toEqual([
      [5, 7, 'linear'],
      [10, 16, 'flat'],
    ]);
  });
});
