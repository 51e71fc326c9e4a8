/** Rows onto the grid of whole local days; a row that comes again replaces the one before. */
import type { ZoneTable } from '@openami/model';
import { emptySeries, type Series } from '../series.ts';
import type { TrialRows } from './trial.ts';

export function placeRows(
  rows: TrialRows,
  zone: ZoneTable,
  intervalS: number,
  days: [number, number],
): Series {
  const startS = zone.dayStart(days[0]);
  const series = emptySeries(startS, intervalS, Math.ceil((zone.dayStart(days[1]) - startS) / intervalS));
  for (let i = 0; i < rows.endS.length; i++) {
    const slot = (rows.endS[i]! - startS) / intervalS - 1;
    if (!Number.isInteger(slot) || slot < 0 || slot >= series.value.length) continue;
    series.value[slot] = rows.value[i]!;
    series.quality[slot] = rows.quality[i]!;
    series.flags[slot] = rows.flags[i]!;
  }
  return series;
}
