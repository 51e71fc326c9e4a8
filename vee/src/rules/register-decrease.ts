/**
 * A cumulative register that shows less than before: exchanged, rolled over or reset. Which of them is
 * for the register calculus to say; here it is found, so that no difference is taken across it unseen.
 */
import { Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { amount } from './common.ts';
import { exampleRows } from './examples.ts';

export const registerDecrease = defineIngestRule({
  id: 'register-decrease',
  number: 33,
  stage: 'ingest',
  title: 'A cumulative register shows less than before.',
  source: 'Handbook of the house: a meter swap must not read as a negative',
  severity: Severity.suspect,
  reason: 0,
  parameters: {},
  applies: (facts) => facts.intervalS === 0 && facts.kind !== 'level' && facts.kind !== 'net',
  check({ batch, from, to, statistics, firstEndS }, _p, findings) {
    const known =
      statistics !== undefined && statistics.highestEndS > 0 && firstEndS > statistics.highestEndS;
    let beforeS = known ? statistics.highestEndS : 0;
    let before = known ? statistics.lastValue : Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      // A row out of order is no step of the register.
      if (batch.end[i]! <= beforeS) continue;
      if (batch.value[i]! < before) findings.add(i, i, batch.value[i]!, before);
      beforeS = batch.end[i]!;
      before = batch.value[i]!;
    }
  },
  words: (value, before, facts) =>
    `The register shows ${amount(facts, value)} after ${amount(facts, before)}: exchanged or reset?`,
  example: {
    story: 'A water meter of 36,412 L is replaced by a new one.',
    context: () =>
      exampleRows(
        [
          [1, 36_400],
          [2, 36_412],
          [3, 2],
          [4, 9],
        ],
        { commodity: 'water', intervalS: 0 },
      ),
    expected: [{ first: 2, last: 2, severity: 'suspect' }],
  },
});
