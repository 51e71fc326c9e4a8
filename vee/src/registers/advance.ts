/**
 * What a counter moved between two readings of it.
 *
 *   99 998 ─▶ 3      a counter of five digits passed its end: 5
 *   99 998 ─▶ 3      one that never comes near its end between two readings was exchanged or reset: unknown
 *
 * A counter only goes forward. Which of the two a lower reading is, digits and plausibility decide; nothing
 * negative ever comes out.
 */

export interface CounterFacts {
  /**
   * Digits of the display, decimals included: it counts from 0 to 10^digits - 1 steps. Unknown: never rolls
   * over.
   */
  readonly digits?: number;
  /** Most steps it can move in an hour; what the service can carry. */
  readonly stepsPerHour?: number;
}

export type CounterMove =
  | { readonly kind: 'forward' | 'rollover'; readonly steps: number }
  /** Lower, and not by rolling over: exchanged, reset, or misread. What it moved is unknown. */
  | { readonly kind: 'broken'; readonly steps: undefined };

/** Above `capacity` of the service a move is no rollover (handbook 13.2). */
const capacitySlack = 1.1;
/** Without a capacity: the last tenth of the counter to the first tenth is a rollover. */
const edge = 0.1;

const broken: CounterMove = { kind: 'broken', steps: undefined };

/** From `before` to `after`, whole steps of the counter, read `seconds` apart. */
export function counterMove(
  before: number,
  after: number,
  seconds: number,
  { digits, stepsPerHour }: CounterFacts = {},
): CounterMove {
  if (after >= before) return { kind: 'forward', steps: after - before };
  if (digits === undefined) return broken;
  const modulus = 10 ** digits;
  if (before >= modulus || after < 0) return broken;
  const steps = after - before + modulus;
  const possible =
    stepsPerHour === undefined
      ? before >= modulus * (1 - edge) && after < modulus * edge
      : steps <= (stepsPerHour * seconds * capacitySlack) / 3_600;
  return possible ? { kind: 'rollover', steps } : broken;
}
