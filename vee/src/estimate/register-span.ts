/**
 * Spans between two reads of a register, as slots, and the energy their open slots hold.
 *
 * A read need not be on the grid: inside a measured slot it cuts that slot in proportion to time; inside an
 * open slot it is of no use, for nobody knows what the slot used before it and after it.
 */
import { advanceOf, type RegisterTrack, readAtOrAfter, readAtOrBefore } from '../registers/track.ts';
import { hasValue } from '../series.ts';
import type { EstimateContext } from './contract.ts';
import { isOpen } from './gap.ts';

export interface RegisterSpan {
  /** Open slots of the span, [from, to) around all of its slots. */
  readonly from: number;
  readonly to: number;
  /** Counts of the channel that the open slots hold. */
  readonly energy: number;
  /** A register that steps in bigger units than the channel leaves this much either way, in counts. */
  readonly slack: number;
}

/** Spans that hold a slot of [from, to). `member` are the slots the register counts; undefined for all. */
export function registerSpans(
  context: EstimateContext,
  track: RegisterTrack,
  from: number,
  to: number,
  member?: Uint8Array,
): RegisterSpan[] {
  const { series } = context;
  const at = (slot: number): number => series.startS + slot * series.intervalS;
  let a = readAtOrBefore(track, at(from));
  while (a >= 0 && !usable(context, track, a)) a--;
  if (a < 0) a = readAtOrAfter(track, at(from));
  const spans: RegisterSpan[] = [];
  for (let b = a + 1; b < track.atS.length && track.atS[a]! < at(to); b++) {
    if (!usable(context, track, b)) continue;
    const span = spanOf(context, track, a, b, member);
    if (span) spans.push(span);
    a = b;
  }
  return spans;
}

/** True when the read lies in the window and on the grid or inside a slot that holds a value. */
function usable({ series }: EstimateContext, track: RegisterTrack, read: number): boolean {
  const position = (track.atS[read]! - series.startS) / series.intervalS;
  const slot = Math.floor(position);
  if (position < 0 || position > series.quality.length) return false;
  return slot === position || (hasValue(series.quality[slot]!) && !isOpen(series.quality[slot]!));
}

function spanOf(
  { facts, series }: EstimateContext,
  track: RegisterTrack,
  a: number,
  b: number,
  member: Uint8Array | undefined,
): RegisterSpan | undefined {
  const advance = advanceOf(track, a, b);
  if (!advance) return undefined;
  const start = (advance.fromS - series.startS) / series.intervalS;
  const end = (advance.toS - series.startS) / series.intervalS;
  let known = 0;
  for (let i = Math.floor(start); i < end; i++) {
    if ((member && member[i] !== 1) || isOpen(series.quality[i]!)) continue;
    known += series.value[i]! * (Math.min(end, i + 1) - Math.max(start, i));
  }
  const ratio = track.resolution / facts.resolution;
  return {
    from: Math.floor(start),
    to: Math.ceil(end),
    energy: advance.counts * ratio - known,
    slack: Math.max(0, ratio - 1),
  };
}
