/**
 * A clock that is an hour off: the day fits the learned shape of its kind better when it is moved by an
 * hour. One day of a home proves little, so the gain in correlation is averaged over the last days; a day
 * that is decisive on its own, as in offices, is taken at once.
 */
import { Reason } from '@openami/model';
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { EVIDENCE_MEMORY, SHAPE_MIN_DAYS, shapeCorrelation, shapeDays } from '../shape.ts';
import type { ChannelStatistics } from '../statistics.ts';
import { isOneWay, number } from './common.ts';
import { exampleDay, exampleStatistics, homeDay } from './examples.ts';

interface Fit {
  /** Correlation with the shape when moved, and the gain over leaving the day as it is. */
  readonly fit: number;
  readonly gain: number;
  /** The gain averaged with that of the days before. */
  readonly mean: number;
}

function fitOf(s: ChannelStatistics, day: DayContext, digest: DayDigest, stays: number, hours: 1 | -1): Fit {
  // A fast clock shows at h what belongs to h - 1.
  const fit = shapeCorrelation(s.view, s.base, day.dayType, digest, -hours);
  const gain = fit - stays;
  const before = s.shiftEvidence(hours);
  return { fit, gain, mean: before + (gain - before) / EVIDENCE_MEMORY };
}

export const clockShift = defineDayRule({
  id: 'clock-shift',
  number: 31,
  stage: 'day',
  title: 'The day does not fit better when moved by an hour.',
  source: 'Handbook of the house: local versus standard time',
  severity: Severity.suspect,
  reason: Reason.clockShift,
  parameters: {
    mean: {
      unit: '1',
      default: 0.05,
      min: 0,
      max: 2,
      meaning: 'Mean gain in correlation over the last days',
    },
    gain: { unit: '1', default: 0.25, min: 0, max: 2, meaning: 'Gain of one day that is enough on its own' },
    fit: { unit: '1', default: 0.6, min: -1, max: 1, meaning: 'Least correlation of the moved day' },
    sure: { unit: '1', default: 0.9, min: -1, max: 1, meaning: 'The same for a day on its own' },
  },
  applies: (facts) => isOneWay(facts) && facts.intervalS > 0 && facts.irregular !== true,
  check(day, digest, p, findings) {
    const { statistics, dayType, from, to } = day;
    if (statistics === undefined || !digest.hourly || digest.sum <= 0 || digest.made > 0) return;
    if (shapeDays(statistics.view, statistics.base, dayType) < SHAPE_MIN_DAYS) return;
    const stays = shapeCorrelation(statistics.view, statistics.base, dayType, digest, 0);
    // A day that fits as it is cannot gain enough; most days end here.
    if (stays > 1 - Math.min(p.gain, 0.1)) return;
    for (const hours of [1, -1] as const) {
      const { fit, gain, mean } = fitOf(statistics, day, digest, stays, hours);
      const decisive = gain > p.gain && fit > p.sure;
      if (gain > 0 && (decisive || (mean > p.mean && fit > p.fit))) findings.add(from, to - 1, hours, gain);
    }
  },
  words: (hours, gain) =>
    `The day fits the channel's usual shape better by ${number(gain)} (correlation) when its clock is taken to be an hour ${
      hours > 0 ? 'fast' : 'slow'
    }.`,
  example: {
    story: 'A meter that was put to summer time in winter: everything happens an hour later on its clock.',
    context: () =>
      exampleDay(
        homeDay.map((_, h) => homeDay[(h + 23) % 24]!),
        {},
        {
          statistics: exampleStatistics(10, homeDay, (d) => 1 + (d % 3) / 20),
        },
      ),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
