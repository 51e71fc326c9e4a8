/** A vault over a real registry store, with meters to put keys into. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyVault, type KeyWrap, LocalKek } from '@openami/headend';
import { type AccessContext, ManualClock } from '@openami/model';
import { openRegistryStore, type RegistryStore } from '@openami/store';

export const ctx: AccessContext = {
  actor: { kind: 'user', id: 'u7', name: 'Key keeper' },
  purpose: 'operate',
  scope: 'all',
};
export const forKeys: AccessContext = { ...ctx, purpose: 'keys' };

export interface Setting {
  readonly store: RegistryStore;
  readonly clock: ManualClock;
  readonly kek: LocalKek;
  vault(kek?: LocalKek, previous?: readonly LocalKek[]): Promise<KeyVault>;
  meter(): Promise<{ id: number; serial: string }>;
  close(): Promise<void>;
}

export async function openSetting(): Promise<Setting> {
  const dataDir = mkdtempSync(join(tmpdir(), 'openami-vault-'));
  const clock = new ManualClock(Date.UTC(2026, 2, 29, 12));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openRegistryStore({ dataDir, clock, log });
  const kek = new LocalKek(randomBytes(32));
  let serial = 0;
  return {
    ...{ store, clock, kek },
    vault: (present = kek, previousKeks = []) =>
      KeyVault.open(ctx, { keys: store.meterKeys, dataKeys: store.dataKeys, kek: present, previousKeks }),
    meter: async () => {
      const made = await store.meters.create(ctx, { serial: `M${++serial}`, commodity: 'electricity' });
      return { id: made.id, serial: made.serial };
    },
    close: async () => {
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

const iv = Buffer.alloc(8, 0xa6);
const algorithm = (kek: Uint8Array) => `id-aes${kek.length * 8}-wrap`;

/** RFC 3394 by the engine of the platform. */
export const nodeKeyWrap: KeyWrap = {
  wrap(kek, key) {
    const cipher = createCipheriv(algorithm(kek), kek, iv);
    return Buffer.concat([cipher.update(key), cipher.final()]);
  },
  unwrap(kek, wrapped) {
    const decipher = createDecipheriv(algorithm(kek), kek, iv);
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  },
};
