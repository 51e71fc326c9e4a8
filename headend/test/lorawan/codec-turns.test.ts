import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecTurns } from '../../src/lorawan/codec-turns.ts';

interface Job {
  readonly key: string;
  readonly n: number;
}
const suspects = new Set(['x', 'y']);
const turnsOf = () =>
  new CodecTurns<Job>(
    ({ key }) => key,
    (key) => suspects.has(key),
  );
const jobs = fc
  .array(fc.constantFrom('a', 'b', 'c', 'x', 'y'), { maxLength: 60 })
  .map((keys) => keys.map((key, n) => ({ key, n })));

function drained(turns: CodecTurns<Job>): Job[] {
  const found: Job[] = [];
  for (let job = turns.next(true); job; job = turns.next(true)) found.push(job);
  return found;
}

test('every job comes once, those of a codec in their order, those of suspects last', () => {
  fc.assert(
    fc.property(jobs, fc.nat(70), (all, given) => {
      const turns = turnsOf();
      for (const job of all) turns.push(job);
      expect(turns.size).toBe(all.length);
      // some are given out, and come back because their process ended
      const out: Job[] = [];
      while (out.length < given) {
        const job = turns.next(false);
        if (job === undefined) break;
        out.push(job);
      }
      expect(out.some(({ key }) => suspects.has(key))).toBe(false);
      turns.putBack(out);
      expect(turns.size).toBe(all.length);
      const found = drained(turns);
      expect(turns.size).toBe(0);
      expect(found.toSorted((a, b) => a.n - b.n)).toEqual(all);
      for (const key of 'abcxy') {
        const numbers = found.filter((job) => job.key === key).map(({ n }) => n);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
      const firstSuspect = found.findIndex(({ key }) => suspects.has(key));
      if (firstSuspect >= 0)
        expect(found.slice(firstSuspect).every(({ key }) => suspects.has(key))).toBe(true);
    }),
  );
});

test('codecs take turns: one with many jobs takes every other one', () => {
  const turns = turnsOf();
  for (let n = 0; n < 4; n++) turns.push({ key: 'a', n });
  for (let n = 0; n < 2; n++) turns.push({ key: 'b', n });
  expect(drained(turns).map(({ key }) => key)).toEqual(['a', 'b', 'a', 'b', 'a', 'a']);
});

test('a suspect has the process for itself, and comes at last, however much others have to do', () => {
  const turns = turnsOf();
  turns.push({ key: 'x', n: 0 });
  expect(turns.next(false)).toBeUndefined();
  let before = 0;
  for (; before < 5_000; before++) {
    turns.push({ key: 'a', n: before });
    if (turns.next(true)?.key === 'x') break;
  }
  expect(before).toBe(1_000);
  expect(turns.next(true)).toEqual({ key: 'a', n: 1_000 });
});
