/**
 * The registers of a usage point as one line: readings of the meters that were there, one after another.
 *
 *   meter A   100 ── 140 ── final 150                      running total   0 ── 40 ── 50
 *   meter B                  initial 3 ── 10                                          50 ── 57
 *
 * A final reading of one meter and the initial one of the next at the same instant join them, in the middle
 * of a day as well. Where either is missing, where a counter was reset or where a time without a meter lies
 * between, the line breaks: nothing is said of what went through there.
 */
import { type CounterFacts, counterMove } from './advance.ts';
import type { RegisterTrack } from './track.ts';

/** Readings of one meter at one usage point, ascending in time. */
export interface MeterReads extends CounterFacts {
  /** UTC seconds. */
  readonly atS: ArrayLike<number>;
  /** Whole steps of the counter. */
  readonly steps: ArrayLike<number>;
  /** Thousandths of the base unit a step is worth, multiplier (CT·VT, pulse factor) applied. */
  readonly resolution: number;
  /** Instants it was put in and taken out; its readings at them are the initial and the final one. */
  readonly fromS?: number;
  readonly untilS?: number;
}

/** Where and why a line breaks. */
export interface TrackBreak {
  /** Reading after the break: index in the track. */
  readonly read: number;
  readonly kind: 'broken' | 'exchange' | 'no-meter';
}

export interface Spans {
  readonly track: RegisterTrack;
  readonly breaks: readonly TrackBreak[];
  /** Indexes of readings at which a counter rolled over. */
  readonly rollovers: readonly number[];
}

interface Building {
  readonly atS: number[];
  readonly total: number[];
  readonly piece: number[];
  readonly breaks: TrackBreak[];
  readonly rollovers: number[];
}

/** One line of all meters, in the order they were there; in counts of the smallest of their steps. */
export function registerSpans(meters: readonly MeterReads[]): Spans {
  const used = meters.filter(({ atS }) => atS.length > 0);
  const resolution = commonResolution(used.map((meter) => meter.resolution));
  const building: Building = { atS: [], total: [], piece: [], breaks: [], rollovers: [] };
  let before: MeterReads | undefined;
  for (const meter of used) {
    addMeter(building, meter, Math.round(meter.resolution / resolution), before);
    before = meter;
  }
  const { atS, total, piece, breaks, rollovers } = building;
  const track = {
    atS: Float64Array.from(atS),
    total: Float64Array.from(total),
    piece: Uint16Array.from(piece),
    resolution,
  };
  return { track, breaks, rollovers };
}

function addMeter(
  { atS, total, piece, breaks, rollovers }: Building,
  meter: MeterReads,
  worth: number,
  before: MeterReads | undefined,
): void {
  for (let i = 0; i < meter.atS.length; i++) {
    const at = meter.atS[i]!;
    if (i === 0) {
      const kind = before && joint(before, meter);
      // The final reading of the one and the initial reading of the other are one point of the line.
      if (before && kind === undefined) continue;
      if (kind) breaks.push({ read: atS.length, kind });
      atS.push(at);
      total.push(total.at(-1) ?? 0);
      piece.push(kind ? piece.at(-1)! + 1 : 0);
      continue;
    }
    const move = counterMove(meter.steps[i - 1]!, meter.steps[i]!, at - meter.atS[i - 1]!, meter);
    if (move.kind === 'rollover') rollovers.push(atS.length);
    if (move.kind === 'broken') breaks.push({ read: atS.length, kind: 'broken' });
    atS.push(at);
    total.push(total.at(-1)! + (move.steps ?? 0) * worth);
    piece.push(piece.at(-1)! + (move.kind === 'broken' ? 1 : 0));
  }
}

/** Why the line breaks between two meters; undefined where final and initial reading join them. */
function joint(before: MeterReads, after: MeterReads): TrackBreak['kind'] | undefined {
  const finalS = before.atS[before.atS.length - 1]!;
  const initialS = after.atS[0]!;
  const { untilS = finalS } = before;
  const { fromS = initialS } = after;
  if (fromS > untilS) return 'no-meter';
  return finalS === untilS && initialS === fromS ? undefined : 'exchange';
}

/** The largest step of which all are whole multiples; thousandths of the base unit, maybe below one. */
function commonResolution(resolutions: readonly number[]): number {
  if (resolutions.length === 0) return 1;
  // Multipliers have a few decimals: a billionth is below any of them.
  const scale = 1e9;
  const whole = resolutions.map((one) => BigInt(Math.round(one * scale)));
  return Number(whole.reduce(greatestCommonDivisor)) / scale;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}
