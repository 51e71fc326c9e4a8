/** What methods that average like days, or take their median, have in common. */
import { Reason } from '@openami/model';
import type { EstimateMethod, MethodFacts } from './contract.ts';
import type { GapView } from './gap-view.ts';

/** What the codes of others call all of them. */
export const likeDayCodes = {
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
} as const satisfies Partial<MethodFacts>;

/** A method that says of each slot what a column of the view does. */
export function ofLikeDays(
  words: Pick<MethodFacts, 'id' | 'title' | 'source'>,
  column: (view: GapView) => Float64Array,
): EstimateMethod {
  return {
    ...words,
    ...likeDayCodes,
    fill: (view, out, at) => out.set(column(view).subarray(0, view.slots), at),
  };
}
