/** Water that never stops for a whole day runs through a leak: the customer should hear of it today. */

import { baseUnits } from '../facts.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { number } from './common.ts';
import { exampleDay, homeDay } from './examples.ts';

export const waterLeak = defineDayRule({
  id: 'water-leak',
  number: 28,
  stage: 'day',
  title: 'Water does not stop flowing at any hour of the day.',
  source: 'Handbook of the house: least hourly flow above zero for 24 hours',
  severity: Severity.info,
  ofWhole: true,
  reason: 0,
  parameters: {
    flow: { unit: 'L/h', default: 0, min: 0, max: 1e6, meaning: 'Least hourly flow that is let pass' },
  },
  applies: (facts) => facts.commodity === 'water' && facts.kind === 'delivered' && facts.intervalS > 0,
  check({ facts, from, to }, digest, p, findings) {
    if (!digest.hourly || digest.made > 0) return;
    let least = Number.POSITIVE_INFINITY;
    for (const sum of digest.hours) if (sum < least) least = sum;
    const flow = baseUnits(facts, least);
    if (flow > p.flow) findings.add(from, to - 1, flow, p.flow);
  },
  words: (flow) => `Water never stopped that day: at least ${number(flow)} L in every hour. A leak?`,
  example: {
    story: 'A toilet that runs: three litres an hour at night.',
    context: () =>
      exampleDay(
        homeDay.map((value) => Math.round(value / 60)),
        { commodity: 'water' },
      ),
    expected: [{ first: 0, last: 23, severity: 'info' }],
  },
});
