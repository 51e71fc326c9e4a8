/**
 * The grid of the intervals a bill needs: those that start in its window, by the local clock.
 *
 *   window    |------------------------------|
 *   segments    [ ][ ][ ][ ]  …  [ ][ ][ ][ ]      one, or one a stretch of equal length
 *
 * Daily values are as long as their day, 23 to 25 hours, so the days of a change of the clock are segments of
 * their own. So are hourly values around a change of half an hour.
 */
import type { Window } from '@openami/billing';
import { DAY_S, type ZoneTable } from '@openami/model';

/** Intervals of one length in a row. */
export interface GridSegment {
  readonly startS: number;
  readonly intervalS: number;
  readonly length: number;
}

/** Segments of the window in order of time. */
export function gridOf(zone: ZoneTable, window: Window, intervalS: number): GridSegment[] {
  return intervalS === DAY_S ? dailyGrid(zone, window) : clockGrid(zone, window, intervalS);
}

function dailyGrid(zone: ZoneTable, { fromS, toS }: Window): GridSegment[] {
  const segments: { startS: number; intervalS: number; length: number }[] = [];
  const first = zone.localDayOf(fromS);
  for (let day = zone.dayStart(first) < fromS ? first + 1 : first; zone.dayStart(day) < toS; day++) {
    const startS = zone.dayStart(day);
    const intervalS = zone.dayStart(day + 1) - startS;
    const last = segments.at(-1);
    if (last?.intervalS === intervalS) last.length++;
    else segments.push({ startS, intervalS, length: 1 });
  }
  return segments;
}

function clockGrid(zone: ZoneTable, { fromS, toS }: Window, intervalS: number): GridSegment[] {
  const segments: GridSegment[] = [];
  let startS = onClock(zone, fromS, intervalS);
  while (startS < toS) {
    const breakS = nextBreak(zone, startS, intervalS);
    if (breakS >= toS) {
      segments.push({ startS, intervalS, length: Math.ceil((toS - startS) / intervalS) });
      break;
    }
    const length = Math.floor((breakS - startS) / intervalS);
    if (length > 0) segments.push({ startS, intervalS, length });
    startS = onClock(zone, breakS, intervalS);
  }
  return segments;
}

/** The first instant from `utcS` on at which an interval starts. */
function onClock(zone: ZoneTable, utcS: number, intervalS: number): number {
  const past = zone.localAt(utcS) % intervalS;
  return past === 0 ? utcS : utcS + intervalS - past;
}

/** The midnight after a change of the clock that shifts the grid; Infinity where there is none. */
function nextBreak(zone: ZoneTable, afterS: number, intervalS: number): number {
  for (let i = 0; i < zone.at.length; i++) {
    const atS = zone.at[i]!;
    if (atS <= afterS) continue;
    const shift = zone.offsetAt(atS) - zone.offsetAt(atS - 1);
    if (shift % intervalS !== 0) return zone.dayStart(zone.localDayOf(atS) + 1);
  }
  return Number.POSITIVE_INFINITY;
}
