/**
 * A clock that is an hour off: the day fits the learned shape of its kind better when it is moved by an
 * hour. One day proves little, so what moving gains is added up over days; days that are right take away.
 *
 *   gain of a day   −1  right        0  fits neither way        1  an hour off
 *   evidence        0 … 2            the sum of gains, never below zero
 *
 * It is suspect when the days before had all the evidence there can be, and the day itself adds to it: habits
 * move by an hour for a day or two, clocks stay wrong.
 */
import { Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { evidenceAfter, SHAPE_MIN_DAYS, shapeCorrelation, shapeDays, shiftGain } from '../shape.ts';
import { percent } from './common.ts';
import { exampleDay, exampleStatistics, homeDay } from './examples.ts';

export const clockShift = defineDayRule({
  id: 'clock-shift',
  number: 31,
  stage: 'day',
  title: 'The days fit better when moved by an hour.',
  source: 'Handbook of the house: local versus standard time',
  severity: Severity.suspect,
  reason: Reason.clockShift,
  parameters: {
    info: { unit: '1', default: 1.2, min: 0, max: 2, meaning: 'Evidence worth knowing' },
    suspect: {
      unit: '1',
      default: 2,
      min: 0,
      max: 2,
      meaning: 'Evidence of the days before that is suspect',
    },
    gain: { unit: '1', default: 0.3, min: 0, max: 1, meaning: 'Gain the day itself must have to be suspect' },
  },
  // The sun does not keep to local clocks: what it generates moves against them.
  applies: (facts) => facts.kind === 'delivered' && facts.intervalS > 0 && facts.irregular !== true,
  check(day, digest, p, findings) {
    const { statistics, dayType, from, to } = day;
    if (statistics === undefined || !digest.hourly || digest.sum <= 0 || digest.made > 0) return;
    const { view, base } = statistics;
    if (shapeDays(view, base, dayType) < SHAPE_MIN_DAYS) return;
    // A day alone gains 1 at most; most days end here.
    if (Math.max(statistics.shiftEvidence(1), statistics.shiftEvidence(-1)) < p.info - 1) return;
    const stays = shapeCorrelation(view, base, dayType, digest, 0);
    for (const hours of [1, -1] as const) {
      const gain = shiftGain(view, base, dayType, digest, stays, -hours);
      const before = statistics.shiftEvidence(hours);
      if (gain <= 0 || evidenceAfter(before, gain) < p.info) continue;
      const severity = before >= p.suspect && gain > p.gain ? Severity.suspect : Severity.info;
      findings.addAs(severity, from, to - 1, hours, gain);
    }
  },
  words: (hours, gain) =>
    `An hour ${hours > 0 ? 'fast' : 'slow'}, as on days before: that explains ${percent(gain)} more of it.`,
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
