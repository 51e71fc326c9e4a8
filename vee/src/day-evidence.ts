/**
 * What of a stored day is evidence and what an earlier closing made of it, and what of it stays when the day
 * is closed again.
 */
import { hasReason, judgementReasons, Quality, Reason, withReason } from '@openami/model';
import { ABSENT, copySeries, copySlot, hasValue, type Series } from './series.ts';

/** A copy of the window in which the day holds what was measured, and nothing that estimation made. */
export function evidence(
  series: Series,
  putAside: Series | undefined,
  from: number,
  to: number,
  kept: ReadonlySet<number>,
): Series {
  const work = copySeries(series);
  for (let i = from; i < to; i++) {
    const state = work.quality[i]!;
    const made = state === Quality.estimated || state === Quality.projected || isTaken(state, work.flags[i]!);
    if (isDecided(state, work.flags[i]!) || (made && kept.has(i))) {
      // Neither judged nor filled, like an edit.
      if (made) work.quality[i] = Quality.edited;
    } else if (made && putAside && hasValue(putAside.quality[i]!)) {
      copySlot(work, i, putAside);
      work.quality[i] = Quality.raw;
    } else if (made) {
      work.value[i] = 0;
      work.flags[i] = 0;
      work.quality[i] = ABSENT;
    } else if (state === Quality.valid) work.quality[i] = Quality.raw;
    else if (state === Quality.questionable) {
      work.quality[i] = Quality.raw;
      // Said by an earlier closing; said again where it still holds.
      work.flags[i] = work.flags[i]! & ~judgementReasons;
    }
  }
  return work;
}

/** A check meter's value fills the slot. */
export function isTaken(quality: number, flags: number): boolean {
  return quality === Quality.derived && hasReason(flags, Reason.checkMeter);
}

/** A person chose the estimate, or took the value away. */
function isDecided(quality: number, flags: number): boolean {
  const open = quality === Quality.estimated || quality === Quality.projected || quality === Quality.missing;
  return open && hasReason(flags, Reason.manual);
}

/** Estimates that a person chose stay; what fills a place a person emptied is as much their decision. */
export function keepDecided(
  work: Series,
  series: Series,
  from: number,
  to: number,
  kept: ReadonlySet<number>,
): void {
  for (let i = from; i < to; i++) {
    if (!isDecided(series.quality[i]!, series.flags[i]!) && !kept.has(i)) continue;
    if (series.quality[i] === Quality.missing) {
      work.flags[i] = withReason(work.flags[i]!, Reason.manual);
      continue;
    }
    copySlot(work, i, series);
  }
}

/** Where nothing better came of it, an estimate that was there stays. */
export function keepEarlier(work: Series, series: Series, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    if (work.quality[i] === ABSENT && series.quality[i] !== ABSENT) copySlot(work, i, series);
  }
}

/** Slots that are not as they are stored. */
export function changedSlots(work: Series, series: Series, from: number, to: number): number[] {
  const changed: number[] = [];
  for (let i = from; i < to; i++) {
    if (work.quality[i] === ABSENT) continue;
    const same =
      work.value[i] === series.value[i] &&
      work.quality[i] === series.quality[i] &&
      // What is only worth knowing is in the findings: no reading is written anew for it.
      ((work.flags[i]! ^ series.flags[i]!) & ~judgementReasons) === 0;
    if (!same) changed.push(i);
  }
  return changed;
}
