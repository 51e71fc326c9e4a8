/**
 * What a link may carry: the whole head-end, a network segment, a concentrator. Each has slots (sessions
 * at once) and a token bucket (sessions started a second).
 *
 * A gate also watches its link. After `downAfter` failures in a row it halves its slots, and again after as
 * many more, down to one: the link is down, and is only probed, less and less often. One success opens it
 * again, doubling with each, so a segment that comes back works at full width a handful of sessions later.
 * Thus a dead segment with a hundred thousand overdue meters holds one slot, and its meters are not blamed
 * for it.
 *
 * Meters that failed before (retries) have a share of the slots. Where that is less than one, a slot is
 * lent to them by time: a retry runs up a debt of the time it took beyond its share, which sessions of other
 * meters pay off; while debt is left and others wait, no retry starts.
 */
import { TokenBucket } from '../token-bucket.ts';
import { collectErrors } from './errors.ts';

export interface LinkCapacity {
  /** Sessions at once. */
  readonly slots: number;
  /** Sessions started a second, on average; Infinity for no limit. */
  readonly perSecond: number;
  /** Sessions that may start at once after a pause. */
  readonly burst: number;
}

export interface CollectLimits {
  readonly global: LinkCapacity;
  /** Of a segment, where `segments` has no limits of its own. */
  readonly segment: LinkCapacity;
  readonly segments?: ReadonlyMap<number, LinkCapacity>;
  readonly concentrator: LinkCapacity;
  readonly concentrators?: ReadonlyMap<number, LinkCapacity>;
  /** Share of slots, above 0 to 1, for meters whose last session failed. */
  readonly retryShare: number;
  readonly health: LinkHealth;
}

export interface LinkHealth {
  /** Failures in a row after which a link loses half of its slots. */
  readonly downAfter: number;
  /** Pause between probes of a link that is down: doubles from the first to the second. */
  readonly probeMs: number;
  readonly maxProbeMs: number;
}

export const defaultCollectLimits: CollectLimits = {
  global: { slots: 1_000, perSecond: 1_000, burst: 1_000 },
  segment: { slots: 100, perSecond: 100, burst: 100 },
  concentrator: { slots: 2, perSecond: 5, burst: 5 },
  retryShare: 0.2,
  health: { downAfter: 8, probeMs: 10_000, maxProbeMs: 300_000 },
};

/** Of meters that are reached without a concentrator. */
export const unlimited: LinkCapacity = { slots: 0x7fff_ffff, perSecond: Number.POSITIVE_INFINITY, burst: 1 };

/** Raises COLLECT_LIMIT_INVALID. */
export function checkLimits(limits: CollectLimits): void {
  const links = [
    limits.global,
    limits.segment,
    limits.concentrator,
    ...(limits.segments?.values() ?? []),
    ...(limits.concentrators?.values() ?? []),
  ];
  const { retryShare, health } = limits;
  for (const { slots, perSecond, burst } of links) {
    const good = Number.isInteger(slots) && slots >= 1 && perSecond > 0 && burst >= 1;
    if (!good) throw collectErrors.COLLECT_LIMIT_INVALID(`${slots} slots, ${perSecond}/s, burst ${burst}`);
  }
  if (!(retryShare > 0 && retryShare <= 1)) throw collectErrors.COLLECT_LIMIT_INVALID(`share ${retryShare}`);
  const { downAfter, probeMs, maxProbeMs } = health;
  if (!(Number.isInteger(downAfter) && downAfter >= 1 && probeMs > 0 && maxProbeMs >= probeMs)) {
    throw collectErrors.COLLECT_LIMIT_INVALID(
      `down after ${downAfter}, probes ${probeMs} to ${maxProbeMs} ms`,
    );
  }
}

/** Meters that did not fail last time, and those that did. */
export type Lane = 0 | 1;
export const freshLane = 0;
export const retryLane = 1;

/** Debt that is remembered at most, so that one endless session is forgiven in the end. */
const maxDebtMs = 600_000;

export class LinkGate {
  readonly #slots: number;
  readonly #share: number;
  readonly #health: LinkHealth;
  readonly #bucket: TokenBucket;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #pauseMs: number;
  #debtMs = 0;
  /** Slots in use, in all and by retries. */
  running = 0;
  retrying = 0;
  /** Slots that may be used as the link is now. */
  slotsNow: number;
  /** Failures since the last success. */
  failures = 0;

  constructor(limits: LinkCapacity, retryShare: number, health: LinkHealth) {
    this.#slots = limits.slots;
    this.#share = retryShare;
    this.#health = health;
    this.#bucket = new TokenBucket(limits.perSecond, limits.burst);
    this.#pauseMs = health.probeMs;
    this.slotsNow = limits.slots;
  }

  get down(): boolean {
    return this.failures >= this.#health.downAfter && this.slotsNow === 1;
  }

  /** Whether slots are left for a lane; `freshWaits`: meters of the fresh lane could start here too. */
  hasSlot(lane: Lane, freshWaits: boolean): boolean {
    if (this.running >= this.slotsNow) return false;
    if (lane === freshLane) return true;
    const lent = Math.floor(this.slotsNow * this.#share);
    if (lent >= 1) return this.retrying < lent;
    return this.retrying === 0 && (this.#debtMs <= 0 || !freshWaits);
  }

  /** When time alone lets a session start; now, or earlier, when it does already. */
  openMs(nowMs: number): number {
    return Math.max(this.#bucket.readyMs(nowMs), this.#pausedUntilMs);
  }

  start(lane: Lane, nowMs: number): void {
    this.#bucket.take(nowMs);
    this.running += 1;
    if (lane === retryLane) this.retrying += 1;
  }

  end(lane: Lane, tookMs: number): void {
    this.running -= 1;
    if (lane === retryLane) {
      this.retrying -= 1;
      this.#debtMs = Math.min(maxDebtMs, this.#debtMs + tookMs * (1 - this.#share));
    } else this.#debtMs = Math.max(0, this.#debtMs - tookMs * this.#share);
  }

  succeeded(): void {
    this.failures = 0;
    this.slotsNow = Math.min(this.#slots, this.slotsNow * 2);
    this.#pauseMs = this.#health.probeMs;
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** The link failed, not the meter behind it. */
  failed(nowMs: number): void {
    this.failures += 1;
    if (this.failures % this.#health.downAfter === 0) this.slotsNow = Math.max(1, this.slotsNow >>> 1);
    if (!this.down) return;
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(this.#health.maxProbeMs, this.#pauseMs * 2);
  }
}
