/** The day's total against the mean of days of its type: |z| > 4 is worth knowing, far more is suspect. */
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { isSummed, number } from './common.ts';
import { exampleDay, exampleStatistics, homeDay } from './examples.ts';

export const stats = defineDayRule({
  id: 'stats',
  number: 27,
  stage: 'day',
  title: 'The day is unlike the days of its kind before it.',
  source: 'Dynamic comparison check of commercial meter data management',
  severity: Severity.suspect,
  ofWhole: true,
  reason: 0,
  parameters: {
    sigmas: { unit: 'σ', default: 4, min: 1, max: 1_000, meaning: 'Standard deviations worth knowing' },
    suspect: { unit: 'σ', default: 12, min: 1, max: 1e6, meaning: 'Standard deviations that are suspect' },
    days: { unit: 'd', default: 8, min: 3, max: 20, meaning: 'Days of the type that must be known before' },
    spread: { unit: '1', default: 0.1, min: 0, max: 1, meaning: 'Least σ, as a share of the mean' },
  },
  applies: (facts) => isSummed(facts) && facts.kind !== 'net',
  check({ statistics, dayType, from, to }, digest, p, findings) {
    if (statistics === undefined || digest.absent > 0 || digest.measured === 0) return;
    if (statistics.levelDays(dayType) < p.days) return;
    const mean = statistics.levelMean(dayType);
    const off = digest.sum - mean;
    const sigma = Math.max(Math.sqrt(statistics.levelVariance(dayType)), p.spread * mean);
    if (Math.abs(off) <= p.sigmas * sigma) return;
    const z = off / sigma;
    if (Math.abs(z) > p.suspect) findings.add(from, to - 1, z, p.suspect);
    else findings.addAs(Severity.info, from, to - 1, z, p.sigmas);
  },
  words: (z) => `The day is ${number(Math.abs(z))} σ ${z > 0 ? 'above' : 'below'} the days of its kind.`,
  example: {
    story: 'A decimal point is lost: ten times the energy of every day before.',
    context: () =>
      exampleDay(
        homeDay.map((value) => value * 10),
        {},
        {
          statistics: exampleStatistics(12, homeDay, (d) => 1 + (d % 3) / 20),
        },
      ),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
