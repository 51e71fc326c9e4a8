/**
 * Bills of the month up to the end of each of its days: what a day cost is the difference of two of them, so
 * that days add up to the month, tiers, peaks and standing charges included.
 */
import { billingMonthOf, zoneTable } from '@openami/model';
import type { BilledAgreement, ReadingStore } from '@openami/store';
import { type BillTask, type Calculated, calculate, windowOf } from '../billing/calculate.ts';
import type { InputRegistry } from '../billing/inputs.ts';
import type { BookedTariff, TariffBook } from '../billing/tariff-book.ts';
import { onTariff, unstored } from '../billing/test-bill.ts';
import type { Own } from './own.ts';

export interface RatingParts {
  readonly registry: InputRegistry;
  readonly store: Pick<ReadingStore, 'readings' | 'writer'>;
  readonly book: TariffBook;
}

/** A stretch of a month that is rated from the first day of the month that the agreement holds. */
export interface Stretch {
  /** Day numbers [from, to). */
  readonly from: number;
  readonly to: number;
}

export interface RatedStretches {
  /** In the order of what was asked for; without a bill where there is nothing to rate. */
  readonly rated: readonly (Calculated | undefined)[];
  /** No tariff could be applied: amounts are all nothing, and this says why. */
  readonly note: string;
}

/**
 * Rates stretches of an agreement up to `nowS`, on its tariff or, where it has none, on one without prices.
 */
export async function rateStretches(
  { registry, store, book }: RatingParts,
  { ctx }: Own,
  agreement: BilledAgreement,
  stretches: readonly Stretch[],
  nowS: number,
): Promise<RatedStretches> {
  // a day begins where the one before it ends: each stretch is rated once
  const tasks = new Map<string, BillTask>();
  for (const stretch of stretches) {
    const task = tasks.has(keyOf(stretch)) ? undefined : taskOf(agreement, stretch, nowS);
    if (task !== undefined) tasks.set(keyOf(stretch), task);
  }
  const asked = [...tasks.values()];
  const revision = store.writer.horizon();
  const tariffs = await book.many(agreement.tariffs.map(({ tariff }) => tariff));
  const first = await calculate(ctx, asked, { registry, store, tariffs, revision });
  const note = first.flatMap(({ holds }) => holds)[0]?.message ?? '';
  const rated = note === '' ? first : await unpriced({ registry, store }, ctx, agreement, asked, revision);
  const byKey = new Map([...tasks.keys()].map((key, i) => [key, rated[i]]));
  return { rated: stretches.map((stretch) => byKey.get(keyOf(stretch))), note };
}

const keyOf = ({ from, to }: Stretch): string => `${from}/${to}`;

function taskOf(agreement: BilledAgreement, { from, to }: Stretch, nowS: number): BillTask | undefined {
  const held = windowOf(agreement, { from, to });
  if (held === undefined) return undefined;
  const window = { fromS: held.fromS, toS: Math.min(held.toS, nowS) };
  return window.toS <= window.fromS ? undefined : { agreement, cycle: billingMonthOf(from, 1), window };
}

async function unpriced(
  { registry, store }: Pick<RatingParts, 'registry' | 'store'>,
  ctx: Own['ctx'],
  agreement: BilledAgreement,
  tasks: readonly BillTask[],
  revision: number,
): Promise<readonly (Calculated | undefined)[]> {
  const plain = plainTariff(agreement.commodity);
  const { code } = plain.record;
  const free = onTariff(agreement, code);
  const tariffs = new Map([[code, plain]]);
  const moved = tasks.map((task) => ({ ...task, agreement: free }));
  return calculate(ctx, moved, { registry, store, tariffs, revision });
}

const plain = new Map<string, BookedTariff>();

/** A tariff that counts and asks for nothing. */
function plainTariff(commodity: BilledAgreement['commodity']): BookedTariff {
  const known =
    plain.get(commodity) ??
    unstored({
      ...{ id: 'plain', commodity, currency: 'EUR' },
      versions: [{ charges: [{ id: 'use', kind: 'energy', price: '0' }] }],
    });
  plain.set(commodity, known);
  return known;
}

/** First day of the month of a day, or of what the agreement holds of it. */
export function monthStart(agreement: Pick<BilledAgreement, 'zone' | 'fromS'>, day: number): number {
  const first = zoneTable(agreement.zone).localDayOf(Math.max(0, agreement.fromS));
  return Math.max(billingMonthOf(day, 1).from, first);
}
