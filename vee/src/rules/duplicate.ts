/**
 * The same channel and end twice. The same value is dropped without harm; another value needs the
 * replacement rule (better quality first, then the later arrival), and somebody should know.
 */
import { Reason } from '@openami/model';
import type { ReadingRun } from '../context.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { amount } from './common.ts';
import { exampleRows } from './examples.ts';

function addRepeat(findings: Findings, row: number, value: number, before: number): void {
  if (value === before) findings.addAs(Severity.info, row, row, value, before);
  else findings.add(row, row, value, before);
}

function checkUnordered({ batch, from, to }: ReadingRun, findings: Findings): void {
  const seen = new Map<number, number>();
  for (let i = from; i < to; i++) {
    const before = seen.get(batch.end[i]!);
    if (before !== undefined) addRepeat(findings, i, batch.value[i]!, before);
    seen.set(batch.end[i]!, batch.value[i]!);
  }
}

export const duplicate = defineIngestRule({
  id: 'duplicate',
  number: 6,
  stage: 'ingest',
  title: 'An interval is reported twice.',
  source: 'Duplicate measurement check of commercial meter data management',
  severity: Severity.suspect,
  reason: Reason.duplicate,
  parameters: {},
  applies: () => true,
  check(run, _p, findings) {
    const { batch, from, to, statistics } = run;
    if (!run.ascending) checkUnordered(run, findings);
    const knownS = statistics?.highestEndS ?? 0;
    if (run.firstEndS > knownS || run.lastEndS < knownS) return;
    for (let i = from; i < to; i++) {
      if (batch.end[i] === knownS) addRepeat(findings, i, batch.value[i]!, statistics!.lastValue);
    }
  },
  words: (value, before, facts) =>
    value === before
      ? 'The interval was reported before with the same value.'
      : `The interval was reported before with ${amount(facts, before)}, now with ${amount(facts, value)}.`,
  example: {
    story: 'An hour comes twice, the second time with another value.',
    context: () =>
      exampleRows([
        [1, 200],
        [2, 210],
        [2, 260],
        [3, 220],
      ]),
    expected: [{ first: 2, last: 2, severity: 'suspect' }],
  },
});
