import { Quality, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import {
  type ChannelFacts,
  detectionRows,
  emptySeries,
  type FoundSpan,
  ruleRows,
  scoreDetection,
  seededRandom,
  type Trial,
} from '../../src/index.ts';

const facts: ChannelFacts = {
  ...{ channel: 1, meter: 1, commodity: 'electricity', kind: 'delivered' },
  ...{ intervalS: 3_600, resolution: 1_000, zone: zoneTable('Europe/Berlin') },
};

function series() {
  const made = emptySeries(Date.parse('2026-01-31T23:00:00Z') / 1_000, 3_600, 24 * 300);
  const random = seededRandom(1);
  for (let i = 0; i < made.value.length; i++) {
    made.value[i] = 1 + random.below(90);
    made.quality[i] = Quality.valid;
  }
  return made;
}

/** Rows below zero, each found. */
function negatives({ rows, facts: { intervalS } }: Trial): FoundSpan[] {
  return [...rows.endS].flatMap((endS, i) =>
    rows.value[i]! < 0 ? [{ rule: 'negative', fromS: endS - intervalS, toS: endS }] : [],
  );
}

function score(run: (trial: Trial) => FoundSpan[]) {
  const sums = scoreDetection({ name: 'a', facts, series: series() }, { seed: 4, trials: 5 }, run);
  const row = detectionRows([sums]).find(({ fault }) => fault === 'negative')!;
  return { row, rules: ruleRows([sums]) };
}

describe('rules against injected faults', () => {
  it('a rule that finds each and nothing else has precision and recall of 1', () => {
    const { row } = score(negatives);
    expect(row).toMatchObject({ injected: 5, recall: 1, precision: 1, strictPrecision: 1, per1000Days: 0 });
  });

  it('a rule that says nothing finds nothing', () => {
    const { row } = score(() => []);
    expect(row).toMatchObject({ injected: 5, recall: 0 });
    expect(row.precision).toBeUndefined();
  });

  it('what was said before is no fault of the injection, but counts as an alarm', () => {
    const always = (trial: Trial): FoundSpan => ({
      ...{ rule: 'negative', fromS: trial.rows.endS[0]!, toS: trial.rows.endS[1]! },
    });
    const { row } = score((trial) => [always(trial), ...negatives(trial)]);
    expect(row).toMatchObject({ recall: 1, precision: 1, strictPrecision: 0.5 });
    expect(row.per1000Days).toBeCloseTo(1_000 / 38);
  });

  it('what is said elsewhere with the fault is wrong, whoever says it', () => {
    const far = (trial: Trial, rule: string): FoundSpan[] => {
      const fromS = trial.rows.endS[0]!;
      return negatives(trial).map((_, i) => ({ rule, fromS: fromS + i, toS: fromS + i + 1 }));
    };
    const { row, rules } = score((trial) => [
      ...negatives(trial),
      ...far(trial, 'negative'),
      ...far(trial, 'zero'),
    ]);
    expect(row).toMatchObject({ recall: 1, precision: 0.5 });
    expect(rules.find(({ rule }) => rule === 'zero')).toMatchObject({ injected: 0, precision: 0 });
  });
});
