/** What readings say in a dispute: days, changes since the bill, registers, another meter. */
import type { RegisterFact } from '@openami/billing';
import { perUnitOf, type Window } from '@openami/billing';
import { type AccessContext, DAY_S, formatDay, formatInstant, Quality, zoneTable } from '@openami/model';
import type { BilledAgreement, BilledChannel, ReadingStore, Readings } from '@openami/store';
import { billedChannels, type ClippedChannel } from '../billed-channels.ts';
import { readingsAsOf } from '../billed-readings.ts';
import { quantityText } from '../show.ts';
import { isMade, isRead, type ReadingRows, registerUsage } from '../usage.ts';

type Store = Pick<ReadingStore, 'readings'>;

export interface DayFact {
  readonly day: string;
  /** In the unit of the bill. */
  readonly usage: number;
  readonly intervals: number;
  readonly estimated: number;
  readonly edited: number;
}

/** Thousandths of the base unit as decimal text in a unit. */
export function unitText(amount: number, unit: string): string {
  return quantityText(amount, perUnitOf(unit));
}

interface Interval {
  readonly startS: number;
  readonly endS: number;
  readonly amount: number;
  readonly quality: number;
}

/** Intervals of channels that start in the window, in order of time within each. */
function intervalsOf(
  clips: readonly ClippedChannel[],
  { fromS, toS }: Window,
  rows: ReadingRows,
): Interval[] {
  const found: Interval[] = [];
  for (const { channel, ...clip } of clips) {
    const { readings, from, to } = rows(channel.channelId);
    const { end, value, resolution, quality } = readings;
    for (let row = from; row < to; row++) {
      const startS = end[row]! - channel.intervalS;
      if (quality[row] === Quality.missing || startS < fromS || startS >= toS) continue;
      if (end[row]! <= clip.fromS || startS >= clip.toS) continue;
      const amount = value[row]! * resolution[row]! * Number(channel.multiplier);
      found.push({ startS, endS: end[row]!, amount, quality: quality[row]! });
    }
  }
  return found;
}

function rowsOf(
  store: Store,
  ctx: AccessContext,
  clips: readonly ClippedChannel[],
  window: Window,
  asOf: number,
) {
  const ids = [...new Set(clips.map(({ channel }) => channel.channelId))];
  const longest = clips.reduce((most, { channel }) => Math.max(most, channel.intervalS), 0);
  return readingsAsOf(store, ctx, ids, { fromS: window.fromS - 1, toS: window.toS + longest }, asOf);
}

export interface UsageFacts {
  readonly days: DayFact[];
  readonly edited: number;
  /** Thousandths of the base unit. */
  readonly amount: number;
}

/** Use by local day, as it was known at a revision. */
export async function usageFacts(
  store: Store,
  ctx: AccessContext,
  {
    agreement,
    window,
    revision,
    unit,
  }: {
    readonly agreement: Pick<BilledAgreement, 'channels' | 'commodity' | 'zone'>;
    readonly window: Window;
    readonly revision: number;
    readonly unit: string;
  },
): Promise<UsageFacts> {
  const { source, import: clips } = billedChannels(agreement, window.fromS, window.toS);
  if (source === 'registers' || clips.length === 0) return { days: [], edited: 0, amount: 0 };
  const zone = zoneTable(agreement.zone);
  const perUnit = perUnitOf(unit);
  const days = new Map<number, { usage: number; intervals: number; estimated: number; edited: number }>();
  let [edited, sum] = [0, 0];
  for (const { startS, amount, quality } of intervalsOf(
    clips,
    window,
    await rowsOf(store, ctx, clips, window, revision),
  )) {
    const day = zone.localDayOf(startS);
    const of = days.get(day) ?? { usage: 0, intervals: 0, estimated: 0, edited: 0 };
    days.set(day, of);
    of.usage += amount;
    of.intervals++;
    if (isMade(quality)) of.estimated++;
    if (quality === Quality.edited) {
      of.edited++;
      edited++;
    }
    sum += amount;
  }
  return {
    ...{ edited, amount: sum },
    days: [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, of]) => ({ day: formatDay(day), ...of, usage: of.usage / perUnit })),
  };
}

/** Mean use by day of the week, Monday first. */
export function weekOf(days: readonly { readonly day: string; readonly usage: number }[]): (number | null)[] {
  const sums = Array.from({ length: 7 }, () => ({ usage: 0, days: 0 }));
  for (const { day, usage } of days) {
    // 1 January 1970 was a Thursday
    const of = sums[(Date.parse(day) / (DAY_S * 1_000) + 3) % 7]!;
    of.usage += usage;
    of.days++;
  }
  return sums.map(({ usage, days: count }) => (count === 0 ? null : usage / count));
}

/** Intervals that are others now than the bill knew; nothing for a bill of registers. */
export async function changedSince(
  store: Store,
  ctx: AccessContext,
  agreement: Pick<BilledAgreement, 'channels' | 'commodity'>,
  window: Window,
  revision: number,
): Promise<number> {
  const { source, import: clips } = billedChannels(agreement, window.fromS, window.toS);
  if (source === 'registers') return 0;
  let changed = 0;
  for (const { channel, fromS, toS } of clips) {
    const span = { fromS: Math.max(window.fromS, fromS), toS: Math.min(window.toS, toS) };
    const now = await store.readings.profile(ctx, channel.channelId, span);
    if (!now.revision.some((one) => one > revision)) continue;
    const then = await store.readings.profile(ctx, channel.channelId, span, { asOf: revision });
    const known = new Map<number, string>();
    for (let i = 0; i < then.length; i++) known.set(then.end[i]!, billedAs(then, i));
    for (let i = 0; i < now.length; i++) if (known.get(now.end[i]!) !== billedAs(now, i)) changed++;
  }
  return changed;
}

/** What of a reading a bill goes by: a newer revision may only have been looked at again. */
function billedAs({ value, resolution, quality }: Readings, i: number): string {
  const state = quality[i]!;
  if (state === Quality.missing) return '';
  return `${value[i]! * resolution[i]!} ${isMade(state)}`;
}

/** Each register of the period with the intervals of the same time: between its first and last read. */
export async function registerFacts(
  store: Store,
  ctx: AccessContext,
  { agreement, window, revision, unit }: Parameters<typeof usageFacts>[2],
): Promise<RegisterFact[]> {
  const { source, import: intervals } = billedChannels(agreement, window.fromS, window.toS);
  if (source === 'registers') return [];
  const channels = agreement.channels.filter(({ intervalS }) => intervalS === 0);
  const registers = billedChannels({ ...agreement, channels }, window.fromS, window.toS).import;
  const all = [...intervals, ...registers];
  const rows = await rowsOf(store, ctx, all, window, revision);
  return registers.flatMap((clip): RegisterFact[] => {
    const span = readSpan(clip, window, rows);
    const own = intervals.filter(({ channel }) => channel.meterId === clip.channel.meterId);
    if (span === undefined || own.length === 0) return [];
    const [moved] = registerUsage([clip], [span], rows);
    const register = moved!.counts[0]!;
    if (Number.isNaN(register)) return [];
    const sum = intervalsOf(own, span, rows)
      .filter(({ endS }) => endS <= span.toS)
      .reduce((total, { amount }) => total + amount, 0);
    return [
      {
        ...{ serial: clip.channel.serial, from: formatInstant(span.fromS), to: formatInstant(span.toS) },
        ...{ register: unitText(register, unit), intervals: unitText(sum, unit) },
      },
    ];
  });
}

/** From the first to the last measured read of a register within the window. */
function readSpan(
  { channel, ...clip }: ClippedChannel,
  window: Window,
  rows: ReadingRows,
): Window | undefined {
  const { readings, from, to } = rows(channel.channelId);
  const [firstS, lastS] = [Math.max(window.fromS, clip.fromS), Math.min(window.toS, clip.toS)];
  let [fromS, toS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = from; row < to; row++) {
    const [atS, quality] = [readings.end[row]!, readings.quality[row]!];
    if (atS < firstS || atS > lastS || !isRead(quality)) continue;
    fromS = Math.min(fromS, atS);
    toS = Math.max(toS, atS);
  }
  return toS > fromS ? { fromS, toS } : undefined;
}

/** What a channel adds up to in the window; undefined where it has nothing. */
export async function sumOfChannel(
  store: Store,
  ctx: AccessContext,
  channel: Pick<BilledChannel, 'channelId' | 'intervalS' | 'multiplier'>,
  { fromS, toS }: Window,
): Promise<number | undefined> {
  const span = { fromS, toS: toS - 1 + channel.intervalS };
  const rows = await store.readings.profile(ctx, channel.channelId, span);
  let [sum, count] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    if (rows.quality[i] === Quality.missing || rows.end[i]! - channel.intervalS < fromS) continue;
    sum += rows.value[i]! * rows.resolution[i]! * Number(channel.multiplier);
    count++;
  }
  return count === 0 ? undefined : sum;
}
