/**
 * The measured values of a window by local day and clock position, and what sort of day each one is.
 *
 *               clock  0   1   2  …  95
 *   day 0  Mon        12  10   9      14
 *   day 1  Tue        11   ·   9      15        · not measured, or not to be learned from
 *
 * Days on which clocks change (unless there are no others), days excluded by the caller, and slots the meter
 * spent without power, in test mode or under load control teach nothing. A public holiday counts as a Sunday.
 */
import { DAY_S, Reason, weekday } from '@openami/model';
import { isMeasured } from '../series.ts';
import type { EstimateContext } from './contract.ts';

export const DayKind = { workday: 0, saturday: 1, sunday: 2 } as const;

export interface DayTable {
  /** Value by `day * perDay + clock`; NaN where there is none. */
  readonly cell: Float64Array;
  /** Slot of the series behind a cell. */
  readonly slot: Int32Array;
  readonly days: number;
  readonly perDay: number;
  readonly firstDay: number;
  /** Per day: DayKind. */
  readonly kind: Uint8Array;
  /** Per day: Monday 1 to Sunday 7; a holiday is 7. */
  readonly weekday: Uint8Array;
}

const unlike = Reason.powerFail | Reason.outageZero | Reason.testMode | Reason.loadControl | Reason.partial;

export function dayTable(context: EstimateContext): DayTable {
  const { series, clock: grid, holidays, excludedDays } = context;
  const days = grid.from.length - 1;
  const perDay = grid.slotsPerDay;
  const cell = new Float64Array(days * perDay).fill(Number.NaN);
  const slot = new Int32Array(days * perDay).fill(-1);
  const kind = new Uint8Array(days);
  const weekdays = new Uint8Array(days);
  for (let d = 0; d < days; d++) {
    const day = grid.firstDay + d;
    const w = holidays?.has(day) ? 7 : weekday(day);
    weekdays[d] = w;
    kind[d] = w < 6 ? DayKind.workday : w === 6 ? DayKind.saturday : DayKind.sunday;
  }
  const learn = (changing: boolean): boolean => {
    let learnt = false;
    for (let d = 0; d < days; d++) {
      if (excludedDays?.has(grid.firstDay + d) || changesClocks(context, d) !== changing) continue;
      for (let i = grid.from[d]!, to = grid.from[d + 1]!; i < to; i++) {
        if (!isMeasured(series.quality[i]!) || (series.flags[i]! & unlike) !== 0) continue;
        const at = d * perDay + grid.clock[i]!;
        cell[at] = series.value[i]!;
        slot[at] = i;
        learnt = true;
      }
    }
    return learnt;
  };
  if (!learn(false)) learn(true);
  return { cell, slot, days, perDay, firstDay: grid.firstDay, kind, weekday: weekdays };
}

function changesClocks({ facts, series, clock: grid }: EstimateContext, d: number): boolean {
  const from = grid.from[d]!;
  const to = grid.from[d + 1]!;
  if (to - from === DAY_S / grid.intervalS || to === from) return false;
  const { zone } = facts;
  return (
    zone.offsetAt(series.startS + from * grid.intervalS) !==
    zone.offsetAt(series.startS + to * grid.intervalS)
  );
}

/** Mean of what was measured; NaN when nothing was. */
export function meanOf({ cell }: DayTable): number {
  let [sum, count] = [0, 0];
  for (const value of cell) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
