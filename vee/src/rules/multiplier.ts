import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { number } from './common.ts';
import { exampleRows } from './examples.ts';

export const multiplier = defineIngestRule({
  id: 'multiplier',
  number: 21,
  stage: 'ingest',
  title: 'The head-end multiplies by another ratio than that of the installed transformers.',
  source: 'Multiplier check of commercial meter data management',
  severity: Severity.fail,
  reason: 0,
  parameters: {},
  applies: (facts) => facts.multiplier !== undefined && facts.reportedMultiplier !== undefined,
  check({ facts, from, to }, _p, findings) {
    if (facts.reportedMultiplier !== facts.multiplier)
      findings.add(from, to - 1, facts.reportedMultiplier!, facts.multiplier!);
  },
  words: (reported, onRecord) =>
    `The head-end multiplies by ${number(reported)}; the transformers on record make ${number(onRecord)}.`,
  example: {
    story: 'Current transformers of 200/5 A on record, 100/5 A in the head-end.',
    context: () => exampleRows([[1, 200]], { multiplier: 40, reportedMultiplier: 20 }),
    expected: [{ first: 0, last: 0, severity: 'fail' }],
  },
});
