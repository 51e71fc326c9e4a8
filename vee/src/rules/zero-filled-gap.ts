/**
 * Zeros written where nothing was measured. A meter that always draws something (its days' lowest
 * intervals are far from nothing) cannot show zero with the supply on: such zeros are a gap. What was
 * measured falls and rises by degrees; a gap begins and ends at the level of the meter. Zeros up to a moment
 * at which the supply came back were measured, also where nothing told of its loss.
 */
import type { DayContext } from '../context.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { ABSENT, endOf, hasValue } from '../series.ts';
import { amount, coveredS, isJudged } from './common.ts';
import { exampleDay, exampleStatistics, homeDay, homeDayWith } from './examples.ts';

function isZeroWithSupply({ series, outages, disconnects }: DayContext, i: number): boolean {
  if (series.value[i] !== 0 || !isJudged(series.quality[i]!)) return false;
  const toS = endOf(series, i);
  const fromS = toS - series.intervalS;
  return coveredS(outages, fromS, toS) + coveredS(disconnects, fromS, toS) === 0;
}

/** A run of zeros this long needs to begin or end sharply, a shorter one both. */
const LONG_S = 6 * 3_600;
/** A slot that lies half in the gap holds half of its energy, and low ones are half of the mean of lows. */
const LEVEL_SHARE = 1 / 4;

/** True when what is next to a run of zeros, in this day or the ones around it, is at the meter's level. */
function isSharp({ series }: DayContext, first: number, last: number, level: number): boolean {
  const { value, quality, intervalS } = series;
  const sharp = (i: number) => !hasValue(quality[i] ?? ABSENT) || value[i]! >= level;
  if ((last - first + 1) * intervalS >= LONG_S) return sharp(first - 1) || sharp(last + 1);
  return sharp(first - 1) && sharp(last + 1);
}

/** Whether the supply came back in the last of these zeros or in the slot after them. */
function endsInReturn({ series, returns = [] }: DayContext, last: number): boolean {
  const toS = endOf(series, last);
  const { intervalS } = series;
  return returns.some((at) => at > toS - intervalS && at <= toS + intervalS);
}

/** Runs of zeros that begin and end sharply. */
function addGaps(day: DayContext, usual: number, findings: Findings): void {
  const { from, to, series } = day;
  for (let i = from; i < to; i++) {
    if (!isZeroWithSupply(day, i)) continue;
    let first = i;
    while (first > 0 && series.value[first - 1] === 0 && hasValue(series.quality[first - 1]!)) first--;
    let last = i;
    while (last + 1 < to && isZeroWithSupply(day, last + 1)) last++;
    let end = last;
    while (series.value[end + 1] === 0 && hasValue(series.quality[end + 1]!)) end++;
    if (isSharp(day, first, end, usual * LEVEL_SHARE) && !endsInReturn(day, end))
      findings.add(i, last, 0, usual);
    i = last;
  }
}

export const zeroFilledGap = defineDayRule({
  id: 'zero-filled-gap',
  number: 30,
  stage: 'day',
  title: 'Zeros where the meter is known never to be at zero.',
  source: 'Handbook of the house: missing is not zero',
  severity: Severity.fail,
  reason: 0,
  parameters: {
    days: { unit: 'd', default: 7, min: 1, max: 1_000, meaning: 'Days that must be known before' },
    floor: {
      unit: '1',
      default: 0.15,
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
    const { statistics } = day;
    if (digest.zeros === 0 || statistics === undefined || statistics.days < p.days) return;
    const usual = statistics.minimumMean;
    const mean = statistics.totalMean / Math.max(1, digest.slots);
    if (usual < p.counts || usual < mean * p.floor || statistics.zeroShare > p.zeroShare) return;
    addGaps(day, usual, findings);
  },
  words: (_value, usual, facts) =>
    `Zero, where the lowest interval of a day is ${amount(facts, usual)} on average: a gap.`,
  example: {
    story: 'A home that never fell below 190 Wh an hour shows two hours of nothing.',
    context: () =>
      exampleDay(homeDayWith({ 13: 0, 14: 0 }), {}, { statistics: exampleStatistics(10, homeDay) }),
    expected: [{ first: 13, last: 14, severity: 'fail' }],
  },
});
