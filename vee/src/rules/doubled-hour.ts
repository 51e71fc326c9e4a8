/**
 * When clocks go back an hour exists twice. Software that thinks in local time writes the first of the two
 * over both; then the second repeats the first to the last count.
 *
 *   local   00  01  02  02' 03 …         transition at t: slots [t − d, t) and [t, t + d)
 */
import { Reason, zoneTable } from '@openami/model';
import type { DayContext } from '../context.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { emptySeries } from '../series.ts';
import { isJudged } from './common.ts';
import { exampleFacts, exampleStatistics, homeDay } from './examples.ts';

/** Slots of the hour that comes again, [first, first + n), on a day with clocks going back. */
function repeated({ facts, series, from, to }: DayContext): { first: number; n: number } | undefined {
  const startS = series.startS + from * series.intervalS;
  const endS = series.startS + to * series.intervalS;
  const gainedS = facts.zone.offsetAt(startS) - facts.zone.offsetAt(endS - 1);
  if (gainedS <= 0) return undefined;
  for (const atS of facts.zone.at) {
    if (atS <= startS || atS >= endS) continue;
    const n = Math.floor(gainedS / series.intervalS);
    return { first: Math.floor((atS - series.startS) / series.intervalS), n };
  }
  return undefined;
}

export const doubledHour = defineDayRule({
  id: 'doubled-hour',
  number: 32,
  stage: 'day',
  title: 'The hour that exists twice was not measured twice.',
  source: 'Handbook of the house: the duplicate November hour',
  severity: Severity.suspect,
  reason: Reason.dstAmbiguous,
  parameters: {
    chance: {
      unit: '1',
      default: 0.1,
      min: 0,
      max: 1,
      meaning: 'Most that the repetition may be by chance, from how often the channel repeats itself',
    },
  },
  applies: (facts) => facts.intervalS > 0 && facts.kind !== 'level',
  check(day, digest, p, findings) {
    const { series, to } = day;
    if ((to - day.from) * series.intervalS <= 86_400 || digest.measured === 0) return;
    const hour = repeated(day);
    if (hour === undefined || hour.n === 0) return;
    const { first, n } = hour;
    for (let i = first; i < first + n; i++) {
      if (!isJudged(series.quality[i]!) || series.value[i] !== series.value[i - n]) return;
    }
    const repeats = day.statistics?.repeatShare ?? digest.repeats / Math.max(1, digest.steps);
    if (repeats ** n > p.chance) return;
    findings.add(first, first + n - 1, n, 0);
  },
  words: (n) =>
    `All ${n} intervals of the hour that exists twice repeat the ones before the clocks went back.`,
  example: {
    story: 'Berlin, 25 October 2026: the hour from 02:00 is there twice, with the same value.',
    context: () => {
      const values = [...homeDay.slice(0, 3), homeDay[2]!, ...homeDay.slice(3)];
      const zone = zoneTable('Europe/Berlin');
      const series = emptySeries(zone.dayStart(20_751), 3_600, 25);
      values.forEach((value, i) => {
        series.value[i] = value;
        series.quality[i] = 1;
      });
      const statistics = exampleStatistics(10, homeDay);
      return { facts: exampleFacts({ zone }), series, from: 0, to: 25, day: 20_751, dayType: 2, statistics };
    },
    expected: [{ first: 3, last: 3, severity: 'suspect' }],
  },
});
