/**
 * Trials: the same gap, moved by whole days to where the channel was measured. What each method would have
 * said there, against what was measured, tells how good the methods are on this channel, at this length and
 * this time of day, and how far off an estimate can be.
 *
 *   ──▒▒──────▒▒──────▒▒──────○○──────▒▒──────▒▒──      ○ the gap   ▒ trials, hidden from the methods
 */
import { isMeasured } from '../series.ts';
import type { Gap } from './contract.ts';
import type { GapSource } from './gap-view.ts';

/** Trials wanted, and days looked for them on either side. */
const TRIALS = 30;
const REACH_DAYS = 84;
/** History a trial needs before it. */
const HISTORY_DAYS = 7;
/** Share of a trial's slots that must have been measured. */
const MEASURED_SHARE = 0.9;
const MEMORY_DAYS = 40;
const OTHER_KIND = 0.6;
/** A longer gap is tried by its first week. */
const LONGEST_TRIAL_DAYS = 7;

export interface Trial {
  /** First slot. */
  readonly from: number;
  /** What it counts: near trials and those of the same kind of day more. */
  readonly weight: number;
}

/** Slots of the trials of a gap. */
export function trialSlots(source: GapSource, gap: Gap): number {
  return Math.min(gap.to - gap.from, LONGEST_TRIAL_DAYS * source.table.perDay);
}

/** Trials of a gap, the nearest first. They see a neighbour after the gap only when the gap has one. */
export function findTrials(source: GapSource, gap: Gap, hasAfter: boolean): Trial[] {
  const { perDay, kind, firstDay } = source.table;
  const { series, clock: grid } = source.context;
  const slots = trialSlots(source, gap);
  const wanted = kind[grid.day[gap.from]! - firstDay]!;
  const trials: Trial[] = [];
  for (let k = 1; k <= REACH_DAYS && trials.length < TRIALS; k++) {
    for (let side = -1; side <= 1 && trials.length < TRIALS; side += 2) {
      const from = slotOn(source, gap.from, side * k);
      if (from < HISTORY_DAYS * perDay || from + slots > grid.slots - (hasAfter ? 1 : 0)) continue;
      if (!isMeasured(series.quality[from - 1]!)) continue;
      if (hasAfter && !isMeasured(series.quality[from + slots]!)) continue;
      if (measuredIn(series.quality, from, from + slots) < MEASURED_SHARE * slots) continue;
      const same = kind[grid.day[from]! - firstDay] === wanted;
      trials.push({ from, weight: Math.exp(-k / MEMORY_DAYS) * (same ? 1 : OTHER_KIND) });
    }
  }
  return trials;
}

/** The slot at the same clock position `days` days away, or -1. */
function slotOn({ table, context: { clock: grid } }: GapSource, slot: number, days: number): number {
  const day = grid.day[slot]! - table.firstDay + days;
  if (day < 0 || day >= table.days) return -1;
  return table.slot[day * table.perDay + grid.clock[slot]!]!;
}

function measuredIn(quality: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (isMeasured(quality[i]!)) count++;
  return count;
}
