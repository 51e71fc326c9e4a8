/**
 * `npm run fuzz -- billing [--runs N] [--seconds N] [--seed S]`: random tariffs, calendars and usage, rated here
 * and by the oracle. A difference of a cent, or any error, is a failure and printed with what repeats it.
 */
import { writeSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oracleCase } from '../oracle/cases.ts';
import { differences } from '../oracle/compare.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 100_000);
const seconds = Number(process.env.FUZZ_SECONDS ?? 7_200);
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(performance.timeOrigin % 2 ** 31));

test(`${runs} bills, at most ${seconds} s, from seed ${seed}`, { timeout: (seconds + 60) * 1_000 }, () => {
  let rated = 0;
  fc.assert(
    fc.property(oracleCase, (input) => {
      rated++;
      expect(differences(input)).toEqual([]);
    }),
    { numRuns: runs, seed, interruptAfterTimeLimit: seconds * 1_000 },
  );
  writeSync(1, `${rated} cases, 0 differences\n`);
});
