/** Few random bills at each run of the tests; `npm run fuzz -- billing` rates as many as one has time for. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { oracleCase } from './cases.ts';
import { differences } from './compare.ts';

it('gives the bills of a second rating that shares no code', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(oracleCase, (input) => {
      expect(differences(input)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
