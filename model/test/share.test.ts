import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readShare, shareText } from '../src/share.ts';

it('is rounded to one decimal, and neither nothing nor all of what is only nearly so', () => {
  expect([0, 5 / 2_972, 0.0009, 0.001, 0.5, 0.99999, 1].map(shareText)).toEqual([
    ...['0 %', '0.2 %', 'less than 0.1 %', '0.1 %', '50 %', '99.9 %', '100 %'],
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (a, b) => {
      const share = Math.min(a, b) / b;
      const { percent, isLess } = readShare(share);
      expect(percent === 0).toBe(share === 0);
      expect(percent === 100).toBe(share === 1);
      expect(isLess).toBe(share > 0 && share < 0.001);
      if (!isLess) expect(Math.abs(percent - share * 100)).toBeLessThanOrEqual(0.1);
    }),
  );
});
