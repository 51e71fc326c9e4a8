/**
 * Estimates against the truth: gaps are made in measured readings, one at a time, filled by every method
 * alone and by the ladder, without and with registers, and compared with what was measured.
 *
 *   series ─▶ usable slots ─▶ gaps of 1 … 168 h ─▶ window: history │ gap │ after ─▶ estimates ─▶ sums
 */

import { type ClockGrid, clockGrid } from '../clock-grid.ts';
import type { Estimate, EstimateContext, LadderOptions, MethodId } from '../estimate/contract.ts';
import { estimateGaps } from '../estimate/ladder.ts';
import { methods } from '../estimate/method-list.ts';
import type { RegisterTrack } from '../registers/track.ts';
import { isMeasured, type Series, viewSeries } from '../series.ts';
import { addGap, addSum, type ErrorFigures, type ErrorSum, errorFigures, noErrors } from './measure.ts';
import { seededRandom } from './random.ts';
import { midnightRegister } from './registers.ts';
import { drawGaps, gapLengthsH, type Slots, withoutGap } from './remove.ts';
import type { ScoreSubject } from './subject.ts';

export interface EstimationOptions {
  readonly seed: number;
  /** Gaps of each length in each channel; default 6. */
  readonly gaps?: number;
  readonly lengthsH?: readonly number[];
  /** Days before the gap that are known; default 400. */
  readonly historyDays?: number;
  /** Days after it that are known; default 7. */
  readonly afterDays?: number;
  /** Days of readings that must lie before a gap; default 28. */
  readonly leastHistoryDays?: number;
}

export type ScoredMethod = MethodId | 'ladder';

export interface EstimationRow extends ErrorFigures {
  readonly gapH: number;
  readonly registers: boolean;
  readonly method: ScoredMethod;
  /** nMAE of the ladder on the gaps that this method could fill. */
  readonly ladderNmae: number;
}

/** Methods that are tried alone: all but those that know the answer (a check meter, an outage). */
export const scoredMethods: readonly MethodId[] = methods
  .map(({ id }) => id)
  .filter((id) => id !== 'check-meter' && id !== 'zero');

const dayS = 86_400;

/** Sums of a method, and of the ladder on the same gaps. */
export interface EstimationPair {
  readonly own: ErrorSum;
  readonly ladder: ErrorSum;
}

/** Sums by `[gapH, registers, method]` as JSON: plain data, that goes from one process to another. */
export type EstimationSums = Record<string, EstimationPair>;

/** Scores a channel; no sums when it has no place for any gap. */
export function scoreEstimation(subject: ScoreSubject, options: EstimationOptions): EstimationSums {
  const { series, facts } = subject;
  const sums: EstimationSums = {};
  const mean = meanCounts(series);
  if (!(mean > 0)) return sums;
  const { seed, gaps = 6, lengthsH = gapLengthsH, leastHistoryDays = 28 } = options;
  const earliest = Math.ceil((leastHistoryDays * dayS) / series.intervalS);
  const grid = clockGrid(facts.zone, series.startS, series.intervalS, series.value.length);
  const register = midnightRegister(series, grid, facts.resolution);
  for (const gapH of lengthsH) {
    const length = (gapH * 3_600) / series.intervalS;
    if (!Number.isInteger(length)) continue;
    const random = seededRandom(seed, `${subject.name}/${gapH}`);
    for (const gap of drawGaps(series, length, gaps, random, earliest))
      scoreGap(sums, subject, { grid, register, mean, options }, gap, gapH);
  }
  return sums;
}

/** Figures of many channels by length, registers and method, in that order; the ladder first. */
export function estimationRows(channels: readonly EstimationSums[]): EstimationRow[] {
  const all: EstimationSums = {};
  for (const sums of channels) {
    for (const [key, pair] of Object.entries(sums)) {
      const to = pairOf(all, key);
      addSum(to.own, pair.own);
      addSum(to.ladder, pair.ladder);
    }
  }
  const rank = (method: ScoredMethod): number => scoredMethods.indexOf(method as MethodId);
  return Object.entries(all)
    .map(([key, { own, ladder }]): EstimationRow => {
      const [gapH, registers, method] = JSON.parse(key) as [number, boolean, ScoredMethod];
      return { gapH, registers, method, ...errorFigures(own), ladderNmae: errorFigures(ladder).nmae };
    })
    .sort(
      (a, b) =>
        a.gapH - b.gapH || Number(a.registers) - Number(b.registers) || rank(a.method) - rank(b.method),
    );
}

function scoreGap(sums: EstimationSums, subject: ScoreSubject, known: Known, gap: Slots, gapH: number): void {
  const { context, slots } = windowOf(subject, known, gap);
  const truth = subject.series.value.subarray(gap.from, gap.to);
  const note = (said: Estimate, ladder: Estimate, key: [number, boolean, ScoredMethod]): void => {
    const pair = pairOf(sums, JSON.stringify(key));
    addGap(pair.own, truth, said, known.mean);
    addGap(pair.ladder, truth, ladder, known.mean);
  };
  const hasRegister = bounded(known.register, subject.series, gap);
  for (const registers of hasRegister ? [false, true] : [false]) {
    const ladder = fill(context, slots, { useRegisters: registers });
    if (!ladder) continue;
    note(ladder, ladder, [gapH, registers, 'ladder']);
    for (const only of scoredMethods) {
      const said = fill(context, slots, { useRegisters: registers, only });
      // A method that cannot fill the gap may hand over to another: that is not its own result.
      if (said?.method === only) note(said, ladder, [gapH, registers, only]);
    }
  }
}

function pairOf(sums: EstimationSums, key: string): EstimationPair {
  const known = sums[key];
  if (known) return known;
  const pair = { own: noErrors(), ladder: noErrors() };
  sums[key] = pair;
  return pair;
}

interface Known {
  readonly grid: ClockGrid;
  readonly register: RegisterTrack;
  readonly mean: number;
  readonly options: EstimationOptions;
}

/** Mean of the measured slots, in counts; 0 when there are none. */
function meanCounts(series: Series): number {
  let sum = 0;
  let n = 0;
  for (let i = 0; i < series.value.length; i++) {
    if (!isMeasured(series.quality[i]!)) continue;
    sum += Math.abs(series.value[i]!);
    n++;
  }
  return n === 0 ? 0 : sum / n;
}

/** What is known when the gap is estimated, and where the gap is in it. */
function windowOf(
  subject: ScoreSubject,
  known: Known,
  gap: Slots,
): { context: EstimateContext; slots: Slots } {
  const { series, facts } = subject;
  const { historyDays = 400, afterDays = 7 } = known.options;
  const perDay = dayS / series.intervalS;
  const first = Math.max(0, gap.from - Math.round(historyDays * perDay));
  const from = dayStartAt(known.grid, first);
  const to = Math.min(series.value.length, gap.to + Math.round(afterDays * perDay));
  const slots = { from: gap.from - from, to: gap.to - from };
  const window = viewSeries(series, from, to);
  return {
    slots,
    context: {
      facts,
      series: withoutGap(window, slots),
      clock: clockGrid(facts.zone, window.startS, window.intervalS, to - from),
      register: known.register,
      ...(subject.holidays ? { holidays: subject.holidays } : {}),
      ...(subject.temperatureC ? { temperatureC: subject.temperatureC.subarray(from, to) } : {}),
    },
  };
}

/** The first slot of the local day that holds a slot: windows begin with a day. */
function dayStartAt(grid: ClockGrid, slot: number): number {
  return slot >= grid.slots ? slot : grid.from[grid.day[slot]! - grid.firstDay]!;
}

/** True when reads before and after the gap are of one piece. */
function bounded(register: RegisterTrack, series: Series, gap: Slots): boolean {
  const fromS = series.startS + gap.from * series.intervalS;
  const toS = series.startS + gap.to * series.intervalS;
  const after = register.atS.findIndex((atS) => atS >= toS);
  const before = register.atS.findLastIndex((atS) => atS <= fromS);
  return after >= 0 && before >= 0 && register.piece[before] === register.piece[after];
}

/** The estimate of the whole gap, when there is one. */
function fill(context: EstimateContext, slots: Slots, options: LadderOptions): Estimate | undefined {
  const gap = { ...slots, dead: false, ahead: false };
  return estimateGaps(context, [gap], options)[0];
}
