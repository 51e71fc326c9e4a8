/** Spans, days and lists of channels, as the queries share them. */
import type { Table } from '../native.ts';

export interface Span {
  readonly fromS: number;
  readonly toS: number;
}

/** A channel and the length of its intervals. */
export interface ChannelInterval {
  readonly id: number;
  readonly intervalS: number;
}

export const inSpan = 'channel IN {channels:Array(UInt32)} AND end > {fromS:UInt32} AND end <= {toS:UInt32}';
export const present = 'quality != 9';
/** Estimated or projected. */
export const made = 'quality IN (4, 8)';
/** What the meter said, or that it has nothing. */
export const answered = `NOT (${made})`;

/** Runs a query once per interval length, because the day of a reading is that of its start. */
export async function byInterval<C extends ChannelInterval>(
  channels: readonly C[],
  query: (backS: number, list: C[]) => Promise<Table>,
): Promise<Table[]> {
  const groups = new Map<number, C[]>();
  for (const channel of channels) {
    const list = groups.get(channel.intervalS);
    if (list) list.push(channel);
    else groups.set(channel.intervalS, [channel]);
  }
  const parts: Table[] = [];
  for (const [intervalS, list] of groups) parts.push(await query(backToDayS(intervalS), list));
  return parts;
}

export const localDay = 'toDate(toDateTime(toUnixTimestamp(end) - {backS:UInt32}, {zone:String}))';
const halfDayS = 43_200;

/**
 * Seconds from the end of an interval back into its day, which is that of its start. The days of a daily
 * value have 23 to 25 hours, so half a day after its nominal start is surely in the day meant.
 */
function backToDayS(intervalS: number): number {
  return intervalS < 2 * halfDayS ? intervalS : intervalS - halfDayS;
}

export function ids(channels: readonly ChannelInterval[]): number[] {
  return channels.map((channel) => channel.id);
}

export function uint32(value: number): number {
  return Math.min(Math.max(Math.floor(value), 0), 0xffff_ffff);
}

export function bounds(span: Span): { fromS: number; toS: number } {
  return { fromS: uint32(span.fromS), toS: uint32(span.toS) };
}
