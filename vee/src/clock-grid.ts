/**
 * The wall clock of every slot of a window, worked out once and shared by all channels of that window,
 * interval length and zone.
 *
 *   slot   0    1    2   …            day[i]     local day number of the slot's start
 *   clock  0    1    2   …            clock[i]   wall-clock position in the day: 0 … slotsPerDay - 1
 *
 * On a day of 25 hours two hours of slots share their positions, on a day of 23 hours some positions have no
 * slot: what is looked up by (day, position) is therefore right on every day.
 */
import { DAY_S, type ZoneTable } from '@openami/model';

export interface ClockGrid {
  readonly startS: number;
  readonly intervalS: number;
  readonly slots: number;
  /** Positions of a day of 24 hours. */
  readonly slotsPerDay: number;
  /** Local day number of each slot. */
  readonly day: Int32Array;
  /** Wall-clock position of each slot. */
  readonly clock: Uint16Array;
  readonly firstDay: number;
  /** `from[d]` is the first slot of day `firstDay + d`; one more at the end. */
  readonly from: Int32Array;
}

/** The wall clock of `slots` slots from `startS` on. */
export function clockGrid(zone: ZoneTable, startS: number, intervalS: number, slots: number): ClockGrid {
  const day = new Int32Array(slots);
  const clock = new Uint16Array(slots);
  const from: number[] = [];
  for (let i = 0; i < slots; i++) {
    const localS = zone.localAt(startS + i * intervalS);
    // Where clocks once went back across midnight a date is entered twice; days here never go back.
    const d = Math.max(Math.floor(localS / DAY_S), i === 0 ? Number.NEGATIVE_INFINITY : day[i - 1]!);
    const first = i === 0 ? d - 1 : day[i - 1]!;
    for (let next = first + 1; next <= d; next++) from.push(i);
    day[i] = d;
    clock[i] = Math.floor((localS - Math.floor(localS / DAY_S) * DAY_S) / intervalS);
  }
  from.push(slots);
  return {
    startS,
    intervalS,
    slots,
    slotsPerDay: Math.ceil(DAY_S / intervalS),
    day,
    clock,
    firstDay: day[0] ?? 0,
    from: Int32Array.from(from),
  };
}

/** Slots [from, to) of a local day in the window; empty when the day is outside it. */
export function slotsOfDay(grid: ClockGrid, day: number): { readonly from: number; readonly to: number } {
  const d = day - grid.firstDay;
  if (d < 0 || d + 1 >= grid.from.length) return { from: 0, to: 0 };
  return { from: grid.from[d]!, to: grid.from[d + 1]! };
}
