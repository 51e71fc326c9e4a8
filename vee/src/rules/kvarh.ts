/** Reactive energy without active energy cannot be; a power factor that is always low is worth knowing. */
import type { DayContext, Sibling } from '../context.ts';
import { baseUnits } from '../facts.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { hasValue } from '../series.ts';
import { isJudged, number, percent } from './common.ts';
import { exampleDay, exampleFacts, exampleSeries, homeDay, homeDayWith } from './examples.ts';

function activeOf({ siblings }: DayContext): Sibling | undefined {
  return siblings?.find((sibling) => sibling.kind === 'delivered' || sibling.kind === 'net');
}

/** tan φ of the power factor. */
function tangent(powerFactor: number): number {
  return Math.sqrt(1 - powerFactor * powerFactor) / powerFactor;
}

function judge(
  day: DayContext,
  active: Sibling,
  p: { powerFactor: number; share: number },
  out: Findings,
): void {
  const { series, from, to, facts } = day;
  const limit = tangent(p.powerFactor);
  let used = 0;
  let low = 0;
  for (let i = from; i < to; i++) {
    if (!hasValue(series.quality[i]!) || !hasValue(active.series.quality[i]!)) continue;
    const reactive = Math.abs(baseUnits(facts, series.value[i]!));
    const energy = Math.abs(baseUnits(active.facts, active.series.value[i]!));
    if (energy === 0) {
      // One count may be the remainder of the interval before.
      if (series.value[i]! > 1 && isJudged(series.quality[i]!)) out.add(i, i, reactive, 0);
      continue;
    }
    used++;
    if (reactive > energy * limit) low++;
  }
  if (used > 0 && low / used > p.share) out.addAs(Severity.info, from, to - 1, low / used, p.share);
}

export const kvarh = defineDayRule({
  id: 'kvarh',
  number: 19,
  stage: 'day',
  title: 'Reactive energy without active energy.',
  source: 'EEI Uniform Business Practices: kVARh check',
  severity: Severity.suspect,
  reason: 0,
  parameters: {
    powerFactor: {
      unit: '1',
      default: 0.5,
      min: 0.01,
      max: 1,
      meaning: 'Power factor below which it is low',
    },
    share: {
      unit: '1',
      default: 0.5,
      min: 0,
      max: 1,
      meaning: 'Share of used intervals with a low power factor',
    },
  },
  applies: (facts) => facts.kind === 'reactive' && facts.intervalS > 0,
  check(day, digest, p, findings) {
    const active = activeOf(day);
    if (active === undefined || digest.present === 0) return;
    judge(day, active, p, findings);
  },
  words: (measure, limit) =>
    limit > 0
      ? `The power factor is low in ${percent(measure)} of the intervals.`
      : `${number(measure)} varh while no active energy flowed.`,
  example: {
    story: 'Active energy stops in the hour from 13:00, reactive energy does not.',
    context: () =>
      exampleDay(
        homeDay.map(() => 50),
        { kind: 'reactive' },
        {
          siblings: [
            { facts: exampleFacts(), kind: 'delivered', series: exampleSeries(homeDayWith({ 13: 0 })) },
          ],
        },
      ),
    expected: [{ first: 13, last: 13, severity: 'suspect' }],
  },
});
