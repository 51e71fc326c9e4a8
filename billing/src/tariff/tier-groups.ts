/** Rates of other programs list tiers by period: periods with the same limits go into one charge. */
import type { LimitUnit, TariffTier } from './schema.ts';

export interface TierGroup<Row> {
  readonly tiers: readonly TariffTier[];
  /** Rows with a price, one a tier, by period. */
  readonly periods: Map<number, readonly Row[]>;
}

/** Groups periods by their tiers. */
export function tierGroups<Row>(
  periods: Iterable<
    readonly [number, { readonly tiers: readonly TariffTier[]; readonly rows: readonly Row[] }]
  >,
): TierGroup<Row>[] {
  const groups = new Map<string, TierGroup<Row>>();
  for (const [period, { tiers, rows }] of periods) {
    const key = JSON.stringify(tiers);
    const group = groups.get(key) ?? { tiers, periods: new Map() };
    group.periods.set(period, rows);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** End of a tier as other programs write it. */
export interface RowLimit {
  /** Undefined: without end. */
  readonly upTo: number | undefined;
  readonly unit: LimitUnit;
}

/**
 * Tiers of rows in order, and the rows that have a price. Where the first limit is per kW, one per kW that
 * is followed by limits in energy is cut by these, and has no price of its own. The last tier has no end.
 */
export function nestedTiers<Row>(
  rows: readonly Row[],
  limitOf: (row: Row) => RowLimit,
): { tiers: TariffTier[]; rows: Row[] } {
  const limits = rows.map(limitOf);
  const perKw = (at: number) => limits[at]?.unit.startsWith('per-kW') === true;
  const last = rows.length - 1;
  // what is above all limits is not within the one before it, whatever its unit
  const outer = (at: number) => perKw(at) || (at === last && limits[at]!.upTo === undefined);
  const nested = perKw(0);
  const tiers: TariffTier[] = [];
  const priced: Row[] = [];
  for (const [i, row] of rows.entries()) {
    const { upTo, unit } = limits[i]!;
    const limit = upTo === undefined ? {} : { upTo, unit };
    if (nested && !outer(i)) {
      const block = tiers.at(-1)!;
      block.steps = [...(block.steps ?? []), limit];
    } else tiers.push(limit);
    if (!nested || !outer(i) || i === last || outer(i + 1)) priced.push(row);
  }
  const { steps } = tiers.at(-1)!;
  tiers[tiers.length - 1] = steps === undefined ? {} : { steps };
  return { tiers, rows: priced };
}
