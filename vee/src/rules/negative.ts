import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { addRuns, amount, isJudged, isOneWay } from './common.ts';
import { exampleRows } from './examples.ts';

export const negative = defineIngestRule({
  id: 'negative',
  number: 17,
  stage: 'ingest',
  title: 'A one-way channel counts backwards.',
  source: 'Negative consumption check of commercial meter data management',
  severity: Severity.fail,
  reason: 0,
  parameters: {},
  applies: (facts) => facts.intervalS > 0 && isOneWay(facts),
  check({ batch, from, to, minimum }, _p, findings) {
    if (minimum >= 0) return;
    const wrong = (i: number) => batch.value[i]! < 0;
    addRuns(findings, from, to, wrong, (i) => batch.value[i]!, 0);
  },
  checkDay({ series, from, to }, digest, _p, findings) {
    if (digest.minimum >= 0) return;
    const wrong = (i: number) => series.value[i]! < 0 && isJudged(series.quality[i]!);
    addRuns(findings, from, to, wrong, (i) => series.value[i]!, 0);
  },
  words: (value, _limit, facts) => `${amount(facts, value)} on a channel that cannot count backwards.`,
  example: {
    story: 'A difference of two registers across a meter exchange that nobody told of.',
    context: () =>
      exampleRows([
        [1, 200],
        [2, -48_210],
        [3, 190],
      ]),
    expected: [{ first: 1, last: 1, severity: 'fail' }],
  },
});
