/** How much the writer takes on at a time, and what it tells of itself. */

export interface WriterLimits {
  /** Items (readings and evidence) that may wait; more is refused with QUEUE_FULL. */
  readonly queueRows: number;
  /** Bytes that may wait. */
  readonly queueBytes: number;
  /** Items gathered into one group at most (a larger single commit is a group of its own). */
  readonly groupRows: number;
  readonly groupBytes: number;
  /** Shortest time between two group starts under steady load. */
  readonly gatherMs: number;
  /** A second group may fly beside the first when so many items wait. */
  readonly overlapRows: number;
  /** A group that could not be stored for so long fails with STORE_TIMEOUT. */
  readonly giveUpMs: number;
}

export const defaultWriterLimits: WriterLimits = {
  queueRows: 4_000_000,
  queueBytes: 256 * 2 ** 20,
  groupRows: 1_000_000,
  groupBytes: 64 * 2 ** 20,
  gatherMs: 25,
  overlapRows: 200_000,
  giveUpMs: 60_000,
};

export interface WriterStats {
  /** Readings stored a second over the last five seconds (stored or recognised as repeats). */
  readonly readingsPerSecond: number;
  readonly stored: number;
  readonly repeats: number;
  readonly corrections: number;
  readonly commits: number;
  readonly failedCommits: number;
  readonly groups: number;
  readonly retries: number;
  /** Items and bytes waiting or under way. */
  readonly queuedRows: number;
  readonly queuedBytes: number;
}
