/** Determinants that the store makes by itself: see calculate.ts for who falls back to intervals. */
import type { Determinants } from '@openami/billing';
import type { AccessContext } from '@openami/model';
import type { BillTask, ReadyTask } from './calculate.ts';

/** Determinants of a task by the start of each stretch. */
export type KnownDeterminants = ReadonlyMap<number, Determinants>;

export interface SqlDeterminants {
  /** Of those tasks it can do exactly. */
  of(
    ctx: AccessContext,
    tasks: readonly ReadyTask[],
    revision: number,
  ): Promise<ReadonlyMap<BillTask, KnownDeterminants>>;
}
