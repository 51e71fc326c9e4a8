import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { amount } from './common.ts';
import { exampleDay, homeDay } from './examples.ts';

export const reverse = defineDayRule({
  id: 'reverse',
  number: 20,
  stage: 'day',
  title: 'Energy is fed in where nothing is known to generate.',
  source: 'Handbook of the house: received energy without a generator on record',
  severity: Severity.suspect,
  ofWhole: true,
  reason: 0,
  parameters: {
    perDay: {
      unit: 'base unit/d',
      default: 100,
      min: 0,
      max: 1e9,
      meaning: 'Received a day that is let pass',
    },
  },
  applies: (facts) => facts.kind === 'received' && facts.intervalS > 0 && facts.hasDer !== true,
  check({ facts, from, to }, digest, p, findings) {
    const limit = (p.perDay * 1_000) / facts.resolution;
    if (digest.sum > limit) findings.add(from, to - 1, digest.sum, limit);
  },
  words: (sum, _limit, facts) => `${amount(facts, sum)} fed in without a generator or battery on record.`,
  example: {
    story: 'A meter wired the wrong way round, or solar panels nobody registered.',
    context: () => exampleDay(homeDay, { kind: 'received' }),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
