/** Times in which meters could not count: the network was down, or their own switch was open. */
import { type Period, systemAccess } from '@openami/model';
import type { Loss, LossEvents, ReadingStore } from '@openami/store';
import type { DayInput } from '@openami/vee';
import { type BookedChannel, metersOf } from './channel-book.ts';

/** What is known of a meter's losses; what there was none of is left out. */
export type LossesOf = Pick<DayInput, 'outages' | 'disconnects'>;

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
  const outages = periodsOf(await events('power', Math.max(0, fromS)));
  // A switch may have been open since long before.
  const disconnects = periodsOf(await events('supply', 0), (meter) => (off.has(meter) ? toS : undefined));
  const losses = new Map<number, LossesOf>();
  for (const meter of new Set([...outages.keys(), ...disconnects.keys()])) {
    const [lost, open] = [outages.get(meter), disconnects.get(meter)?.filter(({ to }) => to > fromS)];
    losses.set(meter, {
      ...(lost ? { outages: lost } : {}),
      ...(open && open.length > 0 ? { disconnects: open } : {}),
    });
  }
  return losses;
}

/** Periods by meter; `until` says how long what nobody took back lasts, where that is known. */
export function periodsOf(
  { meter, at, restored, length }: LossEvents,
  until: (meter: number) => number | undefined = () => undefined,
): Map<number, Period[]> {
  const found = new Map<number, Period[]>();
  const add = (of: number, from: number, to: number) => {
    const periods = found.get(of);
    if (periods) periods.push({ from, to });
    else found.set(of, [{ from, to }]);
  };
  let lostS = 0;
  for (let i = 0; i < length; i++) {
    const of = meter[i]!;
    if (restored[i] === 0) {
      if (lostS === 0) lostS = at[i]!;
    } else if (lostS > 0) {
      add(of, lostS, at[i]!);
      lostS = 0;
    }
    if (i + 1 < length && meter[i + 1] === of) continue;
    const end = lostS > 0 ? until(of) : undefined;
    if (end !== undefined && end > lostS) add(of, lostS, end);
    lostS = 0;
  }
  return found;
}
