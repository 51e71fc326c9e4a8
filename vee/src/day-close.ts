/**
 * Closes a local day of a channel: judges what was measured, puts aside what cannot be, fills what is open.
 *
 *   stored rows ──┬─▶ what was measured ──rules──▶ valid, questionable, put aside ──ladder──▶ estimates
 *   put aside   ──┘                                        │                                    │
 *                                                      findings                        rows that changed
 *
 * It starts from what was measured, not from what an earlier closing made of it, so closing a day again
 * changes nothing, and the order in which readings came does not matter. What people decided stands: edited
 * and verified readings, and estimates that a person chose (reason `manual`), are neither judged nor filled.
 */
import { type Period, Quality } from '@openami/model';
import { type ClockGrid, slotsOfDay } from './clock-grid.ts';
import type { Arrival, DayContext, DayType, PhaseLevel, PriorFinding, Sibling } from './context.ts';
import { changedSlots, evidence, isTaken, keepDecided, keepEarlier } from './day-evidence.ts';
import { dayTypeOf } from './day-type.ts';
import type { Estimate, EstimateContext, EstimateHelp } from './estimate/contract.ts';
import { findGaps, isOpen } from './estimate/gap.ts';
import { estimateGaps } from './estimate/ladder.ts';
import type { ChannelFacts, QuantityKind } from './facts.ts';
import { Findings, Severity } from './finding.ts';
import { daySpans } from './registers/day-spans.ts';
import { advanceOf, type RegisterTrack, readAtOrBefore } from './registers/track.ts';
import type { Selection } from './rule-set.ts';
import { ruleById } from './rules/table.ts';
import { ABSENT, hasValue, isMeasured, type Series } from './series.ts';
import type { ChannelStatistics } from './statistics.ts';
import { markSlots, type Validator } from './validate.ts';

export interface DayInput {
  readonly facts: ChannelFacts;
  readonly selection: Selection;
  /** As stored now: the day, and what is known around it. Not changed. */
  readonly series: Series;
  readonly clock: ClockGrid;
  /** Measured values that estimates stand in for, on the same window; ABSENT where there is none. */
  readonly putAside?: Series;
  readonly day: number;
  /** Of the days before this one. */
  readonly statistics?: ChannelStatistics;
  readonly arrival?: Arrival;
  readonly register?: RegisterTrack;
  readonly outages?: readonly Period[];
  readonly disconnects?: readonly Period[];
  readonly returns?: readonly number[];
  readonly siblings?: readonly Sibling[];
  readonly expectedSiblings?: readonly QuantityKind[];
  readonly phases?: readonly PhaseLevel[];
  readonly prior?: readonly PriorFinding[];
  /** Times the channel owes readings of, UTC seconds; all of the day where not given. */
  readonly owed?: readonly Period[];
  /** Nothing is estimated here for now: the data is expected later. */
  readonly suspended?: boolean;
  /** Slots whose estimate somebody else made and answers for: a market's substitutes. They stay. */
  readonly kept?: ReadonlySet<number>;
  /** What estimates may use besides. */
  readonly help?: EstimateHelp;
}

export interface ClosedDay {
  /** Slots of the day in the series: [from, to). */
  readonly from: number;
  readonly to: number;
  /** The day as it is now: views of [from, to). */
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly flags: Uint32Array;
  /** Slots of the series whose stored row has to be replaced, ascending. */
  readonly changed: readonly number[];
  readonly estimates: readonly Estimate[];
  /** Slots that owe a reading; of them measured, in doubt, estimated, edited. */
  readonly expected: number;
  readonly measured: number;
  readonly questionable: number;
  readonly estimated: number;
  readonly edited: number;
  /** Sum and largest of the slots that have a value; slot of the largest, -1 for none. */
  readonly total: number;
  readonly maximum: number;
  readonly maximumSlot: number;
  /** Highest severity found; 0 for none. */
  readonly worst: number;
  /** No rule failed it: the statistics may learn it. */
  readonly sound: boolean;
  /** 1 for each slot of the day whose measured value cannot be used. */
  readonly aside: Uint8Array;
  /** Slots that owe a reading are open, or values are put aside: what to fill them with, history says. */
  readonly needsHistory: boolean;
  /** As what statistics learn it. */
  readonly dayType: DayType;
}

/**
 * Rules whose failing slots hold a value that cannot be used: it is put aside and estimated. The others say
 * that something is wrong with the day, not which of its values: those wait for a person.
 */
const putsAside: ReadonlySet<number> = new Set(
  ['negative', 'overflow', 'test-mode', 'spike', 'zero-filled-gap', 'catch-up', 'demand-max'].map(
    (id) => ruleById(id)!.number,
  ),
);
/** Rules that find a value unlikely, not impossible. */
const unlikely: ReadonlySet<number> = new Set(
  ['spike', 'demand-max', 'zero-filled-gap', 'stats'].map((id) => ruleById(id)!.number),
);
const catchUp = ruleById('catch-up')!.number;
const sumCheck = ruleById('sum-check')!.number;

/**
 * Closes days one after another; holds scratch memory. `findings` hold slots of the series of the last
 * call.
 */
export class DayCloser {
  readonly findings = new Findings();
  readonly #validator: Validator;

  constructor(validator: Validator) {
    this.#validator = validator;
  }

  /** What the rules saw of the last day: what statistics learn. */
  get digest() {
    return this.#validator.digest;
  }

  close(input: DayInput): ClosedDay {
    const { clock, day, series, facts } = input;
    const { from, to } = slotsOfDay(clock, day);
    const kept = input.kept ?? new Set();
    const work = evidence(series, input.putAside, from, to, kept);
    const owed = owedSlots(input, from, to);
    this.findings.clear();
    if (owed.includes(1) || work.quality.subarray(from, to).some(hasValue)) {
      this.#validate(input, work, from, to, owed);
      this.#confirm(input, work);
    }
    const aside = this.#aside(work, from, to);
    markSlots(work.quality, work.flags, from, to, this.findings, (row) =>
      this.#isExplained(row, aside, from),
    );
    const opened = { series: withoutAside(work, aside, from), known: this.#catchUp(work) };
    const estimates = input.suspended || facts.intervalS === 0 ? [] : estimateDay(input, opened, owed);
    fill(work, estimates);
    keepDecided(work, series, from, to, kept);
    keepEarlier(work, series, from, to);
    const { open, ...counts } = countsOfDay(work, owed, from, to);
    return {
      from,
      to,
      value: work.value.subarray(from, to),
      quality: work.quality.subarray(from, to),
      flags: work.flags.subarray(from, to),
      changed: changedSlots(work, series, from, to),
      estimates,
      ...counts,
      worst: this.findings.worst(),
      sound: this.findings.worst() < Severity.fail,
      aside,
      needsHistory: open > 0 || aside.includes(1),
      dayType: dayTypeOf(day, input.selection.holidays),
    };
  }

  #validate(input: DayInput, work: Series, from: number, to: number, owed: Uint8Array): void {
    const { facts, register, selection, day } = input;
    const startS = work.startS + from * work.intervalS;
    const endS = work.startS + to * work.intervalS;
    const spans = register && daySpans(register, facts, startS, endS);
    const { statistics, arrival, outages, siblings, expectedSiblings } = input;
    // What is not owed is not missing.
    const notOwed = runsOf(owed, from, 0).map((run) => ({
      from: work.startS + run.from * work.intervalS,
      to: work.startS + run.to * work.intervalS,
    }));
    const disconnects = [...(input.disconnects ?? []), ...notOwed];
    const context: DayContext = {
      ...{ facts, series: work, from, to, day, dayType: dayTypeOf(day, selection.holidays) },
      ...(statistics ? { statistics } : {}),
      ...(arrival ? { arrival } : {}),
      ...(spans ? { spans } : {}),
      ...(outages ? { outages } : {}),
      ...(disconnects.length > 0 ? { disconnects } : {}),
      ...(input.returns ? { returns: input.returns } : {}),
      ...(siblings ? { siblings } : {}),
      ...(expectedSiblings ? { expectedSiblings } : {}),
      ...(input.phases ? { phases: input.phases } : {}),
      ...(input.prior ? { prior: input.prior } : {}),
    };
    this.#validator.validateDay(context, selection, this.findings);
  }

  /** A value that its register confirms, read at both ends of the interval, is real, however unlikely. */
  #confirm({ register, facts }: DayInput, { value, startS, intervalS }: Series): void {
    if (register === undefined) return;
    const { findings } = this;
    const scale = register.resolution / facts.resolution;
    for (let k = findings.since; k < findings.length; k++) {
      if (!unlikely.has(findings.rule[k]!)) continue;
      let confirmed = true;
      for (let i = findings.first[k]!; i <= findings.last[k]! && confirmed; i++) {
        const [beginS, endS] = [startS + i * intervalS, startS + (i + 1) * intervalS];
        const [a, b] = [readAtOrBefore(register, beginS), readAtOrBefore(register, endS)];
        const moved = advanceOf(register, a, b);
        const atEnds = moved?.fromS === beginS && moved.toS === endS;
        confirmed = atEnds && Math.abs(moved.counts * scale - value[i]!) <= scale;
      }
      if (confirmed) findings.severity[k] = Severity.info;
    }
  }

  /** 1 for slots of the day whose value cannot be used: it is put aside. */
  #aside({ quality }: Series, from: number, to: number): Uint8Array {
    const aside = new Uint8Array(to - from);
    const { findings } = this;
    for (let k = findings.since; k < findings.length; k++) {
      if (findings.severity[k] !== Severity.fail || !putsAside.has(findings.rule[k]!)) continue;
      const last = Math.min(findings.last[k]!, to - 1);
      for (let i = Math.max(findings.first[k]!, from); i <= last; i++)
        if (quality[i] === Quality.raw) aside[i - from] = 1;
    }
    return aside;
  }

  /** A sum that is off where a value is put aside says nothing against the values beside it. */
  #isExplained(row: number, aside: Uint8Array, from: number): boolean {
    const { rule, first, last } = this.findings;
    return rule[row] === sumCheck && aside.subarray(first[row]! - from, last[row]! - from + 1).includes(1);
  }

  /** What a catch-up says of the gap before it. */
  #catchUp(work: Series): RegisterTrack | undefined {
    const { rule, severity, first, measure, since, length } = this.findings;
    for (let k = since; k < length; k++) {
      if (rule[k] === catchUp && severity[k] === Severity.fail)
        return catchUpTrack(work, first[k]!, measure[k]!);
    }
    return undefined;
  }
}

/** The window as estimates are to see it. */
function withoutAside(work: Series, aside: Uint8Array, from: number): Series {
  const quality = work.quality.slice();
  for (let k = 0; k < aside.length; k++) if (aside[k] === 1) quality[from + k] = ABSENT;
  return { ...work, quality };
}

/** A gap and the slot after it, which holds the energy of both: two readings of a register. */
function catchUpTrack({ startS, intervalS, value }: Series, slot: number, slots: number): RegisterTrack {
  const endS = startS + (slot + 1) * intervalS;
  return {
    atS: Float64Array.of(endS - slots * intervalS, endS),
    total: Float64Array.of(0, value[slot]!),
    piece: Uint16Array.of(0, 0),
    resolution: Number.NaN,
  };
}

/** 1 for slots of the day that owe a reading. */
function owedSlots({ owed, series }: DayInput, from: number, to: number): Uint8Array {
  const slots = new Uint8Array(to - from);
  if (owed === undefined) return slots.fill(1);
  for (let i = from; i < to; i++) {
    const fromS = series.startS + i * series.intervalS;
    const toS = fromS + series.intervalS;
    if (owed.some((period) => fromS >= period.from && toS <= period.to)) slots[i - from] = 1;
  }
  return slots;
}

/** Estimates of the open slots that owe a reading. */
function estimateDay(
  input: DayInput,
  { series, known }: { series: Series; known: RegisterTrack | undefined },
  owed: Uint8Array,
): Estimate[] {
  const { clock, day, facts, selection, register, outages, disconnects, help } = input;
  const { from, to } = slotsOfDay(clock, day);
  const track = register ?? (known && { ...known, resolution: facts.resolution });
  const context: EstimateContext = {
    ...{ facts, series, clock, holidays: selection.holidays, excludedDays: selection.excludedDays },
    ...(track ? { register: track } : {}),
    ...(outages ? { outages } : {}),
    ...(disconnects ? { disconnected: disconnects } : {}),
    ...help,
  };
  const gaps = runsOf(owed, from, 1).flatMap((run) => findGaps(context, run.from, run.to));
  return gaps.length === 0 || to === from ? [] : estimateGaps(context, gaps);
}

/** Runs of slots that owe a reading (1) or do not (0). */
function runsOf(owed: Uint8Array, from: number, state: 0 | 1): Period[] {
  const runs: Period[] = [];
  for (let i = 0; i < owed.length; i++) {
    if (owed[i] !== state) continue;
    let end = i + 1;
    while (end < owed.length && owed[end] === state) end++;
    runs.push({ from: from + i, to: from + end });
    i = end;
  }
  return runs;
}

function fill(work: Series, estimates: readonly Estimate[]): void {
  for (const { gap, value, quality, flags } of estimates) {
    for (let i = gap.from; i < gap.to; i++) {
      work.value[i] = value[i - gap.from]!;
      work.quality[i] = quality;
      work.flags[i] = flags;
    }
  }
}

function countsOfDay(work: Series, owed: Uint8Array, from: number, to: number) {
  let [expected, open, measured, questionable, estimated, edited] = [0, 0, 0, 0, 0, 0];
  let total = 0;
  let maximum = 0;
  let maximumSlot = -1;
  for (let i = from; i < to; i++) {
    const state = work.quality[i]!;
    if (owed[i - from] === 1) {
      expected++;
      if (isOpen(state) || isTaken(state, work.flags[i]!)) open++;
    }
    if (!hasValue(state)) continue;
    const value = work.value[i]!;
    total += value;
    if (maximumSlot < 0 || value > maximum) {
      maximum = value;
      maximumSlot = i;
    }
    if (isMeasured(state)) measured++;
    else if (state === Quality.questionable) {
      measured++;
      questionable++;
    } else if (isOpen(state) || state === Quality.derived) estimated++;
    else if (state === Quality.edited) edited++;
  }
  return { expected, open, measured, questionable, estimated, edited, total, maximum, maximumSlot };
}
