/**
 * Two channels of a device that carry each other's values: both days fit the other's past better, in
 * level and in shape, than their own.
 *
 *   straight = |log2 x/own| + |log2 y/other|     crossed = |log2 x/other| + |log2 y/own|
 */
import type { DayContext, Sibling } from '../context.ts';
import { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { shapeCorrelation } from '../shape.ts';
import type { ChannelStatistics } from '../statistics.ts';
import { isOneWay, number } from './common.ts';
import {
  EXAMPLE_DAY,
  exampleDay,
  exampleFacts,
  exampleSeries,
  exampleStatistics,
  homeDay,
} from './examples.ts';

/** How many powers of two a bad fit of shapes (correlation 0 instead of 1) counts for. */
const SHAPE_WEIGHT = 2;

/** How badly a day fits a past, in powers of two. */
function misfit(digest: DayDigest, past: ChannelStatistics, day: DayContext): number {
  const level = Math.abs(Math.log2((digest.sum + 1) / (past.totalMean + 1)));
  const fit = shapeCorrelation(past.view, past.base, day.dayType, digest, 0);
  return level + SHAPE_WEIGHT * (1 - fit);
}

function comparable(day: DayContext, other: Sibling, days: number): boolean {
  const { statistics } = other;
  if (statistics === undefined || statistics.days < days) return false;
  return isOneWay(other.facts) && other.facts.commodity === day.facts.commodity;
}

export const swappedChannels = defineDayRule({
  id: 'swapped-channels',
  number: 34,
  stage: 'day',
  title: 'Two channels of a device carry each other’s values.',
  source: 'Handbook of the house: swapped channels',
  severity: Severity.suspect,
  reason: 0,
  parameters: {
    days: { unit: 'd', default: 7, min: 1, max: 1_000, meaning: 'Days that must be known of both' },
    off: {
      unit: 'log2',
      default: 0.5,
      min: 0,
      max: 100,
      meaning: 'Own misfit from which others are looked at',
    },
    gain: { unit: 'log2', default: 1.5, min: 0, max: 100, meaning: 'How much better the exchange must fit' },
  },
  applies: (facts) => isOneWay(facts) && facts.intervalS > 0,
  check(day, digest, p, findings) {
    const { siblings, statistics, from, to } = day;
    if (siblings === undefined || statistics === undefined || statistics.days < p.days) return;
    // Without its shape (clocks were changed) a sunny day of panels is as large as what was taken.
    if (digest.measured === 0 || digest.absent > 0 || !digest.hourly) return;
    const own = misfit(digest, statistics, day);
    if (own < p.off) return;
    for (const other of siblings) {
      if (!comparable(day, other, p.days)) continue;
      const theirs = new DayDigest();
      theirs.take(other.series, from, to);
      if (theirs.absent > 0 || !theirs.hourly) continue;
      const straight = own + misfit(theirs, other.statistics!, day);
      const crossed = misfit(digest, other.statistics!, day) + misfit(theirs, statistics, day);
      if (straight - crossed > p.gain) findings.add(from, to - 1, straight - crossed, p.gain);
    }
  },
  words: (gain) =>
    `This channel and another one of the device fit each other's past better by ${number(gain)} (log2).`,
  example: {
    story: 'After a change of firmware, what was taken arrives as fed in and the other way round.',
    context: () => {
      const sun = homeDay.map((_, h) => Math.max(0, Math.round(3_000 * Math.sin(((h - 6) * Math.PI) / 12))));
      return exampleDay(
        sun,
        {},
        {
          day: EXAMPLE_DAY,
          statistics: exampleStatistics(10, homeDay),
          siblings: [
            {
              facts: exampleFacts({ channel: 2, kind: 'received' }),
              kind: 'received',
              series: exampleSeries(homeDay),
              statistics: exampleStatistics(10, sun),
            },
          ],
        },
      );
    },
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
