/** Invocation counters (IEC 62056-5-3 clause 5.3.7): each is used once under a key, in rising order. */
import { maxInvocationCounter } from '@openami/model';
import { securityErrors } from './security-errors.ts';

export const MAX_COUNTER = maxInvocationCounter;

/**
 * Checks the counter of a message that was received (and whose tag matched) against the lowest that may
 * still come; returns the new lowest. Raises DLMS_SECURITY_REPLAYED with both in the data.
 */
export function acceptCounter(received: number, lowest: number): number {
  if (received < lowest) {
    const detail = `counter ${received}, lowest accepted ${lowest}`;
    throw securityErrors.DLMS_SECURITY_REPLAYED(detail, { received, lowest });
  }
  return received + 1;
}

/** The counter to send with, when `next` is the first unused one. Raises DLMS_SECURITY_COUNTER_SPENT. */
export function usableCounter(next: number): number {
  if (!(Number.isInteger(next) && next >= 0 && next <= MAX_COUNTER)) {
    throw securityErrors.DLMS_SECURITY_COUNTER_SPENT(`next would be ${next}`);
  }
  return next;
}
