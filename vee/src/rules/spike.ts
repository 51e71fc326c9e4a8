/**
 * One interval far above the rest of its day: (p1 − p3) / p3 with the highest and the third highest
 * interval. The rule as written calls a kettle in an idle home a spike, so a rule set may ask the past too:
 *
 *   known      p1 · (ratio / limit) must exceed `known` times the highest interval ever seen: the higher it
 *              stands above its day, the less the past can vouch for it
 *   failAbove  it only fails, rather than being suspect, when p1 itself exceeds what was seen by this much
 */
import { Reason } from '@openami/model';
import type { DayContext } from '../context.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { catchUp } from './catch-up.ts';
import { countsPerSlot, isJudged, isSummed, percent } from './common.ts';
import { exampleDay, homeDayWith } from './examples.ts';

/** What to hold against a slot: the third highest, the ratio allowed, the highest slot of the past. */
interface Bar {
  readonly third: number;
  readonly limit: number;
  readonly known: number;
  readonly failAbove: number;
}

function judge(day: DayContext, i: number, bar: Bar, findings: Findings): void {
  const value = day.series.value[i]!;
  const times = bar.third > 0 ? value / bar.third : Number.POSITIVE_INFINITY;
  if (times <= 1 + bar.limit || !isJudged(day.series.quality[i]!) || findings.covers(i, catchUp.number))
    return;
  if (value * (times / (1 + bar.limit)) <= bar.known) return;
  const severity = bar.third > 0 && value > bar.failAbove ? Severity.fail : Severity.suspect;
  findings.addAs(severity, i, i, times - 1, bar.limit);
}

/** Highest slot of the past times a factor; `otherwise` when too little is known. */
function seen({ statistics }: DayContext, factor: number, days: number, otherwise: number): number {
  if (factor === 0) return 0;
  return statistics !== undefined && statistics.days >= days ? statistics.dayMaximum * factor : otherwise;
}

export const spike = defineDayRule({
  id: 'spike',
  number: 11,
  stage: 'day',
  title: 'An interval stands far above the rest of its day.',
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
    known: { unit: '1', default: 0, min: 0, max: 100, meaning: 'See above; 0: the past is not asked' },
    failAbove: { unit: '1', default: 0, min: 0, max: 100, meaning: 'See above; 0: every spike fails' },
    days: { unit: 'd', default: 7, min: 1, max: 1_000, meaning: 'Days that must be known to ask the past' },
  },
  applies: (facts) => isSummed(facts) && facts.irregular !== true,
  check(day, digest, p, findings) {
    const { facts, from, to } = day;
    if (digest.present < 3 || digest.measured === 0) return;
    const third = Math.max(0, digest.third);
    // Cheapest first: most days end here.
    if (digest.maximum <= third * (1 + p.limit) || digest.maximum < countsPerSlot(facts, p.least)) return;
    if (p.floor > 0 && third <= countsPerSlot(facts, p.floor)) return;
    const bar = {
      ...{ third, limit: p.limit },
      known: seen(day, p.known, p.days, 0),
      // Without a past nobody can say that it never was so.
      failAbove: seen(day, p.failAbove, p.days, Number.POSITIVE_INFINITY),
    };
    for (let i = from; i < to; i++) if (day.series.value[i]! > third) judge(day, i, bar, findings);
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
