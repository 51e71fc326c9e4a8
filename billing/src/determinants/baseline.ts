/**
 * What would have been used in the window of an event, had nothing been called: the mean of like days before
 * it, moved by how the day itself went before the event (day matching; handbook §5.5, after the 10-in-10 and
 * 5-in-10 baselines of CAISO). Exact, and rounded once, to a thousandth of the base unit.
 *
 *   like days     weekdays are like weekdays; weekends and holidays like each other. Days of events, days of
 *                 another length (a change of the clock) and days with anything missing are left out
 *   chosen        the newest of these, no older than 45 days; of them all, or those with most in the window
 *   adjustment    use over three hours that begin four hours before the event ÷ the mean of the same hours of
 *                 the chosen days, kept within limits; none where the hours before are not known
 */
import { DAY_S, weekday, type ZoneTable } from '@openami/model';
import type { Window } from '../calendar/period-map.ts';
import { above, type Fraction, ONE, roundQuotient } from '../exact.ts';
import type { Flow } from './usage.ts';

interface Choice {
  /** Days that are looked at, those with the largest use that are kept, and how many are too few. */
  readonly looked: number;
  readonly kept: number;
  readonly least: number;
}

interface Method {
  readonly weekdays: Choice;
  readonly weekends: Choice;
  /** Limits of the adjustment, hundredths. */
  readonly low: bigint;
  readonly high: bigint;
}

const methods = {
  'ten-of-ten': {
    weekdays: { looked: 10, kept: 10, least: 5 },
    weekends: { looked: 4, kept: 4, least: 2 },
    ...{ low: 80n, high: 120n },
  },
  'five-of-ten': {
    weekdays: { looked: 10, kept: 5, least: 5 },
    weekends: { looked: 5, kept: 3, least: 3 },
    ...{ low: 60n, high: 140n },
  },
} as const satisfies Record<string, Method>;

export type BaselineMethod = keyof typeof methods;
export const baselineMethods = Object.keys(methods) as readonly BaselineMethod[];

/** Days before an event that are looked at, and the seconds of history that takes at most. */
const MOST_DAYS = 45;
export const baselineReachS = (MOST_DAYS + 1) * DAY_S;

const ADJUST_FROM_S = 4 * 3_600;
const ADJUST_TO_S = 3_600;

export interface BaselineInput {
  /** Usage from 45 days before the event on. */
  readonly flows: readonly Flow[];
  readonly zone: ZoneTable;
  readonly window: Window;
  readonly method: BaselineMethod;
  /** Day numbers that are holidays, and of the events of the same name. */
  readonly holidays: ReadonlySet<number>;
  readonly eventDays: ReadonlySet<number>;
}

export interface Baseline {
  /** Thousandths of the base unit within the window. */
  readonly energy: number;
  /** Day numbers it was made of, the newest first. */
  readonly days: readonly number[];
  /** What the mean was multiplied by. */
  readonly adjustment: Fraction;
}

/** The baseline of one window; undefined where too few like days are known. */
export function baselineOf(input: BaselineInput): Baseline | undefined {
  const { flows, zone, window, holidays } = input;
  const { weekdays, weekends, low, high } = methods[input.method];
  const day = zone.localDayOf(window.fromS);
  const choice = isWorkday(day, holidays) ? weekdays : weekends;
  const before = { fromS: window.fromS - ADJUST_FROM_S, toS: window.fromS - ADJUST_TO_S };
  const candidates = likeDays(input, day, choice.looked, before);
  if (candidates.length < choice.least) return undefined;
  const kept = candidates
    .sort((a, b) => b.energy - a.energy || b.day - a.day)
    .slice(0, choice.kept)
    .sort((a, b) => b.day - a.day);
  const sum = kept.reduce((total, { energy }) => total + energy, 0);
  const usual = kept.reduce((total, one) => total + one.before, 0);
  const now = energyWithin(flows, before);
  let adjustment = ONE;
  if (now.complete && now.energy > 0 && usual > 0)
    adjustment = within({ n: BigInt(now.energy) * BigInt(kept.length), d: BigInt(usual) }, low, high);
  const energy = roundQuotient(BigInt(sum) * adjustment.n, BigInt(kept.length) * adjustment.d);
  return { energy: Number(energy), days: kept.map((one) => one.day), adjustment };
}

function within(ratio: Fraction, low: bigint, high: bigint): Fraction {
  const [least, most] = [low, high].map((n): Fraction => ({ n, d: 100n }));
  if (above(least!, ratio)) return least!;
  return above(ratio, most!) ? most! : ratio;
}

interface LikeDay {
  readonly day: number;
  readonly energy: number;
  readonly before: number;
}

function likeDays(input: BaselineInput, day: number, most: number, before: Window): LikeDay[] {
  const { flows, zone, window, holidays, eventDays } = input;
  const long = zone.dayStart(day + 1) - zone.dayStart(day);
  const found: LikeDay[] = [];
  for (let other = day - 1; other >= day - MOST_DAYS && found.length < most; other--) {
    if (isWorkday(other, holidays) !== isWorkday(day, holidays) || eventDays.has(other)) continue;
    if (zone.dayStart(other + 1) - zone.dayStart(other) !== long) continue;
    const movedS = zone.dayStart(other) - zone.dayStart(day);
    const at = energyWithin(flows, moved(window, movedS));
    const hoursBefore = energyWithin(flows, moved(before, movedS));
    if (at.complete && hoursBefore.complete)
      found.push({ day: other, energy: at.energy, before: hoursBefore.energy });
  }
  return found;
}

function moved({ fromS, toS }: Window, byS: number): Window {
  return { fromS: fromS + byS, toS: toS + byS };
}

function isWorkday(day: number, holidays: ReadonlySet<number>): boolean {
  return weekday(day) <= 5 && !holidays.has(day);
}

/** Drawn in intervals that start in a window, and whether they are all there. */
export function energyWithin(
  flows: readonly Flow[],
  { fromS, toS }: Window,
): { readonly energy: number; readonly missing: number; readonly complete: boolean } {
  let [energy, missing, coveredS, longest] = [0, 0, 0, 0];
  for (const { startS, intervalS, import: values } of flows) {
    const from = Math.max(0, Math.ceil((fromS - startS) / intervalS));
    const to = Math.min(values.length, Math.ceil((toS - startS) / intervalS));
    for (let i = from; i < to; i++) {
      longest = Math.max(longest, intervalS);
      if (Number.isNaN(values[i])) missing++;
      else {
        energy += values[i]!;
        coveredS += intervalS;
      }
    }
  }
  // an interval that begins before the window may hold its first seconds
  const holes = coveredS + longest <= toS - fromS && missing === 0 ? 1 : 0;
  return { energy, missing: missing + holes, complete: missing + holes === 0 };
}
