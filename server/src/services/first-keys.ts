/** Keys of simulated meters that have none yet, into the vault. */
import type { KeySpec } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { AppContext } from '../context.ts';

export interface FirstKeys {
  readonly meterId: number;
  readonly specs: readonly KeySpec[];
}

/** A meter that has a key of any kind is left as it is. How many meters were given keys. */
export async function addFirstKeys(
  { registry, dlms }: Pick<AppContext, 'registry' | 'dlms'>,
  meters: readonly FirstKeys[],
): Promise<number> {
  const vault = await dlms.vault();
  const meterIds = meters.map(({ meterId }) => meterId);
  const keyed = new Set(
    (await registry.meterKeys.list(systemAccess, { meterIds })).map((key) => key.meterId),
  );
  const wanting = meters.filter(({ meterId }) => !keyed.has(meterId));
  const keys = wanting.flatMap(({ meterId, specs }) =>
    specs.map((spec) => vault.sealNew({ meterId, kind: spec.kind, version: 1 }, spec, 'active')),
  );
  if (keys.length > 0) await registry.meterKeys.add(systemAccess, keys);
  return wanting.length;
}
