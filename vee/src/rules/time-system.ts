import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { number } from './common.ts';
import { exampleRows } from './examples.ts';

export const timeSystem = defineIngestRule({
  id: 'time-system',
  number: 2,
  stage: 'ingest',
  title: 'The collector clock was not tied to national time.',
  source: 'California DASMMD: collector time from a national standard',
  severity: Severity.suspect,
  reason: 0,
  parameters: {
    offsetS: {
      unit: 's',
      default: 1,
      min: 0.001,
      max: 3_600,
      meaning: 'Largest offset of the collector clock',
    },
  },
  applies: () => true,
  check({ collection, from, to }, p, findings) {
    const offsetS = collection?.collectorOffsetS;
    if (offsetS === undefined || Math.abs(offsetS) <= p.offsetS) return;
    findings.add(from, to - 1, offsetS, p.offsetS);
  },
  words: (offsetS, limitS) => `The collector clock was off by ${number(offsetS)} s (allowed: ${limitS} s).`,
  example: {
    story: 'A collector that lost its time source a week ago.',
    context: () => exampleRows([[1, 200]], {}, { collection: { collectorOffsetS: 4 } }),
    expected: [{ first: 0, last: 0, severity: 'suspect' }],
  },
});
