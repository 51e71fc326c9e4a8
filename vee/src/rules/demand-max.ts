/** No interval can hold more than the service carries; more than was agreed is for a person to see. */
import { Reason } from '@openami/model';
import type { ChannelFacts } from '../facts.ts';
import { type Findings, Severity } from '../finding.ts';
import { defineIngestRule } from '../rule.ts';
import { countsPerSlot, isJudged, isSummed, number, perHourOf } from './common.ts';
import { exampleRows } from './examples.ts';

const NONE = Number.POSITIVE_INFINITY;

/** Counts a slot from which it is impossible, and from which it is more than agreed. */
function failLimit(facts: ChannelFacts, factor: number): number {
  return facts.capacityPerHour === undefined ? NONE : countsPerSlot(facts, facts.capacityPerHour) * factor;
}

function suspectLimit(facts: ChannelFacts): number {
  return facts.agreedPerHour === undefined ? NONE : countsPerSlot(facts, facts.agreedPerHour);
}

function judge(facts: ChannelFacts, i: number, value: number, failAt: number, findings: Findings): void {
  if (value > failAt) findings.add(i, i, perHourOf(facts, value), perHourOf(facts, failAt));
  else if (value > suspectLimit(facts))
    findings.addAs(Severity.suspect, i, i, perHourOf(facts, value), facts.agreedPerHour!);
}

export const demandMax = defineIngestRule({
  id: 'demand-max',
  number: 13,
  stage: 'ingest',
  title: 'An interval holds more than the service can carry.',
  source: 'Ontario MDM/R: maximum demand; capability A·V·√3 or by phase',
  severity: Severity.fail,
  reason: Reason.outOfRange,
  parameters: {
    factor: { unit: '1', default: 1.1, min: 1, max: 10, meaning: 'Times the service capability that fails' },
  },
  applies: (facts) =>
    isSummed(facts) && (facts.capacityPerHour !== undefined || facts.agreedPerHour !== undefined),
  check({ facts, batch, from, to, maximum }, p, findings) {
    const failAt = failLimit(facts, p.factor);
    if (maximum <= Math.min(failAt, suspectLimit(facts))) return;
    for (let i = from; i < to; i++) judge(facts, i, batch.value[i]!, failAt, findings);
  },
  checkDay({ facts, series, from, to }, digest, p, findings) {
    const failAt = failLimit(facts, p.factor);
    if (digest.maximum <= Math.min(failAt, suspectLimit(facts))) return;
    for (let i = from; i < to; i++) {
      if (isJudged(series.quality[i]!)) judge(facts, i, series.value[i]!, failAt, findings);
    }
  },
  words: (perHour, limit, facts) => {
    const unit = facts.commodity === 'gas' || facts.commodity === 'water' ? 'L/h' : 'W';
    return `The interval makes ${number(perHour)} ${unit}; the limit is ${number(limit)} ${unit}.`;
  },
  example: {
    story: 'A service of 63 A, three phases (43.6 kW): 60 kWh in an hour cannot be.',
    context: () =>
      exampleRows(
        [
          [1, 9_000],
          [2, 60_000],
        ],
        { capacityPerHour: 43_600 },
      ),
    expected: [{ first: 1, last: 1, severity: 'fail' }],
  },
});
