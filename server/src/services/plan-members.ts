/**
 * Since when each plan selects each meter. What a plan owes is proven for the past as well, when meters were
 * in other groups; so who joins and who leaves is written down as the planner sees it.
 *
 * A meter that a new plan selects belongs to it from when the plan is in force; one that comes later, from
 * when it is seen.
 */
import { type ReadingPlan, selects } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { PlanMemberChange, ReadingPlanRecord, RegistryStore } from '@openami/store';
import { type PlannedMeter, planMeterOf } from './planned-meter.ts';

/** A plan that can be used, and since when there is one of its name. */
export interface LivePlan {
  readonly plan: ReadingPlan;
  readonly createdS: number;
}

interface Group {
  readonly createdS: number;
  /** Meters that are selected now, and since when. */
  readonly sinceS: Map<number, number>;
  /** No meter was ever in it, and no round has looked for some yet. */
  isNew: boolean;
}

/** Until what is known is read again, where another process keeps it. */
const staleMs = 60_000;

export class PlanMembers {
  readonly #repository: RegistryStore['readingPlans'];
  readonly #groups = new Map<string, Group>();
  #isKeeper = false;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor({ readingPlans }: RegistryStore) {
    this.#repository = readingPlans;
  }

  /** Since when a plan owes a meter's readings; undefined when it does not select it. */
  owedFromS({ code, fromS = 0 }: ReadingPlan, meterId: number): number | undefined {
    const sinceS = this.#groups.get(code)?.sinceS.get(meterId);
    return sinceS === undefined ? undefined : Math.max(sinceS, fromS);
  }

  /** Makes sure that the members of these plans are known. */
  async know(plans: readonly LivePlan[]): Promise<void> {
    const isStale = !this.#isKeeper && performance.now() - this.#readMs > staleMs;
    for (const code of this.#groups.keys()) {
      if (isStale || !plans.some(({ plan }) => plan.code === code)) this.#groups.delete(code);
    }
    if (isStale) this.#readMs = performance.now();
    for (const { plan, createdS } of plans) {
      const { code } = plan;
      // deleted and made again, a plan begins anew
      if (this.#groups.get(code)?.createdS === createdS) continue;
      const members = await this.#repository.members(systemAccess, code);
      const sinceS = new Map<number, number>();
      for (const { meterId, fromS, untilS } of members) {
        if (untilS === Number.POSITIVE_INFINITY) sinceS.set(meterId, fromS);
      }
      this.#groups.set(code, { createdS, sinceS, isNew: members.length === 0 });
    }
  }

  /** Writes down which of these meters joined and left. Only one process may keep it. */
  async update(plans: readonly LivePlan[], meters: readonly PlannedMeter[], nowS: number): Promise<void> {
    this.#isKeeper = true;
    const joined: PlanMemberChange[] = [];
    const left: PlanMemberChange[] = [];
    for (const { plan, createdS } of plans) {
      const { code, fromS = 0 } = plan;
      const group = this.#groups.get(code)!;
      const joinS = group.isNew ? (plan.fromS ?? createdS) : Math.max(nowS, fromS);
      for (const meter of meters) {
        const { meterId } = meter.target;
        const isIn = selects(plan.meters, planMeterOf(meter));
        if (isIn === group.sinceS.has(meterId)) continue;
        (isIn ? joined : left).push({ code, meterId, atS: isIn ? joinS : nowS });
      }
    }
    await this.#change(joined, left);
  }

  /** Ends a round over all meters: who was not seen has no endpoint any more, and left. */
  async close(seen: ReadonlySet<number>, nowS: number): Promise<void> {
    const left: PlanMemberChange[] = [];
    for (const [code, group] of this.#groups) {
      group.isNew = false;
      for (const meterId of group.sinceS.keys()) {
        if (!seen.has(meterId)) left.push({ code, meterId, atS: nowS });
      }
    }
    await this.#change([], left);
  }

  async #change(joined: readonly PlanMemberChange[], left: readonly PlanMemberChange[]): Promise<void> {
    if (joined.length + left.length === 0) return;
    await this.#repository.changeMembers(systemAccess, { joined, left });
    for (const { code, meterId, atS } of joined) this.#groups.get(code)?.sinceS.set(meterId, atS);
    for (const { code, meterId } of left) this.#groups.get(code)?.sinceS.delete(meterId);
  }
}

/** Plans of the registry that can be used; `onBad` is told of the others. */
export function livePlans(
  records: readonly ReadingPlanRecord[],
  parse: (plan: unknown) => ReadingPlan,
  onBad: (code: string, error: unknown) => void,
): LivePlan[] {
  return records.flatMap(({ code, plan, createdAt }) => {
    try {
      return [{ plan: parse(plan), createdS: createdAt.getTime() / 1000 }];
    } catch (error) {
      onBad(code, error);
      return [];
    }
  });
}
