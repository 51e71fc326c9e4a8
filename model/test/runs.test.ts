import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forEachRun } from '../src/index.ts';

it('visits runs that lie end to end, each of one value and as long as it can be', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2), { maxLength: 40 }), fc.nat(40), (column, most) => {
      const length = Math.min(most, column.length);
      const runs: { value: number; from: number; to: number }[] = [];
      forEachRun(column, length, (value, from, to) => runs.push({ value, from, to }));
      const rows = runs.flatMap(({ value, from, to }) => Array(to - from).fill(value));
      expect(rows).toEqual(column.slice(0, length));
      for (const [i, { value, from }] of runs.entries()) {
        expect(from).toBe(runs[i - 1]?.to ?? 0);
        if (i > 0) expect(runs[i - 1]!.value).not.toBe(value);
      }
    }),
  );
});
