/**
 * The intervals between two register readings add up to what the register moved. Readings between slot
 * ends leave the slots they fall into open: those widen the tolerance by their own energy.
 *
 *   register        r0                      r1
 *   slots     |  a  |  b  |  c  |  d  |  e  |  f       Σ = part of a + b + c + d + e + part of f
 */
import type { DayContext, RegisterSpan } from '../context.ts';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { hasValue, type Series } from '../series.ts';
import { amount, isOneWay } from './common.ts';
import { EXAMPLE_START_S, exampleDay, homeDay } from './examples.ts';

interface SpanSum {
  readonly sum: number;
  /** Energy of the slots cut by an end of the span. */
  readonly open: number;
  readonly first: number;
  readonly last: number;
}

/** Sum of the slots in a span; undefined when one is missing or outside the series. */
function sumOf(series: Series, span: RegisterSpan): SpanSum | undefined {
  const { startS, intervalS, value, quality } = series;
  const from = (span.fromS - startS) / intervalS;
  const to = (span.toS - startS) / intervalS;
  const first = Math.floor(from);
  const last = Math.ceil(to) - 1;
  if (first < 0 || last >= value.length || last < first) return undefined;
  let sum = 0;
  let open = 0;
  for (let i = first; i <= last; i++) {
    if (!hasValue(quality[i]!)) return undefined;
    const inside = Math.min(to, i + 1) - Math.max(from, i);
    sum += value[i]! * inside;
    if (inside < 1) open += Math.abs(value[i]!);
  }
  return { sum, open, first, last };
}

function ends(day: DayContext, span: RegisterSpan): boolean {
  const { startS, intervalS } = day.series;
  return span.toS > startS + day.from * intervalS && span.toS <= startS + day.to * intervalS;
}

export const sumCheck = defineDayRule({
  id: 'sum-check',
  number: 10,
  stage: 'day',
  title: 'Intervals do not add up to the advance of the register.',
  source: 'EEI Uniform Business Practices, Ontario MDM/R: sum check',
  severity: Severity.fail,
  reason: 0,
  parameters: {
    steps: { unit: '1', default: 2, min: 0, max: 1_000, meaning: 'Register steps of difference allowed' },
    share: { unit: '1', default: 0.002, min: 0, max: 1, meaning: 'Share of the advance allowed' },
  },
  applies: (facts) => facts.intervalS > 0 && isOneWay(facts),
  check(day, _digest, p, findings) {
    for (const span of day.spans ?? []) {
      if (span.fault !== undefined || !ends(day, span)) continue;
      const found = sumOf(day.series, span);
      if (found === undefined) continue;
      const allowed = Math.max(p.steps * span.step, p.share * span.advance) + found.open;
      if (Math.abs(found.sum - span.advance) <= allowed) continue;
      const first = Math.max(found.first, day.from);
      findings.add(first, Math.min(found.last, day.to - 1), found.sum, span.advance);
    }
  },
  words: (sum, advance, facts) =>
    `The intervals hold ${amount(facts, sum)}, the register advanced by ${amount(facts, advance)}.`,
  example: {
    story:
      'A digit is lost in a copy: 88 Wh instead of 880 in the hour from 18:00, while the register moved on.',
    context: () =>
      exampleDay(
        homeDay.map((value, h) => (h === 18 ? 88 : value)),
        {},
        {
          spans: [{ fromS: EXAMPLE_START_S, toS: EXAMPLE_START_S + 86_400, advance: 10_995, step: 100 }],
        },
      ),
    expected: [{ first: 0, last: 23, severity: 'fail' }],
  },
});
