/** What the registry keeps for collection, as its users see it. */
import type { AccessContext, Commodity } from '@openami/model';
import type { StoredEndpoint } from './command-store.ts';

type Ctx = AccessContext;

export interface ReadingPlanRecord {
  readonly code: string;
  /** As it was given; whoever uses it checks it. */
  readonly plan: unknown;
  readonly version: number;
  readonly createdAt: Date;
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
  readonly endpoint: StoredEndpoint;
}

/** A time in which a plan selects a meter, epoch seconds. */
export interface PlanMember {
  readonly meterId: number;
  readonly serial: string;
  /** IANA zone of its usage point; empty when it is nowhere. */
  readonly zone: string;
  readonly fromS: number;
  /** Infinity: it does now. */
  readonly untilS: number;
}

export interface PlanMemberChange {
  readonly code: string;
  readonly meterId: number;
  /** Of who is selected now, from when; of who is no longer, until when. */
  readonly atS: number;
}

export interface PlanMemberChanges {
  readonly joined: readonly PlanMemberChange[];
  readonly left: readonly PlanMemberChange[];
}

export interface ReadingPlanRepository {
  list(ctx: Ctx): Promise<ReadingPlanRecord[]>;
  /** Created or replaced. Raises VERSION_CONFLICT when `ifVersion` (0: none yet) is not the present one. */
  put(ctx: Ctx, code: string, plan: unknown, ifVersion?: number): Promise<ReadingPlanRecord>;
  remove(ctx: Ctx, code: string): Promise<void>;
  /** Times in which a plan selected meters, those that ended by `sinceS` left out; in order of meters. */
  members(ctx: Ctx, code: string, sinceS?: number): Promise<PlanMember[]>;
  /** Who is selected already, or no longer is there, is passed over; so is a plan that is gone. */
  changeMembers(ctx: Ctx, changes: PlanMemberChanges): Promise<void>;
  /** Meters with an endpoint of a protocol, in order of meters, 10,000 at most. */
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
