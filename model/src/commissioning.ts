/** Commissioning: words for where a meter stands between its delivery and its first day of readings. */

/** What is reached one after the other; the last is the first full day of readings. */
export const commissioningMarks = [
  'delivered',
  'keyed',
  'installed',
  'heard',
  'reading',
  'complete',
] as const;
export type CommissioningMark = (typeof commissioningMarks)[number];

export const commissioningStates = [
  'delivered',
  'keyed',
  'installed',
  'heard',
  'reading',
  'commissioned',
  'failed',
  'decommissioned',
] as const;
export type CommissioningState = (typeof commissioningStates)[number];

/** What a person may decide. */
export const commissioningDecisions = ['give-up', 'commission', 'retry', 'decommission'] as const;
export type CommissioningDecision = (typeof commissioningDecisions)[number];

export interface CommissioningRecord {
  readonly state: CommissioningState;
  /** When the state was reached, seconds since 1970; never goes back. */
  readonly sinceS: number;
  /** From when it is counted how long the next mark is waited for: `sinceS`, or the last retry. */
  readonly waitS: number;
  /** When each mark was reached, seconds since 1970. */
  readonly marks: Readonly<Partial<Record<CommissioningMark, number>>>;
  /** Code of what is proven wrong (a key, the register); empty for nothing. */
  readonly fault: string;
  /** What a person decided, until another decision takes its place. */
  readonly decision: {
    readonly kind: Exclude<CommissioningDecision, 'retry'>;
    readonly reason: string;
    readonly by: string;
    readonly atS: number;
  } | null;
  /** Taken out of use, as its registered state says. */
  readonly isRemoved: boolean;
}

/** What is missing, by code; its hint is in the list of errors. */
export interface CommissioningFinding {
  readonly code: string;
  readonly detail: string;
  /** It waits for longer than the demands allow. */
  readonly isLate: boolean;
}

/** Of a list of meters that is worked on. `loading`: its rows are still coming in. */
export const bulkJobStates = ['loading', 'queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type BulkJobState = (typeof bulkJobStates)[number];
