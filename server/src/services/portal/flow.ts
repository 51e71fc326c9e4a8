/**
 * How long something flowed without a pause: what a leak looks like in the readings of a water or gas meter.
 */

/** A stretch of time and what flowed in it; stretches are in order of time. */
export interface FlowStep {
  readonly endS: number;
  readonly lengthS: number;
  readonly amount: number;
}

/** The longest time without a pause, seconds. A stretch that is missing ends what was known to flow. */
export function longestFlowS(steps: readonly FlowStep[]): number {
  let longest = 0;
  let sinceS = 0;
  let reachedS = Number.NaN;
  for (const { endS, lengthS, amount } of steps) {
    const startS = endS - lengthS;
    if (amount > 0) {
      if (startS !== reachedS) sinceS = startS;
      reachedS = endS;
      longest = Math.max(longest, endS - sinceS);
    } else reachedS = Number.NaN;
  }
  return longest;
}
