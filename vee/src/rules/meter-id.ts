import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { exampleRows } from './examples.ts';

export const meterId = defineIngestRule({
  id: 'meter-id',
  number: 3,
  stage: 'ingest',
  title: 'The device answered with another serial than the one installed.',
  source: 'EEI Uniform Business Practices: meter identification',
  severity: Severity.fail,
  reason: 0,
  parameters: {},
  applies: () => true,
  check({ collection, from, to }, _p, findings) {
    if (collection?.serialRead === undefined || collection.serialOnRecord === undefined) return;
    if (collection.serialRead !== collection.serialOnRecord) findings.add(from, to - 1, 1, 0);
  },
  words: () => 'The device answered with another serial than the one on record for that day.',
  example: {
    story: 'The meter was exchanged and the exchange was never registered.',
    context: () => exampleRows([[1, 200]], {}, { collection: { serialRead: 'A-2', serialOnRecord: 'A-1' } }),
    expected: [{ first: 0, last: 0, severity: 'fail' }],
  },
});
