/**
 * Energy valued by a price series: Σ kWh(t) · price(t). A price that holds longer than an interval holds in
 * each of its intervals; one that changes within an interval cannot be billed, since nobody knows how much
 * was used at which price.
 *
 * With a block (block and index) each interval is cut in two: the energy of constant power at a price of its
 * own, and the rest at the price of the interval, which is below zero where less than the block was used.
 */
import { formatInstant } from '@openami/model';
import { billingErrors } from '../errors.ts';
import { roundQuotient } from '../exact.ts';
import type { DynamicEnergy, DynamicNeed } from './determinants.ts';
import { SeriesCursor, type ValueSeries } from './series.ts';
import { type Flow, requireExact } from './usage.ts';

/** Below this a sum of products is exact as a number. */
const EXACT_SUM = 2 ** 52;

/** Values the energy of a flow. Raises BILLING_INPUT_MISSING, BILLING_USAGE, BILLING_RANGE. */
export function dynamicOf(
  flows: readonly Flow[],
  need: DynamicNeed,
  series: ValueSeries,
  perUnit: number,
): DynamicEnergy {
  const cursor = new SeriesCursor(series);
  let [energy, small, inBlock] = [0, 0, 0];
  let valued = 0n;
  for (const flow of flows) {
    const values = need.flow === 'import' ? flow.import : flow.export;
    if (values === undefined) continue;
    const block = need.block && blockEnergy(need.block.kW, flow.intervalS, perUnit);
    for (let i = 0; i < values.length; i++) {
      let value = values[i]!;
      if (Number.isNaN(value)) continue;
      if (block !== undefined) {
        const part = need.block!.credited ? block : Math.max(0, Math.min(block, value));
        inBlock += part;
        value -= part;
      }
      if (value === 0) continue;
      const fromS = flow.startS + i * flow.intervalS;
      const price = cursor.value(fromS, fromS + flow.intervalS);
      if (Number.isNaN(price)) unpriced(cursor, need.series, fromS, fromS + flow.intervalS);
      energy += value;
      const product = value * price;
      if (Math.abs(product) > EXACT_SUM) valued += BigInt(value) * BigInt(price);
      else small += product;
      if (Math.abs(small) > EXACT_SUM) {
        valued += BigInt(small);
        small = 0;
      }
    }
  }
  requireExact(energy);
  requireExact(inBlock);
  return {
    ...{ energy, valued: valued + BigInt(small), digits: series.digits },
    ...(need.block && { block: inBlock }),
    ...(series.revision !== undefined && { revision: series.revision }),
  };
}

/** Energy of a block in an interval, to the nearest thousandth of the base unit. */
function blockEnergy(
  kW: NonNullable<DynamicNeed['block']>['kW'],
  intervalS: number,
  perUnit: number,
): number {
  return Number(roundQuotient(kW.n * BigInt(intervalS) * BigInt(perUnit), kW.d * 3_600n));
}

function unpriced(cursor: SeriesCursor, series: string, fromS: number, toS: number): never {
  const found = cursor.explain(fromS, toS);
  if (found.kind === 'missing')
    throw billingErrors.BILLING_INPUT_MISSING(`the price of '${series}' at ${formatInstant(found.atS)}`, {
      series,
      at: formatInstant(found.atS),
    });
  const text = `the price of '${series}' changes within the interval from ${formatInstant(fromS)}`;
  throw billingErrors.BILLING_USAGE(
    `${text} to ${formatInstant(toS)}: nobody knows what was used at which price`,
  );
}
