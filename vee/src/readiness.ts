/**
 * Billing readiness: can the bill of an account be made for its window, and what stands in the way?
 * Counts are of slots; a register that a bill needs counts as one slot at each end.
 */

/** What is known of one channel over the window. */
export interface WindowCounts {
  readonly channel: number;
  readonly expected: number;
  /** Slots with a value of any kind; `estimated` of them were made. */
  readonly present: number;
  readonly estimated: number;
  /** Open exceptions that forbid billing, and others. */
  readonly blocking: number;
  readonly open: number;
}

export interface ReadinessLimits {
  /** Largest share of estimated slots a bill may rest on. */
  readonly estimatedShare: number;
}

export const defaultReadinessLimits: ReadinessLimits = { estimatedShare: 0.1 };

export type ReadinessObstacle = 'missing' | 'estimated' | 'exceptions' | 'empty';

export interface Readiness {
  /** `ready`: all measured. `estimated`: within the limits. `blocked`: see `obstacles`. */
  readonly state: 'ready' | 'estimated' | 'blocked';
  readonly obstacles: readonly ReadinessObstacle[];
  readonly expected: number;
  readonly present: number;
  readonly estimated: number;
  /** Estimated of expected, 0 to 1. */
  readonly estimatedShare: number;
  readonly missing: number;
  readonly blocking: number;
  readonly open: number;
  /** Channels that stand in the way. */
  readonly channels: readonly number[];
}

/** Readiness of the channels a bill needs. */
export function readiness(
  windows: readonly WindowCounts[],
  limits: ReadinessLimits = defaultReadinessLimits,
): Readiness {
  let [expected, present, estimated, blocking, open] = [0, 0, 0, 0, 0];
  const channels: number[] = [];
  const obstacles = new Set<ReadinessObstacle>();
  for (const window of windows) {
    expected += window.expected;
    present += Math.min(window.present, window.expected);
    estimated += window.estimated;
    blocking += window.blocking;
    open += window.open;
    const found = obstaclesOf(window, limits);
    if (found.length > 0) channels.push(window.channel);
    for (const obstacle of found) obstacles.add(obstacle);
  }
  if (expected === 0) obstacles.add('empty');
  const state = obstacles.size > 0 ? 'blocked' : estimated > 0 ? 'estimated' : 'ready';
  const estimatedShare = expected > 0 ? estimated / expected : 0;
  return {
    ...{ state, obstacles: [...obstacles], expected, present, estimated, estimatedShare },
    ...{ missing: expected - present, blocking, open, channels },
  };
}

function obstaclesOf(window: WindowCounts, limits: ReadinessLimits): ReadinessObstacle[] {
  const found: ReadinessObstacle[] = [];
  if (window.present < window.expected) found.push('missing');
  if (window.estimated > limits.estimatedShare * window.expected) found.push('estimated');
  if (window.blocking > 0) found.push('exceptions');
  return found;
}
