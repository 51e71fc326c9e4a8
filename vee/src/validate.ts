/**
 * Runs rules: over batches as they come in, over days when they close, over billing periods. One pass
 * over the rows works out what most rules need, so that a rule with nothing to say costs a comparison.
 */
import { forEachRun, Quality, type ReadingBatch } from '@openami/model';
import type { Collection, DayContext, PeriodContext, ReadingRun } from './context.ts';
import { DayDigest } from './digest.ts';
import type { ChannelFacts } from './facts.ts';
import { type Findings, Severity } from './finding.ts';
import type { DayStop, Selection } from './rule-set.ts';
import { ruleByNumber } from './rules/table.ts';
import type { ChannelStatistics } from './statistics.ts';

/** What ingest knows of a channel. */
export interface ChannelState {
  readonly facts: ChannelFacts;
  readonly selection: Selection;
  readonly statistics?: ChannelStatistics;
}

/** State of a channel id; undefined for one that is not validated. */
export type StateOf = (channel: number) => ChannelState | undefined;

/** Rows of one channel in a batch; the same object for every run. */
class Run implements ReadingRun {
  facts!: ChannelFacts;
  batch!: ReadingBatch;
  from = 0;
  to = 0;
  statistics: ChannelStatistics | undefined;
  collection: Collection | undefined;
  nowS = 0;
  minimum = 0;
  maximum = 0;
  firstEndS = 0;
  lastEndS = 0;
  anyFlags = 0;
  ascending = true;
  onGrid = true;

  /** One pass over rows [from, to). */
  take(batch: ReadingBatch, from: number, to: number, state: ChannelState): void {
    this.batch = batch;
    this.from = from;
    this.to = to;
    this.facts = state.facts;
    this.statistics = state.statistics;
    const { end, value, flags } = batch;
    const { intervalS } = state.facts;
    const first = end[from]!;
    let minimum = value[from]!;
    let maximum = minimum;
    let firstEndS = first;
    let lastEndS = first;
    let anyFlags = flags[from]!;
    let ascending = true;
    let onGrid = intervalS === 0 || state.facts.zone.localAt(first) % intervalS === 0;
    for (let i = from + 1; i < to; i++) {
      const v = value[i]!;
      const e = end[i]!;
      if (v < minimum) minimum = v;
      if (v > maximum) maximum = v;
      anyFlags |= flags[i]!;
      if (e > lastEndS) {
        // The usual step needs no division.
        if (e - lastEndS !== intervalS && intervalS > 0 && (e - first) % intervalS !== 0) onGrid = false;
        lastEndS = e;
        continue;
      }
      ascending = false;
      if (e < firstEndS) firstEndS = e;
      if (intervalS > 0 && (e - first) % intervalS !== 0) onGrid = false;
    }
    this.minimum = minimum;
    this.maximum = maximum;
    this.firstEndS = firstEndS;
    this.lastEndS = lastEndS;
    this.anyFlags = anyFlags >>> 0;
    this.ascending = ascending;
    this.onGrid = onGrid;
  }
}

/** Holds the scratch memory of the rules; one a worker. */
export class Validator {
  /** What the last `validateDay` found in one pass; good until the next call. */
  readonly digest = new DayDigest();
  readonly #run = new Run();

  /**
   * Ingest-stage rules over a batch, in place: raw readings become valid, or questionable with the
   * reasons set. Findings hold rows of the batch. Rows of a channel should lie together.
   */
  validateBatch(
    batch: ReadingBatch,
    stateOf: StateOf,
    nowS: number,
    findings: Findings,
    collection?: Collection,
  ): void {
    const run = this.#run;
    run.nowS = nowS;
    run.collection = collection;
    const { channel, length } = batch;
    forEachRun(channel, length, (id, from, to) => {
      const state = stateOf(id);
      if (state === undefined) return;
      findings.enter();
      run.take(batch, from, to, state);
      for (const { rule, severity, parameters } of state.selection.ingest) {
        findings.begin(rule.number, severity);
        rule.check(run, parameters, findings);
      }
      markSlots(batch.quality, batch.flags, from, to, findings);
    });
  }

  /** Day-stage rules over one local day. Findings hold slots of the series; the series is not changed. */
  validateDay(day: DayContext, selection: Selection, findings: Findings): void {
    const { digest } = this;
    digest.take(day.series, day.from, day.to);
    findings.enter();
    for (const step of selection.day) {
      if ('stop' in step) {
        if (stops(step, day, findings)) return;
        continue;
      }
      findings.begin(step.number, step.severity);
      step.check(day, digest, step.parameters, findings);
    }
  }

  /** Period-stage rules. Findings hold days of the period. */
  validatePeriod(period: PeriodContext, selection: Selection, findings: Findings): void {
    findings.enter();
    for (const { rule, severity, parameters } of selection.period) {
      findings.begin(rule.number, severity);
      rule.check(period, parameters, findings);
    }
  }
}

function stops(step: DayStop, day: DayContext, findings: Findings): boolean {
  if (step.stop === 'clean') return step.of.every((rule) => !findings.has(rule));
  const days = new Set<number>();
  for (const { rule, day: on } of day.prior ?? []) {
    if (on < day.day && on >= day.day - step.within && step.of.includes(rule)) days.add(on);
  }
  return days.size >= step.days;
}

/**
 * Writes the findings of the current context into slots [from, to): raw becomes valid, or questionable
 * where something suspect was found; reasons are set. Values that were made or verified keep their state, and
 * so do those that a finding says nothing against: of a rule about the day as a whole, or `isExplained`.
 */
export function markSlots(
  quality: Uint8Array,
  flags: Uint32Array,
  from: number,
  to: number,
  findings: Findings,
  isExplained: (row: number) => boolean = () => false,
): void {
  for (let i = from; i < to; i++) if (quality[i] === Quality.raw) quality[i] = Quality.valid;
  for (let k = findings.since; k < findings.length; k++) {
    const rule = ruleByNumber(findings.rule[k]!);
    if (rule === undefined) continue;
    const reason = rule.reasonOf?.(findings.measure[k]!, findings.limit[k]!) ?? rule.reason;
    const suspect = findings.severity[k]! >= Severity.suspect && !rule.ofWhole && !isExplained(k);
    const last = Math.min(findings.last[k]!, to - 1);
    for (let i = Math.max(findings.first[k]!, from); i <= last; i++) {
      flags[i] = flags[i]! | reason;
      if (suspect && quality[i] === Quality.valid) quality[i] = Quality.questionable;
    }
  }
}
