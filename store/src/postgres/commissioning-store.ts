/** What the registry keeps of commissioning and of lists of meters. Scoped callers see none of it. */
import type {
  AccessContext,
  BulkJobState,
  CommissioningFinding,
  CommissioningRecord,
  CommissioningState,
  Commodity,
} from '@openami/model';
import type { ListQuery, MeterState, Page } from './types.ts';

type Ctx = AccessContext;

/** A meter that is on its way, with what the registry knows of it. Times are seconds since 1970. */
export interface CommissioningMeter {
  readonly meterId: number;
  readonly serial: string;
  readonly addresses: readonly string[];
  readonly commodity: Commodity;
  readonly state: MeterState;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Null: it was not looked at yet. */
  readonly record: CommissioningRecord | null;
  readonly findings: readonly CommissioningFinding[];
  /** 0: there is no record. */
  readonly version: number;
  /** When the first of its keys that are kept came. */
  readonly keyedS: number | null;
  /** Whether a session proved one of them. */
  readonly isProven: boolean;
  readonly hasWmbusKey: boolean;
  readonly hasLorawanKey: boolean;
  readonly hasEndpoint: boolean;
  readonly installedS: number | null;
}

export interface CommissioningChange {
  readonly meterId: number;
  readonly record: CommissioningRecord;
  readonly findings: readonly CommissioningFinding[];
  /** The version it was made of; 0 for none. */
  readonly version: number;
}

export interface CommissioningItem {
  readonly id: number;
  readonly serial: string;
  readonly commodity: Commodity;
  readonly manufacturer: string;
  readonly model: string;
  readonly usagePointCode: string | null;
  readonly address: string | null;
  readonly state: CommissioningState;
  readonly since: Date;
  readonly record: CommissioningRecord;
  readonly findings: readonly CommissioningFinding[];
  readonly late: boolean;
}

export interface CommissioningQuery extends ListQuery {
  readonly state?: CommissioningState;
  readonly late?: boolean;
  /** Code of what is missing first. */
  readonly finding?: string;
}

export interface CommissioningCount {
  readonly state: CommissioningState;
  readonly count: number;
  readonly late: number;
}

export interface CommissioningRepository {
  /** Meters that are not at an end, or whose end their registered state has overtaken, in order of ids. */
  open(ctx: Ctx, afterMeterId: number, limit: number): Promise<CommissioningMeter[]>;
  /** The same of these meters, whatever their state. */
  ofMeters(ctx: Ctx, meterIds: readonly number[]): Promise<CommissioningMeter[]>;
  /**
   * Keeps what has changed since the version it was made of; who lost to another change is looked at again
   * the next time. How many were kept. Not in the audit trail: the program sees, it does not decide.
   */
  save(ctx: Ctx, changes: readonly CommissioningChange[]): Promise<number>;
  /**
   * As `save`, for what a person decided: all or none, one audit record for all. Raises VERSION_CONFLICT.
   */
  decide(
    ctx: Ctx,
    changes: readonly CommissioningChange[],
    noted: { kind: string; reason: string },
  ): Promise<void>;
  list(ctx: Ctx, query?: CommissioningQuery): Promise<Page<CommissioningItem>>;
  counts(ctx: Ctx): Promise<CommissioningCount[]>;
}

export interface BulkJob {
  readonly id: number;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly state: BulkJobState;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly error: { readonly code: string; readonly detail: string; readonly hint: string } | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Sealed, or failed before it came to that. */
export interface NewBulkRow {
  readonly line: number;
  readonly sealed: { readonly wrapped: Uint8Array; readonly wrappingKey: string } | null;
  readonly code: string;
  readonly detail: string;
}

export interface WaitingBulkRow {
  readonly line: number;
  readonly wrapped: Uint8Array;
  readonly wrappingKey: string;
}

export interface BulkOutcome {
  readonly line: number;
  readonly name: string;
  /** Empty: it is done. */
  readonly code: string;
  readonly detail: string;
}

export interface BulkJobRepository {
  create(ctx: Ctx, job: Pick<BulkJob, 'name' | 'options'>): Promise<BulkJob>;
  addRows(ctx: Ctx, id: number, rows: readonly NewBulkRow[]): Promise<void>;
  /** Raises NOT_FOUND. */
  get(ctx: Ctx, id: number): Promise<BulkJob>;
  /** The newest first. */
  list(ctx: Ctx, query?: ListQuery): Promise<Page<BulkJob>>;
  /**
   * Changes state when it is one of `from`, else raises IMPORT_STATE. A resumed job tries failed rows again.
   */
  transition(
    ctx: Ctx,
    id: number,
    from: readonly BulkJobState[],
    to: BulkJobState,
    error?: BulkJob['error'],
  ): Promise<BulkJob>;
  /** Takes the oldest queued job; undefined when there is none. */
  claim(ctx: Ctx): Promise<BulkJob | undefined>;
  /** What a process that died left: `running` is queued again, `loading` failed with the error. */
  requeue(ctx: Ctx, unloaded: NonNullable<BulkJob['error']>): Promise<void>;
  /** Rows that wait, in order, for the purpose `keys` alone. */
  waiting(ctx: Ctx, id: number, limit: number): Promise<WaitingBulkRow[]>;
  /** Notes what became of rows, destroys those that are done, counts; gives the job as it is then. */
  settle(ctx: Ctx, id: number, outcomes: readonly BulkOutcome[]): Promise<BulkJob>;
  /** Rows that failed after `line`, in order. */
  failedRows(ctx: Ctx, id: number, afterLine: number, limit: number): Promise<BulkOutcome[]>;
  /** Destroys what is sealed of jobs that ended before `before`; how many rows. */
  forget(ctx: Ctx, before: Date): Promise<number>;
}
