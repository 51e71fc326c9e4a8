import type { DayContext, Sibling } from '../context.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { hasValue } from '../series.ts';
import { exampleDay, homeDay } from './examples.ts';

function present({ from, to }: DayContext, { series }: Sibling): boolean {
  for (let i = from; i < to; i++) if (hasValue(series.quality[i] ?? 0)) return true;
  return false;
}

export const sibling = defineDayRule({
  id: 'sibling',
  number: 23,
  stage: 'day',
  title: 'A channel of the device is not there.',
  source: 'Ensure sibling check of commercial meter data management',
  severity: Severity.suspect,
  ofWhole: true,
  reason: 0,
  parameters: {},
  applies: () => true,
  check(day, digest, _p, findings) {
    if (day.expectedSiblings === undefined || digest.present === 0) return;
    let missing = 0;
    for (const kind of day.expectedSiblings) {
      if (!day.siblings?.some((other) => other.kind === kind && present(day, other))) missing++;
    }
    if (missing > 0) findings.add(day.from, day.to - 1, missing, day.expectedSiblings.length);
  },
  words: (missing, expected) => `${missing} of the ${expected} other channels of the device have no values.`,
  example: {
    story: 'A two-way meter sends what was taken and not what was fed in.',
    context: () => exampleDay(homeDay, {}, { expectedSiblings: ['received'], siblings: [] }),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
