/**
 * Which slots are open, as gaps: adjoining slots that are treated alike.
 *
 *   ✓ ✓ ○ ○ ○ ○ ○ ○ ✓        ○ open, ✓ holds a value
 *         └outage┘            three gaps: [2,3) estimated, [3,6) dead, [6,8) estimated
 */
import type { Period } from '@openami/model';
import { Quality } from '@openami/model';
import { ABSENT, isMeasured, type Series } from '../series.ts';
import type { EstimateContext, Gap } from './contract.ts';

/** True for a slot that an estimate may fill: nothing there, or what an estimate put there before. */
export function isOpen(quality: number): boolean {
  return (
    quality === ABSENT ||
    quality === Quality.missing ||
    quality === Quality.estimated ||
    quality === Quality.projected
  );
}

/** Gaps among the slots [from, to), in order of time. */
export function findGaps(context: EstimateContext, from: number, to: number): Gap[] {
  const { series } = context;
  const gaps: Gap[] = [];
  let lastMeasured = -1;
  let i = from;
  while (i < to) {
    if (!isOpen(series.quality[i]!)) {
      i++;
      continue;
    }
    const dead = isDead(context, i);
    let end = i + 1;
    while (end < to && isOpen(series.quality[end]!) && isDead(context, end) === dead) end++;
    if (lastMeasured < 0) lastMeasured = lastMeasuredSlot(series);
    gaps.push({ from: i, to: end, dead, ahead: end > lastMeasured });
    i = end;
  }
  return gaps;
}

/** True when an outage or a disconnection covers the whole slot. */
export function isDead(context: EstimateContext, slot: number): boolean {
  if (!context.outages && !context.disconnected) return false;
  const fromS = context.series.startS + slot * context.series.intervalS;
  const toS = fromS + context.series.intervalS;
  return covers(context.outages, fromS, toS) || covers(context.disconnected, fromS, toS);
}

function covers(periods: readonly Period[] | undefined, fromS: number, toS: number): boolean {
  return periods?.some((period) => period.from <= fromS && period.to >= toS) ?? false;
}

function lastMeasuredSlot(series: Series): number {
  let last = series.quality.length - 1;
  while (last >= 0 && !isMeasured(series.quality[last]!)) last--;
  return last;
}
