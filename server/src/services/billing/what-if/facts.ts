/** What every question of "what if" asks of an agreement. */
import { type CarryState, emptyState, readState } from '@openami/billing';
import { type AccessContext, type Clock, formatDay, zoneTable } from '@openami/model';
import {
  type BillBefore,
  type BilledAgreement,
  type ReadingStore,
  type RegistryStore,
  registryErrors,
} from '@openami/store';
import type { TariffBook } from '../tariff-book.ts';

export interface WhatIfParts {
  readonly registry: Pick<RegistryStore, 'billingFacts' | 'bills' | 'tariffs'>;
  readonly store: Pick<ReadingStore, 'readings'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly book: TariffBook;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** The agreement of a code on a local day of UTC or the days around it. Raises NOT_FOUND, OUT_OF_SCOPE. */
export async function agreementOn(
  { registry }: Pick<WhatIfParts, 'registry'>,
  ctx: AccessContext,
  code: string,
  day: number,
): Promise<BilledAgreement> {
  const query = { from: formatDay(day), to: formatDay(day + 1), codes: [code] };
  const [found] = await registry.billingFacts.page(ctx, query, 0, 1);
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
  return { carryIn: before ? readState(before.carry) : emptyState, before };
}
