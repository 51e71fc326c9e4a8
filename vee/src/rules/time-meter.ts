import { Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { number } from './common.ts';
import { exampleRows } from './examples.ts';

export const timeMeter = defineIngestRule({
  id: 'time-meter',
  number: 1,
  stage: 'ingest',
  title: 'The meter clock was wrong when its readings were fetched.',
  source: 'California DASMMD: clock within 3 minutes',
  severity: Severity.fail,
  reason: Reason.clockShift,
  parameters: {
    suspectS: {
      unit: 's',
      default: 180,
      min: 1,
      max: 3_600,
      meaning: 'Drift from which the block is suspect',
    },
    failS: { unit: 's', default: 900, min: 1, max: 86_400, meaning: 'Drift from which the block fails' },
  },
  applies: () => true,
  check({ collection, from, to }, p, findings) {
    const offsetS = collection?.meterClockOffsetS;
    if (offsetS === undefined) return;
    const driftS = Math.abs(offsetS);
    if (driftS > p.failS) findings.add(from, to - 1, offsetS, p.failS);
    else if (driftS > p.suspectS) findings.addAs(Severity.suspect, from, to - 1, offsetS, p.suspectS);
  },
  words: (offsetS, limitS) =>
    `The meter clock was ${number(Math.abs(offsetS))} s ${offsetS > 0 ? 'fast' : 'slow'} (limit ${limitS}).`,
  example: {
    story: 'A meter whose clock is five minutes slow delivers two hours.',
    context: () =>
      exampleRows(
        [
          [1, 200],
          [2, 210],
        ],
        {},
        { collection: { meterClockOffsetS: -300 } },
      ),
    expected: [{ first: 0, last: 1, severity: 'suspect' }],
  },
});
