/**
 * Rule sets: which rules run on which channel, how severe, with which parameters. A set is data with a
 * version and effective dates; its groups apply in order, later ones change what earlier ones said.
 *
 *   { id, version, effectiveFrom, effectiveTo, groups: [ { when: { commodity: [gas] }, steps: [
 *       negative,                                                  as it is
 *       { rule: spike, severity: suspect, parameters: { limit: 3 } },
 *       { rule: zero, on: false },
 *       { stop: clean, passed: [sum-check] },                      successful termination
 *       { stop: pattern, of: [spike], days: 3, within: 10 }        prior pattern
 *   ], estimates: {                                                  what estimates of these channels know
 *       holidays: [2026-12-25], exclude: [2026-07-14],             exclude: days never to learn from
 *       temperature: 4711                                          channel of the outside temperature
 *   } } ] }
 */
import type { Commodity } from '@openami/model';
import type { DayContext } from './context.ts';
import type { DayDigest } from './digest.ts';
import type { ChannelFacts, QuantityKind } from './facts.ts';
import { type Findings, Severity, type SeverityCode, type SeverityName } from './finding.ts';
import type { IngestRule, Parameters, PeriodRule, Rule } from './rule.ts';
import { ruleById } from './rules/table.ts';

/** Which channels a group is for; what is left out is not asked. */
export interface Eligibility {
  readonly commodity?: readonly Commodity[];
  readonly kind?: readonly QuantityKind[];
  readonly class?: readonly string[];
  readonly meterType?: readonly string[];
  /** Interval lengths in seconds, both inclusive; 0 is a register. */
  readonly minIntervalS?: number;
  readonly maxIntervalS?: number;
}

export interface RuleStep {
  readonly rule: string;
  readonly on?: boolean;
  readonly severity?: SeverityName;
  readonly parameters?: Readonly<Record<string, number>>;
}

/** Ends the day's rules when none of the rules named in `passed` had anything to say. */
export interface StopWhenClean {
  readonly stop: 'clean';
  readonly passed: readonly string[];
}

/** Ends the day's rules when the rules named in `of` spoke on `days` of the last `within` days. */
export interface StopOnPattern {
  readonly stop: 'pattern';
  readonly of: readonly string[];
  readonly days: number;
  readonly within: number;
}

export type GroupStep = RuleStep | StopWhenClean | StopOnPattern;

/** What estimates of a group's channels know besides readings. Days are local day numbers. */
export interface EstimateFacts {
  /** Public holidays: like Sundays. */
  readonly holidays?: readonly number[];
  /** Days never to learn from: events of demand response, tests. */
  readonly exclude?: readonly number[];
  /** Channel of the outside temperature. */
  readonly temperature?: number;
}

export interface RuleGroup {
  readonly id: string;
  readonly when: Eligibility;
  readonly steps: readonly GroupStep[];
  readonly estimates?: EstimateFacts;
}

export interface RuleSet {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  /** Local dates as day numbers, [from, to). */
  readonly effectiveFrom: number;
  readonly effectiveTo: number;
  readonly groups: readonly RuleGroup[];
}

/** A rule bound to parameters and severity. */
export interface Bound<R extends Rule = Rule> {
  readonly rule: R;
  readonly severity: SeverityCode;
  readonly parameters: Parameters<string>;
}

/** A question to a day: of a day rule, or of an ingest rule that can be asked again. */
export interface DayStep {
  readonly number: number;
  readonly severity: SeverityCode;
  readonly parameters: Parameters<string>;
  check(day: DayContext, digest: DayDigest, p: Parameters<string>, findings: Findings): void;
}

export interface DayStop {
  readonly stop: 'clean' | 'pattern';
  readonly of: readonly number[];
  readonly days: number;
  readonly within: number;
}

/** The steps that apply to one channel. Channels alike share a selection. */
export interface Selection {
  readonly ingest: readonly Bound<IngestRule>[];
  readonly day: readonly (DayStep | DayStop)[];
  readonly period: readonly Bound<PeriodRule>[];
  readonly holidays: ReadonlySet<number>;
  readonly excludedDays: ReadonlySet<number>;
  /** Channel of the outside temperature. */
  readonly temperature: number | undefined;
}

/** The set in force on a local date; the highest version where several are. */
export function ruleSetOn(sets: readonly RuleSet[], day: number): RuleSet | undefined {
  let found: RuleSet | undefined;
  for (const set of sets) {
    const inForce = day >= set.effectiveFrom && day < set.effectiveTo;
    if (inForce && (found === undefined || set.version > found.version)) found = set;
  }
  return found;
}

/** What a set makes of a channel. Worked out once a channel, or once for all that are alike. */
export function selectRules(set: RuleSet, facts: ChannelFacts): Selection {
  const steps = new Map<string, GroupStep>();
  let stops = 0;
  const groups = set.groups.filter(({ when }) => isEligible(when, facts));
  for (const group of groups) {
    for (const step of group.steps) {
      if ('stop' in step) {
        steps.set(`stop ${stops++}`, step);
        continue;
      }
      const before = steps.get(step.rule) as RuleStep | undefined;
      const parameters = { ...before?.parameters, ...step.parameters };
      steps.set(step.rule, { on: true, ...before, ...step, parameters });
    }
  }
  const selection = {
    ingest: [] as Bound<IngestRule>[],
    day: [] as (DayStep | DayStop)[],
    period: [] as Bound<PeriodRule>[],
    holidays: new Set(groups.flatMap(({ estimates }) => estimates?.holidays ?? [])),
    excludedDays: new Set(groups.flatMap(({ estimates }) => estimates?.exclude ?? [])),
    temperature: groups.findLast(({ estimates }) => estimates?.temperature !== undefined)?.estimates
      ?.temperature,
  };
  for (const step of steps.values()) addStep(selection, step, facts);
  return selection;
}

function isEligible(when: Eligibility, facts: ChannelFacts): boolean {
  const { intervalS } = facts;
  return (
    (when.commodity === undefined || when.commodity.includes(facts.commodity)) &&
    (when.kind === undefined || when.kind.includes(facts.kind)) &&
    (when.class === undefined || when.class.includes(facts.serviceClass ?? '')) &&
    (when.meterType === undefined || when.meterType.includes(facts.meterType ?? '')) &&
    (when.minIntervalS === undefined || intervalS >= when.minIntervalS) &&
    (when.maxIntervalS === undefined || intervalS <= when.maxIntervalS)
  );
}

interface Building {
  readonly ingest: Bound<IngestRule>[];
  readonly day: (DayStep | DayStop)[];
  readonly period: Bound<PeriodRule>[];
}

function addStep(selection: Building, step: GroupStep, facts: ChannelFacts): void {
  if ('stop' in step) {
    const names = step.stop === 'clean' ? step.passed : step.of;
    const of = names.map((name) => ruleById(name)!.number);
    const { days, within } = step.stop === 'pattern' ? step : { days: 0, within: 0 };
    selection.day.push({ stop: step.stop, of, days, within });
    return;
  }
  const rule = ruleById(step.rule)!;
  if (step.on === false || !rule.applies(facts)) return;
  const severity = step.severity === undefined ? rule.severity : Severity[step.severity];
  const parameters = parametersOf(rule, step.parameters ?? {});
  if (rule.stage === 'period') selection.period.push({ rule, severity, parameters });
  else if (rule.stage === 'ingest') selection.ingest.push({ rule, severity, parameters });
  const check = rule.stage === 'day' ? rule.check : rule.stage === 'ingest' ? rule.checkDay : undefined;
  if (check !== undefined) selection.day.push({ number: rule.number, severity, parameters, check });
}

/** Defaults of a rule with some of them changed. */
export function parametersOf(rule: Rule, changes: Readonly<Record<string, number>> = {}): Parameters<string> {
  const values: Record<string, number> = {};
  for (const [name, spec] of Object.entries(rule.parameters)) values[name] = changes[name] ?? spec.default;
  return values;
}
