/**
 * A lasting step of the level: the last seven days against the three weeks before, as logarithms, so that
 * weekdays weigh the same on both sides and a share is a difference. Theft, a multiplier that changed, a
 * tenant that moved out. It is suspect when no day of the week reaches into the range of those before.
 *
 *   log2 total   ▪▪ ▪▪▪▪▪ ▪▪▪▪▪ ▪▪▪▪                 means differ by the step,
 *                                    ▪ ▪▪▪▪ ▪▪       t = step / (s · √(1/7 + 1/21))
 */
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import type { ChannelStatistics } from '../statistics.ts';
import { isOneWay, percent } from './common.ts';
import { exampleDay, exampleStatistics, homeDay } from './examples.ts';

const WEEK = 7;

interface Sample {
  readonly days: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  /** Sum of squares about the mean. */
  readonly squares: number;
}

/** Logs of the days `from` … `to` − 1 before today, and of today where it is given. */
function sampleOf(statistics: ChannelStatistics, from: number, to: number, today?: number): Sample {
  let low = today ?? Number.POSITIVE_INFINITY;
  let high = today ?? Number.NEGATIVE_INFINITY;
  let mean = today ?? 0;
  let days = today === undefined ? 0 : 1;
  let squares = 0;
  for (let back = from; back < to; back++) {
    const log = statistics.recentLog(back);
    low = Math.min(low, log);
    high = Math.max(high, log);
    days++;
    const off = log - mean;
    mean += off / days;
    squares += off * (log - mean);
  }
  return { days, low, high, mean, squares };
}

interface Step {
  /** New level over old. */
  readonly factor: number;
  /** Student's t of the difference. */
  readonly t: number;
  readonly apart: boolean;
}

/** σ of logs that is always allowed for. */
const LEAST_SIGMA = 0.02;

function stepOf({ statistics }: DayContext, digest: DayDigest): Step {
  const now = sampleOf(statistics!, 0, WEEK - 1, Math.log2(Math.max(0, digest.sum) + 1));
  const before = sampleOf(statistics!, WEEK - 1, statistics!.recentDays);
  const sigma = Math.sqrt((now.squares + before.squares) / (now.days + before.days - 2));
  const error = Math.max(LEAST_SIGMA, sigma) * Math.sqrt(1 / now.days + 1 / before.days);
  return {
    factor: 2 ** (now.mean - before.mean),
    t: Math.abs(now.mean - before.mean) / error,
    apart: now.high < before.low || now.low > before.high,
  };
}

export const levelStep = defineDayRule({
  id: 'level-step',
  number: 35,
  stage: 'day',
  title: 'The level of use changes for good from one day to the next.',
  source: 'Handbook of the house: theft step',
  severity: Severity.suspect,
  ofWhole: true,
  reason: 0,
  parameters: {
    days: { unit: 'd', default: 20, min: 10, max: 28, meaning: 'Days that must be known before' },
    down: { unit: '1', default: 0.3, min: 0, max: 1, meaning: 'Share of the level that is lost' },
    t: { unit: '1', default: 5.5, min: 0, max: 1_000, meaning: 'Least t of the difference' },
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
    const { factor, t, apart } = stepOf(day, digest);
    const limit = factor < 1 ? 1 - p.down : p.up;
    if ((factor < 1 ? factor > limit : factor < limit) || t < p.t) return;
    findings.addAs(apart ? Severity.suspect : Severity.info, from, to - 1, factor, limit);
  },
  words: (factor) => `The last week lies at ${percent(factor)} of the weeks before.`,
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
