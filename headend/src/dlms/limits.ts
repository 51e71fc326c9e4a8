/** What one link may cost: time and memory. */
export interface LinkLimits {
  /** Until the connection is made. */
  readonly connectMs: number;
  /** Between two chunks while an answer is awaited. */
  readonly quietMs: number;
  /** From a request to the whole of its answer, however steadily bytes come. */
  readonly answerMs: number;
  /** From the connection to its end. */
  readonly totalMs: number;
  /** Until a close is no longer waited for. */
  readonly closeMs: number;
  /** Of one APDU. */
  readonly maxApduBytes: number;
  /** Bytes that are no frames, since the last frame. */
  readonly maxNoiseBytes: number;
  /** APDUs that came and were not asked for yet. */
  readonly maxWaiting: number;
  /** Bytes written that the peer does not take. */
  readonly maxUnsentBytes: number;
}

export const standardLinkLimits: LinkLimits = {
  connectMs: 10_000,
  quietMs: 15_000,
  answerMs: 60_000,
  totalMs: 600_000,
  closeMs: 2_000,
  maxApduBytes: 0xffff,
  maxNoiseBytes: 1 << 16,
  maxWaiting: 64,
  maxUnsentBytes: 1 << 20,
};
