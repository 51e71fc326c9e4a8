/** Registered meters by the names under which their telegrams are heard, with the keys that open them. */
import { isRadioName, type KeyVault, type KnownMeter } from '@openami/headend';
import { bytesOfHex } from '@openami/wire';
import { AesKey } from '@openami/wire/mbus';
import { type P1Key, p1Key } from '@openami/wire/p1';
import { keysAccess } from './dlms.ts';
import type { LiveDirectory } from './live-directory.ts';

export interface TelegramKeysOptions {
  readonly directory: LiveDirectory;
  readonly vault: () => Promise<Pick<KeyVault, 'keysOf'>>;
}

/** The keys that a meter is read with: of its radio, or of its port. */
export interface TelegramKey {
  readonly key: Uint8Array;
  /** Of a port. */
  readonly authenticationKey?: Uint8Array | undefined;
}

/** Keys as they were given; undefined for none. */
export function telegramKeyOf(given: {
  readonly key?: string;
  readonly authenticationKey?: string;
}): TelegramKey | undefined {
  const { key, authenticationKey } = given;
  if (key === undefined) return undefined;
  return {
    key: bytesOfHex(key)!,
    ...(authenticationKey === undefined ? {} : { authenticationKey: bytesOfHex(authenticationKey)! }),
  };
}

/** Of meters in Luxembourg, the same for all and published: their encryption keys are what is secret. */
const publishedAuthenticationKey = Uint8Array.from({ length: 16 }, (_, i) => i * 0x11);

/** The key of a customer port. Raises P1_NOT_ENCODABLE for keys of another length than 16 bytes. */
export function portKeyOf(encryptionKey: Uint8Array, authenticationKey?: Uint8Array): P1Key {
  return p1Key(encryptionKey, authenticationKey ?? publishedAuthenticationKey);
}

/** Those of these names that somebody registered. Rejects as the vault does. */
export async function knownMeters(
  { directory, vault }: TelegramKeysOptions,
  names: readonly string[],
): Promise<ReadonlyMap<string, KnownMeter>> {
  const { memory } = directory;
  const found = names.flatMap((name) => {
    // over the air by the number alone, too; at a port others may have the same
    const ways = isRadioName(name) ? [name, idOf(name)] : [name];
    const device = ways.find((one) => memory.meter(one) !== 0);
    return device === undefined ? [] : [{ name, device, meterId: memory.meter(device) }];
  });
  if (found.length === 0) return new Map();
  const keysOf = await keysByMeter(await vault(), [...new Set(found.map(({ meterId }) => meterId))]);
  const known = found.map(({ name, device, meterId }): [string, KnownMeter] => {
    const of = keysOf.get(meterId);
    return [name, { meterId, device, ...cipherOf(of) }];
  });
  // the cipher has its own
  for (const { wmbus } of keysOf.values()) wmbus?.fill(0);
  return new Map(known.filter(([name, { device, key }]) => device === name || key !== undefined));
}

/** `KAM-12345678` is registered by its number alone, too. */
export function idOf(name: string): string {
  return name.slice(name.indexOf('-') + 1);
}

type Keys = Partial<Record<'wmbus' | 'p1' | 'p1_auth', Uint8Array>>;

function cipherOf(keys: Keys = {}): Pick<KnownMeter, 'key' | 'portKey'> {
  const { wmbus, p1, p1_auth: authenticationKey } = keys;
  return { key: wmbus && new AesKey(wmbus), portKey: p1 && portKeyOf(p1, authenticationKey) };
}

async function keysByMeter(
  vault: Pick<KeyVault, 'keysOf'>,
  meterIds: readonly number[],
): Promise<ReadonlyMap<number, Keys>> {
  const { keys } = await vault.keysOf(keysAccess, meterIds, ['wmbus', 'p1', 'p1_auth']);
  const of = new Map<number, Keys>();
  for (const { meterId, kind, state, secret } of keys) {
    const known = of.get(meterId) ?? {};
    of.set(meterId, known);
    // the one in use before one that is to come
    if (state === 'active' || known[kind as keyof Keys] === undefined)
      known[kind as keyof Keys] = secret.bytes().slice();
    secret.wipe();
  }
  return of;
}
