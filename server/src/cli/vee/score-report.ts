/** What `openami vee score` found, as data: what `--json` prints and the conformance page is written from. */
import type { Commodity } from '@openami/model';
import type { DetectionRow, EstimationRow, RuleRow } from '@openami/vee';

export interface SetFigures {
  readonly set: string;
  readonly commodity: Commodity;
  readonly channels: number;
  /** Readings, and days from the first to the last. */
  readonly readings: number;
  readonly days: number;
  readonly refusedRows: number;
  /** Gaps could be made in. */
  readonly scoredChannels: number;
}

/** What rules say of a set as it is. */
export interface FindingFigures {
  readonly set: string;
  readonly commodity: Commodity;
  readonly rule: string;
  readonly findings: number;
  readonly channels: number;
  /** Meters with most findings, the worst first. */
  readonly most: readonly string[];
}

/** What the register reads of a set hold. */
export interface RegisterFigures {
  readonly set: string;
  readonly commodity: Commodity;
  readonly meters: number;
  readonly reads: number;
  /** Reads below the one before. */
  readonly decreases: number;
  /** Reads whose stamp, as written, came before; and those of them that are another instant. */
  readonly stampsTwice: number;
  readonly toldApart: number;
  /** Gaps between reads over 2 and over 24 hours: by the stamps as written, and in true time. */
  readonly gaps2h: number;
  readonly gaps24h: number;
  readonly trueGaps2h: number;
  readonly trueGaps24h: number;
  /** What registers moved, and what the intervals made from them add up to, in counts. */
  readonly advance: number;
  readonly intervals: number;
  readonly negativeIntervals: number;
}

export interface CommodityEstimation extends EstimationRow {
  readonly commodity: Commodity;
}

export interface CommodityDetection extends DetectionRow {
  readonly commodity: Commodity;
}

/** An aim, and whether it was reached. */
export interface Aim {
  readonly aim: string;
  readonly reached: boolean;
  readonly measured: string;
}

export interface ScoreReport {
  readonly seed: number;
  readonly gapsPerLength: number;
  readonly trialsPerFault: number;
  readonly sets: readonly SetFigures[];
  readonly estimation: readonly CommodityEstimation[];
  readonly detection: readonly CommodityDetection[];
  readonly rules: readonly RuleRow[];
  readonly findings: readonly FindingFigures[];
  readonly registers: readonly RegisterFigures[];
  readonly aims: readonly Aim[];
}

/** Least by which the ladder must be better than interpolation on gaps over 2 h. */
const lessThanLinear = 0.25;
/** Share of truths that a 90 % interval may hold. */
const coverage = { least: 0.85, most: 0.95 };
const leastRate = 0.95;
/** How much worse than the best method counts as no worse: figures are of a sample. */
const tie = 0.005;

/** Holds the figures against the aims. */
export function aimsOf(
  estimation: readonly CommodityEstimation[],
  detection: readonly CommodityDetection[],
): Aim[] {
  const ladder = estimation.filter((row) => row.method === 'ladder');
  return [
    ...ladder.flatMap((row) => (row.gapH > 2 && !row.registers ? againstOthers(row, estimation) : [])),
    ...ladder.filter((row) => row.registers).map(noBias),
    // what a register says to the last count needs no interval
    ...ladder.filter((row) => row.nmae > 0).map(holdsTruth),
    ...detection.filter((row) => row.deterministic).map(finds),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const gapOf = (row: CommodityEstimation): string =>
  `${row.commodity}, ${row.gapH} h, ${row.registers ? 'with' : 'without'} registers`;

function againstOthers(row: CommodityEstimation, all: readonly CommodityEstimation[]): Aim[] {
  const others = all.filter(
    (one) =>
      one.commodity === row.commodity &&
      one.gapH === row.gapH &&
      one.registers === row.registers &&
      one.method !== 'ladder',
  );
  const linear = others.find((one) => one.method === 'linear');
  const worst = others.reduce(
    (most, one) => (one.ladderNmae - one.nmae > most.ladderNmae - most.nmae ? one : most),
    others[0] ?? row,
  );
  const less = linear ? 1 - linear.ladderNmae / linear.nmae : 0;
  return [
    {
      aim: `${gapOf(row)}: nMAE at least 25 % below linear`,
      reached: less >= lessThanLinear,
      measured: `${percent(less)} below`,
    },
    {
      aim: `${gapOf(row)}: nMAE no worse than any single method`,
      reached: worst.ladderNmae <= worst.nmae * (1 + tie),
      measured: `${percent(worst.ladderNmae)}; ${worst.method} ${percent(worst.nmae)}`,
    },
  ];
}

function noBias(row: CommodityEstimation): Aim {
  return {
    aim: `${gapOf(row)}: no energy bias`,
    reached: row.worstEnergyCounts === 0,
    measured: `${percent(row.bias)}; at most ${row.worstEnergyCounts} counts in a gap`,
  };
}

function holdsTruth(row: CommodityEstimation): Aim {
  const share = row.coverage ?? 0;
  return {
    aim: `${gapOf(row)}: 90 % intervals hold 85 to 95 %`,
    reached: share >= coverage.least && share <= coverage.most,
    measured: percent(share),
  };
}

function finds(row: CommodityDetection): Aim {
  const precision = row.precision ?? 0;
  return {
    aim: `${row.commodity}, ${row.fault}: ${row.rule} has precision and recall of 95 %`,
    reached: precision >= leastRate && row.recall >= leastRate,
    measured: `precision ${percent(precision)}, recall ${percent(row.recall)}`,
  };
}
