/** A generator that yields far less per kilowatt than its neighbours: dead, in the shade, or mistaken. */
import { Severity } from '../finding.ts';
import { definePeriodRule } from '../rule.ts';
import { completeDays, percent } from './common.ts';
import { EXAMPLE_DAY, exampleFacts } from './examples.ts';

export const weakGeneration = definePeriodRule({
  id: 'weak-generation',
  number: 36,
  stage: 'period',
  title: 'A generator yields less per kilowatt than its neighbours do.',
  source: 'Handbook of the house: dead and weak photovoltaic channels',
  severity: Severity.suspect,
  reason: 0,
  parameters: {
    share: { unit: '1', default: 0.5, min: 0, max: 1, meaning: 'Least share of the neighbours’ yield' },
    days: { unit: 'd', default: 7, min: 1, max: 400, meaning: 'Complete days the period must have' },
  },
  applies: (facts) => facts.kind === 'received',
  check({ totals, peersTotal }, p, findings) {
    if (peersTotal === undefined || peersTotal <= 0) return;
    const { sum, days } = completeDays(totals);
    const share = sum / ((peersTotal * days) / totals.length);
    if (days >= p.days && share < p.share) findings.add(0, totals.length - 1, share, p.share);
  },
  words: (share) => `The generator yields ${percent(share)} of what its neighbours do per kilowatt.`,
  example: {
    story: 'One of two strings of panels is dead, and the other one is in the shade.',
    context: () => ({
      facts: exampleFacts({ kind: 'received', hasDer: true }),
      firstDay: EXAMPLE_DAY,
      totals: new Float64Array(30).fill(4_000),
      estimated: new Uint16Array(30),
      expected: new Uint16Array(30).fill(24),
      peersTotal: 360_000,
    }),
    expected: [{ first: 0, last: 29, severity: 'suspect' }],
  },
});
