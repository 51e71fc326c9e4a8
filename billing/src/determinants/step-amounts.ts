/** Money of each interval, where tiers fill in order of time: for charts, not for bills. */

import type { PeriodMap } from '../calendar/period-map.ts';
import type { CompiledEnergy, CompiledVersion } from '../rating/compiled.ts';
import type { RunningNeed } from './determinants.ts';
import type { Flow } from './usage.ts';

/**
 * What each interval of the flows costs under an energy charge, in the currency; NaN where it is missing. An
 * interval that crosses a limit is split.
 */
export function stepAmounts(
  version: CompiledVersion,
  charge: CompiledEnergy,
  flows: readonly Flow[],
  map: PeriodMap,
  limits: RunningNeed['limits'],
  perUnit: number,
): Float64Array[] {
  const scale = 10 ** version.priceDigits * perUnit;
  let [total, tier] = [0, 0];
  return flows.map((flow) => {
    const values = flow[charge.flow] ?? new Float64Array(flow.import.length);
    const amounts = new Float64Array(values.length);
    for (let i = 0, span = 0; i < values.length; i++) {
      const fromS = flow.startS + i * flow.intervalS;
      while (span < map.periods.length - 1 && map.at[span + 1]! <= fromS) span++;
      const prices = charge.prices[map.periods[span]!];
      if (prices === undefined) continue;
      let left = values[i]!;
      let amount = 0;
      while (tier < limits.length && total + left > limits[tier]!) {
        const part = Math.max(0, limits[tier]! - total);
        amount += part * Number(prices[tier]!);
        total += part;
        left -= part;
        tier++;
      }
      total += Number.isNaN(left) ? 0 : left;
      amounts[i] = (amount + left * Number(prices[tier]!)) / scale;
    }
    return amounts;
  });
}
