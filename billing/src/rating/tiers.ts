/** Cuts a quantity into tiers. */

import type { WaterBudget } from '../determinants/determinants.ts';
import { above, type Fraction, minus, smaller, times, ZERO } from '../exact.ts';
import type { CompiledTier, Limit } from './compiled.ts';

/** What limits are multiplied by. */
export interface LimitFacts {
  /** Thousandths of the base unit in a unit. */
  readonly perUnit: bigint;
  readonly days: number;
  /** Of limits that are for a whole cycle. */
  readonly share: Fraction;
  /** kW that limits per kW are multiplied by. */
  readonly demand: Fraction;
  readonly persons: number;
  /** Of water, where the tariff has one. */
  readonly budget?: WaterBudget | undefined;
}

/** Where each tier ends, in thousandths of the base unit; undefined is without end. */
export function tierEnds(tiers: readonly CompiledTier[], facts: LimitFacts): (Fraction | undefined)[] {
  return tiers.map(({ limits }) => {
    let lowest: Fraction | undefined;
    for (const limit of limits) {
      const end = limitOf(limit, facts);
      lowest = lowest === undefined ? end : smaller(lowest, end);
    }
    return lowest;
  });
}

function limitOf({ value, unit }: Limit, facts: LimitFacts): Fraction {
  const { perUnit, days, share, demand, persons, budget } = facts;
  const counts = { n: value.n * perUnit, d: value.d };
  const daily = { n: counts.n * BigInt(days), d: counts.d };
  switch (unit) {
    case 'unit':
      return times(counts, share);
    case 'daily':
      return daily;
    case 'per-kW':
      return times(times(counts, demand), share);
    case 'per-kW-daily':
      return times(daily, demand);
    case 'per-person':
      return times({ n: counts.n * BigInt(persons), d: counts.d }, share);
    case 'per-person-daily':
      return { n: daily.n * BigInt(persons), d: daily.d };
    case 'indoor-budget':
      return { n: value.n * BigInt(budget?.indoor ?? 0), d: value.d };
    case 'budget':
      return { n: value.n * BigInt(budget?.total ?? 0), d: value.d };
  }
}

/**
 * The part of `total` in each tier; parts add up to it. A tier whose end lies below that of one before it
 * is empty. A total below zero is all in the first tier.
 */
export function cutByTiers(total: Fraction, ends: readonly (Fraction | undefined)[]): Fraction[] {
  if (!above(total, ZERO)) return ends.map((_, i) => (i === 0 ? total : ZERO));
  let reached = ZERO;
  return ends.map((end) => {
    const upTo = end === undefined ? total : smaller(end, total);
    if (!above(upTo, reached)) return ZERO;
    const part = minus(upTo, reached);
    reached = upTo;
    return part;
  });
}
