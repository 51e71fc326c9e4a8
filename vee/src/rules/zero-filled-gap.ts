/**
 * Zeros written where nothing was measured. A meter that always draws something (its days' lowest
 * intervals are far from nothing) cannot show zero with the supply on: such zeros are a gap.
 */
import type { DayContext } from '../context.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { endOf } from '../series.ts';
import { addRuns, amount, coveredS, isJudged } from './common.ts';
import { exampleDay, exampleStatistics, homeDay, homeDayWith } from './examples.ts';

function isZeroWithSupply({ series, outages, disconnects }: DayContext, i: number): boolean {
  if (series.value[i] !== 0 || !isJudged(series.quality[i]!)) return false;
  const toS = endOf(series, i);
  const fromS = toS - series.intervalS;
  return coveredS(outages, fromS, toS) + coveredS(disconnects, fromS, toS) === 0;
}

export const zeroFilledGap = defineDayRule({
  id: 'zero-filled-gap',
  number: 30,
  stage: 'day',
  title: 'No zeros where the meter is known never to be at zero.',
  source: 'Handbook of the house: missing is not zero',
  severity: Severity.fail,
  reason: 0,
  parameters: {
    days: { unit: 'd', default: 7, min: 1, max: 1_000, meaning: 'Days that must be known before' },
    floor: {
      unit: '1',
      default: 0.08,
      min: 0,
      max: 1,
      meaning: 'Share of the mean interval that the days’ lowest intervals must reach on average',
    },
    counts: { unit: 'counts', default: 3, min: 1, max: 1e6, meaning: 'Counts they must reach as well' },
    zeroShare: {
      unit: '1',
      default: 0.003,
      min: 0,
      max: 1,
      meaning: 'Most zeros its good days may have had',
    },
  },
  applies: (facts) => facts.intervalS > 0 && facts.kind === 'delivered',
  check(day, digest, p, findings) {
    const { statistics, from, to } = day;
    if (digest.zeros === 0 || statistics === undefined || statistics.days < p.days) return;
    const usual = statistics.minimumMean;
    const mean = statistics.totalMean / Math.max(1, digest.slots);
    if (usual < p.counts || usual < mean * p.floor || statistics.zeroShare > p.zeroShare) return;
    addRuns(
      findings,
      from,
      to,
      (i) => isZeroWithSupply(day, i),
      () => 0,
      usual,
    );
  },
  words: (_value, usual, facts) =>
    `Zero, where the lowest interval of a day is ${amount(facts, usual)} on average: a gap filled with zeros.`,
  example: {
    story: 'A home that never fell below 190 Wh an hour shows two hours of nothing.',
    context: () =>
      exampleDay(homeDayWith({ 13: 0, 14: 0 }), {}, { statistics: exampleStatistics(10, homeDay) }),
    expected: [{ first: 13, last: 14, severity: 'fail' }],
  },
});
