/**
 * Rules against injected faults: the same piece of a real channel's life is judged twice, as it was and
 * with the fault, and what the rules say is compared.
 *
 *   as it was      ──rules──▶ findings before      real, or false: counted for themselves
 *   with a fault   ──rules──▶ findings ─┬─ there before: left out
 *                                       ├─ on the fault, by a rule that is to find it: right
 *                                       ├─ on the fault, by a rule that may speak of it: left out
 *                                       └─ anything else: wrong
 */
import type { Period } from '@openami/model';
import { type ClockGrid, clockGrid } from '../clock-grid.ts';
import type { ChannelFacts } from '../facts.ts';
import { ruleById } from '../rules/table.ts';
import type { Fault } from './inject.ts';
import { faults } from './inject.ts';
import { type DetectionFigures, type DetectionSum, detectionFigures, noDetections } from './measure.ts';
import { seededRandom } from './random.ts';
import { midnightRegister } from './registers.ts';
import type { ScoreSubject } from './subject.ts';
import { drawTrial, type Trial, type TrialSource } from './trial.ts';

/** What a rule said, by time. */
export interface FoundSpan {
  readonly rule: string;
  /** Instants, UTC seconds. */
  readonly fromS: number;
  readonly toS: number;
}

/** Runs all rules over a trial as they would be run over arriving readings. */
export type RunTrial = (trial: Trial) => readonly FoundSpan[];

export interface DetectionRow extends DetectionFigures {
  readonly fault: string;
  readonly rule: string;
  readonly deterministic: boolean;
}

export interface RuleRow extends DetectionFigures {
  readonly rule: string;
}

export interface DetectionOptions {
  readonly seed: number;
  /** Trials of each fault in each channel; default 2. */
  readonly trials?: number;
}

/** Days before and after the fault's day: enough for rules that know the channel's past and its month. */
const windows = {
  day: { historyDays: 35, afterDays: 3 },
  on: { historyDays: 63, afterDays: 32 },
} as const;

/** Plain data, that goes from one process to another: by `fault/rule`, and by rule. */
export interface DetectionSums {
  readonly byFault: Record<string, DetectionSum>;
  readonly byRule: Record<string, DetectionSum>;
}

/** Tries every fault on a channel. */
export function scoreDetection(
  { facts, series, name }: ScoreSubject,
  { seed, trials = 2 }: DetectionOptions,
  run: RunTrial,
): DetectionSums {
  const sums: DetectionSums = { byFault: {}, byRule: {} };
  const grid: ClockGrid = clockGrid(facts.zone, series.startS, series.intervalS, series.value.length);
  const register = midnightRegister(series, grid, facts.resolution);
  const source: TrialSource = { facts, series, grid, register };
  for (const fault of faults) {
    const random = seededRandom(seed, `${name}/${fault.id}`);
    for (let i = 0; i < trials; i++) {
      const trial = drawTrial(source, windows[fault.lasts], random, fault.days?.(facts));
      const injected = trial && fault.inject(trial, random);
      if (injected) judge(sums, fault, trial, injected, run);
    }
  }
  return sums;
}

/** Figures of each fault and rule that is to find it, over many channels. */
export function detectionRows(channels: readonly DetectionSums[]): DetectionRow[] {
  const sums = added(channels.map(({ byFault }) => byFault));
  return faults.flatMap((fault) =>
    fault.rules.flatMap((rule) => {
      const sum = sums[`${fault.id}/${rule}`];
      if (!sum) return [];
      return { fault: fault.id, rule, deterministic: fault.certain.includes(rule), ...detectionFigures(sum) };
    }),
  );
}

/** Figures of each rule over all trials of many channels, by name. */
export function ruleRows(channels: readonly DetectionSums[]): RuleRow[] {
  return Object.entries(added(channels.map(({ byRule }) => byRule)))
    .map(([rule, sum]) => ({ rule, ...detectionFigures(sum) }))
    .sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

function added(parts: readonly Record<string, DetectionSum>[]): Record<string, DetectionSum> {
  const all: Record<string, DetectionSum> = {};
  for (const part of parts) for (const [key, sum] of Object.entries(part)) add(sumOf(all, key), sum);
  return all;
}

function judge(
  { byFault, byRule }: DetectionSums,
  fault: Fault,
  trial: Trial,
  injected: { trial: Trial; span: Period },
  run: RunTrial,
): void {
  const before = run(trial);
  const known = new Set(before.map(keyOf));
  const fresh = run(injected.trial).filter((found) => !known.has(keyOf(found)));
  const days = trial.lastDay - trial.firstDay;
  for (const rule of fault.rules) {
    if (!asks(rule, injected.trial.facts)) continue;
    const right = fresh.filter((found) => found.rule === rule && overlaps(found, injected.span)).length;
    const wrong = fresh.filter((found) => found.rule === rule).length - right;
    const said = { injected: 1, found: right > 0 ? 1 : 0, right, wrong };
    const was = { before: before.filter((found) => found.rule === rule).length, days };
    add(sumOf(byFault, `${fault.id}/${rule}`), { ...said, ...was });
    add(sumOf(byRule, rule), { ...said, ...was });
  }
  for (const found of fresh) {
    if (fault.rules.includes(found.rule)) continue;
    if (overlaps(found, injected.span) && fault.also.includes(found.rule)) continue;
    add(sumOf(byRule, found.rule), { ...noDetections(), wrong: 1 });
  }
}

function sumOf(sums: Record<string, DetectionSum>, key: string): DetectionSum {
  const known = sums[key];
  if (known) return known;
  const sum = noDetections();
  sums[key] = sum;
  return sum;
}

function add(to: DetectionSum, from: DetectionSum): void {
  for (const key of Object.keys(to) as (keyof DetectionSum)[]) to[key] += from[key];
}

function keyOf({ rule, fromS, toS }: FoundSpan): string {
  return `${rule}/${fromS}/${toS}`;
}

/** True when the rule has anything to say about such a channel, or about its register. */
function asks(rule: string, facts: ChannelFacts): boolean {
  const known = ruleById(rule);
  if (known === undefined) return true;
  return known.applies(facts) || known.applies({ ...facts, intervalS: 0 });
}

function overlaps({ fromS, toS }: FoundSpan, span: Period): boolean {
  return fromS < span.to && toS > span.from;
}
