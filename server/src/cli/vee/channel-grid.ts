/** A channel of a file on its grid: rows placed, or register reads made into intervals. */
import { type Period, Quality, Reason } from '@openami/model';
import {
  ABSENT,
  type Arrival,
  type ChannelFacts,
  type ClockGrid,
  clockGrid,
  intervalsFromRegister,
  placeOnGrid,
  type RegisterTrack,
  registerSpans,
  type Series,
} from '@openami/vee';
import type { InputChannel, InputRows } from './read-input.ts';

export interface Gridded {
  /** Facts of the intervals. */
  readonly facts: ChannelFacts;
  readonly grid: ClockGrid;
  readonly series: Series;
  readonly arrivalOf?: (day: number) => Arrival;
  /** Of a register: what estimates must add up to. */
  readonly register?: RegisterTrack;
  /** What the register moved between its reads, breaks left out. */
  readonly advance?: number;
  /** Outside this time the channel owes no reading: its first days and its last need not be whole. */
  readonly owed: Period;
}

/** The earliest and the latest stamp. */
export function extentOf({ endS }: InputRows): Period {
  const to = endS.reduce((most, s) => Math.max(most, s), 0);
  return { from: endS.reduce((least, s) => Math.min(least, s), to), to };
}

/** Whole local days of a time. */
function gridOf({ zone }: InputChannel, { from, to }: Period, intervalS: number): ClockGrid {
  const startS = zone.dayStart(zone.localDayOf(from));
  const toS = zone.dayStart(zone.localDayOf(Math.max(from, to - 1)) + 1);
  return clockGrid(zone, startS, intervalS, Math.floor((toS - startS) / intervalS));
}

/**
 * Rows as they were marked at ingest, on the grid of their channel. Readings are owed from the first of the
 * channel up to `lastS`, where the file ends: a channel that falls silent before is missing.
 */
export function griddedRows(
  channel: InputChannel,
  facts: ChannelFacts,
  rows: InputRows,
  lastS?: number,
): Gridded {
  const extent = extentOf(rows);
  const owed = { from: extent.from - facts.intervalS, to: Math.max(extent.to, lastS ?? extent.to) };
  const grid = gridOf(channel, owed, facts.intervalS);
  const { endS, value, quality, flags } = rows;
  const placed = placeOnGrid({ length: endS.length, end: endS, value, quality, flags }, grid);
  return { facts, grid, series: placed.series, owed, arrivalOf: (day) => placed.arrivalOf(day) };
}

/**
 * Intervals of register reads. Slots between reads close to each other are the meter's own. Those within a
 * gap hold what the register says of the gap, spread evenly: they are to be estimated, and must add up to it.
 */
export function griddedReads(channel: InputChannel, facts: ChannelFacts, intervalS: number): Gridded {
  const track = trackOf(channel);
  const extent = extentOf(channel.rows);
  const grid = gridOf(channel, extent, intervalS);
  const series = intervalsFromRegister(track, grid);
  for (let i = 0; i < series.quality.length; i++) {
    const partial = (series.flags[i]! & Reason.partial) !== 0;
    if (series.quality[i] === Quality.derived && !partial) series.quality[i] = Quality.raw;
  }
  return {
    ...{ facts: { ...facts, intervalS }, grid, series, register: slotTrack(series, track.resolution) },
    advance: advanceOf(track),
    // before the first read and after the last nothing is known of the meter
    owed: extent,
  };
}

/** The register reads of a channel as one line. */
export function trackOf({ rows, resolution }: InputChannel): RegisterTrack {
  const inOrder = Array.from(rows.endS, (_, i) => i).sort((a, b) => rows.endS[a]! - rows.endS[b]! || a - b);
  return registerSpans([
    {
      atS: Float64Array.from(inOrder, (i) => rows.endS[i]!),
      steps: Float64Array.from(inOrder, (i) => rows.value[i]!),
      resolution,
    },
  ]).track;
}

/**
 * The register at every slot's end, broken where a slot says nothing: gaps then begin and end with a read.
 */
function slotTrack({ startS, intervalS, value, quality }: Series, resolution: number): RegisterTrack {
  const slots = value.length;
  const track = {
    atS: Float64Array.from({ length: slots + 1 }, (_, i) => startS + i * intervalS),
    total: new Float64Array(slots + 1),
    piece: new Uint16Array(slots + 1),
    resolution,
  };
  for (let i = 0; i < slots; i++) {
    track.total[i + 1] = track.total[i]! + value[i]!;
    track.piece[i + 1] = track.piece[i]! + (quality[i] === ABSENT ? 1 : 0);
  }
  return track;
}

function advanceOf({ total, piece }: RegisterTrack): number {
  let sum = 0;
  for (let i = 1; i < total.length; i++) if (piece[i] === piece[i - 1]) sum += total[i]! - total[i - 1]!;
  return sum;
}
