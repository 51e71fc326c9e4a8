/** Judges the evidence of a dispute: every rule, and what they come to. */
import type { DisputeFacts } from './facts.ts';
import type { DisputeRule, Finding } from './findings.ts';
import {
  checkMeterRule,
  clockRule,
  eventsRule,
  installationRule,
  periodRule,
  registerRule,
  tariffRule,
} from './rules-meter.ts';
import {
  changedSinceRule,
  editsRule,
  estimatedRule,
  exceptionsRule,
  framesRule,
  missingRule,
  repeatsRule,
} from './rules-readings.ts';
import { lastPeriodRule, lastYearRule, weekRule } from './rules-usage.ts';

export const disputeRules: readonly DisputeRule[] = [
  ...[registerRule, checkMeterRule, changedSinceRule, repeatsRule, estimatedRule, editsRule, exceptionsRule],
  ...[missingRule, installationRule, eventsRule, clockRule, tariffRule, periodRule],
  ...[lastPeriodRule, lastYearRule, weekRule, framesRule],
];

export interface Weighed {
  readonly findings: readonly Finding[];
  /** Sums of weights. */
  readonly supports: number;
  readonly against: number;
  /** What the evidence suggests; a person decides. */
  readonly suggests: 'stands' | 'rebill' | 'look';
  readonly words: string;
}

/** Rules whose finding against a bill is mended by making it anew. */
const mendedByRebill: ReadonlySet<string> = new Set(['changed-since', 'repeats', 'tariff', 'agreement']);
const decides = 3;

/** Findings of every rule, the heaviest first, and what they suggest. */
export function weighDispute(facts: DisputeFacts): Weighed {
  const findings = disputeRules.flatMap(({ id, find }) => find(facts).map((one) => ({ rule: id, ...one })));
  const sumOf = (verdict: Finding['verdict']) =>
    findings.reduce((sum, one) => sum + (one.verdict === verdict ? one.weight : 0), 0);
  const [pro, contra] = [sumOf('supports'), sumOf('against')];
  const decisive = findings.filter(({ verdict, weight }) => verdict === 'against' && weight >= decides);
  const suggests = decisive.some(({ rule }) => mendedByRebill.has(rule))
    ? 'rebill'
    : decisive.length > 0 || contra >= pro
      ? 'look'
      : 'stands';
  return {
    findings: findings.sort((a, b) => b.weight - a.weight),
    ...{ supports: pro, against: contra, suggests, words: suggestionWords[suggests] },
  };
}

const suggestionWords: Readonly<Record<Weighed['suggests'], string>> = {
  stands: 'The evidence supports the bill.',
  rebill: 'Make the bill anew: what it was made from has changed, or does not fit it.',
  look: 'The evidence does not settle it: look at what speaks against the bill.',
};
