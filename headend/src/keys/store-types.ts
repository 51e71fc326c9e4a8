/** What the vault, the counters and the rotation ask of the store; the registry store fits. */
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

interface Query {
  readonly meterIds: readonly number[];
  readonly kinds?: readonly KeyKind[];
  readonly states?: readonly KeyState[];
}

export interface KeyStore {
  list(ctx: Ctx, query: Query): Promise<MeterKey[]>;
  newest(ctx: Ctx, meterIds: readonly number[]): Promise<KeyPlace[]>;
  unwrap(ctx: Ctx, query: Query): Promise<SealedKey[]>;
  add(ctx: Ctx, keys: readonly NewKey[]): Promise<void>;
  reseal(
    ctx: Ctx,
    from: string,
    keys: readonly (KeyPlace & { readonly wrapped: Uint8Array; readonly wrappingKey: string })[],
  ): Promise<number>;
  wrappedUnder(ctx: Ctx, dataKey: string, limit: number, after?: KeyPlace): Promise<SealedKey[]>;
}

export interface DataKeyStore {
  list(ctx: Ctx): Promise<DataKey[]>;
  add(ctx: Ctx, key: Omit<DataKey, 'current'>, after: string | undefined): Promise<boolean>;
  rewrap(
    ctx: Ctx,
    keys: readonly { readonly id: string; readonly wrapped: Uint8Array }[],
    kekIds: { readonly from: string; readonly to: string },
  ): Promise<void>;
}

export interface CounterStore {
  reserve(
    ctx: Ctx,
    key: KeyPlace,
    block?: number,
    above?: number,
  ): Promise<{ readonly from: number; readonly to: number }>;
  received(
    ctx: Ctx,
    entries: readonly (KeyPlace & { readonly counter: number })[],
  ): Promise<readonly KeyPlace[]>;
  lastReceived(
    ctx: Ctx,
    keys: readonly KeyPlace[],
  ): Promise<readonly (KeyPlace & { readonly lastReceived: number })[]>;
}

interface Rotation {
  readonly id: number;
  readonly meterId: number;
  readonly version: number;
  readonly progress: unknown;
}

export interface RotationStore {
  begin(
    ctx: Ctx,
    rotation: {
      readonly meterId: number;
      readonly batch?: string;
      readonly what: string;
      readonly step: string;
      readonly progress: unknown;
    },
  ): Promise<Rotation>;
  advance(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    change: {
      readonly state: 'running' | 'done' | 'failed' | 'cancelled';
      readonly step: string;
      readonly progress: unknown;
      readonly error?: { readonly code: string; readonly detail: string } | null;
      readonly add?: readonly NewKey[];
      readonly moves?: readonly KeyMove[];
    },
  ): Promise<Rotation>;
  get(ctx: Ctx, id: number): Promise<Rotation>;
}
