/**
 * The first interval after a gap that holds the gap's energy too: the meter went on counting and the
 * difference was booked in one go. It is true energy in the wrong place: to be spread over the gap and
 * itself, never a maximum.
 */
import { Reason } from '@openami/model';
import type { DayContext } from '../context.ts';
import type { DayDigest } from '../digest.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { hasValue } from '../series.ts';
import { isJudged, isSummed } from './common.ts';
import { exampleDay, exampleStatistics, homeDay, homeDayWith } from './examples.ts';

/** Absent slots right before slot `i`, back to the start of the series. */
function gapBefore({ series }: DayContext, i: number): number {
  let k = i;
  while (k > 0 && !hasValue(series.quality[k - 1]!)) k--;
  return k === 0 ? 0 : i - k;
}

/** Days of the past from which its highest slot is relied on; the rest of a day takes more to vouch. */
const KNOWN_DAYS = 7;
const DAY_ALONE = 3;

/** Mean of a slot and the highest slot known, from the past or from the rest of the day. */
function usual({ statistics }: DayContext, digest: DayDigest, value: number): { mean: number; most: number } {
  if (statistics !== undefined && statistics.days >= KNOWN_DAYS)
    return { mean: statistics.totalMean / digest.slots, most: statistics.dayMaximum };
  if (digest.present * 2 < digest.slots) return { mean: 0, most: Number.POSITIVE_INFINITY };
  const most = value === digest.maximum ? Math.max(0, digest.second) : digest.maximum;
  return { mean: (digest.sum - value) / Math.max(1, digest.present - 1), most: most * DAY_ALONE };
}

export const catchUp = defineDayRule({
  id: 'catch-up',
  number: 29,
  stage: 'day',
  title: 'An interval holds the energy of the gap before it.',
  source: 'Handbook of the house: a delta after a gap is no maximum',
  severity: Severity.fail,
  reason: Reason.long,
  parameters: {
    slots: { unit: 'slots', default: 2, min: 1, max: 10_000, meaning: 'Shortest gap that is looked at' },
    least: {
      unit: '1',
      default: 0.3,
      min: 0,
      max: 1,
      meaning: 'Share of the gap’s usual energy it must hold',
    },
    most: { unit: '1', default: 3, min: 1, max: 100, meaning: 'Times the gap’s usual energy it may hold' },
    above: {
      unit: '1',
      default: 1.2,
      min: 1,
      max: 100,
      meaning: 'Times the highest slot known it must exceed',
    },
  },
  applies: isSummed,
  check(day, digest, p, findings) {
    const { series, from, to } = day;
    const startsBlank = from > 0 && !hasValue(series.quality[from - 1]!);
    if (digest.measured === 0 || (digest.absent === 0 && !startsBlank)) return;
    for (let i = from; i < to; i++) {
      if (!isJudged(series.quality[i]!) || i === 0 || hasValue(series.quality[i - 1]!)) continue;
      const gap = gapBefore(day, i);
      if (gap < p.slots) continue;
      const value = series.value[i]!;
      const { mean, most } = usual(day, digest, value);
      const energy = mean * (gap + 1);
      if (value > most * p.above && value >= energy * p.least && value <= energy * p.most)
        findings.add(i, i, gap + 1, value);
    }
  },
  words: (slots) => `The interval holds the energy of ${slots} intervals: the gap before it and its own.`,
  example: {
    story: 'Six hours without contact; the seventh brings the energy of all of them.',
    context: () =>
      exampleDay(
        homeDayWith({ 8: null, 9: null, 10: null, 11: null, 12: null, 13: null, 14: 2_840 }),
        {},
        { statistics: exampleStatistics(10, homeDay) },
      ),
    expected: [{ first: 14, last: 14, severity: 'fail' }],
  },
});
