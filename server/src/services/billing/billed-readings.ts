/** Readings of many channels as known at a revision: in one query, or two where some changed since. */
import { type AccessContext, forEachRun } from '@openami/model';
import type { ReadingStore, Readings } from '@openami/store';
import type { ChannelRows, ReadingRows } from './usage.ts';

/** Ends in (fromS, toS]. */
interface Span {
  readonly fromS: number;
  readonly toS: number;
}

/** Throws OUT_OF_SCOPE. */
export async function readingsAsOf(
  store: Pick<ReadingStore, 'readings'>,
  ctx: AccessContext,
  channels: readonly number[],
  span: Span,
  revision: number,
): Promise<ReadingRows> {
  const rows = new Map<number, ChannelRows>();
  if (channels.length > 0) {
    const current = await store.readings.profiles(ctx, channels, span);
    addRows(rows, current);
    const changed = [...changedSince(current, revision)];
    // what is current is by far the cheaper to read, and nearly always what was known
    if (changed.length > 0) {
      for (const channel of changed) rows.delete(channel);
      addRows(rows, await store.readings.profiles(ctx, changed, span, { asOf: revision }));
    }
  }
  return (channel) => rows.get(channel) ?? none;
}

/** What is stored now. Throws OUT_OF_SCOPE. */
export async function readingsNow(
  store: Pick<ReadingStore, 'readings'>,
  ctx: AccessContext,
  channels: readonly number[],
  span: Span,
): Promise<ReadingRows> {
  const rows = new Map<number, ChannelRows>();
  if (channels.length > 0) addRows(rows, await store.readings.profiles(ctx, channels, span));
  return (channel) => rows.get(channel) ?? none;
}

function addRows(rows: Map<number, ChannelRows>, readings: Readings): void {
  forEachRun(readings.channel, readings.length, (id, from, to) => rows.set(id, { readings, from, to }));
}

function changedSince({ channel, revision, length }: Readings, asOf: number): Set<number> {
  const changed = new Set<number>();
  for (let i = 0; i < length; i++) if (revision[i]! > asOf) changed.add(channel[i]!);
  return changed;
}

const empty = new Uint32Array(0);
const none: ChannelRows = {
  ...{ from: 0, to: 0 },
  readings: {
    ...{ length: 0, channel: empty, end: empty, value: new Float64Array(0), resolution: empty },
    ...{ quality: new Uint8Array(0), flags: empty, revision: empty },
  },
};
