/**
 * First word on a gap, before registers: which method or mixture, its values, and how far off it may be.
 *
 *   dead ▸ check data ▸ mixture of methods by their record on the channel            (choice: back-test)
 *   dead ▸ check data ▸ up to 2 h: linear ▸ average of like days                     (choice: fixed)
 *                     ▸ previous year ▸ class profile ▸ flat                    (either, when nothing else)
 */
import { type Blend, blend } from './blend.ts';
import type { EstimateMethod, Gap, LadderOptions, MethodShare } from './contract.ts';
import type { GapView } from './gap-view.ts';
import { blended, methods } from './method-list.ts';
import { averageLikeDay } from './methods/average-like-day.ts';
import { checkMeter } from './methods/check-meter.ts';
import { classProfile } from './methods/class-profile.ts';
import { flat } from './methods/flat.ts';
import { linear } from './methods/linear.ts';
import { previousYear } from './methods/previous-year.ts';
import { zero } from './methods/zero.ts';

/** Gaps up to this long are interpolated where the rule set is fixed (handbook §1.3, rung 2). */
const LINEAR_HOURS = 2;

export interface Draft {
  readonly gap: Gap;
  /** The method, or the one with the greatest share. */
  readonly method: EstimateMethod;
  readonly shares: readonly MethodShare[];
  /** Not rounded. */
  readonly value: Float64Array;
  /** What the mixture missed on trials; undefined when there were too few. */
  readonly blend: Blend | undefined;
}

/** Undefined when nothing can be said. */
export function draft(view: GapView, gap: Gap, options: LadderOptions): Draft | undefined {
  if (gap.dead) return plain(view, gap, zero);
  if (options.only !== undefined && options.only !== 'blend') return only(view, gap, options.only);
  const checked = plain(view, gap, checkMeter);
  if (checked) return checked;
  if (options.choice !== 'fixed') {
    const mixture = blend(view, gap, blended);
    if (mixture) return fromBlend(gap, mixture);
  }
  for (const method of rungs(view, gap)) {
    const made = tried(view, gap, method);
    if (made) return made;
  }
  return undefined;
}

function rungs(view: GapView, gap: Gap): readonly EstimateMethod[] {
  view.look(gap.from, gap.to);
  const short = view.slots * view.slotHours <= LINEAR_HOURS && view.hasBefore && view.hasAfter;
  const rest = [averageLikeDay, previousYear, classProfile, flat];
  return short ? [linear, ...rest] : rest;
}

function only(view: GapView, gap: Gap, id: string): Draft | undefined {
  const method = methods.find((m) => m.id === id);
  return method && tried(view, gap, method);
}

/** One method, with its own record on trials where there are enough. */
function tried(view: GapView, gap: Gap, method: EstimateMethod): Draft | undefined {
  const alone = plain(view, gap, method);
  if (!alone) return undefined;
  return { ...alone, blend: blend(view, gap, [method]) };
}

function plain(view: GapView, gap: Gap, method: EstimateMethod): Draft | undefined {
  if (view.from !== gap.from || view.to !== gap.to) view.look(gap.from, gap.to);
  const value = new Float64Array(gap.to - gap.from);
  method.fill(view, value, 0);
  if (value.some((v) => Number.isNaN(v))) return undefined;
  return { gap, method, shares: [], value, blend: undefined };
}

function fromBlend(gap: Gap, mixture: Blend): Draft {
  const shares = mixture.methods
    .map((method, m) => ({ method: method.id, share: mixture.shares[m]! }))
    .sort((a, b) => b.share - a.share);
  const first = shares[0]!;
  const method = mixture.methods.find((m) => m.id === first.method)!;
  return { gap, method, shares, value: mixture.value, blend: mixture };
}
