/** From keys of the vault to those a push is opened with. */
import { type AccessContext, groupBy, type KeyKind, keyName, placeOf } from '@openami/model';
import { type CipherKey, cipherKey } from '@openami/wire/dlms';
import type { ReceiveGuard } from '../keys/counters.ts';
import { type KeySet, keySetsToTry } from '../keys/key-sets.ts';
import type { KeyVault, OpenKey } from '../keys/vault.ts';
import { nodeCrypto } from './node-crypto.ts';
import type { PushKey, PushSender } from './push-senders.ts';

export type PushKeys = Pick<PushSender, 'unicast' | 'broadcast'>;

const kinds: readonly KeyKind[] = ['guek', 'gbek', 'gak'];
const none: PushKeys = { unicast: [], broadcast: [] };

/** Keys of meters, in the order to try; the vault is asked once. A meter without any has none of both. */
export async function pushKeysOf(
  ctx: AccessContext,
  vault: Pick<KeyVault, 'keysOf'>,
  guard: ReceiveGuard,
  meterIds: readonly number[],
): Promise<ReadonlyMap<number, PushKeys>> {
  const found = new Map<number, PushKeys>(meterIds.map((meterId) => [meterId, none]));
  if (meterIds.length === 0) return found;
  const { keys } = await vault.keysOf(ctx, meterIds, kinds);
  try {
    const counted = keys.filter(({ kind }) => kind !== 'gak');
    const marks = await guard.marks(ctx, counted.map(placeOf));
    const markOf = new Map(marks.map((mark) => [keyName(mark.key), mark]));
    for (const [meterId, all] of groupBy(keys, (key) => key.meterId)) {
      const sets = keySetsToTry(all);
      const ready = (kind: 'guek' | 'gbek'): PushKey[] => {
        const seen = new Set<string>();
        return sets.flatMap((set) => {
          const key = set.get(kind);
          const name = `${key?.version} ${set.get('gak')?.version}`;
          const mark = key && markOf.get(keyName(key));
          if (key === undefined || mark === undefined || seen.has(name)) return [];
          seen.add(name);
          const cipher = cipherOf(key, set);
          return cipher === undefined ? [] : [{ cipher, mark }];
        });
      };
      found.set(meterId, { unicast: ready('guek'), broadcast: ready('gbek') });
    }
    return found;
  } finally {
    // what is ready holds its own
    for (const { secret } of keys) secret.wipe();
  }
}

/** Undefined for keys that do not go together: those of two suites, while one is being changed. */
function cipherOf({ suite, secret }: OpenKey, set: KeySet<OpenKey>): CipherKey | undefined {
  const gak = set.get('gak');
  if (gak !== undefined && gak.suite !== suite) return undefined;
  return cipherKey(nodeCrypto, suite, secret.bytes(), gak?.secret.bytes().slice() ?? new Uint8Array(0));
}
