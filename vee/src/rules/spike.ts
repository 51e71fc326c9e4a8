/**
 * One interval far above the rest of its day: (p1 − p3) / p3 with the highest and the third highest
 * interval. The rule as written calls a kettle in an idle home a spike, so a rule set may also ask that
 * the interval exceeds what the channel was ever seen to do (`history`).
 */
import { Reason } from '@openami/model';
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { countsPerSlot, isJudged, isSummed, percent } from './common.ts';
import { exampleDay, homeDayWith } from './examples.ts';

/** Every slot that stands above the third highest by more than `limit`: one, or two. */
function addSpikes(day: DayContext, third: number, above: number, limit: number, findings: Findings): void {
  const { series, from, to } = day;
  for (let i = from; i < to; i++) {
    const value = series.value[i]!;
    if (value <= above || value <= third * (1 + limit) || !isJudged(series.quality[i]!)) continue;
    if (findings.covers(i)) continue;
    if (third > 0) findings.add(i, i, (value - third) / third, limit);
    else findings.addAs(Severity.suspect, i, i, Number.POSITIVE_INFINITY, limit);
  }
}

/** What the past vouches for, times the factor; 0 when the rule set does not ask or nothing is known. */
function vouched({ statistics }: DayContext, factor: number, days: number): number {
  return statistics !== undefined && statistics.days >= days ? statistics.dayMaximum * factor : 0;
}

function thirdOf(digest: DayDigest): number {
  return Math.max(0, digest.third);
}

export const spike = defineDayRule({
  id: 'spike',
  number: 11,
  stage: 'day',
  title: 'No interval stands far above the rest of its day.',
  source: 'EEI Uniform Business Practices, California DASMMD: spike check',
  severity: Severity.fail,
  reason: Reason.spike,
  parameters: {
    limit: { unit: '1', default: 1.8, min: 0, max: 1_000, meaning: 'Most (p1 − p3) / p3' },
    floor: { unit: 'base unit/h', default: 500, min: 0, max: 1e9, meaning: 'Skip when p3 is not above it' },
    least: {
      unit: 'base unit/h',
      default: 1_000,
      min: 0,
      max: 1e9,
      meaning: 'Skip when the day’s highest is below',
    },
    history: {
      unit: '1',
      default: 0,
      min: 0,
      max: 100,
      meaning: 'Times the highest interval of the past that it must exceed as well; 0: the past is not asked',
    },
    days: { unit: 'd', default: 7, min: 1, max: 1_000, meaning: 'Days that must be known to ask the past' },
  },
  applies: (facts) => isSummed(facts) && facts.irregular !== true,
  check(day, digest, p, findings) {
    const { facts } = day;
    if (digest.present < 3 || digest.measured === 0) return;
    const third = thirdOf(digest);
    // Cheapest first: most days end here.
    if (digest.maximum <= third * (1 + p.limit)) return;
    if (digest.maximum < countsPerSlot(facts, p.least)) return;
    if (p.floor > 0 && third <= countsPerSlot(facts, p.floor)) return;
    addSpikes(day, third, vouched(day, p.history, p.days), p.limit, findings);
  },
  words: (ratio, limit) =>
    ratio === Number.POSITIVE_INFINITY
      ? 'The only use of the day.'
      : `${percent(ratio)} above the third highest interval of the day (allowed: ${percent(limit)}).`,
  example: {
    story: 'A register jumped: 9.3 kWh in an hour of a day that else stays below 0.93.',
    context: () => exampleDay(homeDayWith({ 4: 9_300 })),
    expected: [{ first: 4, last: 4, severity: 'fail' }],
  },
});
