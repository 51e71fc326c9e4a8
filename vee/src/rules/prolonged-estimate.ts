import { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { ChannelStatistics } from '../statistics.ts';
import { EXAMPLE_DAY, exampleDay, exampleSeries, homeDay } from './examples.ts';

export const prolongedEstimate = defineDayRule({
  id: 'prolonged-estimate',
  number: 25,
  stage: 'day',
  title: 'The channel lives on estimates.',
  source: 'Prolonged estimation check of commercial meter data management',
  severity: Severity.suspect,
  ofWhole: true,
  reason: 0,
  parameters: {
    days: { unit: 'd', default: 45, min: 1, max: 1_000, meaning: 'Days in a row without a measured value' },
  },
  applies: (facts) => facts.intervalS > 0,
  check({ from, to, statistics }, digest, p, findings) {
    if (digest.measured > 0 || statistics === undefined) return;
    const days = statistics.madeDays + 1;
    if (days > p.days) findings.add(from, to - 1, days, p.days);
  },
  words: (days) => `No measured value for ${days} days: somebody should go there.`,
  example: {
    story: 'A meter that has not been heard of for 46 days.',
    context: () => {
      const statistics = new ChannelStatistics();
      const digest = new DayDigest();
      digest.take(exampleSeries(homeDay.map(() => null)), 0, homeDay.length);
      for (let d = 45; d > 0; d--) statistics.learn(EXAMPLE_DAY - d, 0, digest, true);
      return exampleDay(
        homeDay.map(() => null),
        {},
        { statistics },
      );
    },
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
