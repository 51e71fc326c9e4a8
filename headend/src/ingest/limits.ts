import { defaultPushLimits } from '@openami/wire';
import type { IngestLimits } from './types.ts';

export const defaultIngestLimits: IngestLimits = {
  inFlightBytes: 128 * 1024 * 1024,
  inFlightMessages: 50_000,
  waiting: 100_000,
  waitingBytes: 128 * 1024 * 1024,
  commitRows: 200_000,
  keptRejections: 1_000,
  receiptRejections: 100,
  emptyFrames: 1_000,
  frameBytes: 64 * 1024,
  bodyBytes: 10 * 1024 * 1024,
  bodyIdleMs: 30_000,
  bodyMs: 300_000,
  bodyParts: 32,
  bodyMessages: 250_000,
  futureS: 300,
  lateS: 86_400,
  driftMs: 180_000,
  push: defaultPushLimits,
};
