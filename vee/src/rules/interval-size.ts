/**
 * Readings must be of the length the channel is configured for. Two things give another length away:
 * ends between the channel's slots, and ends that keep a wider spacing (a half-hourly file sent as a
 * quarter-hourly one: every second slot would be empty and the others hold twice their energy).
 */
import type { ReadingRun } from '../context.ts';
import type { ChannelFacts } from '../facts.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { addRuns } from './common.ts';
import { exampleRows } from './examples.ts';

function offGridS(facts: ChannelFacts, endS: number): number {
  return facts.zone.localAt(endS) % facts.intervalS;
}

/** Rows that keep one spacing other than the channel's, `rows` of them or more. */
function addSpacing({ batch, from, to, facts }: ReadingRun, rows: number, findings: Findings): void {
  let first = from;
  let spacing = 0;
  for (let i = from + 1; i <= to; i++) {
    const s = i < to ? batch.end[i]! - batch.end[i - 1]! : -1;
    if (s === spacing) continue;
    if (spacing > facts.intervalS && i - first >= rows) findings.add(first, i - 1, spacing, facts.intervalS);
    spacing = s;
    first = i - 1;
  }
}

export const intervalSize = defineIngestRule({
  id: 'interval-size',
  number: 5,
  stage: 'ingest',
  title: 'Readings have not the interval length of the channel.',
  source: 'Interval size check of commercial meter data management',
  severity: Severity.fail,
  reason: 0,
  parameters: {
    rows: {
      unit: '1',
      default: 8,
      min: 3,
      max: 1_000,
      meaning: 'Rows at one wider spacing that give it away',
    },
  },
  applies: (facts) => facts.intervalS > 0,
  check(run, p, findings) {
    const { facts, batch, from, to } = run;
    if (!run.onGrid) {
      const wrong = (i: number) => offGridS(facts, batch.end[i]!) !== 0;
      addRuns(findings, from, to, wrong, (i) => offGridS(facts, batch.end[i]!), facts.intervalS);
    }
    if (to - from < p.rows || run.lastEndS - run.firstEndS === (to - from - 1) * facts.intervalS) return;
    addSpacing(run, p.rows, findings);
  },
  words: (measure, intervalS) =>
    measure > intervalS
      ? `Readings come every ${measure} s on a channel of ${intervalS} s: perhaps another interval.`
      : `The end lies ${measure} s after the end of a slot of ${intervalS} s.`,
  example: {
    story: 'A half-hourly file is sent to a quarter-hourly channel.',
    context: () =>
      exampleRows(
        [2, 4, 6, 8, 10, 12, 14, 16].map((slot) => [slot, 400]),
        { intervalS: 900 },
      ),
    expected: [{ first: 0, last: 7, severity: 'fail' }],
  },
});
