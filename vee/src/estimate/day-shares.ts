/**
 * What each local day gets of the energy that a register counted over open slots of several.
 *
 *   register   R ├──────────── advance ────────────┤ R
 *   days             23:00  │ 0:00  1:00  2:00              each day is closed by itself, and at its own time
 *                   part 1  │       part 2                  part 1 + part 2 = the energy, to the last count
 *
 * A later close sees more of what came after, so its estimates differ from those of an earlier one: the sum
 * would be nobody's. The parts therefore follow from what every one of these closes sees alike: the mean of
 * the weeks before the first of the days, at the same time of day and on the same sort of day.
 */
import { groupBy } from '@openami/model';
import type { ClockGrid } from '../clock-grid.ts';
import type { DayTable } from './day-table.ts';

const HISTORY_DAYS = 28;

interface DayShare<Slot> {
  readonly slots: readonly Slot[];
  /** Counts that the day's slots hold: [least, most]. */
  readonly least: number;
  readonly most: number;
}

/** A slot by its place in the series. */
interface Placed {
  readonly slot: number;
}

/**
 * Divides [least, most] among the local days of `slots`, which are in order of time. Of several
 * days these are whole counts, whose sums are `least` and `most`, rounded; none below 0 unless signed.
 */
export function dayShares<Slot extends Placed>(
  clock: ClockGrid,
  table: DayTable,
  slots: readonly Slot[],
  { least, most, signed }: { readonly least: number; readonly most: number; readonly signed: boolean },
): DayShare<Slot>[] {
  const days = [...groupBy(slots, ({ slot }) => clock.day[slot]!).values()];
  if (days.length === 1) return [{ slots, least, most }];
  const first = clock.day[slots[0]!.slot]! - table.firstDay;
  const usual = days.map((own) => own.reduce((sum, { slot }) => sum + usualOf(clock, table, slot, first), 0));
  const all = usual.reduce((sum, one) => sum + one, 0);
  const known = !Number.isNaN(all) && (signed || all > 0);
  const shares: DayShare<Slot>[] = [];
  let [sum, count, least0, most0] = [0, 0, 0, 0];
  for (const [n, own] of days.entries()) {
    sum += usual[n]!;
    count += own.length;
    const even = count / slots.length;
    /** What the days up to this one hold of `energy`: parts are differences of these, so nothing is lost. */
    const upTo = (energy: number): number =>
      Math.round(!known ? energy * even : signed ? sum + (energy - all) * even : (energy * sum) / all);
    shares.push({ slots: own, least: upTo(least) - least0, most: upTo(most) - most0 });
    [least0, most0] = [upTo(least), upTo(most)];
  }
  return shares;
}

/** Mean of the weeks before day `first` of the table at the clock position of a slot; NaN without any. */
function usualOf(
  clock: ClockGrid,
  { cell, perDay, kind, firstDay }: DayTable,
  slot: number,
  first: number,
): number {
  const like = kind[clock.day[slot]! - firstDay]!;
  let [sum, count, likeSum, likeCount] = [0, 0, 0, 0];
  for (let day = Math.max(0, first - HISTORY_DAYS); day < first; day++) {
    const value = cell[day * perDay + clock.clock[slot]!]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
    if (kind[day] !== like) continue;
    likeSum += value;
    likeCount++;
  }
  return likeCount > 0 ? likeSum / likeCount : sum / count;
}
