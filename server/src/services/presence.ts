/** Readings that are there, by local day: all, and those that came within given times of its end. */
import { systemAccess } from '@openami/model';
import type { ClippedChannel, ReadingStore } from '@openami/store';

export interface DayPresence {
  readonly present: number;
  /** One for each time asked for. */
  readonly within: readonly number[];
}

export interface PresenceAsked {
  readonly zone: string;
  readonly span: { readonly fromS: number; readonly toS: number };
  readonly withinS: readonly number[];
}

const channelsAQuery = 20_000;

/** Of the days from which something is there. */
export async function presenceByDay(
  { readings }: Pick<ReadingStore, 'readings'>,
  channels: readonly ClippedChannel[],
  { zone, span, withinS }: PresenceAsked,
): Promise<Map<number, DayPresence>> {
  const days = new Map<number, { present: number; within: number[] }>();
  for (let at = 0; at < channels.length; at += channelsAQuery) {
    const part = channels.slice(at, at + channelsAQuery);
    const rows = await readings.presence(systemAccess, part, zone, span, withinS);
    for (let row = 0; row < rows.length; row++) {
      const sum = days.get(rows.day[row]!) ?? { present: 0, within: withinS.map(() => 0) };
      sum.present += rows.readings[row]!;
      rows.onTime.forEach((column, which) => {
        sum.within[which]! += column[row]!;
      });
      days.set(rows.day[row]!, sum);
    }
  }
  return days;
}
