import { hasReason, Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { addRuns, amount, isJudged } from './common.ts';
import { exampleRows } from './examples.ts';

export const overflow = defineIngestRule({
  id: 'overflow',
  number: 7,
  stage: 'ingest',
  title: 'The counter of the interval overflowed.',
  source: 'EEI Uniform Business Practices: pulse overflow',
  severity: Severity.fail,
  reason: Reason.overflow,
  parameters: {},
  applies: (facts) => facts.intervalS > 0,
  check({ facts, batch, from, to, maximum, anyFlags }, _p, findings) {
    const most = facts.maxCounts ?? Number.POSITIVE_INFINITY;
    if (maximum < most && !hasReason(anyFlags, Reason.overflow)) return;
    const wrong = (i: number) => batch.value[i]! >= most || hasReason(batch.flags[i]!, Reason.overflow);
    addRuns(findings, from, to, wrong, (i) => batch.value[i]!, most);
  },
  checkDay({ facts, series, from, to }, digest, _p, findings) {
    const most = facts.maxCounts ?? Number.POSITIVE_INFINITY;
    if (digest.maximum < most && !hasReason(digest.anyFlags, Reason.overflow)) return;
    const wrong = (i: number) =>
      isJudged(series.quality[i]!) &&
      (series.value[i]! >= most || hasReason(series.flags[i]!, Reason.overflow));
    addRuns(findings, from, to, wrong, (i) => series.value[i]!, most);
  },
  words: (value, most, facts) =>
    value >= most
      ? `${amount(facts, value)} is all the meter's counter of an interval can hold (${amount(facts, most)}).`
      : 'The meter reports that its counter of the interval overflowed.',
  example: {
    story: 'A counter of 16 bits stops at its end.',
    context: () =>
      exampleRows(
        [
          [1, 40_000],
          [2, 65_535],
          [3, 41_000],
        ],
        { maxCounts: 65_535 },
      ),
    expected: [{ first: 1, last: 1, severity: 'fail' }],
  },
});
