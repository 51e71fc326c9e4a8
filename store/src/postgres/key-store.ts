/** What the registry keeps of meter keys, as its users see it. Scoped callers are refused everywhere. */
import type {
  AccessContext,
  DataKey,
  KeyKind,
  KeyMove,
  KeyPlace,
  KeyState,
  MeterKey,
  NewKey,
  SealedKey,
} from '@openami/model';

type Ctx = AccessContext;

export interface KeyQuery {
  readonly meterIds: readonly number[];
  readonly kinds?: readonly KeyKind[];
  /** Absent: all but destroyed ones. */
  readonly states?: readonly KeyState[];
}

/** What time and use say of the keys of a meter: rotate them when the oldest is too old or used too much. */
export interface KeyAge {
  readonly meterId: number;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly suite: number;
  /** When the oldest of its active encryption and authentication keys came into use. */
  readonly oldestAt: Date;
  /** Invocation counters that may have been used. */
  readonly counter: number;
  readonly isRotating: boolean;
}

/** Meters whose keys are asked for by group or age; all parts must hold. */
export interface KeyAgeQuery {
  /** The oldest active key came into use before this moment, or half the counters are gone. */
  readonly before?: Date;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly segment?: string;
  readonly serials?: readonly string[];
  /** Only meters with keys of a lower suite. */
  readonly belowSuite?: number;
  /** Leaves out meters whose keys are being rotated, and such that cannot be reached. */
  readonly free?: boolean;
  readonly afterMeterId?: number;
  readonly limit?: number;
}

export interface KeySummary {
  readonly kind: KeyKind;
  readonly state: KeyState;
  readonly suite: number;
  readonly count: number;
  /** When the oldest of them was made. */
  readonly oldestAt: Date;
}

/**
 * Meter keys. Material leaves through `unwrap` alone, still wrapped under a data key; every change and every
 * `unwrap` is in the audit trail, without material.
 */
export interface MeterKeyRepository {
  /** Without material, by meter, kind and version. */
  list(ctx: Ctx, query: KeyQuery): Promise<MeterKey[]>;
  /** How many there are of each kind, state and suite, and how old. */
  summary(ctx: Ctx): Promise<KeySummary[]>;
  /** Meters with active keys by a query, in order of meters, with how many there are in all. */
  ages(ctx: Ctx, query: KeyAgeQuery): Promise<{ readonly items: KeyAge[]; readonly total: number }>;
  /** Notes when sessions proved keys; not in the audit trail, it is no change of them. */
  proven(ctx: Ctx, keys: readonly (KeyPlace & { readonly atMs: number })[]): Promise<void>;
  /** Newest version ever given of each kind; kinds without a key are absent. */
  newest(ctx: Ctx, meterIds: readonly number[]): Promise<KeyPlace[]>;
  /** Wrapped material. Purpose must be `keys` (KEY_PURPOSE); one audit record a call. */
  unwrap(ctx: Ctx, query: KeyQuery): Promise<SealedKey[]>;
  /** Adds keys, all or none. Raises ALREADY_EXISTS when a version or state is taken, KEY_STATE for a gap. */
  add(ctx: Ctx, keys: readonly NewKey[]): Promise<void>;
  /** Changes states, all or none. Raises KEY_STATE. Going to `retired` destroys the material. */
  move(ctx: Ctx, moves: readonly KeyMove[]): Promise<void>;
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
export interface DataKeyRepository {
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

export interface CounterState extends KeyPlace {
  /** Counters up to this one may have been used. */
  readonly reservedTo: number;
  /** Highest received from the meter, -1 when none was. */
  readonly lastReceived: number;
}

/** Invocation counters of the kinds that have them (guek, gbek). */
export interface CounterRepository {
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
  state(ctx: Ctx, key: KeyPlace): Promise<CounterState>;
  /** Highest received of each; keys that are destroyed or have no counters are left out. */
  lastReceived(
    ctx: Ctx,
    keys: readonly KeyPlace[],
  ): Promise<(KeyPlace & { readonly lastReceived: number })[]>;
}

export type RotationState = 'running' | 'done' | 'failed' | 'cancelled';

export interface KeyRotation {
  readonly id: number;
  readonly meterId: number;
  readonly serial: string;
  /** Name of the campaign it was begun in; empty for one begun by itself. */
  readonly batch: string;
  readonly what: string;
  readonly state: RotationState;
  readonly step: string;
  /** The state machine's own state; holds versions, never material. */
  readonly progress: unknown;
  readonly error: { readonly code: string; readonly detail: string } | null;
  /** Counts changes. */
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

export interface RotationCount {
  readonly batch: string;
  readonly state: RotationState;
  readonly step: string;
  readonly count: number;
  /** When the first of the batch was begun. */
  readonly begunAt: Date;
}

/** What an import of a key file came to; holds no key. */
export interface KeyImportRecord {
  readonly id: number;
  readonly name: string;
  readonly counts: Readonly<
    Record<'rows' | 'added' | 'staged' | 'unchanged' | 'titles' | 'rejected', number>
  >;
  /** The first 1,000. */
  readonly rejects: readonly { readonly line: number; readonly code: string; readonly detail: string }[];
  /** What ended it before the end of the file. */
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly importedBy: string;
  readonly importedAt: Date;
}

export interface KeyImportRepository {
  add(ctx: Ctx, record: Omit<KeyImportRecord, 'id' | 'importedBy' | 'importedAt'>): Promise<KeyImportRecord>;
  /** The newest first. */
  list(ctx: Ctx, limit?: number): Promise<KeyImportRecord[]>;
}

export interface RotationChange {
  readonly state: RotationState;
  readonly step: string;
  readonly progress: unknown;
  readonly error?: { readonly code: string; readonly detail: string } | null;
  readonly add?: readonly NewKey[];
  readonly moves?: readonly KeyMove[];
}

export interface RotationRepository {
  /** Raises ROTATION_BUSY when one of the meter is running. */
  begin(
    ctx: Ctx,
    rotation: Pick<KeyRotation, 'meterId' | 'what' | 'step' | 'progress'> & { readonly batch?: string },
  ): Promise<KeyRotation>;
  /** Its next step and the changes of keys that belong to it, at once. Raises ROTATION_BUSY, KEY_STATE. */
  advance(ctx: Ctx, id: number, ifVersion: number, change: RotationChange): Promise<KeyRotation>;
  get(ctx: Ctx, id: number): Promise<KeyRotation>;
  /** The newest first. */
  list(
    ctx: Ctx,
    query?: {
      readonly meterId?: number;
      readonly state?: RotationState;
      readonly batch?: string;
      readonly limit?: number;
      readonly beforeId?: number;
    },
  ): Promise<KeyRotation[]>;
  /** Running ones with something to do now, in order of ids: not those in their grace time. */
  due(
    ctx: Ctx,
    query: { readonly nowS: number; readonly afterId: number; readonly limit: number },
  ): Promise<KeyRotation[]>;
  /** How many there are of each batch, state and step; the batches begun last. */
  progress(ctx: Ctx): Promise<RotationCount[]>;
}
