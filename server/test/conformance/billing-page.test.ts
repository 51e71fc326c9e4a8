import { expect, it } from 'vitest';
import { billingPage } from './billing-page.ts';

const value = { set: 'S', case: 'c', output: 'bill', expected: 10, tolerance: 0.1 };

it('counts what agrees and says why the rest does not', () => {
  const page = billingPage([
    { ...value, ours: 10.09 },
    { ...value, ours: 10.2 },
    { ...value, ours: Number.NaN, why: 'no such output' },
  ]);
  expect(page).toContain('| S | 1 | 3 |');
  expect(page).toContain('| **all** | **1** | **3** |');
  expect(page).toContain('| c | bill | 10 | 0.1 | 10.09 | yes |');
  expect(page).toContain('| c | bill | 10 | 0.1 | 10.2 | **no** |');
  expect(page).toContain('| none | **no**: no such output |');
});
