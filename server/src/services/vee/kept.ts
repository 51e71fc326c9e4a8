/** Estimates that a market file stated with its own method: who made them answers for them, so they stay. */
import { Quality, systemAccess } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { Series } from '@openami/vee';
import type { BookedChannel } from './channel-book.ts';

/** Thousandths of the base unit by the end that was stated, by channel. */
export type Stated = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** What files stated of channels in a span. */
export async function statedOf(
  { stated }: Pick<ReadingStore, 'stated'>,
  channels: readonly BookedChannel[],
  span: { readonly fromS: number; readonly toS: number },
): Promise<Stated> {
  const ids = channels.map(({ facts }) => facts.channel);
  const { channel, end, value, resolution, length } = await stated.said(systemAccess, ids, span);
  const found = new Map<number, Map<number, number>>();
  for (let i = 0; i < length; i++) {
    const ends = found.get(channel[i]!) ?? new Map<number, number>();
    ends.set(end[i]!, value[i]! * resolution[i]!);
    found.set(channel[i]!, ends);
  }
  return found;
}

/** Slots whose estimate is the one that was stated; undefined for none. */
export function keptSlots(
  { startS, intervalS, value, quality }: Series,
  resolution: number,
  ends: ReadonlyMap<number, number> | undefined,
): Set<number> | undefined {
  if (ends === undefined) return undefined;
  const kept = new Set<number>();
  for (const [end, amount] of ends) {
    const slot = (end - startS) / intervalS - 1;
    const state = quality[slot];
    if (state !== Quality.estimated && state !== Quality.projected) continue;
    if (value[slot]! * resolution === amount) kept.add(slot);
  }
  return kept.size > 0 ? kept : undefined;
}
