/** A meter as plans look at it. */
import type { PlanMeter, PlannedChannel } from '@openami/headend';
import type { Period } from '@openami/model';
import type { CollectTarget } from '@openami/store';

export interface PlannedMeter {
  readonly target: CollectTarget;
  readonly zone: string;
  readonly channels: readonly PlannedChannel[];
  /** When it was installed, in order, epoch seconds; none: it owes nothing. */
  readonly installed: readonly Period[];
}

export function planMeterOf({ target, zone }: PlannedMeter): PlanMeter {
  const { meterId: id, commodity, model, attributes, endpoint } = target;
  return {
    ...{ id, commodity, model, attributes, zone },
    ...{ protocol: endpoint.protocol, segment: endpoint.segment },
  };
}

/** The parts of periods that lie in [from, to). */
export function clipped(periods: readonly Period[], from: number, to: number): Period[] {
  return periods.flatMap((period) => {
    const part = { from: Math.max(from, period.from), to: Math.min(to, period.to) };
    return part.to > part.from ? [part] : [];
  });
}
