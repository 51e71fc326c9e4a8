/** Average daily use of the billing period against the same month last year, or the period before. */
import type { PeriodContext } from '../context.ts';
import { Severity } from '../finding.ts';
import { definePeriodRule } from '../rule.ts';
import { amount, completeDays, isSummed } from './common.ts';
import { EXAMPLE_DAY, exampleFacts } from './examples.ts';

function referenceOf(period: PeriodContext): number | undefined {
  const plain = period.sameMonthLastYear ?? period.lastPeriod;
  return plain === undefined ? undefined : plain * (period.weatherFactor ?? 1);
}

export const highLow = definePeriodRule({
  id: 'high-low',
  number: 12,
  stage: 'period',
  title: 'Average daily use is outside the range of its past.',
  source: 'California DASMMD, EEI Uniform Business Practices: high/low usage',
  severity: Severity.fail,
  reason: 0,
  parameters: {
    high: { unit: '1', default: 2, min: 1, max: 1e6, meaning: 'Times the reference that is too high' },
    low: { unit: '1', default: 0.5, min: 0, max: 1, meaning: 'Share of the reference that is too low' },
    days: { unit: 'd', default: 7, min: 1, max: 400, meaning: 'Complete days the period must have' },
    floor: {
      unit: 'base unit/d',
      default: 1_000,
      min: 0,
      max: 1e9,
      meaning: 'Both below it: nothing is said',
    },
  },
  applies: (facts) => isSummed(facts) && facts.irregular !== true && facts.kind !== 'net',
  check(period, p, findings) {
    const reference = referenceOf(period);
    const { sum, days } = completeDays(period.totals);
    if (reference === undefined || days < p.days) return;
    const average = sum / days;
    if (Math.max(average, reference) < (p.floor * 1_000) / period.facts.resolution) return;
    const last = period.totals.length - 1;
    if (average > p.high * reference) findings.add(0, last, average, p.high * reference);
    else if (average < p.low * reference) findings.add(0, last, average, p.low * reference);
  },
  words: (average, limit, facts) =>
    `${amount(facts, average)} a day; usual: ${average > limit ? 'up to' : 'from'} ${amount(facts, limit)}.`,
  example: {
    story: 'A month of 30 kWh a day, after 11 kWh a day in the same month last year.',
    context: () => ({
      facts: exampleFacts(),
      firstDay: EXAMPLE_DAY,
      totals: new Float64Array(30).fill(30_000),
      estimated: new Uint16Array(30),
      expected: new Uint16Array(30).fill(24),
      sameMonthLastYear: 11_000,
    }),
    expected: [{ first: 0, last: 29, severity: 'fail' }],
  },
});
