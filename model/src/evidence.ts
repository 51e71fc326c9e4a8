/**
 * What is kept beside the readings: the frame a reading came in, the readings that were refused and
 * why, the readings of meters nobody registered yet, and what meters reported. Nothing is dropped.
 */
import type { ReadingBatch } from './batch.ts';

/** How bytes reached the head-end. */
export type Source = 'mqtt' | 'http' | 'import' | 'sim' | 'dlms' | 'radio' | 'lorawan' | 'coap';

/** A message as it came, kept for evidence (bounded; expires). */
export interface Frame {
  readonly receivedMs: number;
  readonly source: Source;
  /** What the sender called itself: meter serial, topic, file name. */
  readonly device: string;
  /** Registry id of the meter, 0 when not registered. */
  readonly meter: number;
  readonly payload: Uint8Array;
  /** Readings accepted from it. */
  readonly accepted: number;
  /** `OK`, or the code of the first error. */
  readonly outcome: string;
}

/** A reading or message that was refused, with the reason. */
export interface Rejection {
  readonly receivedMs: number;
  readonly source: Source;
  readonly device: string;
  /** Quantity as the sender named it; empty when the whole message was refused. */
  readonly quantity: string;
  /** Interval end, epoch seconds; 0 when unknown. */
  readonly end: number;
  /** The value as text, as it came. */
  readonly value: string;
  /** Stable error code. */
  readonly code: string;
  readonly detail: string;
}

/** A good reading of a meter or quantity that is not in the registry: kept until it is adopted. */
export interface UnregisteredReading {
  readonly receivedMs: number;
  readonly source: Source;
  readonly device: string;
  readonly quantity: string;
  readonly unit: string;
  /** Seconds; 0 for a register. */
  readonly intervalS: number;
  readonly end: number;
  readonly value: number;
  readonly quality: number;
}

/** Something a meter or the head-end reports: CIM end-device event. */
export interface MeterEvent {
  readonly at: number;
  readonly receivedMs: number;
  readonly meter: number;
  readonly device: string;
  /** CIM `deviceType.domain.subDomain.action`, e.g. `3.26.0.85`. */
  readonly code: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly detail: string;
}

/**
 * How the source of a reading put its quality, where our states and reasons say less than it did: NEM12's
 * `F14,76,text`. It holds for the reading with this very value.
 */
export interface StatedQuality {
  readonly receivedMs: number;
  readonly channel: number;
  readonly end: number;
  readonly value: number;
  readonly resolution: number;
  readonly words: string;
}

/** One unit of durable work: everything that came of one message, stored together or not acknowledged. */
export interface Commit {
  /** When it was received (decides the revision of its readings); default: the store's clock. */
  readonly receivedMs?: number;
  /**
   * For work of validation: the revision each of `readings` had when they were worked out of what is
   * stored, 0 where there was none. A reading that has another one by now is left alone and counted as stale.
   */
  readonly basis?: Uint32Array;
  readonly readings?: ReadingBatch;
  readonly frames?: readonly Frame[];
  readonly rejections?: readonly Rejection[];
  readonly unregistered?: readonly UnregisteredReading[];
  readonly events?: readonly MeterEvent[];
  readonly stated?: readonly StatedQuality[];
}

/** What became of the readings of a commit. */
export interface CommitOutcome {
  /** Stored: new readings and corrections. */
  readonly stored: number;
  /** Of the stored, those that replaced an earlier version. */
  readonly corrections: number;
  /** Already stored, or known and put aside: nothing was done. */
  readonly repeats: number;
  /** What they were worked out of has changed since (see `Commit.basis`): nothing was done. */
  readonly stale: number;
}

/**
 * Where a commit goes. The promise resolves only after everything in it is fsynced, with the outcome where
 * the sink knows it.
 */
export interface CommitSink {
  // biome-ignore lint/suspicious/noConfusingVoidType: a sink that counts nothing is a sink
  commit(work: Commit): Promise<CommitOutcome | void>;
}
