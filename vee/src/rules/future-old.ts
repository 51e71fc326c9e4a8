import { Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { addRuns } from './common.ts';
import { exampleRows } from './examples.ts';

export const futureOld = defineIngestRule({
  id: 'future-old',
  number: 26,
  stage: 'ingest',
  title: 'Readings are of the future, or of a time without the meter.',
  source: 'Handbook of the house; VERIFI asks for a list of future dates',
  severity: Severity.fail,
  reason: 0,
  reasonOf: (measure) => (measure > 0 ? Reason.futureStamp : 0),
  parameters: {
    futureS: { unit: 's', default: 300, min: 0, max: 86_400, meaning: 'How far ahead of now an end may be' },
  },
  applies: () => true,
  check({ facts, batch, from, to, nowS, firstEndS, lastEndS }, p, findings) {
    const latest = Math.min(nowS + p.futureS, facts.removedS ?? Number.POSITIVE_INFINITY);
    const earliest = (facts.installedS ?? 0) + facts.intervalS;
    if (lastEndS > latest) {
      const limit = nowS + p.futureS;
      const aheadS = (i: number) => Math.max(0, batch.end[i]! - limit);
      addRuns(findings, from, to, (i) => batch.end[i]! > latest, aheadS, p.futureS);
    }
    if (facts.installedS !== undefined && firstEndS < earliest) {
      addRuns(
        findings,
        from,
        to,
        (i) => batch.end[i]! < earliest,
        (i) => batch.end[i]! - earliest,
        0,
      );
    }
  },
  words: (measure) => {
    if (measure > 0) return `The end is ${measure} s further ahead of now than a clock may be.`;
    return measure < 0
      ? 'The interval begins before the meter was installed.'
      : 'The interval ends after the meter was removed.';
  },
  example: {
    story: 'A meter with a clock of the next day.',
    context: () =>
      exampleRows([
        [1, 200],
        [72, 210],
      ]),
    expected: [{ first: 1, last: 1, severity: 'fail' }],
  },
});
