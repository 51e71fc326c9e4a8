/** The register a meter would have shown over its intervals: one read at every local midnight. */
import type { ClockGrid } from '../clock-grid.ts';
import type { RegisterTrack } from '../registers/track.ts';
import { isMeasured, type Series } from '../series.ts';

/**
 * Reads in the channel's own counts. A day with a slot that was not measured breaks the line: what the meter
 * counted there is not known, so no read says anything across it.
 */
export function midnightRegister(series: Series, grid: ClockGrid, resolution: number): RegisterTrack {
  const reads = grid.from.length;
  const atS = new Float64Array(reads);
  const total = new Float64Array(reads);
  const piece = new Uint16Array(reads);
  let sum = 0;
  let pieces = 0;
  for (let read = 0; read < reads; read++) {
    const at = grid.from[read]!;
    if (read > 0) {
      let whole = true;
      for (let i = grid.from[read - 1]!; i < at; i++) {
        if (isMeasured(series.quality[i]!)) sum += series.value[i]!;
        else whole = false;
      }
      if (!whole) pieces++;
    }
    atS[read] = series.startS + at * series.intervalS;
    total[read] = sum;
    piece[read] = pieces;
  }
  return { atS, total, piece, resolution };
}
