import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyState } from '../../src/rating/rating.ts';
import { readState, stateData } from '../../src/rating/state-data.ts';
import { oracleCase } from '../oracle/cases.ts';
import { ourBills } from '../oracle/compare.ts';

it('is the same after it was stored', () => {
  fc.assert(
    fc.property(oracleCase, (input) => {
      for (const { state } of ourBills(input))
        expect(readState(JSON.parse(JSON.stringify(stateData(state))))).toEqual(state);
    }),
    { numRuns: 100 },
  );
});

it('is refused when it is damaged', () => {
  const good = stateData(emptyState);
  expect(readState(good)).toEqual(emptyState);
  for (const bad of [null, {}, { ...good, credit: '1.5' }, { ...good, digits: 99 }, { ...good, more: 1 }])
    expect(() => readState(bad)).toThrow();
  const zero = { ...good, peaks: { kw: [{ month: 1, demand: [{ n: '1', d: '0' }] }] } };
  expect(() => readState(zero)).toThrow('/peaks/kw/0/demand/0/d');
});
