/**
 * A clock that is an hour off: the day fits the learned shape of its kind better when it is moved by an
 * hour. One day proves little, so what moving gains is averaged over the last days (shape.ts).
 *
 *   gain of a day   −1  right        0  fits neither way        1  an hour off
 */
import { Reason } from '@openami/model';
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { EVIDENCE_MEMORY, SHAPE_MIN_DAYS, shapeCorrelation, shapeDays, shiftGain } from '../shape.ts';
import { percent } from './common.ts';
import { exampleDay, exampleStatistics, homeDay } from './examples.ts';

/** Gain averaged over this day and the ones before; negative unless this day speaks for it too. */
function meanGain(
  { statistics, dayType }: DayContext,
  digest: DayDigest,
  stays: number,
  hours: 1 | -1,
): number {
  const { view, base } = statistics!;
  // A fast clock shows at h what belongs to h - 1.
  const gain = shiftGain(view, base, dayType, digest, stays, -hours);
  const before = statistics!.shiftEvidence(hours);
  return gain > 0 ? before + (gain - before) / EVIDENCE_MEMORY : -1;
}

export const clockShift = defineDayRule({
  id: 'clock-shift',
  number: 31,
  stage: 'day',
  title: 'The days do not fit better when moved by an hour.',
  source: 'Handbook of the house: local versus standard time',
  severity: Severity.suspect,
  reason: Reason.clockShift,
  parameters: {
    info: {
      unit: '1',
      default: 0.1,
      min: 0,
      max: 1,
      meaning: 'Share of the misfit that moving takes away, mean of the last days, that is worth knowing',
    },
    suspect: { unit: '1', default: 0.3, min: 0, max: 1, meaning: 'The same share that is suspect' },
  },
  // The sun does not keep to local clocks: what it generates moves against them.
  applies: (facts) => facts.kind === 'delivered' && facts.intervalS > 0 && facts.irregular !== true,
  check(day, digest, p, findings) {
    const { statistics, dayType, from, to } = day;
    if (statistics === undefined || !digest.hourly || digest.sum <= 0 || digest.made > 0) return;
    const { view, base } = statistics;
    if (shapeDays(view, base, dayType) < SHAPE_MIN_DAYS) return;
    // Days before that spoke against it cannot be outweighed by one day; most days end here.
    const least = (p.info - 1 / EVIDENCE_MEMORY) / (1 - 1 / EVIDENCE_MEMORY);
    if (statistics.shiftEvidence(1) < least && statistics.shiftEvidence(-1) < least) return;
    const stays = shapeCorrelation(view, base, dayType, digest, 0);
    for (const hours of [1, -1] as const) {
      const mean = meanGain(day, digest, stays, hours);
      if (mean > p.suspect) findings.add(from, to - 1, hours, mean);
      else if (mean > p.info) findings.addAs(Severity.info, from, to - 1, hours, mean);
    }
  },
  words: (hours, gain) =>
    `A clock an hour ${hours > 0 ? 'fast' : 'slow'} would explain ${percent(gain)} more of the last days.`,
  example: {
    story: 'A meter was put to summer time in winter: for a week all happens an hour later on its clock.',
    context: () => {
      const late = homeDay.map((_, h) => homeDay[(h + 23) % 24]!);
      const statistics = exampleStatistics(10, homeDay, (d) => 1 + (d % 3) / 20);
      return exampleDay(late, {}, { statistics: exampleStatistics(7, late, undefined, statistics) });
    },
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
