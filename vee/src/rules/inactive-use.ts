/** Use where the supply is off or nobody lives: a lead to theft, or a connection that was never reported. */
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { endOf } from '../series.ts';
import { amount, coveredS } from './common.ts';
import { exampleDay, homeDay } from './examples.ts';

export const inactiveUse = defineDayRule({
  id: 'inactive-use',
  number: 18,
  stage: 'day',
  title: 'Something is used where the service is off.',
  source: 'Inactive measurement check of commercial meter data management',
  severity: Severity.suspect,
  ofWhole: true,
  reason: 0,
  parameters: {
    perDay: { unit: 'base unit/d', default: 1_000, min: 0, max: 1e9, meaning: 'Use a day that is let pass' },
  },
  applies: (facts) => facts.intervalS > 0 && facts.kind === 'delivered',
  check({ facts, series, from, to, disconnects }, digest, p, findings) {
    const inactive = facts.serviceState !== undefined && facts.serviceState !== 'connected';
    if (!inactive && (disconnects === undefined || disconnects.length === 0)) return;
    let used = digest.sum;
    if (!inactive) {
      used = 0;
      for (let i = from; i < to; i++) {
        const toS = endOf(series, i);
        if (coveredS(disconnects, toS - series.intervalS, toS) >= series.intervalS) used += series.value[i]!;
      }
    }
    const limit = (p.perDay * 1_000) / facts.resolution;
    if (used > limit) findings.add(from, to - 1, used, limit);
  },
  words: (used, _limit, facts) => `${amount(facts, used)} used while the service is not active.`,
  example: {
    story: 'A vacant home uses eleven kilowatt hours.',
    context: () => exampleDay(homeDay, { serviceState: 'vacant' }),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
