/**
 * The shape of a channel's days: the share of the day's total that each local hour holds, for working
 * days and for the others, as fading means. A day is held against it as it is and moved by an hour.
 */
import type { DayType } from './context.ts';
import type { DayDigest } from './digest.ts';
import * as at from './statistics-layout.ts';

const HOURS = 24;
/** Days over which a shape fades. */
const SHAPE_MEMORY = 20;
/** Evidence for a moved clock adds up to this and no further, so that it is gone days after the fault. */
const MOST_EVIDENCE = 2;
/** Days a shape must rest on before it is held against a day. */
export const SHAPE_MIN_DAYS = 6;
const MAX_DAYS = 255;

function shapeAt(type: DayType): number {
  return at.SHAPE + (type === 0 ? 0 : HOURS * 2);
}

/** Days behind the shape of a day type. */
export function shapeDays(view: DataView, base: number, type: DayType): number {
  return view.getUint8(base + at.SHAPE_DAYS + (type === 0 ? 0 : 1));
}

export function learnShape(view: DataView, base: number, type: DayType, digest: DayDigest): void {
  const days = Math.min(shapeDays(view, base, type) + 1, MAX_DAYS);
  view.setUint8(base + at.SHAPE_DAYS + (type === 0 ? 0 : 1), days);
  const weight = 1 / Math.min(days, SHAPE_MEMORY);
  const field = base + shapeAt(type);
  for (let h = 0; h < HOURS; h++) {
    const share = Math.min(1, Math.max(0, digest.hours[h]! / digest.sum)) * at.SHAPE_SCALE;
    const old = view.getUint16(field + h * 2, true);
    view.setUint16(field + h * 2, Math.round(old + (share - old) * weight), true);
  }
}

/**
 * Correlation of the day's hours with the learned shape when the day is moved by `move` hours: +1 says
 * that what the day shows at h belongs to h + 1. Only hours whose partner lies in the day count, the
 * same ones for every move, so that results compare. 0 when either is flat.
 */
export function shapeCorrelation(
  view: DataView,
  base: number,
  type: DayType,
  digest: DayDigest,
  move: number,
): number {
  const field = base + shapeAt(type);
  let n = 0;
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let syy = 0;
  let sxy = 0;
  for (let h = 1; h < HOURS - 1; h++) {
    const x = digest.hours[h]!;
    const y = view.getUint16(field + (h + move) * 2, true);
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  const spread = (n * sxx - sx * sx) * (n * syy - sy * sy);
  return spread > 0 ? (n * sxy - sx * sy) / Math.sqrt(spread) : 0;
}

/** What is added to the misfits, so that two good fits do not count as a difference. */
const LEAST_MISFIT = 0.02;

/**
 * How much of the misfit (1 − correlation) goes away when the day is moved by `move` hours, -1 to 1: near
 * -1 for a day that is right, near 1 for one that is an hour off, near 0 for one that fits neither way.
 */
export function shiftGain(
  view: DataView,
  base: number,
  type: DayType,
  digest: DayDigest,
  stays: number,
  move: number,
): number {
  const moved = shapeCorrelation(view, base, type, digest, move);
  return (moved - stays) / (2 - stays - moved + LEAST_MISFIT);
}

/** Evidence after a day: gains add up, days that are right take away, and nothing is left below zero. */
export function evidenceAfter(before: number, gain: number): number {
  return Math.min(MOST_EVIDENCE, Math.max(0, before + gain));
}

/** Adds what a day says about a clock that is an hour fast or slow to the evidence. */
export function addShiftEvidence(view: DataView, base: number, type: DayType, digest: DayDigest): void {
  if (shapeDays(view, base, type) < SHAPE_MIN_DAYS) return;
  const stays = shapeCorrelation(view, base, type, digest, 0);
  for (const hours of [1, -1] as const) {
    const field = base + (hours > 0 ? at.SHIFT_FAST : at.SHIFT_SLOW);
    // A fast clock shows at h what belongs to h - 1.
    const gain = shiftGain(view, base, type, digest, stays, -hours);
    view.setFloat32(field, evidenceAfter(view.getFloat32(field, true), gain), true);
  }
}
