/**
 * The register of a usage point as one line that never goes back: reads of all meters that were there, one
 * after another, as the running total since the first read.
 *
 *   meter A   100 ── 140 | final 150       meter B   initial 3 ── 10          total   0 ── 40 ── 50 ── 57
 *
 * Where a read is missing (an exchange without final or initial read, a reset of unknown amount) the line is
 * broken: reads of different pieces say nothing about the energy between them. Made by spans.ts.
 */
export interface RegisterTrack {
  /** Instants of the reads, UTC seconds, ascending. */
  readonly atS: Float64Array;
  /** Running total in counts of `resolution`; within a piece it never decreases. */
  readonly total: Float64Array;
  /** Piece each read belongs to; ascending. */
  readonly piece: Uint16Array;
  /** Thousandths of the base unit in one count of `total`: what one step of the register is worth. */
  readonly resolution: number;
}

/** What the register moved between two instants. */
export interface Advance {
  /** Counts of the track's resolution. */
  readonly counts: number;
  readonly fromS: number;
  readonly toS: number;
}

/** Index of the last read at or before `atS`, or -1. */
export function readAtOrBefore(track: RegisterTrack, atS: number): number {
  let low = 0;
  let high = track.atS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (track.atS[middle]! <= atS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the first read at or after `atS`; the number of reads when there is none. */
export function readAtOrAfter(track: RegisterTrack, atS: number): number {
  const i = readAtOrBefore(track, atS);
  return i >= 0 && track.atS[i] === atS ? i : i + 1;
}

/** What the register moved between reads `a` and `b`; undefined across a break. */
export function advanceOf(track: RegisterTrack, a: number, b: number): Advance | undefined {
  if (a < 0 || b >= track.atS.length || a > b || track.piece[a] !== track.piece[b]) return undefined;
  return { counts: track.total[b]! - track.total[a]!, fromS: track.atS[a]!, toS: track.atS[b]! };
}
