/** Who pushes to this server: registered meters, with their keys from the vault. */
import {
  type KeyVault,
  nameParts,
  type PushSender,
  pushKeysOf,
  type ReceiveGuard,
  serialName,
  titleName,
} from '@openami/headend';
import { type AccessContext, systemAccess } from '@openami/model';
import type { CollectTarget, RegistryStore } from '@openami/store';
import { type ProtectionName, protections } from '@openami/wire/dlms';

export interface PushRegistry {
  readonly registry: Pick<RegistryStore, 'endpoints' | 'readingPlans'>;
  /** The meter with this serial or another of its names; 0 for none. */
  readonly meterOf: (serial: string) => number;
  readonly vault: () => Promise<Pick<KeyVault, 'keysOf'>>;
  readonly guard: ReceiveGuard;
  /** For keys. */
  readonly ctx: AccessContext;
}

/** Senders by their names, as `PushSenders` asks for them: one look into each store, however many. */
export async function loadPushSenders(
  { registry, meterOf, vault, guard, ctx }: PushRegistry,
  names: readonly string[],
): Promise<ReadonlyMap<string, PushSender>> {
  const titles = names.flatMap((name) => nameParts(name).systemTitle ?? []);
  const meterOfName = new Map<string, number>();
  // by the title of its endpoint, or of its key file
  const found = await registry.endpoints.titles(systemAccess, { meterIds: [], titles });
  for (const { title, meterId } of found) meterOfName.set(titleName(title), meterId);
  for (const name of names) {
    const { serial } = nameParts(name);
    const meterId = serial === undefined ? 0 : meterOf(serial);
    if (meterId !== 0) meterOfName.set(serialName(serial!), meterId);
  }
  const meterIds = [...new Set(meterOfName.values())];
  if (meterIds.length === 0) return new Map();
  const targets = await registry.readingPlans.targets(systemAccess, { protocol: 'dlms', meterIds });
  const keyed = found.map(({ meterId }) => meterId);
  const keys = await pushKeysOf(ctx, await vault(), guard, keyed);
  const senderOf = new Map(
    targets.map((target) => [target.meterId, describe(target, keys.get(target.meterId) ?? noKeys)]),
  );
  const senders = new Map<string, PushSender>();
  for (const [name, meterId] of meterOfName) {
    const sender = senderOf.get(meterId);
    if (sender !== undefined) senders.set(name, sender);
  }
  return senders;
}

const noKeys = { unicast: [], broadcast: [] };

function describe(
  { meterId, serial, commodity, endpoint: { security } }: CollectTarget,
  keys: Pick<PushSender, 'unicast' | 'broadcast'>,
): PushSender {
  const protection = Object.hasOwn(protections, security) ? (security as ProtectionName) : 'none';
  return { device: serial, meterId, commodity, protection, ...keys };
}
