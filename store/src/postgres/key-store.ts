/** What the registry keeps of meter keys, as its users see it. Scoped callers are refused everywhere. */
import type {
  AccessContext,
  CounterStore,
  KeyKind,
  KeyMove,
  KeyPlace,
  KeyRotationState,
  KeyState,
  KeyStore,
  RotationStore,
  StoredRotation,
} from '@openami/model';

type Ctx = AccessContext;

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

export interface MeterKeyRepository extends KeyStore {
  /** How many there are of each kind, state and suite, and how old. */
  summary(ctx: Ctx): Promise<KeySummary[]>;
  /** Meters with active keys by a query, in order of meters, with how many there are in all. */
  ages(ctx: Ctx, query: KeyAgeQuery): Promise<{ readonly items: KeyAge[]; readonly total: number }>;
  /** Notes when sessions proved keys; not in the audit trail, it is no change of them. */
  proven(ctx: Ctx, keys: readonly (KeyPlace & { readonly atMs: number })[]): Promise<void>;
  /** Changes states, all or none. Raises KEY_STATE. Going to `retired` destroys the material. */
  move(ctx: Ctx, moves: readonly KeyMove[]): Promise<void>;
}

export interface CounterState extends KeyPlace {
  /** Counters up to this one may have been used. */
  readonly reservedTo: number;
  /** Highest received from the meter, -1 when none was. */
  readonly lastReceived: number;
}

export interface CounterRepository extends CounterStore {
  state(ctx: Ctx, key: KeyPlace): Promise<CounterState>;
}

export interface KeyRotation extends StoredRotation {
  readonly serial: string;
  /** Name of the campaign it was begun in; empty for one begun by itself. */
  readonly batch: string;
  readonly what: string;
  readonly state: KeyRotationState;
  readonly step: string;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

export interface RotationCount {
  readonly batch: string;
  readonly state: KeyRotationState;
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
    Record<'rows' | 'added' | 'staged' | 'unchanged' | 'titles' | 'rejected', number> & {
      /** Meters that were registered on the way. */
      readonly registered?: number;
    }
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

export interface RotationRepository extends RotationStore<KeyRotation> {
  /** The newest first. */
  list(
    ctx: Ctx,
    query?: {
      readonly meterId?: number;
      readonly state?: KeyRotationState;
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
