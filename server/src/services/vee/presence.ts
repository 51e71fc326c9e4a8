/** How much of a day came, channel by channel: whole places of which little came are struck by a storm. */
import { systemAccess, type ZoneTable } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { BookedChannel, ChannelBook } from './channel-book.ts';
import type { FirstEnds } from './first-ends.ts';

/** A channel on a day, and how much of it came. */
export interface ChannelPresence {
  readonly channel: BookedChannel;
  /** Measured readings over those owed. */
  readonly share: number;
}

export interface PresenceSources {
  readonly store: Pick<ReadingStore, 'days'>;
  readonly book: ChannelBook;
  readonly first: FirstEnds;
}

/** Presence on a local day of those channels that are in the book and owe readings of it. */
export async function presenceOn(
  zone: ZoneTable,
  day: number,
  channels: readonly number[],
  { store, book, first }: PresenceSources,
): Promise<ChannelPresence[]> {
  const span = { fromS: zone.dayStart(day), toS: zone.dayStart(day + 1) };
  const { channel, readings, length } = await store.days.measured(systemAccess, span);
  const count = new Map<number, number>();
  for (let i = 0; i < length; i++) count.set(channel[i]!, readings[i]!);
  const presence: ChannelPresence[] = [];
  for (const id of channels) {
    const booked = book.get(id);
    const firstS = first.startS(id, book);
    if (booked === undefined || firstS === undefined || firstS >= span.toS) continue;
    const owed = (span.toS - Math.max(span.fromS, firstS)) / booked.facts.intervalS;
    presence.push({ channel: booked, share: (count.get(id) ?? 0) / Math.max(1, owed) });
  }
  return presence;
}
