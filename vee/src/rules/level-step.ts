/**
 * A lasting step of the level: every one of the last seven days lies below (or above) every one of the
 * three weeks before, and by a good part. Theft, a multiplier that changed, a tenant that moved out.
 *
 *   log2 total   ▪▪ ▪▪▪▪▪ ▪▪▪▪▪ ▪▪▪▪                 medians differ by `step`
 *                                    ▪ ▪▪▪▪ ▪▪       ranges do not touch
 */
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import type { ChannelStatistics } from '../statistics.ts';
import { isOneWay, percent } from './common.ts';
import { exampleDay, exampleStatistics, homeDay } from './examples.ts';

const WEEK = 7;

interface Range {
  low: number;
  high: number;
  mean: number;
}

/** Range and mean of logs of days `from` … `to` − 1 before today. */
function rangeOf(statistics: ChannelStatistics, from: number, to: number, also?: number): Range {
  let low = also ?? Number.POSITIVE_INFINITY;
  let high = also ?? Number.NEGATIVE_INFINITY;
  let sum = also ?? 0;
  for (let back = from; back < to; back++) {
    const log = statistics.recentLog(back);
    low = Math.min(low, log);
    high = Math.max(high, log);
    sum += log;
  }
  return { low, high, mean: sum / (to - from + (also === undefined ? 0 : 1)) };
}

/** log2 of the step between the weeks before and the last one; 0 when their ranges touch. */
function stepOf({ statistics }: DayContext, digest: DayDigest): number {
  const now = rangeOf(statistics!, 0, WEEK - 1, Math.log2(Math.max(0, digest.sum) + 1));
  const before = rangeOf(statistics!, WEEK - 1, statistics!.recentDays);
  return now.high < before.low || now.low > before.high ? now.mean - before.mean : 0;
}

export const levelStep = defineDayRule({
  id: 'level-step',
  number: 35,
  stage: 'day',
  title: 'The level of use does not change for good from one day to the next.',
  source: 'Handbook of the house: theft step',
  severity: Severity.suspect,
  reason: 0,
  parameters: {
    days: { unit: 'd', default: 20, min: 10, max: 28, meaning: 'Days that must be known before' },
    down: { unit: '1', default: 0.3, min: 0, max: 1, meaning: 'Share of the level that is lost' },
    up: { unit: '1', default: 2, min: 1, max: 1e6, meaning: 'Times the level it rises to' },
  },
  applies: (facts) => isOneWay(facts) && facts.intervalS > 0 && facts.irregular !== true,
  check(day, digest, p, findings) {
    const { statistics, from, to } = day;
    if (statistics === undefined || statistics.recentDays < p.days || digest.absent > 0) return;
    if (digest.measured === 0) return;
    const share = digest.sum / statistics.totalMean;
    // Days near the mean are no part of a step; most end here.
    if (share > 1 - p.down / 2 && share < 1 + (p.up - 1) / 4) return;
    const factor = 2 ** stepOf(day, digest);
    if (factor < 1 - p.down) findings.add(from, to - 1, factor, 1 - p.down);
    else if (factor > p.up) findings.add(from, to - 1, factor, p.up);
  },
  words: (factor, limit) =>
    limit < 1
      ? `For a week every day has been below the least of the weeks before: ${percent(factor)}.`
      : `For a week every day has been above the most of the weeks before: ${percent(factor)}.`,
  example: {
    story: 'A bypass takes half of the use away, seven days ago.',
    context: () =>
      exampleDay(
        homeDay.map((value) => Math.round(value / 2)),
        {},
        {
          statistics: exampleStatistics(28, homeDay, (d) => (d >= 22 ? 0.5 : 1 + (d % 4) / 20)),
        },
      ),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
