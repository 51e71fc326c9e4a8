/** What is asked of the store of meter keys. Scoped callers are refused everywhere. */
import type { AccessContext } from './access.ts';
import type {
  DataKey,
  KeyKind,
  KeyMove,
  KeyPlace,
  KeyState,
  MeterKey,
  NewKey,
  SealedKey,
} from './meter-key.ts';

type Ctx = AccessContext;

export interface KeyQuery {
  readonly meterIds: readonly number[];
  readonly kinds?: readonly KeyKind[];
  /** Absent: all but destroyed ones. */
  readonly states?: readonly KeyState[];
}

/**
 * Meter keys. Material leaves through `unwrap` alone, still wrapped under a data key; every change and every
 * `unwrap` is in the audit trail, without material.
 */
export interface KeyStore {
  /** Without material, by meter, kind and version. */
  list(ctx: Ctx, query: KeyQuery): Promise<MeterKey[]>;
  /** Newest version ever given of each kind; kinds without a key are absent. */
  newest(ctx: Ctx, meterIds: readonly number[]): Promise<KeyPlace[]>;
  /** Wrapped material. Purpose must be `keys` (KEY_PURPOSE); one audit record a call. */
  unwrap(ctx: Ctx, query: KeyQuery): Promise<SealedKey[]>;
  /** Adds keys, all or none. Raises ALREADY_EXISTS when a version or state is taken, KEY_STATE for a gap. */
  add(ctx: Ctx, keys: readonly NewKey[]): Promise<void>;
  /** Replaces the wrapping of keys that are still wrapped under `from`; how many were. */
  reseal(
    ctx: Ctx,
    from: string,
    keys: readonly (KeyPlace & { readonly wrapped: Uint8Array; readonly wrappingKey: string })[],
  ): Promise<number>;
  /** Keys wrapped under a data key, some at a time in order of their places, for `reseal`; purpose `keys`. */
  wrappedUnder(ctx: Ctx, dataKey: string, limit: number, after?: KeyPlace): Promise<SealedKey[]>;
}

/** Data keys, wrapped under the key-encryption key. Purpose `keys` throughout. */
export interface DataKeyStore {
  list(ctx: Ctx): Promise<DataKey[]>;
  /** Adds one and makes it current. False when `after` (id of the current one) is not current any more. */
  add(ctx: Ctx, key: Omit<DataKey, 'current'>, after: string | undefined): Promise<boolean>;
  /** Replaces the wrapping of data keys, all or none; raises KEY_STATE when one was under another KEK. */
  rewrap(
    ctx: Ctx,
    keys: readonly { readonly id: string; readonly wrapped: Uint8Array }[],
    kekIds: { readonly from: string; readonly to: string },
  ): Promise<void>;
}

/** Invocation counters of the kinds that have them (guek, gbek). */
export interface CounterStore {
  /**
   * Reserves `block` counters above all reserved before and above `above`, in one statement: no two callers
   * get the same, and what a crash leaves unused is lost. Raises COUNTER_EXHAUSTED, KEY_DESTROYED.
   */
  reserve(
    ctx: Ctx,
    key: KeyPlace,
    block?: number,
    above?: number,
  ): Promise<{ readonly from: number; readonly to: number }>;
  /** Notes what was received; gives the keys for which somebody noted as much or more already. */
  received(
    ctx: Ctx,
    entries: readonly (KeyPlace & { readonly counter: number })[],
  ): Promise<readonly KeyPlace[]>;
  /** Highest received of each; keys that are destroyed or have no counters are left out. */
  lastReceived(
    ctx: Ctx,
    keys: readonly KeyPlace[],
  ): Promise<readonly (KeyPlace & { readonly lastReceived: number })[]>;
}

export const rotationStates = ['running', 'done', 'failed', 'cancelled'] as const;
export type KeyRotationState = (typeof rotationStates)[number];

/** A rotation as the state machine that drives it sees it. */
export interface StoredRotation {
  readonly id: number;
  readonly meterId: number;
  /** Counts changes. */
  readonly version: number;
  /** The state machine's own state; holds versions, never material. */
  readonly progress: unknown;
}

export interface RotationBegin {
  readonly meterId: number;
  /** Name of the campaign it is begun in; left out for one begun by itself. */
  readonly batch?: string;
  readonly what: string;
  readonly step: string;
  readonly progress: unknown;
}

export interface RotationChange {
  readonly state: KeyRotationState;
  readonly step: string;
  readonly progress: unknown;
  readonly error?: { readonly code: string; readonly detail: string } | null;
  readonly add?: readonly NewKey[];
  readonly moves?: readonly KeyMove[];
}

export interface RotationStore<R extends StoredRotation = StoredRotation> {
  /** Raises ROTATION_BUSY when one of the meter is running. */
  begin(ctx: Ctx, rotation: RotationBegin): Promise<R>;
  /** Its next step and the changes of keys that belong to it, at once. Raises ROTATION_BUSY, KEY_STATE. */
  advance(ctx: Ctx, id: number, ifVersion: number, change: RotationChange): Promise<R>;
  get(ctx: Ctx, id: number): Promise<R>;
}
