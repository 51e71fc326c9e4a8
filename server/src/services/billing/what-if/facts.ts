/** What every question of "what if" asks of an agreement. */
import type { CarryState } from '@openami/billing';
import { type AccessContext, type Clock, formatDay, zoneTable } from '@openami/model';
import {
  type BillBefore,
  type BilledAgreement,
  type ReadingStore,
  type RegistryStore,
  registryErrors,
} from '@openami/store';
import { carriedState } from '../content.ts';
import type { InputRegistry } from '../inputs.ts';
import type { TariffBook } from '../tariff-book.ts';

export interface WhatIfParts {
  readonly registry: InputRegistry & Pick<RegistryStore, 'billingFacts' | 'bills' | 'tariffs'>;
  readonly store: Pick<ReadingStore, 'readings'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly book: TariffBook;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * The agreement of a code that holds on a day of UTC, or on the one before or after: it may be either where
 * the agreement is. Raises NOT_FOUND, OUT_OF_SCOPE.
 */
export async function agreementOn(
  { registry }: Pick<WhatIfParts, 'registry'>,
  ctx: AccessContext,
  code: string,
  day: number,
): Promise<BilledAgreement> {
  const query = { from: formatDay(day - 1), to: formatDay(day + 2), codes: [code] };
  const [found] = await registry.billingFacts.of(
    ctx,
    (await registry.billingFacts.ids(ctx, query)).slice(0, 1),
  );
  if (found === undefined) throw registryErrors.NOT_FOUND(`agreement ${code} on ${formatDay(day)}`);
  return found;
}

/** Today where the agreement is. */
export function localToday({ clock }: Pick<WhatIfParts, 'clock'>, zone: string): number {
  return zoneTable(zone).localDayOf(Math.floor(clock.nowMs() / 1_000));
}

/** What the newest bill before a cycle left. */
export async function carriedInto(
  { registry }: Pick<WhatIfParts, 'registry'>,
  ctx: AccessContext,
  agreement: number,
  cycleFrom: number,
): Promise<{ readonly carryIn: CarryState; readonly before: BillBefore | undefined }> {
  const [before] = await registry.bills.before(ctx, [agreement], formatDay(cycleFrom));
  return { carryIn: carriedState(before?.carry ?? null), before };
}
