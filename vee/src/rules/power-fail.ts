/** Zero, low or absent intervals that a confirmed outage explains: measured darkness, not a fault. */
import { Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { endOf, hasValue } from '../series.ts';
import { coveredS, percent } from './common.ts';
import { EXAMPLE_START_S, exampleDay, homeDayWith } from './examples.ts';

export const powerFail = defineDayRule({
  id: 'power-fail',
  number: 9,
  stage: 'day',
  title: 'Zero or low intervals that an outage explains: true.',
  source: 'CIM 2.32; EEI Uniform Business Practices: power failure',
  severity: Severity.info,
  reason: Reason.powerFail,
  parameters: {
    low: {
      unit: '1',
      default: 0.9,
      min: 0,
      max: 1,
      meaning: 'Share of the day mean that still counts as low',
    },
  },
  applies: (facts) => facts.intervalS > 0,
  check({ series, from, to, outages }, digest, p, findings) {
    if (outages === undefined || outages.length === 0) return;
    const mean = digest.present > 0 ? digest.sum / digest.present : 0;
    const { intervalS } = series;
    for (let i = from; i < to; i++) {
      const endS = endOf(series, i);
      const share = coveredS(outages, endS - intervalS, endS) / intervalS;
      const high = hasValue(series.quality[i]!) && series.value[i]! > Math.max(0, mean * p.low);
      if (share > 0 && !high) findings.add(i, i, share, 0);
    }
  },
  words: (share) => `The supply was interrupted for ${percent(share)} of the interval.`,
  example: {
    story: 'The supply was off from 09:00 to 10:30.',
    context: () =>
      exampleDay(
        homeDayWith({ 9: 0, 10: 190 }),
        {},
        {
          outages: [{ from: EXAMPLE_START_S + 9 * 3_600, to: EXAMPLE_START_S + 10.5 * 3_600 }],
        },
      ),
    expected: [
      { first: 9, last: 9, severity: 'info' },
      { first: 10, last: 10, severity: 'info' },
    ],
  },
});
