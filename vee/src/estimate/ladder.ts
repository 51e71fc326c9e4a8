/** Chooses how each gap is filled. */
import type { Estimate, EstimateContext, Gap, LadderOptions } from './contract.ts';

/** Estimates of the gaps, in their order; a gap that nothing can be said of has none. */
export function estimateGaps(
  _context: EstimateContext,
  _gaps: readonly Gap[],
  _options: LadderOptions = {},
): Estimate[] {
  return [];
}
