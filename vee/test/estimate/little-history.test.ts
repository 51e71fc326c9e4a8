/** Bounds where a channel has no trials of its own. */
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
});
