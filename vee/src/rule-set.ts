/** Which rules run on which channel. */
import type { BoundRule, DayRule, IngestRule, PeriodRule, Rule } from './rule.ts';

/** One step of a rule group, in the order of the group. */
export type Step<R extends Rule = Rule> =
  | { readonly kind: 'rule'; readonly bound: BoundRule<R> }
  /** Ends the group when none of these rules had anything to say so far. */
  | { readonly kind: 'successful-termination'; readonly passed: readonly number[] }
  /** Ends the group with a finding when these rules spoke on `days` of the last `within` days. */
  | {
      readonly kind: 'prior-pattern';
      readonly of: readonly number[];
      readonly days: number;
      readonly within: number;
    };

/** The steps that apply to one channel. Channels alike share a selection. */
export interface Selection {
  readonly ingest: readonly Step<IngestRule>[];
  readonly day: readonly Step<DayRule>[];
  readonly period: readonly Step<PeriodRule>[];
}
