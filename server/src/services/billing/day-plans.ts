/** Cuts what is asked of the store for a month into its local days, where every figure is that of one day. */
import { createHash } from 'node:crypto';
import type { ZoneTable } from '@openami/model';
import type { DayPlan, DeterminantSpec } from '@openami/store';

/** Goes up when a day would be worked out differently from the same readings. */
const METHOD = 1;

/** The days of a spec; none where it cannot be put together of them. */
export function dayPlansOf(spec: DeterminantSpec, zone: ZoneTable): DayPlan[] {
  const { startS, intervalS, slots } = spec;
  // tiers that fill in order of time depend on what was used before the day
  if (spec.running.length > 0) return [];
  const plans: DayPlan[] = [];
  for (let firstSlot = 0; firstSlot < slots; ) {
    const fromS = startS + firstSlot * intervalS;
    const day = zone.localDayOf(fromS);
    const length = (zone.dayStart(day + 1) - fromS) / intervalS;
    const whole = zone.dayStart(day) === fromS && Number.isInteger(length);
    if (!whole || firstSlot + length > slots || reachesBack(spec, firstSlot, length)) return [];
    plans.push({ firstSlot, slots: length, plan: planOf(spec, firstSlot, length) });
    firstSlot += length;
  }
  return plans;
}

/** True where the window of a demand that ends on the day begins on the one before. */
function reachesBack({ demands }: DeterminantSpec, firstSlot: number, length: number): boolean {
  return demands.some(({ ends, length: window }) =>
    ends.subarray(firstSlot, firstSlot + Math.min(window - 1, length)).includes(1),
  );
}

/** Equal for days that are worked out alike. */
function planOf({ intervalS, schedules, demands }: DeterminantSpec, from: number, length: number): string {
  const hash = createHash('sha256').update(`${METHOD} ${intervalS} ${length}`);
  for (const { periods, of } of schedules)
    hash.update(` ${periods}:`).update(of.subarray(from, from + length));
  for (const { schedule, length: window, straddle, estimatedCanPeak, ends } of demands)
    hash
      .update(` ${schedule} ${window} ${straddle} ${estimatedCanPeak}:`)
      .update(ends.subarray(from, from + length));
  return hash.digest().readBigUInt64LE().toString();
}
