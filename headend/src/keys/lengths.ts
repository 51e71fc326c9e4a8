/** How long keys are (IEC 62056-5-3, security suites), and which cannot be keys at all. */
import type { KeyKind, SecuritySuite } from '@openami/model';
import { keyRowErrors } from './errors.ts';

const symmetric = [16, 16, 32] as const;
const privateKey = [0, 32, 48] as const;
/** Both coordinates of a point, without the format byte. */
const publicKey = [0, 64, 96] as const;
const maxSecretBytes = 64;

const lengths: Readonly<Record<KeyKind, readonly [number, number, number] | undefined>> = {
  guek: symmetric,
  gbek: symmetric,
  gak: symmetric,
  kek: symmetric,
  lls: undefined,
  hls: undefined,
  sign_client: privateKey,
  agree_client: privateKey,
  sign_meter: publicKey,
  agree_meter: publicKey,
  wmbus: [16, 16, 16],
  p1: [16, 16, 16],
  p1_auth: [16, 16, 16],
  lorawan_app: [16, 16, 16],
  lorawan_nwk: [16, 16, 16],
};

/** Bytes of a key of this kind; undefined for secrets of free length, 0 where the suite has none. */
export function keyBytes(kind: KeyKind, suite: SecuritySuite): number | undefined {
  return lengths[kind]?.[suite];
}

/** The key as it is kept: a public key without its format byte. Raises KEY_LENGTH, KEY_WEAK. */
export function checkedKey(kind: KeyKind, suite: SecuritySuite, given: Uint8Array): Uint8Array {
  const wanted = keyBytes(kind, suite);
  const isPoint = wanted !== undefined && kind.endsWith('_meter');
  const key = isPoint && given.length === wanted + 1 && given[0] === 4 ? given.subarray(1) : given;
  if (wanted === 0) throw keyRowErrors.KEY_LENGTH(`suite ${suite} has no ${kind}`);
  if (wanted === undefined && (key.length === 0 || key.length > maxSecretBytes)) {
    throw keyRowErrors.KEY_LENGTH(`${kind}: ${key.length} bytes, not 1 to ${maxSecretBytes}`);
  }
  if (wanted !== undefined && key.length !== wanted) {
    throw keyRowErrors.KEY_LENGTH(`${kind}: ${key.length} bytes, not ${wanted}, in suite ${suite}`);
  }
  if (wanted !== undefined && key.every((byte) => byte === key[0])) throw keyRowErrors.KEY_WEAK(kind);
  return key;
}
