/** Times in which meters could not count: the network was down, or their own switch was open. */
import { forEachRun, type Period, systemAccess } from '@openami/model';
import type { Loss, LossEvents, ReadingStore } from '@openami/store';
import type { DayInput } from '@openami/vee';
import { type BookedChannel, metersOf } from './channel-book.ts';

/** What is known of a meter's losses; what there was none of is left out. */
export type LossesOf = Pick<DayInput, 'outages' | 'disconnects' | 'returns'>;

/**
 * Losses in a span of the channels' meters, by meter. An outage lasts from its event to the return that
 * follows; one that nobody took back proves nothing about how long it was. A switch that opened stays open,
 * as long as the registry says so too.
 */
export async function lossesOf(
  { days }: Pick<ReadingStore, 'days'>,
  channels: readonly BookedChannel[],
  { fromS, toS }: { readonly fromS: number; readonly toS: number },
): Promise<Map<number, LossesOf>> {
  const meters = metersOf(channels);
  const events = (of: Loss, sinceS: number) => days.losses(systemAccess, of, meters, { fromS: sinceS, toS });
  const off = new Set(metersOf(channels.filter(({ facts }) => facts.serviceState === 'disconnected')));
  const outages = lossesByMeter(await events('power', Math.max(0, fromS)));
  // A switch may have been open since long before.
  const disconnects = lossesByMeter(await events('supply', 0), (meter) => (off.has(meter) ? toS : undefined));
  const losses = new Map<number, LossesOf>();
  for (const meter of new Set([...outages.keys(), ...disconnects.keys()])) {
    const { periods = [], returns = [] } = outages.get(meter) ?? {};
    const open = disconnects.get(meter)?.periods.filter(({ to }) => to > fromS) ?? [];
    losses.set(meter, {
      ...(periods.length > 0 ? { outages: periods } : {}),
      ...(returns.length > 0 ? { returns } : {}),
      ...(open.length > 0 ? { disconnects: open } : {}),
    });
  }
  return losses;
}

interface MeterLosses {
  readonly periods: Period[];
  /** Returns that no loss went before. */
  readonly returns: number[];
}

/** By meter; `until` says how long what nobody took back lasts, where that is known. */
export function lossesByMeter(
  { meter, at, restored, length }: LossEvents,
  until: (meter: number) => number | undefined = () => undefined,
): Map<number, MeterLosses> {
  const found = new Map<number, MeterLosses>();
  forEachRun(meter, length, (of, from, to) => {
    const periods: Period[] = [];
    const returns: number[] = [];
    let lostS = 0;
    for (let i = from; i < to; i++) {
      const atS = at[i]!;
      if (restored[i] === 0) {
        if (lostS === 0) lostS = atS;
      } else if (lostS > 0) {
        periods.push({ from: lostS, to: atS });
        lostS = 0;
      } else {
        returns.push(atS);
      }
    }
    const end = lostS > 0 ? until(of) : undefined;
    if (end !== undefined && end > lostS) periods.push({ from: lostS, to: end });
    found.set(of, { periods, returns });
  });
  return found;
}
