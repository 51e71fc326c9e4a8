/** What the registry keeps for collection, as its users see it. */
import type { AccessContext, Commodity } from '@openami/model';
import type { MeterEndpoint } from './command-store.ts';

type Ctx = AccessContext;

export interface ReadingPlanRecord {
  readonly code: string;
  /** As it was given; whoever uses it checks it. */
  readonly plan: unknown;
  readonly version: number;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** A meter with an endpoint, as plans select it. */
export interface CollectTarget {
  readonly meterId: number;
  readonly serial: string;
  readonly commodity: Commodity;
  readonly model: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** IANA zone of its usage point; empty when it is nowhere. */
  readonly zone: string;
  readonly endpoint: MeterEndpoint;
}

export interface ReadingPlanRepository {
  list(ctx: Ctx): Promise<ReadingPlanRecord[]>;
  /** Created or replaced. Raises VERSION_CONFLICT when `ifVersion` (0: none yet) is not the present one. */
  put(ctx: Ctx, code: string, plan: unknown, ifVersion?: number): Promise<ReadingPlanRecord>;
  remove(ctx: Ctx, code: string): Promise<void>;
  /** Meters with an endpoint of a protocol, in order of meters. */
  targets(
    ctx: Ctx,
    query: {
      readonly protocol: string;
      readonly meterIds?: readonly number[];
      readonly afterMeterId?: number;
      readonly limit?: number;
    },
  ): Promise<CollectTarget[]>;
}
