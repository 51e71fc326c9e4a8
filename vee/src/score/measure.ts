/**
 * What is measured of an estimate against the truth, and of a rule against injected faults.
 *
 * Errors are taken in units of the channel's own mean, so that a flat counts as much as a hospital:
 *
 *   nMAE  = Σ |estimate − truth| / mean  ÷  slots
 *   bias  = Σ (estimate − truth) / mean  ÷  Σ truth / mean
 *   coverage = share of slots whose truth lies within the stated interval
 */

/** Sums over gaps; they add up over channels. */
export interface ErrorSum {
  gaps: number;
  slots: number;
  /** In means of the channel, as the next two. */
  absolute: number;
  signed: number;
  truth: number;
  /** Slots for which an interval was stated, and those it held. */
  stated: number;
  covered: number;
  /** Gaps whose whole energy had an interval, and those it held. */
  energyStated: number;
  energyCovered: number;
  /** Most that the energy of one gap was off, in counts. */
  worstEnergyCounts: number;
}

export function noErrors(): ErrorSum {
  return {
    ...{ gaps: 0, slots: 0, absolute: 0, signed: 0, truth: 0 },
    ...{ stated: 0, covered: 0, energyStated: 0, energyCovered: 0, worstEnergyCounts: 0 },
  };
}

/** What was said of a gap: values of its slots, and where stated their intervals. */
export interface Said {
  readonly value: ArrayLike<number>;
  readonly lower?: ArrayLike<number>;
  readonly upper?: ArrayLike<number>;
  readonly energy?: { readonly lower: number; readonly upper: number };
}

/** Adds a gap; `mean` is the channel's mean in counts, above 0. */
export function addGap(sum: ErrorSum, truth: ArrayLike<number>, said: Said, mean: number): void {
  let off = 0;
  let energy = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = said.value[i]! - truth[i]!;
    sum.absolute += Math.abs(error) / mean;
    off += error;
    energy += truth[i]!;
    if (said.lower && said.upper) {
      sum.stated++;
      if (truth[i]! >= said.lower[i]! && truth[i]! <= said.upper[i]!) sum.covered++;
    }
  }
  sum.gaps++;
  sum.slots += truth.length;
  sum.signed += off / mean;
  sum.truth += energy / mean;
  sum.worstEnergyCounts = Math.max(sum.worstEnergyCounts, Math.abs(off));
  if (!said.energy) return;
  sum.energyStated++;
  if (energy >= said.energy.lower && energy <= said.energy.upper) sum.energyCovered++;
}

/** Adds what another sum holds. */
export function addSum(to: ErrorSum, from: ErrorSum): void {
  for (const key of Object.keys(to) as (keyof ErrorSum)[]) {
    if (key === 'worstEnergyCounts') to[key] = Math.max(to[key], from[key]);
    else to[key] += from[key];
  }
}

export interface ErrorFigures {
  readonly gaps: number;
  readonly slots: number;
  readonly nmae: number;
  readonly bias: number;
  /** Undefined where no interval was stated. */
  readonly coverage?: number;
  readonly energyCoverage?: number;
  readonly worstEnergyCounts: number;
}

export function errorFigures(sum: ErrorSum): ErrorFigures {
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    gaps: sum.gaps,
    slots: sum.slots,
    nmae: share(sum.absolute, sum.slots),
    bias: share(sum.signed, sum.truth),
    ...(sum.stated > 0 ? { coverage: sum.covered / sum.stated } : {}),
    ...(sum.energyStated > 0 ? { energyCoverage: sum.energyCovered / sum.energyStated } : {}),
    worstEnergyCounts: sum.worstEnergyCounts,
  };
}

/** How a rule did on injected faults. */
export interface DetectionSum {
  /** Faults injected that the rule is to find, and those it found. */
  injected: number;
  found: number;
  /** Findings that came with the injection: those on the fault, and those elsewhere. */
  right: number;
  wrong: number;
  /** Findings in the same data before anything was injected, and days looked at. */
  before: number;
  days: number;
}

export function noDetections(): DetectionSum {
  return { injected: 0, found: 0, right: 0, wrong: 0, before: 0, days: 0 };
}

export interface DetectionFigures {
  readonly injected: number;
  readonly recall: number;
  /** Of the findings that came with an injection, the share on its fault; undefined when there was none. */
  readonly precision?: number;
  /** The same with every finding in untouched data counted against the rule, though some are real. */
  readonly strictPrecision?: number;
  /** Findings in untouched data per thousand channel-days. */
  readonly per1000Days: number;
}

export function detectionFigures(sum: DetectionSum): DetectionFigures {
  const caused = sum.right + sum.wrong;
  const all = caused + sum.before;
  return {
    injected: sum.injected,
    recall: sum.injected === 0 ? 0 : sum.found / sum.injected,
    ...(caused > 0 ? { precision: sum.right / caused } : {}),
    ...(all > 0 ? { strictPrecision: sum.right / all } : {}),
    per1000Days: sum.days === 0 ? 0 : (sum.before / sum.days) * 1_000,
  };
}
