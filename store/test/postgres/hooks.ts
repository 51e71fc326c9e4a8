import { randomBytes } from 'node:crypto';
import { systemAccess } from '@openami/model';
import type { RegistryStore } from '../../src/postgres/index.ts';

/** A webhook for some kinds; gives what waits for it. */
export async function hookFor(store: RegistryStore, kinds: readonly string[]) {
  const keys = { ...systemAccess, purpose: 'keys' as const };
  await store.dataKeys.add(keys, { id: 'hooks', wrapped: Uint8Array.of(1), kekId: 'x' }, undefined);
  const name = `webhook ${randomBytes(8).toString('hex')}`;
  const secret = { name, wrapped: Uint8Array.of(7), wrappingKey: 'hooks' };
  const hook = await store.webhooks.create(systemAccess, { name, url: 'https://x.test/', kinds }, secret);
  return async () =>
    (await store.webhooks.next(systemAccess, hook.id, 100)).map(({ kind, data }) => ({ kind, data }));
}
