import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type FlowStep, longestFlowS } from '../../src/services/portal/flow.ts';

const hour = 3_600;
const steps = (amounts: readonly (number | null)[]): FlowStep[] =>
  amounts.flatMap((amount, i) => (amount === null ? [] : [{ endS: (i + 1) * hour, lengthS: hour, amount }]));

it('is the longest run of hours with flow: a pause ends it, and so does an hour that is missing', () => {
  expect(longestFlowS(steps([1, 2, 0, 1, 1, 1, 0]))).toBe(3 * hour);
  expect(longestFlowS(steps([1, 1, null, 1]))).toBe(2 * hour);
  expect(longestFlowS(steps([0, 0]))).toBe(0);
  // a register that went back is no flow
  expect(longestFlowS(steps([1, -5, 1]))).toBe(hour);
});

it('is what counting runs one by one gives', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(2))), (amounts) => {
      const runs = amounts
        .map((amount) => (amount ? 'x' : ' '))
        .join('')
        .split(' ');
      expect(longestFlowS(steps(amounts))).toBe(Math.max(...runs.map(({ length }) => length)) * hour);
    }),
  );
});
