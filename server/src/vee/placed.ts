/** Rows of a channel on the grid of the local days they span. */
import { placeRows, type Series } from '@openami/vee';
import type { InputChannel, InputRows } from './read-input.ts';

export function placedRows({ zone, intervalS }: InputChannel, rows: InputRows): Series {
  const lastS = rows.endS.reduce((most, endS) => Math.max(most, endS), 0);
  const firstS = rows.endS.reduce((least, endS) => Math.min(least, endS), lastS);
  const days: [number, number] = [
    zone.localDayOf(firstS - intervalS),
    zone.localDayOf(lastS - intervalS) + 1,
  ];
  return placeRows(rows, zone, intervalS, days);
}
