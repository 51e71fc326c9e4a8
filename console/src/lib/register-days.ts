/**
 * How far a register moved on each local day. Between two readings the register is taken to move evenly,
 * which is all that is known of it:
 *
 *     readings   ●────────●─────────────────────────────●────●
 *     days       |  measured  |  spread  |  spread  | measured |
 *
 * A stretch in which it went back (it was exchanged, reset or rolled over) says nothing of any day.
 */
import { Quality } from '@openami/model';
import type { Profile } from './decimate.ts';
import { dayOf, dayStart } from './zone.ts';

export interface DayAdvance {
  /** Local day number. */
  readonly day: number;
  readonly advance: number;
  /** Part of it lies in a stretch longer than a day: when in it the register moved is not known. */
  readonly spread: boolean;
}

/** The longest local day. */
const dayAtMostS = 25 * 3600;

/** Rows of a register that were read, in time order. */
export function readRows({ quality }: Pick<Profile, 'quality'>): number[] {
  return Array.from(quality.keys()).filter((row) => quality[row] !== Quality.missing);
}

/** Days in order, each that a stretch between two readings touches. */
export function advanceByDay(profile: Omit<Profile, 'intervalS'>, zone: string): DayAdvance[] {
  const { end, value } = profile;
  const days = new Map<number, { advance: number; spread: boolean }>();
  const rows = readRows(profile);
  for (let i = 1; i < rows.length; i++) {
    const [from, to] = [end[rows[i - 1]!]!, end[rows[i]!]!];
    const moved = value[rows[i]!]! - value[rows[i - 1]!]!;
    if (!(moved >= 0 && to > from)) continue;
    const spread = to - from > dayAtMostS;
    for (let day = dayOf(zone, from); dayStart(zone, day) < to; day++) {
      const part = Math.min(to, dayStart(zone, day + 1)) - Math.max(from, dayStart(zone, day));
      const known = days.get(day);
      const advance = (known?.advance ?? 0) + (moved * part) / (to - from);
      days.set(day, { advance, spread: spread || (known?.spread ?? false) });
    }
  }
  return [...days].map(([day, of]) => ({ day, ...of }));
}
