/**
 * Whether the keys kept of a meter are those it uses: asked of the meter itself, or of what it sent. Both
 * tell a wrong key, a meter that does not encrypt, and one that does it in another way apart.
 */
import type { KeyKind, KeyState, OpenAmiError } from '@openami/model';
import { type CipherKey, cipherKey, decodeTelegram, type KeyRequest } from '@openami/wire/dlms';
import type { CommandMeter } from '../commands/driver.ts';
import type { KeySet } from '../keys/key-sets.ts';
import type { OpenKey } from '../keys/vault.ts';
import { diagnoseError } from './diagnosis.ts';
import type { DlmsField, FieldOutcome } from './field.ts';
import { clockOf } from './meter-clock.ts';
import { nodeCrypto } from './node-crypto.ts';
import type { MeterAccess } from './session.ts';

export const keyVerdicts = [
  ...(['right', 'wrong', 'not-encrypted', 'unsupported', 'wrong-title', 'counter'] as const),
  ...(['unreachable', 'undecided'] as const),
] as const;
export type KeyVerdict = (typeof keyVerdicts)[number];

export interface CheckedKey {
  readonly kind: KeyKind;
  readonly version: number;
  readonly state: KeyState;
}

export interface KeyCheck {
  /** The keys that were tried together. */
  readonly keys: readonly CheckedKey[];
  readonly verdict: KeyVerdict;
  readonly error: OpenAmiError | undefined;
}

const shown = ({ kind, version, state }: CheckedKey): CheckedKey => ({ kind, version, state });

/**
 * Opens an association under each set of keys until one is right, or it is clear that no key is to blame.
 * Rejects with what stands before a session: DLMS_ENDPOINT, DLMS_KEYS_MISSING.
 */
export async function checkKeysInField(
  field: DlmsField,
  meter: CommandMeter,
  signal: AbortSignal,
): Promise<KeyCheck[]> {
  const checks: KeyCheck[] = [];
  for (const access of await field.accesses.of(meter)) {
    const read = async (session: Parameters<Parameters<DlmsField['runWith']>[3]>[0]) => {
      await clockOf(session.client, signal);
    };
    const outcome = await field.runWith(meter, access, 'keys', read, { signal });
    const verdict = verdictOf(outcome, access);
    const error = outcome.ok || verdict === 'right' ? undefined : outcome.error;
    checks.push({ keys: (access.keys?.used ?? []).map(shown), verdict, error });
    if (verdict === 'right') field.proved(meter, access);
    if (verdict !== 'wrong') break;
  }
  return checks;
}

function verdictOf(outcome: FieldOutcome<unknown>, { keys, ciphering }: MeterAccess): KeyVerdict {
  // What went wrong after the association says nothing of keys.
  if (outcome.ok || outcome.stage === 'work' || outcome.stage === 'release') {
    return keys === undefined && ciphering === undefined ? 'not-encrypted' : 'right';
  }
  if (outcome.error.code === 'DLMS_SECURITY_TOO_WEAK') return 'not-encrypted';
  if (outcome.stage === 'connect') return 'unreachable';
  switch (outcome.diagnosis?.outcome) {
    case 'wrong-key':
      return 'wrong';
    case 'lost':
      return 'unreachable';
    case undefined:
      return 'undecided';
    default:
      return outcome.diagnosis!.outcome as KeyVerdict;
  }
}

/** Telegrams as they came, under each set of keys; the newest that says anything decides. */
export function checkKeysOnTelegrams(
  telegrams: readonly Uint8Array[],
  sets: readonly KeySet<OpenKey>[],
  systemTitle: Uint8Array | undefined,
): KeyCheck[] {
  const ciphering = sets.filter((set) => set.has('guek'));
  return ciphering.map((set) => {
    const keys = telegramKinds.flatMap((kind) => set.get(kind) ?? []).map(shown);
    let last: Omit<KeyCheck, 'keys'> = { verdict: 'undecided', error: undefined };
    for (const bytes of telegrams) {
      last = ofTelegram(bytes, set, systemTitle);
      if (last.verdict !== 'undecided') break;
    }
    return { keys, ...last };
  });
}

const telegramKinds: readonly KeyKind[] = ['guek', 'gak'];

function ofTelegram(
  bytes: Uint8Array,
  set: KeySet<OpenKey>,
  systemTitle: Uint8Array | undefined,
): Omit<KeyCheck, 'keys'> {
  try {
    const { apdus } = decodeTelegram(bytes, { keyFor: (request) => keyOf(request, set), systemTitle });
    const wrong = apdus.find(({ error }) => error && diagnoseError(error));
    if (wrong !== undefined) return { verdict: ofError(wrong.error!), error: wrong.error };
    const protections = apdus.flatMap(({ opened }) => opened?.protections ?? []);
    if (protections.some(({ opened, control }) => opened && control)) {
      return { verdict: 'right', error: undefined };
    }
    const isPlain = protections.length === 0 && apdus.some(({ opened }) => opened !== undefined);
    return { verdict: isPlain ? 'not-encrypted' : 'undecided', error: undefined };
  } catch (error) {
    return { verdict: ofError(error as OpenAmiError), error: error as OpenAmiError };
  }
}

function ofError(error: OpenAmiError): KeyVerdict {
  if (error.code === 'DLMS_SECURITY_TOO_WEAK') return 'not-encrypted';
  const outcome = diagnoseError(error)?.outcome;
  if (outcome === 'wrong-key') return 'wrong';
  return outcome === 'unsupported' || outcome === 'wrong-title' ? outcome : 'undecided';
}

function keyOf({ control, envelope }: KeyRequest, set: KeySet<OpenKey>): CipherKey | undefined {
  // A dedicated key was of its association alone.
  if (envelope === 'ded' || envelope === 'general-ded') return undefined;
  const key = set.get(control.broadcast ? 'gbek' : 'guek');
  if (key === undefined) return undefined;
  const gak = set.get('gak')?.secret.bytes() ?? new Uint8Array(0);
  return cipherKey(nodeCrypto, key.suite, key.secret.bytes(), gak);
}
