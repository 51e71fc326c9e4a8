import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { number } from './common.ts';
import { exampleDay, exampleStatistics, homeDay, homeDayWith } from './examples.ts';

export const demandStep = defineDayRule({
  id: 'demand-step',
  number: 14,
  stage: 'day',
  title: 'Neighbouring intervals differ more than they use to.',
  source: 'Handbook of the house: |x(t) − x(t−1)| > k·σ over 28 days',
  severity: Severity.info,
  reason: 0,
  parameters: {
    sigmas: { unit: 'σ', default: 6, min: 1, max: 1_000, meaning: 'Standard deviations of the step' },
    days: { unit: 'd', default: 7, min: 1, max: 1_000, meaning: 'Days that must be known before' },
  },
  applies: (facts) => facts.intervalS > 0,
  check({ statistics }, digest, p, findings) {
    if (digest.stepSlot < 0 || statistics === undefined || statistics.days < p.days) return;
    const variance = statistics.stepVariance;
    // Compared as squares: the root is taken only of what is found.
    if (variance <= 0 || digest.step * digest.step <= p.sigmas * p.sigmas * variance) return;
    findings.add(digest.stepSlot, digest.stepSlot, digest.step / Math.sqrt(variance), p.sigmas);
  },
  words: (sigmas, limit) =>
    `A step of ${number(sigmas)} σ from the interval before (usual: up to ${limit} σ).`,
  example: {
    story: 'A boiler of 9 kW starts in a home that never had one.',
    context: () => exampleDay(homeDayWith({ 5: 9_000 }), {}, { statistics: exampleStatistics(10, homeDay) }),
    expected: [{ first: 5, last: 5, severity: 'info' }],
  },
});
