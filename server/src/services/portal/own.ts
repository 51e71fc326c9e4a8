/** What is a customer's own: found anew for every request, so that an account taken away is gone at once. */
import { type AccessContext, DAY_S, formatDay, systemAccess, zoneTable } from '@openami/model';
import { type BilledAgreement, type OwnAgreement, type RegistryStore, registryErrors } from '@openami/store';
import type { Principal } from '../../identity/permissions.ts';

/** A caller with what may be seen: every call of a repository takes this context. */
export interface Own {
  readonly ctx: AccessContext;
  readonly agreements: readonly OwnAgreement[];
}

/** The own agreements of a caller, and a context that is narrowed to their usage points. */
export async function ownOf(
  { customerLogins }: Pick<RegistryStore, 'customerLogins'>,
  { kind, id, name }: Pick<Principal, 'kind' | 'id' | 'name'>,
): Promise<Own> {
  const agreements = await customerLogins.agreementsOf(systemAccess, id);
  const usagePoints = new Set(agreements.map(({ usagePointId }) => usagePointId));
  return { ctx: { actor: { kind, id, name }, purpose: 'customer', scope: { usagePoints } }, agreements };
}

/** One of the own agreements. Raises NOT_FOUND for any other, whether there is one or not. */
export function ownAgreement({ agreements }: Own, id: number): OwnAgreement {
  const found = agreements.find((one) => one.id === id);
  if (found === undefined) throw registryErrors.NOT_FOUND(`usage point ${id} of yours`);
  return found;
}

/** The own accounts, by id. */
export const ownAccounts = ({ agreements }: Own): number[] => [
  ...new Set(agreements.map(({ accountId }) => accountId)),
];

/** Local days [from, to) that an agreement holds; `to` is the day after `nowS` at most. */
export function daysHeld(
  { zone, fromS, untilS }: Pick<OwnAgreement, 'zone' | 'fromS' | 'untilS'>,
  nowS: number,
): { readonly from: number; readonly to: number } {
  const table = zoneTable(zone);
  const lastS = Math.min(nowS, untilS === null ? Number.POSITIVE_INFINITY : Math.ceil(untilS) - 1);
  return { from: table.localDayOf(Math.max(0, fromS)), to: table.localDayOf(lastS) + 1 };
}

/** All that a bill of an own agreement needs. Raises NOT_FOUND. */
export async function factsOf(
  { billingFacts }: Pick<RegistryStore, 'billingFacts'>,
  { ctx }: Own,
  { id, fromS }: OwnAgreement,
): Promise<BilledAgreement> {
  const query = {
    from: formatDay(Math.floor(Math.max(0, fromS) / DAY_S)),
    to: '9999-01-01',
    agreements: [id],
  };
  const [facts] = await billingFacts.of(ctx, await billingFacts.ids(ctx, query));
  if (facts === undefined) throw registryErrors.NOT_FOUND(`usage point ${id} of yours`);
  return facts;
}

/**
 * The registry for what a customer may know of tariffs: all of them, since everybody may read a price list.
 */
export function withPublicTariffs<R extends Pick<RegistryStore, 'tariffs'>>(registry: R): R {
  const { tariffs } = registry;
  return {
    ...registry,
    tariffs: {
      ...tariffs,
      list: (_ctx: AccessContext, day: string, code?: string) => tariffs.list(systemAccess, day, code),
    },
  };
}
