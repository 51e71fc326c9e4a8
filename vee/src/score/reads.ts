/**
 * What irregular register reads hold, counted by their stamps as written and by the instants they mean:
 *
 *   as written   01:40  02:40  02:40  03:40        a stamp twice
 *   in truth     01:40  02:40  03:40  04:40        none: clocks went back at 03:00
 */
import type { ZoneTable } from '@openami/model';

export interface ReadFacts {
  readonly reads: number;
  /** Reads that show less than the one before them. */
  readonly decreases: number;
  /** Reads whose stamp, as written, another read of the meter has; and those of the same instant. */
  readonly stampsTwice: number;
  readonly instantsTwice: number;
  /** Steps of more than 2 and 24 hours between stamps as written. */
  readonly gaps2h: number;
  readonly gaps24h: number;
  /** The same between instants. */
  readonly trueGaps2h: number;
  readonly trueGaps24h: number;
}

const hourS = 3_600;

/** Counts over the reads of one meter, given in any order; instants in UTC seconds. */
export function readFacts(atS: Float64Array, counts: Float64Array, zone: ZoneTable): ReadFacts {
  const inOrder = atS.map((_, i) => i).sort((a, b) => atS[a]! - atS[b]! || a - b);
  let decreases = 0;
  for (let k = 1; k < inOrder.length; k++) if (counts[inOrder[k]!]! < counts[inOrder[k - 1]!]!) decreases++;
  const instants = steps(atS.slice().sort());
  const stamps = steps(atS.map((s) => zone.localAt(s)).sort());
  return {
    ...{ reads: atS.length, decreases },
    stampsTwice: stamps.none,
    instantsTwice: instants.none,
    gaps2h: stamps.over2h,
    gaps24h: stamps.over24h,
    trueGaps2h: instants.over2h,
    trueGaps24h: instants.over24h,
  };
}

function steps(sorted: Float64Array): { none: number; over2h: number; over24h: number } {
  let [none, over2h, over24h] = [0, 0, 0];
  for (let i = 1; i < sorted.length; i++) {
    const step = sorted[i]! - sorted[i - 1]!;
    if (step === 0) none++;
    if (step > 2 * hourS) over2h++;
    if (step > 24 * hourS) over24h++;
  }
  return { none, over2h, over24h };
}
