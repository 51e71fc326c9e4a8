import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupBy } from '../src/index.ts';

it('puts every entry into the group of its key, in order, keys as first seen', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 5 }), (entries, modulus) => {
      const groups = groupBy(entries, (entry) => entry % modulus);
      expect([...groups.keys()]).toEqual([...new Set(entries.map((entry) => entry % modulus))]);
      for (const [key, group] of groups) {
        expect(group).toEqual(entries.filter((entry) => entry % modulus === key));
      }
    }),
  );
});
