/** What a rule makes of the evidence: whether it speaks for the bill, with a weight and in plain words. */
import type { DisputeFacts } from './facts.ts';

export type Verdict = 'supports' | 'against' | 'neutral';

export interface Finding {
  /** The rule that found it. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** 0 for what is only told, 3 for what decides a case by itself. */
  readonly weight: 0 | 1 | 2 | 3;
  readonly words: string;
}

/** A worked example is the test of its rule. */
interface RuleExample {
  readonly name: string;
  readonly facts: Partial<DisputeFacts>;
  readonly gives: readonly Omit<Finding, 'rule'>[];
}

export interface DisputeRule {
  readonly id: string;
  readonly title: string;
  /** Nothing where the evidence says nothing. */
  readonly find: (facts: DisputeFacts) => readonly Omit<Finding, 'rule'>[];
  readonly examples: readonly RuleExample[];
}

export const supports = (weight: Finding['weight'], words: string) =>
  ({ verdict: 'supports', weight, words }) as const;
export const against = (weight: Finding['weight'], words: string) =>
  ({ verdict: 'against', weight, words }) as const;
export const neutral = (words: string) => ({ verdict: 'neutral', weight: 0, words }) as const;

/** `12.3 %`, `+12.3 %` where signed. */
export function percentText(share: number, signed = false): string {
  const text = `${Math.round(share * 1_000) / 10} %`;
  return signed && share > 0 ? `+${text}` : text;
}

/** `1 interval`, `2 intervals`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
