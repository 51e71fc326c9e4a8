import { hasReason, Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { addRuns, isJudged } from './common.ts';
import { exampleRows } from './examples.ts';

export const testMode = defineIngestRule({
  id: 'test-mode',
  number: 8,
  stage: 'ingest',
  title: 'The meter was in test mode.',
  source: 'EEI Uniform Business Practices: test mode',
  severity: Severity.fail,
  reason: Reason.testMode,
  parameters: {},
  applies: () => true,
  check({ batch, from, to, anyFlags }, _p, findings) {
    if (!hasReason(anyFlags, Reason.testMode)) return;
    const wrong = (i: number) => hasReason(batch.flags[i]!, Reason.testMode);
    addRuns(findings, from, to, wrong, (i) => batch.value[i]!, 0);
  },
  checkDay({ series, from, to }, digest, _p, findings) {
    if (!hasReason(digest.anyFlags, Reason.testMode)) return;
    const wrong = (i: number) => hasReason(series.flags[i]!, Reason.testMode) && isJudged(series.quality[i]!);
    addRuns(findings, from, to, wrong, (i) => series.value[i]!, 0);
  },
  words: () => 'The meter was in test mode: what it counted is no usage.',
  example: {
    story: 'A fitter tests the meter for an hour.',
    context: () =>
      exampleRows([
        [1, 200],
        [2, 9_000, Reason.testMode],
        [3, 210],
      ]),
    expected: [{ first: 1, last: 1, severity: 'fail' }],
  },
});
