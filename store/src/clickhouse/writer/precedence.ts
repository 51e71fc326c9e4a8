/**
 * Which of two versions of a reading holds, when one is stored and another arrives.
 *
 *   arrives             stored                                       becomes
 *   the same            the same                                     repeat: nothing is done
 *   measured            the same count, judged by validation         repeat: its quality was judged already
 *   measured            an estimate or an edit of this very count    repeat: it is known and was put aside
 *   measured            an estimate                                  replaced: what was measured is better
 *   measured            an edit                                      kept in the history; the edit stands
 *   nothing (missing)   anything                                     repeat: it takes nothing away
 *   work of validation  changed since validation looked              stale: validation looks again
 *   anything else       anything                                     replaced: the newest holds
 *
 * "Measured" is raw, or raw that passed validation on its way in.
 */
import { judgementReasons, Quality, Reason } from '@openami/model';

/** One version of a reading. */
export interface Judged {
  readonly value: number;
  readonly resolution: number;
  readonly quality: number;
  readonly flags: number;
}

export type Verdict = 'repeat' | 'replace' | 'underEdit' | 'stale';

/** Reasons that tell how a reading arrived, not what it says: a repeat that comes late is still a repeat. */
const arrival = Reason.late | Reason.duplicate;

/**
 * `before` is stored since `revision`; `measured` is the newest measured version in the history, where
 * `needsMeasured` says it matters. `basis` is the revision that validation had seen, for its own work.
 */
export function judge(
  arriving: Judged,
  before: Judged & { readonly revision: number },
  measured?: Judged,
  basis?: number,
): Verdict {
  if (same(arriving, before, arrival)) return 'repeat';
  if (basis !== undefined) return before.revision === basis ? 'replace' : 'stale';
  if (arriving.quality === Quality.missing) return 'repeat';
  if (!isMeasured(arriving.quality)) return 'replace';
  if (isJudged(before.quality)) return saysNothingNew(arriving, before) ? 'repeat' : 'replace';
  if (!isPutAside(before.quality)) return 'replace';
  if (measured !== undefined && saysNothingNew(arriving, measured)) return 'repeat';
  return before.quality === Quality.edited ? 'underEdit' : 'replace';
}

/** True when `judge` wants to know what was measured before. */
export function needsMeasured(arriving: Judged, before: Judged, basis?: number): boolean {
  return basis === undefined && isMeasured(arriving.quality) && isPutAside(before.quality);
}

/** Raw, or raw that passed validation on its way in. */
export function isMeasured(quality: number): boolean {
  return quality === Quality.raw || quality === Quality.valid;
}

/** What was measured, with the judgement of validation or of a person. */
function isJudged(quality: number): boolean {
  return isMeasured(quality) || quality === Quality.verified || quality === Quality.questionable;
}

/** What stands in the place of something measured. */
function isPutAside(quality: number): boolean {
  return quality === Quality.estimated || quality === Quality.edited;
}

/** The same count, and no reason of the meter's own that was not known. */
function saysNothingNew(arriving: Judged, known: Judged): boolean {
  const news = arriving.flags & ~known.flags & ~(arrival | judgementReasons);
  return arriving.value === known.value && arriving.resolution === known.resolution && news === 0;
}

function same(a: Judged, b: Judged, besides: number): boolean {
  return (
    a.value === b.value &&
    a.resolution === b.resolution &&
    a.quality === b.quality &&
    ((a.flags ^ b.flags) & ~besides) === 0
  );
}
