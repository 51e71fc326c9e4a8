/**
 * A local day has as many intervals as its hours hold: 92, 96 or 100 quarter hours. Fewer is a gap, more
 * is an overlap: 48 half hours on the day of 23 hours were stamped with a clock that was not put forward.
 */
import type { DayContext } from '../context.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { endOf, hasValue } from '../series.ts';
import { coveredS } from './common.ts';
import { exampleDay, homeDayWith } from './examples.ts';

/** One finding for each gap; a gap that outages or disconnections explain is only worth knowing. */
function addGaps({ series, from, to, outages, disconnects }: DayContext, findings: Findings): void {
  const { quality, intervalS, startS } = series;
  for (let i = from; i < to; i++) {
    if (hasValue(quality[i]!)) continue;
    let last = i;
    while (last + 1 < to && !hasValue(quality[last + 1]!)) last++;
    const fromS = startS + i * intervalS;
    const toS = endOf(series, last);
    const explained = coveredS(outages, fromS, toS) + coveredS(disconnects, fromS, toS) >= toS - fromS;
    findings.addAs(explained ? Severity.info : Severity.fail, i, last, last - i + 1, to - from);
    i = last;
  }
}

export const intervalCount = defineDayRule({
  id: 'interval-count',
  number: 4,
  stage: 'day',
  title: 'The day has not as many intervals as its hours hold.',
  source: 'Handbook of the house; 23-, 24- and 25-hour days',
  severity: Severity.fail,
  reason: 0,
  parameters: {},
  applies: (facts) => facts.intervalS > 0,
  check(day, digest, _p, findings) {
    if (digest.absent > 0) addGaps(day, findings);
    const { arrival, from, to } = day;
    if (arrival === undefined) return;
    const distinct = arrival.rows - arrival.duplicates;
    if (distinct > to - from) findings.addAs(Severity.suspect, from, to - 1, distinct, to - from);
  },
  words: (measure, slots) =>
    measure > slots
      ? `${measure} intervals came for a day that holds ${slots}: local time or length may be wrong.`
      : `${measure} of the day's ${slots} intervals are missing.`,
  example: {
    story: 'Three hours of a day never came.',
    context: () => exampleDay(homeDayWith({ 9: null, 10: null, 17: null })),
    expected: [
      { first: 9, last: 10, severity: 'fail' },
      { first: 17, last: 17, severity: 'fail' },
    ],
  },
});
