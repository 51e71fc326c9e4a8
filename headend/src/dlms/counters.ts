/**
 * Invocation counters of one key and one sender. A counter is never used twice: whoever keeps them makes
 * sure of it before `reserve` returns.
 */
import { acceptCounter, MAX_COUNTER } from '@openami/wire/dlms';
import { dlmsFieldErrors } from './errors.ts';

/** Ours, to send with. */
export interface SendCounters {
  /** The next unused one, kept as used before it is returned. */
  reserve(): number;
  /** The meter has seen `used`: what is reserved from now on is above it. */
  continueAbove(used: number): void | Promise<void>;
}

/** A counter that a meter claims to have seen and that leaves less than this is not believed. */
const leastLeft = 1 << 20;

/** Counters in memory, for tests and for tools whose caller keeps `next`. */
export class MemoryCounters implements SendCounters {
  #next: number;

  constructor(next = 1) {
    this.#next = next;
  }

  get next(): number {
    return this.#next;
  }

  reserve(): number {
    return this.#next++;
  }

  continueAbove(used: number): void {
    this.#next = Math.max(this.#next, used + 1);
  }
}

/**
 * What a meter says it has seen, which nothing proves: one near the end would use up the key. Raises
 * DLMS_NO_OTHER_COUNTER.
 */
export function believable(used: number): number {
  if (used <= MAX_COUNTER - leastLeft) return used;
  throw dlmsFieldErrors.DLMS_NO_OTHER_COUNTER(`the meter claims to have seen ${used}`, { used });
}

/** Refuses what is not above all that one session received. */
export function risingCounters(): (counter: number) => void {
  let lowest = 0;
  return (counter) => {
    lowest = acceptCounter(counter, lowest);
  };
}
