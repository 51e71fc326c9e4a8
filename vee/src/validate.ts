/**
 * Runs rules: over batches as they come in, over days when they close, over billing periods.
 */
import type { ReadingBatch } from '@openami/model';
import type { Collection, DayContext, PeriodContext } from './context.ts';
import { DayDigest } from './digest.ts';
import type { ChannelFacts } from './facts.ts';
import type { Findings } from './finding.ts';
import type { Selection } from './rule-set.ts';
import type { ChannelStatistics } from './statistics.ts';

/** What ingest knows of a channel. */
export interface ChannelState {
  readonly facts: ChannelFacts;
  readonly selection: Selection;
  readonly statistics?: ChannelStatistics;
}

/** State of a channel id; undefined for one that is not validated. */
export type StateOf = (channel: number) => ChannelState | undefined;

/** Holds the scratch memory of the rules; one a worker. */
export class Validator {
  /** What the last `validateDay` found in one pass; good until the next call. */
  readonly digest = new DayDigest();

  /**
   * Ingest-stage rules over a batch, in place: raw readings become valid, or questionable with the
   * reasons set. Findings hold rows of the batch.
   */
  validateBatch(
    _batch: ReadingBatch,
    _stateOf: StateOf,
    _nowS: number,
    _findings: Findings,
    _collection?: Collection,
  ): void {}

  /** Day-stage rules over one local day. Findings hold slots of the series; the series is not changed. */
  validateDay(_day: DayContext, _selection: Selection, _findings: Findings): void {}

  /** Period-stage rules. Findings hold days of the period. */
  validatePeriod(_period: PeriodContext, _selection: Selection, _findings: Findings): void {}
}

/**
 * Writes findings (rows from `since` on) into slots [from, to): raw becomes valid where nothing suspect
 * was found and questionable where it was; reasons are set. Values that people or estimates made, and
 * values verified, keep their state.
 */
export function markSlots(
  _quality: Uint8Array,
  _flags: Uint32Array,
  _from: number,
  _to: number,
  _findings: Findings,
  _since = 0,
): void {}
