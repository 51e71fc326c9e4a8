import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { exampleRows } from './examples.ts';

export const uom = defineIngestRule({
  id: 'uom',
  number: 22,
  stage: 'ingest',
  title: 'The device reports another unit than the one configured.',
  source: 'Unit of measure check of commercial meter data management',
  severity: Severity.fail,
  reason: 0,
  parameters: {},
  applies: () => true,
  check({ collection, from, to }, _p, findings) {
    if (collection?.unitRead === undefined || collection.unitOnRecord === undefined) return;
    if (collection.unitRead !== collection.unitOnRecord) findings.add(from, to - 1, 1, 0);
  },
  words: () => 'The device reports another unit than the one configured for the channel.',
  example: {
    story: 'A meter set up in kvarh on a channel of kWh.',
    context: () => exampleRows([[1, 200]], {}, { collection: { unitRead: 'kvarh', unitOnRecord: 'kWh' } }),
    expected: [{ first: 0, last: 0, severity: 'fail' }],
  },
});
