/** A polyphase meter that lost one voltage counts two thirds of the energy at most. */
import type { DayContext, PhaseLevel } from '../context.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { hasValue } from '../series.ts';
import { addRuns, percent } from './common.ts';
import { exampleDay, exampleSeries, homeDay } from './examples.ts';

/** Share of nominal of the lowest phase in a slot when another one is normal; 1 otherwise. */
function lowest(phases: readonly PhaseLevel[], i: number, normal: number): number {
  let low = 1;
  let anyNormal = false;
  for (const { series, nominal } of phases) {
    if (nominal === undefined || !hasValue(series.quality[i] ?? 0)) return 1;
    const share = series.value[i]! / nominal;
    if (share >= normal) anyNormal = true;
    if (share < low) low = share;
  }
  return anyNormal ? low : 1;
}

function voltages({ phases }: DayContext): readonly PhaseLevel[] {
  return (phases ?? []).filter((phase) => phase.quantity === 'voltage');
}

export const phaseBalance = defineDayRule({
  id: 'phase-balance',
  number: 24,
  stage: 'day',
  title: 'A phase of a polyphase meter is missing.',
  source: 'Handbook of the house: V of a phase < 0.8 of nominal while others are normal',
  severity: Severity.fail,
  reason: 0,
  parameters: {
    low: {
      unit: '1',
      default: 0.8,
      min: 0,
      max: 1,
      meaning: 'Share of nominal below which a phase is missing',
    },
    normal: { unit: '1', default: 0.9, min: 0, max: 1, meaning: 'Share from which another one is normal' },
  },
  applies: (facts) => facts.commodity === 'electricity' && facts.kind !== 'level' && facts.intervalS > 0,
  check(day, _digest, p, findings) {
    if (day.phases === undefined) return;
    const phases = voltages(day);
    if (phases.length < 2) return;
    const share = (i: number) => lowest(phases, i, p.normal);
    addRuns(findings, day.from, day.to, (i) => share(i) < p.low, share, p.low);
  },
  words: (share) =>
    `A phase had ${percent(share)} of its voltage while others were normal: energy is missing.`,
  example: {
    story: 'The fuse of a voltage circuit is gone from 20:00 on.',
    context: () =>
      exampleDay(
        homeDay,
        {},
        {
          phases: ([1, 2, 3] as const).map((phase) => ({
            phase,
            quantity: 'voltage',
            nominal: 230,
            series: exampleSeries(homeDay.map((_, h) => (phase === 2 && h >= 20 ? 12 : 231))),
          })),
        },
      ),
    expected: [{ first: 20, last: 23, severity: 'fail' }],
  },
});
