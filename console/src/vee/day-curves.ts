/** The curves of a day in the unit of its channel, and the range that shows them. Pure. */
import type { VeeDay } from '@openami/server/contract';
import { type Draft, scaleOf, withDraft } from '../lib/day-edit.ts';
import type { Curve } from './day-draw.ts';

export const layers = ['measured', 'proposed', 'neighbours', 'weekBefore'] as const;
export type Layer = (typeof layers)[number];

export interface Curves {
  readonly measured: Curve;
  readonly current: Curve;
  readonly proposed: Curve;
  readonly lower: Curve;
  readonly upper: Curve;
  readonly neighbours: Curve;
  readonly weekBefore: Curve;
  /** The day as it would be; undefined while nothing is changed. */
  readonly drafted: Curve | undefined;
}

export function curvesOf(day: VeeDay, draft: Draft): Curves {
  const { toUnit } = scaleOf(day);
  const curve = (counts: readonly (number | null)[]): Curve =>
    counts.map((value) => (value === null ? null : toUnit(value)));
  return {
    ...{ measured: curve(day.measured), current: curve(day.current), proposed: curve(day.proposed) },
    ...{ lower: curve(day.lower), upper: curve(day.upper), neighbours: curve(day.neighbours) },
    weekBefore: curve(day.weekBefore),
    drafted: draft.size === 0 ? undefined : curve(withDraft(day, draft)),
  };
}

/** Measured values this much above all others are shown at the edge: a spike must not flatten the day. */
const measuredRoom = 1.6;

/** From zero, with room above; spikes that were put aside do not count. */
export function rangeOf(curves: Curves, shown: ReadonlySet<Layer>): [number, number] {
  const used: Curve[] = [curves.current, curves.drafted ?? []];
  if (shown.has('proposed')) used.push(curves.proposed, curves.upper, curves.lower);
  if (shown.has('neighbours')) used.push(curves.neighbours);
  if (shown.has('weekBefore')) used.push(curves.weekBefore);
  const numbers = (list: readonly Curve[]) => list.flat().filter((value) => value !== null);
  const values = numbers(used);
  const measured = shown.has('measured') ? numbers([curves.measured]) : [];
  let max = Math.max(0, ...values);
  let min = Math.min(0, ...values);
  const fits = (value: number) =>
    values.length === 0 || (value <= max * measuredRoom && value >= min - (max - min) * (measuredRoom - 1));
  const near = measured.filter(fits);
  max = Math.max(max, ...near);
  min = Math.min(min, ...near);
  if (max === min) return [min, min + 1];
  const room = (max - min) * 0.08;
  return [min < 0 ? min - room : 0, max + room];
}
