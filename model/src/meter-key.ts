/**
 * Keys of meters by kind, version and state. The material itself has no type here: it lives wrapped in the
 * store and unwrapped only inside the head-end's vault.
 */

/**
 * What a key is for. `guek`, `gbek`, `gak`, `kek`: global unicast encryption, global broadcast encryption,
 * authentication and master key of DLMS/COSEM (IEC 62056-5-3). `lls`, `hls`: secrets of an association.
 * `wmbus`: AES-128 key of a wireless M-Bus meter (EN 13757-7). `p1`, `p1_auth`: encryption and authentication
 * key of the customer port (P1) of a meter that enciphers it.
 * `sign_*`, `agree_*`: signature and key agreement; of the client the private key, of the meter the public
 * one.
 */
export const keyKinds = [
  'guek',
  'gbek',
  'gak',
  'kek',
  'lls',
  'hls',
  'sign_client',
  'sign_meter',
  'agree_client',
  'agree_meter',
  'wmbus',
  'p1',
  'p1_auth',
  'lorawan_app',
  'lorawan_nwk',
] as const;
export type KeyKind = (typeof keyKinds)[number];

/**
 * `staged`: made, perhaps on its way; the meter may use it already. `active`: the meter proved that it uses
 * it. `previous`: replaced, kept until the grace time is over. `retired`: its material is destroyed.
 */
export const keyStates = ['staged', 'active', 'previous', 'retired'] as const;
export type KeyState = (typeof keyStates)[number];

/** Security suites of DLMS/COSEM. */
export type SecuritySuite = 0 | 1 | 2;

/** Which key: versions of a kind count up from 1 at each meter and are never given twice. */
export interface KeyPlace {
  readonly meterId: number;
  readonly kind: KeyKind;
  readonly version: number;
}

/** The place alone of what has one. */
export function placeOf({ meterId, kind, version }: KeyPlace): KeyPlace {
  return { meterId, kind, version };
}

/** A place as one text. */
export function keyName({ meterId, kind, version }: KeyPlace): string {
  return `${meterId}/${kind}/${version}`;
}

/** A key as anyone may see it. */
export interface MeterKey extends KeyPlace {
  readonly state: KeyState;
  readonly suite: SecuritySuite;
  /** Data key it is wrapped under; empty once it is destroyed. */
  readonly wrappingKey: string;
  readonly origin: 'imported' | 'generated';
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  /** When a session last proved that the meter uses it, to within an hour. */
  readonly provenAt: Date | null;
  readonly retiredAt: Date | null;
}

/** A key with its wrapped material. */
export interface SealedKey extends MeterKey {
  readonly wrapped: Uint8Array;
}

/** A key to be kept; `version` must be the one after the newest of its kind. */
export interface NewKey extends KeyPlace {
  readonly state: 'staged' | 'active';
  readonly suite: SecuritySuite;
  readonly wrapped: Uint8Array;
  readonly wrappingKey: string;
  readonly origin: 'imported' | 'generated';
}

/** A change of state; refused when the key is not in `from` any more. Going to `retired` destroys it. */
export interface KeyMove extends KeyPlace {
  readonly from: KeyState;
  readonly to: KeyState;
}

/** A data key: what meter keys are wrapped under, itself wrapped under the key-encryption key. */
export interface DataKey {
  readonly id: string;
  readonly wrapped: Uint8Array;
  /** Name of the key-encryption key. */
  readonly kekId: string;
  /** The one new keys are wrapped under. */
  readonly current: boolean;
}

/** Largest invocation counter (32 bits, IEC 62056-5-3). */
export const maxInvocationCounter = 0xffff_ffff;
/** With half its counters used a key is due for rotation. */
export const rotateAtCounter = 2 ** 31;
