/**
 * A register that hangs gives the same value again and again. Coarse channels repeat themselves by
 * nature, so what the channel did on good days is allowed for. A channel that repeats a third of
 * all its values for weeks, zeros too, is stuck some other way.
 */
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { isJudged, percent } from './common.ts';
import { exampleDay, homeDay } from './examples.ts';

const LEAST_HEAD = 4;
/** Days from which a channel's usual run is relied on, and how many times it a run may be. */
const RUN_DAYS = 7;
const USUAL_TIMES = 4;
/** Days that must be known before the share of repeats is held against a channel. */
const HABIT_DAYS = 14;

/** Length of the run of equal values the day starts with, continued from the days before. */
function carried({ series, from, statistics }: DayContext, digest: DayDigest): number {
  if (statistics === undefined || from >= series.value.length || digest.headLength === 0) return 0;
  const value = series.value[from]!;
  const goesOn = from > 0 && series.value[from - 1] === value && isJudged(series.quality[from - 1]!);
  return value !== 0 && goesOn ? statistics.equalRun + digest.headLength : 0;
}

function addRun(day: DayContext, digest: DayDigest, slots: number, findings: Findings): void {
  const usual = day.statistics !== undefined && day.statistics.days >= RUN_DAYS ? day.statistics.usualRun : 0;
  const limit = Math.max(slots, Math.ceil(USUAL_TIMES * usual));
  const { from, series } = day;
  const head = carried(day, digest);
  // A slot or two that happen to go on with the value of a run are no part of it.
  const goesOn = head >= limit && digest.headLength >= LEAST_HEAD;
  if (goesOn) findings.add(from, from + digest.headLength - 1, head, limit);
  const first = digest.equalFirst;
  if (digest.equalLength < limit || (goesOn && first === from)) return;
  if (isJudged(series.quality[first]!))
    findings.add(first, first + digest.equalLength - 1, digest.equalLength, limit);
}

export const consecutiveSame = defineDayRule({
  id: 'consecutive-same',
  number: 15,
  stage: 'day',
  title: 'The channel repeats one value.',
  source: 'Consecutive interval check of commercial meter data management',
  severity: Severity.suspect,
  reason: 0,
  parameters: {
    slots: { unit: 'slots', default: 24, min: 2, max: 10_000, meaning: 'Equal values in a row, zeros apart' },
    share: {
      unit: '1',
      default: 0.3,
      min: 0,
      max: 1,
      meaning: 'Share of repeats, zeros too, over the last weeks; 1: not asked',
    },
    counts: {
      unit: 'counts',
      default: 50,
      min: 0,
      max: 1e9,
      meaning: 'Mean interval from which the share is asked: coarser channels repeat themselves by nature',
    },
  },
  applies: (facts) => facts.intervalS > 0,
  check(day, digest, p, findings) {
    addRun(day, digest, p.slots, findings);
    const { statistics, facts, from, to } = day;
    if (statistics === undefined || statistics.days < HABIT_DAYS || p.share >= 1) return;
    if (statistics.repeatShare <= p.share || facts.kind !== 'delivered' || facts.hasDer === true) return;
    if (statistics.totalMean < p.counts * digest.slots) return;
    // Days of nothing but zeros are for the rule about zeros.
    if (digest.zeros < digest.present && digest.steps > 0 && digest.repeats / digest.steps > p.share)
      findings.add(from, to - 1, statistics.repeatShare, p.share);
  },
  words: (measure, limit) =>
    limit < 1
      ? `${percent(measure)} of the values of the last weeks repeat the one before.`
      : `The same value ${measure} times in a row (suspect from ${limit}).`,
  example: {
    story: 'A meter sends the hour from 00:00 all day long.',
    context: () => exampleDay(homeDay.map(() => 210)),
    expected: [{ first: 0, last: 23, severity: 'suspect' }],
  },
});
