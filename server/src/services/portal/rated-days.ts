/**
 * Bills of the month up to the end of each of its days: what a day cost is the difference of two of them, so
 * that days add up to the month, tiers, peaks and standing charges included.
 */
import type { CompiledVersion } from '@openami/billing';
import { billingMonthOf, zoneTable } from '@openami/model';
import type { BilledAgreement, ReadingStore } from '@openami/store';
import { type BillTask, type Calculated, calculate, windowOf } from '../billing/calculate.ts';
import type { InputRegistry } from '../billing/inputs.ts';
import type { BookedTariff, TariffBook } from '../billing/tariff-book.ts';
import { onTariff, unstored } from '../billing/test-bill.ts';
import type { Own } from './own.ts';
import { type RegisterMonth, registerMonths } from './register-month.ts';

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
  /** Months that are billed by registers, by the first day of their stretches. */
  readonly registers: ReadonlyMap<number, RegisterMonth>;
  /** Under which all of it is rated, also where nothing is known to rate. */
  readonly versions: readonly CompiledVersion[];
  /** No tariff could be applied: amounts are all nothing, and this says why. */
  readonly note: string;
}

/**
 * Rates stretches of an agreement up to `nowS`, or the last read of its registers, on its tariff or, where it
 * has none, on one without prices.
 */
export async function rateStretches(
  { registry, store, book }: RatingParts,
  { ctx }: Own,
  agreement: BilledAgreement,
  stretches: readonly Stretch[],
  nowS: number,
): Promise<RatedStretches> {
  const revision = store.writer.horizon();
  const firstDays = stretches.map(({ from }) => from);
  const monthsOn = await registerMonths(store, ctx, agreement, firstDays, { revision, nowS });
  const rate = async (of: BilledAgreement, tariffs: ReadonlyMap<string, BookedTariff>) => {
    const registers = monthsOn(of, tariffs);
    const tasks = tasksOf(of, stretches, registers, nowS);
    const made = await calculate(ctx, [...tasks.values()], { registry, store, tariffs, revision });
    const byKey = new Map([...tasks.keys()].map((key, i) => [key, made[i]]));
    const versions = made.flatMap(({ bill }) => bill?.parts.map(({ version }) => version) ?? []);
    const known = versions.length > 0 ? versions : [...tariffs.values()].flatMap(newestOf);
    const note = made.flatMap(({ holds }) => holds)[0]?.message ?? '';
    return { rated: stretches.map((one) => byKey.get(keyOf(one))), registers, versions: known, note };
  };
  const first = await rate(agreement, await book.many(agreement.tariffs.map(({ tariff }) => tariff)));
  if (first.note === '') return first;
  const plain = plainTariff(agreement.commodity);
  const { code } = plain.record;
  return { ...(await rate(onTariff(agreement, code), new Map([[code, plain]]))), note: first.note };
}

const newestOf = ({ compiled }: BookedTariff): CompiledVersion[] => compiled.versions.slice(-1);

const keyOf = ({ from, to }: Stretch): string => `${from}/${to}`;

/** A day begins where the one before it ends: each stretch is rated once. */
function tasksOf(
  agreement: BilledAgreement,
  stretches: readonly Stretch[],
  registers: ReadonlyMap<number, RegisterMonth>,
  nowS: number,
): ReadonlyMap<string, BillTask> {
  const tasks = new Map<string, BillTask>();
  for (const stretch of stretches) {
    if (tasks.has(keyOf(stretch))) continue;
    const task = taskOf(agreement, stretch, registers.get(stretch.from), nowS);
    if (task !== undefined) tasks.set(keyOf(stretch), task);
  }
  return tasks;
}

function taskOf(
  agreement: BilledAgreement,
  { from, to }: Stretch,
  registers: RegisterMonth | undefined,
  nowS: number,
): BillTask | undefined {
  const held = windowOf(agreement, { from, to });
  if (held === undefined) return undefined;
  // of registers nothing is known after the last read
  const throughS = registers === undefined ? nowS : (registers.throughS ?? held.fromS);
  const window = { fromS: held.fromS, toS: Math.min(held.toS, nowS, throughS) };
  if (window.toS <= window.fromS) return undefined;
  const usage = registers?.usedTo(window.toS);
  return { agreement, cycle: billingMonthOf(from, 1), window, ...(usage && { usage }) };
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
