/**
 * A rule: one question asked of readings, with its parameters, its source and a worked example that
 * the tests run and the documentation shows. Rules are pure and keep nothing between calls.
 */
import type { DayContext, IngestInput, PeriodContext, ReadingRun } from './context.ts';
import type { DayDigest } from './digest.ts';
import type { ChannelFacts } from './facts.ts';
import type { Findings, SeverityCode, SeverityName } from './finding.ts';

export type Stage = 'ingest' | 'day' | 'period';

export interface ParameterSpec {
  /** Unit in which the number is given, `1` for a ratio. */
  readonly unit: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

export type ParameterSpecs<P extends string> = { readonly [K in P]: ParameterSpec };
export type Parameters<P extends string> = { readonly [K in P]: number };

/** What a worked example expects: slots or rows counted from the start of its day or run. */
export interface ExpectedFinding {
  readonly first: number;
  readonly last: number;
  readonly severity: SeverityName;
}

interface RuleBase<P extends string> {
  /** Kebab-case name: the key in rule sets. */
  readonly id: string;
  /** As stored in findings; never renumbered. */
  readonly number: number;
  /** What it holds against readings, as a short sentence. */
  readonly title: string;
  /** Where the rule comes from. */
  readonly source: string;
  /** The most a finding of it weighs unless the rule set says otherwise. */
  readonly severity: SeverityCode;
  /**
   * It says that the day as a whole is unusual, or that something beside it is wrong, not that values are:
   * its findings leave the states of the slots alone.
   */
  readonly ofWhole?: true;
  /** Reason bits of model's `Reason` set on the readings of a finding; 0 for none. */
  readonly reason: number;
  /** The same where it depends on the finding. */
  reasonOf?(measure: number, limit: number): number;
  readonly parameters: ParameterSpecs<P>;
  /** Whether it has anything to say about such a channel. Asked once a channel, not once a day. */
  applies(facts: ChannelFacts): boolean;
  /** A finding in words a person understands. */
  words(measure: number, limit: number, facts: ChannelFacts): string;
}

export interface IngestRule<P extends string = string> extends RuleBase<P> {
  readonly stage: 'ingest';
  check(run: ReadingRun, p: Parameters<P>, findings: Findings): void;
  /** The same question of a day's slots, where it can be asked again at day close. */
  checkDay?(day: DayContext, digest: DayDigest, p: Parameters<P>, findings: Findings): void;
  readonly example: Example<IngestInput>;
}

export interface DayRule<P extends string = string> extends RuleBase<P> {
  readonly stage: 'day';
  check(day: DayContext, digest: DayDigest, p: Parameters<P>, findings: Findings): void;
  readonly example: Example<DayContext>;
}

export interface PeriodRule<P extends string = string> extends RuleBase<P> {
  readonly stage: 'period';
  check(period: PeriodContext, p: Parameters<P>, findings: Findings): void;
  readonly example: Example<PeriodContext>;
}

export type Rule = IngestRule | DayRule | PeriodRule;

export interface Example<C> {
  /** What the example shows. */
  readonly story: string;
  /** Makes the context anew: a check may not rely on what an earlier one left. */
  context(): C;
  readonly expected: readonly ExpectedFinding[];
}

/** The same rule; infers the names of its parameters. */
export function defineIngestRule<const P extends string>(rule: IngestRule<P>): IngestRule {
  return rule as unknown as IngestRule;
}

export function defineDayRule<const P extends string>(rule: DayRule<P>): DayRule {
  return rule as unknown as DayRule;
}

export function definePeriodRule<const P extends string>(rule: PeriodRule<P>): PeriodRule {
  return rule as unknown as PeriodRule;
}
