/**
 * What is gathered about a disputed bill when the case is opened, and kept as it was then. Plain values, so
 * that they can be stored as JSON and judged again. Money and quantities are exact decimal text.
 */

export const disputeReasons = [
  'high-bill',
  'estimated',
  'wrong-meter',
  'wrong-tariff',
  'wrong-period',
  'other',
] as const;
export type DisputeReason = (typeof disputeReasons)[number];

/** A bill in short, to hold another against it. */
export interface ComparedBill {
  readonly id: number;
  /** UTC, ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly usage: string;
  readonly total: string;
  readonly tariffVersions: readonly string[];
}

/** An edit of readings of the period: who, when, why, and by how much the sum changed. */
export interface EditFact {
  readonly id: number;
  readonly action: string;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  readonly from: string;
  readonly to: string;
  /** In the unit of the bill; negative for less. */
  readonly change: string;
}

export interface ExceptionFact {
  readonly id: number;
  readonly rule: string;
  readonly severity: 'info' | 'suspect' | 'fail';
  readonly day: string;
  readonly state: string;
  readonly note: string;
}

/** A meter at the usage point; `until` null while it is there. */
export interface InstallationFact {
  readonly meterId: number;
  readonly serial: string;
  readonly role: string;
  readonly from: string;
  readonly until: string | null;
}

export interface EventFact {
  readonly serial: string;
  readonly at: string;
  readonly kind: 'power' | 'tamper' | 'clock' | 'other';
  readonly severity: 'info' | 'warning' | 'critical';
  readonly words: string;
}

/** What a register moved and what the intervals of the same time add up to, in the unit of the bill. */
export interface RegisterFact {
  readonly serial: string;
  readonly from: string;
  readonly to: string;
  readonly register: string;
  readonly intervals: string;
}

/** A reading behind one of the largest lines, and the messages of the second it was received in. */
export interface FrameFact {
  readonly line: string;
  readonly end: string;
  readonly value: string;
  readonly quality: string;
  readonly frames: readonly {
    readonly receivedAt: string;
    readonly source: string;
    readonly device: string;
  }[];
}

/** Use a day by day of the week, Monday first; null where there is none. */
export interface WeekPattern {
  readonly now: readonly (number | null)[];
  readonly yearAgo: readonly (number | null)[];
}

export interface DisputeFacts {
  readonly reason: DisputeReason;
  readonly unit: string;
  readonly currency: string;
  /** IANA zone of the usage point. */
  readonly zone: string;
  readonly bill: ComparedBill & {
    readonly expected: number;
    readonly present: number;
    readonly estimated: number;
    readonly edited: number;
    /** Intervals of which there is a newer revision than was billed. */
    readonly changedSince: number;
    /** Made again from what is kept, it has the same lines. */
    readonly repeats: boolean;
  };
  readonly lastPeriod: ComparedBill | null;
  readonly lastYear: ComparedBill | null;
  readonly edits: readonly EditFact[];
  readonly exceptions: readonly ExceptionFact[];
  readonly installations: readonly InstallationFact[];
  readonly events: readonly EventFact[];
  readonly registers: readonly RegisterFact[];
  readonly frames: readonly FrameFact[];
  /** The largest deviation of the meter's clock that was seen; null where nobody looked. */
  readonly clockDriftS: number | null;
  readonly week: WeekPattern;
  /** Another meter that measures the same, over the period. */
  readonly check: { readonly serial: string; readonly usage: string; readonly ownUsage: string } | null;
  /** What the agreement has now for the period, by tariff and local date. */
  readonly tariff: { readonly billed: readonly string[]; readonly assigned: readonly string[] };
  readonly agreement: { readonly from: string; readonly until: string | null };
}
