/**
 * Estimates against the truth: gaps are made in measured readings, one at a time, filled by every method
 * alone and by the ladder, without and with registers, and compared with what was measured.
 *
 *   series ─▶ usable slots ─▶ gaps of 1 … 168 h ─▶ window: history │ gap │ after ─▶ estimates ─▶ sums
 */
import { type ClockGrid, clockGrid } from '../clock-grid.ts';
import type { Estimate, EstimateContext, LadderOptions, MethodId } from '../estimate/contract.ts';
import { estimateGaps } from '../estimate/ladder.ts';
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

/** Methods that are tried alone; `blend` is the ladder's own and `zero` for outages. */
export const scoredMethods: readonly MethodId[] = [
  ...(['linear', 'like-day', 'average-like-day', 'neighbour-days', 'adjusted-profile'] as const),
  ...(['previous-year', 'weather', 'class-profile', 'flat'] as const),
];

const dayS = 86_400;

interface Pair {
  readonly own: ErrorSum;
  readonly ladder: ErrorSum;
}

/** Sums of many channels. */
export class EstimationScore {
  readonly #options: EstimationOptions;
  readonly #sums = new Map<string, Pair>();
  channels = 0;

  constructor(options: EstimationOptions) {
    this.#options = options;
  }

  /** Scores a channel; false when it has no place for any gap. */
  add(subject: ScoreSubject): boolean {
    const { series, facts } = subject;
    const mean = meanCounts(series);
    if (!(mean > 0)) return false;
    const { seed, gaps = 6, lengthsH = gapLengthsH, leastHistoryDays = 28 } = this.#options;
    const earliest = Math.ceil((leastHistoryDays * dayS) / series.intervalS);
    const grid = clockGrid(facts.zone, series.startS, series.intervalS, series.value.length);
    const register = midnightRegister(series, grid, facts.resolution);
    let any = false;
    for (const gapH of lengthsH) {
      const length = (gapH * 3_600) / series.intervalS;
      if (!Number.isInteger(length)) continue;
      const random = seededRandom(seed, `${subject.name}/${gapH}`);
      for (const gap of drawGaps(series, length, gaps, random, earliest)) {
        any = true;
        this.#score(subject, { grid, register, mean }, gap, gapH);
      }
    }
    if (any) this.channels++;
    return any;
  }

  /** Adds what another score gathered. */
  merge(other: EstimationScore): void {
    this.channels += other.channels;
    for (const [key, pair] of other.#sums) {
      const own = this.#pair(key);
      addSum(own.own, pair.own);
      addSum(own.ladder, pair.ladder);
    }
  }

  /** Figures by length, registers and method, in that order; the ladder first. */
  rows(): EstimationRow[] {
    const rows = [...this.#sums].map(([key, { own, ladder }]): EstimationRow => {
      const [gapH, registers, method] = JSON.parse(key) as [number, boolean, ScoredMethod];
      return { gapH, registers, method, ...errorFigures(own), ladderNmae: errorFigures(ladder).nmae };
    });
    const rank = (method: ScoredMethod): number => scoredMethods.indexOf(method as MethodId);
    return rows.sort(
      (a, b) =>
        a.gapH - b.gapH || Number(a.registers) - Number(b.registers) || rank(a.method) - rank(b.method),
    );
  }

  #score(subject: ScoreSubject, known: Known, gap: Slots, gapH: number): void {
    const { context, slots } = windowOf(subject, known, gap, this.#options);
    const truth = subject.series.value.subarray(gap.from, gap.to);
    const hasRegister = bounded(known.register, subject.series, gap);
    for (const registers of hasRegister ? [false, true] : [false]) {
      const ladder = fill(context, slots, { useRegisters: registers });
      if (ladder) this.#note(truth, ladder, ladder, known.mean, [gapH, registers, 'ladder']);
      for (const only of scoredMethods) {
        const said = fill(context, slots, { useRegisters: registers, only });
        // A method that cannot fill the gap may hand over to another: that is not its own result.
        if (said?.method !== only || !ladder) continue;
        this.#note(truth, said, ladder, known.mean, [gapH, registers, only]);
      }
    }
  }

  #note(
    truth: Float64Array,
    said: Estimate,
    ladder: Estimate,
    mean: number,
    key: [number, boolean, ScoredMethod],
  ): void {
    const pair = this.#pair(JSON.stringify(key));
    addGap(pair.own, truth, said, mean);
    addGap(pair.ladder, truth, ladder, mean);
  }

  #pair(key: string): Pair {
    let pair = this.#sums.get(key);
    if (!pair) {
      pair = { own: noErrors(), ladder: noErrors() };
      this.#sums.set(key, pair);
    }
    return pair;
  }
}

interface Known {
  readonly grid: ClockGrid;
  readonly register: RegisterTrack;
  readonly mean: number;
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
  { historyDays = 400, afterDays = 7 }: EstimationOptions,
): { context: EstimateContext; slots: Slots } {
  const { series, facts } = subject;
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
