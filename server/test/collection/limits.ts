import type { CollectLimits } from '@openami/headend';

/** One meter of a segment at a time; a segment is down from the first failure on. */
export const oneSessionASegment: Partial<CollectLimits> = {
  segment: { slots: 1, perSecond: Number.POSITIVE_INFINITY, burst: 1 },
  health: { downAfter: 1, probeMs: 10_000, maxProbeMs: 300_000 },
};
