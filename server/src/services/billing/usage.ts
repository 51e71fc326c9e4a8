/**
 * Usage of a bill out of stored readings: columns on the grid of the window, in thousandths of the base unit.
 * Where meters follow one another, the interval of the exchange is the sum of what both measured of it.
 */
import type { Usage, UsageSegment, Window } from '@openami/billing';
import { DAY_S, parseDecimal, Quality, type ZoneTable } from '@openami/model';
import type { Readings } from '@openami/store';
import { type MeterReads, readAtOrAfter, readAtOrBefore, registerSpans } from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import type { BilledChannels, ClippedChannel, ExtraNeeds } from './billed-channels.ts';
import { type GridSegment, gridOf } from './grid.ts';

/** Rows of a channel: [from, to) of columns. */
export interface ChannelRows {
  readonly readings: Readings;
  readonly from: number;
  readonly to: number;
}
export type ReadingRows = (channel: number) => ChannelRows;

const made: ReadonlySet<number> = new Set([Quality.estimated, Quality.projected]);

/** Whether a stored quality is not a measured value. */
export function isMade(quality: number): boolean {
  return made.has(quality);
}

/** Usage of intervals. Raises BILL_USAGE. */
export function intervalUsage(
  channels: BilledChannels,
  needs: ExtraNeeds,
  rows: ReadingRows,
  zone: ZoneTable,
): Pick<Usage, 'import' | 'export' | 'reactive'> {
  const grids = runsOf(channels.import).map((run) => ({
    ...{ run, segments: gridOf(zone, windowOf(run), run[0]!.channel.intervalS) },
  }));
  const drawn = grids.flatMap(({ run, segments }) => placed(segments, run, rows, zone));
  const beside = (clips: readonly ClippedChannel[]): UsageSegment[] =>
    grids.flatMap(({ run, segments }) => {
      const { intervalS } = run[0]!.channel;
      return placed(
        segments,
        clips.filter(({ channel }) => channel.intervalS === intervalS),
        rows,
        zone,
      );
    });
  return {
    import: drawn,
    ...(needs.export && channels.export.length > 0 && { export: beside(channels.export) }),
    ...(needs.reactive && channels.reactive.length > 0 && { reactive: beside(channels.reactive) }),
  };
}

/** Channels of one interval length that follow one another share a grid. */
function runsOf(clips: readonly ClippedChannel[]): ClippedChannel[][] {
  const runs: ClippedChannel[][] = [];
  for (const clip of clips) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last?.channel.intervalS === clip.channel.intervalS && last.toS === clip.fromS) run!.push(clip);
    else runs.push([clip]);
  }
  return runs;
}

function windowOf(run: readonly ClippedChannel[]): Window {
  return { fromS: run[0]!.fromS, toS: run.at(-1)!.toS };
}

function placed(
  segments: readonly GridSegment[],
  clips: readonly ClippedChannel[],
  rows: ReadingRows,
  zone: ZoneTable,
): UsageSegment[] {
  return segments.map(({ startS, intervalS, length }) => {
    const counts = new Float64Array(length).fill(Number.NaN);
    const estimated = new Uint8Array(length);
    const share = clips.length > 1 ? new Uint8Array(length) : undefined;
    for (const clip of clips) {
      const worth = worthOf(clip);
      const { from, to, readings } = rows(clip.channel.channelId);
      const { end, value, resolution, quality } = readings;
      for (let row = from; row < to; row++) {
        if (quality[row] === Quality.missing) continue;
        const slot = slotOf(end[row]!, startS, intervalS, clip.channel.intervalS, zone);
        if (slot < 0 || slot >= length) continue;
        const slotS = startS + slot * intervalS;
        // what lies outside the time of the meter is none of this usage point
        if (slotS + intervalS <= clip.fromS || slotS >= clip.toS) continue;
        const amount = worth(value[row]! * resolution[row]!);
        counts[slot] = Number.isNaN(counts[slot]) ? amount : counts[slot]! + amount;
        if (isMade(quality[row]!)) estimated[slot] = 1;
        if (share) share[slot]!++;
      }
    }
    // an interval of which only one of two meters said something
    if (share)
      for (const slot of straddled(clips, startS, intervalS, length))
        if (share[slot] === 1) estimated[slot] = 1;
    return { startS, intervalS, step: 1, counts, estimated };
  });
}

/** Slots within which one meter followed another. */
function straddled(
  clips: readonly ClippedChannel[],
  startS: number,
  intervalS: number,
  length: number,
): number[] {
  return clips.slice(1).flatMap(({ fromS }) => {
    const at = (fromS - startS) / intervalS;
    const slot = Math.floor(at);
    return slot !== at && slot >= 0 && slot < length ? [slot] : [];
  });
}

/** Place of an interval; -1 for one that is not on the grid. */
function slotOf(
  endS: number,
  startS: number,
  intervalS: number,
  channelIntervalS: number,
  zone: ZoneTable,
): number {
  if (channelIntervalS === DAY_S) {
    // a daily value is of the day that half a day before its end lies in, however long that day was
    const day = zone.localDayOf(endS - DAY_S / 2);
    const slot = (zone.dayStart(day) - startS) / intervalS;
    return Number.isInteger(slot) ? slot : -1;
  }
  const slot = (endS - intervalS - startS) / intervalS;
  return Number.isInteger(slot) ? slot : -1;
}

/** Thousandths of the base unit that flowed, by those that the meter showed. */
function worthOf({ channel }: ClippedChannel): (shown: number) => number {
  const { n, d } = parseDecimal(channel.multiplier);
  if (n === d) return (shown) => shown;
  const [times, by] = [Number(n), Number(d)];
  return (shown) => {
    const amount = (shown * times) / by;
    if (Number.isSafeInteger(amount) && Number.isSafeInteger(shown * times)) return amount;
    throw serverErrors.BILL_USAGE(
      `${channel.serial}: ${shown} thousandths times ${channel.multiplier} is no whole number`,
    );
  };
}

/** Whether a read of a register with a quality says where the counter stood. */
export function isRead(quality: number): boolean {
  return quality !== Quality.missing && quality !== Quality.questionable && !isMade(quality);
}

/** How far around a window reads of a register are looked for. */
export const registerReachS = 40 * DAY_S;

/** The registers of a usage point as one line: what its counters moved between any two instants. */
export interface RegisterLine {
  /** The last read; undefined where there is none. */
  readonly throughS: number | undefined;
  /**
   * What moved in a stretch, as one interval. One whose ends have no read is worked out between the reads
   * around it, and counts as estimated; where there is none on one side, or the line breaks within, it is
   * missing. Stretches that follow one another add up.
   */
  moved(stretch: Window): UsageSegment;
}

/** The line of the reads in [fromS, toS]: of all, where it is not said. */
export function registerLine(
  clips: readonly ClippedChannel[],
  rows: ReadingRows,
  { fromS: sinceS, toS: untilS }: Window = { fromS: 0, toS: Number.POSITIVE_INFINITY },
): RegisterLine {
  const meters = clips.map(({ channel }): MeterReads => {
    const { from, to, readings } = rows(channel.channelId);
    const atS: number[] = [];
    const steps: number[] = [];
    const { end, value, quality, resolution } = readings;
    const firstS = Math.max(sinceS, channel.fromS);
    const lastS = Math.min(untilS, channel.untilS ?? untilS);
    for (let row = from; row < to; row++) {
      if (!isRead(quality[row]!) || end[row]! < firstS || end[row]! > lastS) continue;
      atS.push(end[row]!);
      steps.push((value[row]! * resolution[row]!) / channel.resolution);
    }
    return {
      ...{ atS, steps, fromS: channel.fromS, ...(channel.untilS !== null && { untilS: channel.untilS }) },
      resolution: channel.resolution * Number(channel.multiplier),
      ...(channel.digits !== null && { digits: channel.digits }),
    };
  });
  const { track } = registerSpans(meters);
  return {
    throughS: track.atS.at(-1),
    moved: ({ fromS, toS }) => {
      const [a, b] = [totalAt(track, fromS), totalAt(track, toS)];
      const known = a !== undefined && b !== undefined && a.piece === b.piece;
      const amount = known ? b.total - a.total : Number.NaN;
      return {
        ...{ startS: fromS, intervalS: toS - fromS, step: 1, counts: Float64Array.of(amount) },
        estimated: Uint8Array.of(known && !(a.exact && b.exact) ? 1 : 0),
      };
    },
  };
}

/** Usage by registers: what the line of the clips moved in each stretch. */
export function registerUsage(
  clips: readonly ClippedChannel[],
  stretches: readonly Window[],
  rows: ReadingRows,
): UsageSegment[] {
  const line = registerLine(clips, rows);
  return stretches.map((stretch) => line.moved(stretch));
}

/** The running total at an instant, in whole thousandths of the base unit. */
function totalAt(
  track: ReturnType<typeof registerSpans>['track'],
  atS: number,
): { readonly total: number; readonly piece: number; readonly exact: boolean } | undefined {
  const [before, after] = [readAtOrBefore(track, atS), readAtOrAfter(track, atS)];
  if (before < 0 || after >= track.atS.length || track.piece[before] !== track.piece[after]) return undefined;
  const piece = track.piece[before]!;
  const low = track.total[before]! * track.resolution;
  if (before === after) return { total: Math.round(low), piece, exact: true };
  const high = track.total[after]! * track.resolution;
  const share = (atS - track.atS[before]!) / (track.atS[after]! - track.atS[before]!);
  return { total: Math.round(low + (high - low) * share), piece, exact: false };
}
