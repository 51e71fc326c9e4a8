/** What the registry keeps for billing, as its users see it. Money and quantities are exact decimal text. */
import type { AccessContext, Commodity } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export interface BillCycle {
  readonly name: string;
  readonly dayOfMonth: number;
  readonly accounts: number;
}

export interface BillCycleRepository {
  list(ctx: Ctx): Promise<BillCycle[]>;
  /** Makes a cycle or moves its day. Raises BILL_CYCLE_PREPAY. */
  put(ctx: Ctx, cycle: Pick<BillCycle, 'name' | 'dayOfMonth'>): Promise<BillCycle>;
  /** The accounts are billed by it from now on. Raises NOT_FOUND for one that is none, BILL_CYCLE_PREPAY. */
  assign(ctx: Ctx, name: string, accounts: readonly string[]): Promise<number>;
}

/** A channel of a meter that is or was at a usage point; epoch seconds. */
export interface BilledChannel {
  readonly channelId: number;
  readonly meterId: number;
  readonly serial: string;
  readonly role: string;
  readonly readingType: string;
  readonly intervalS: number;
  readonly resolution: number;
  readonly unit: string;
  readonly digits: number | null;
  readonly obis: string;
  /** Between what the meter shows and what flows: exact decimal. */
  readonly multiplier: string;
  readonly virtual: boolean;
  readonly fromS: number;
  readonly untilS: number | null;
}

/** An agreement with all that a bill of it needs. */
export interface BilledAgreement {
  readonly id: number;
  readonly code: string;
  readonly accountId: number;
  readonly account: string;
  readonly usagePointId: number;
  readonly usagePoint: string;
  readonly zone: string;
  readonly commodity: Commodity;
  readonly serviceClass: string;
  /** Its cycles begin on this day of a month; 1 for the calendar month. */
  readonly anchorDay: number;
  readonly fromS: number;
  readonly untilS: number | null;
  /** In order of time. */
  readonly tariffs: readonly {
    readonly tariff: string;
    readonly validFrom: string;
    readonly validUntil: string | null;
    readonly persons: number;
  }[];
  readonly channels: readonly BilledChannel[];
}

export interface BilledQuery {
  /** Local dates [from, to). */
  readonly from: string;
  readonly to: string;
  /** Empty: those billed by the calendar month; undefined: whatever their cycle. */
  readonly cycle?: string;
  readonly accounts?: readonly string[];
  readonly agreements?: readonly number[];
  readonly codes?: readonly string[];
  readonly commodity?: Commodity;
  readonly serviceClass?: string;
  /** Those that have this tariff on some day before `to` and from `from` on. */
  readonly tariff?: string;
}

export interface BillingFactsRepository {
  /** Ids of agreements, ascending, those behind `after`. */
  ids(ctx: Ctx, query: BilledQuery, after?: number): Promise<readonly number[]>;
  /** Those of the ids that are in scope, in order of ids. A thousand at most. */
  of(ctx: Ctx, ids: readonly number[]): Promise<BilledAgreement[]>;
}

export type BillRunState =
  | 'draft'
  | 'calculating'
  | 'calculated'
  | 'approved'
  | 'issuing'
  | 'issued'
  | 'cancelled'
  | 'failed';

export interface BillRunInput {
  readonly key: string;
  readonly kind: 'cycle' | 'rebill';
  readonly cycle: string;
  readonly fromDay: string;
  readonly toDay: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly accounts: readonly string[] | null;
  /** Only agreements with this tariff, or at usage points of this service class. */
  readonly tariff?: string | null;
  readonly serviceClass?: string | null;
  readonly replaces: number | null;
  readonly reason: string;
  readonly requestedPerson: string;
}

export interface BillRun extends BillRunInput {
  readonly id: number;
  readonly state: BillRunState;
  readonly revision: number;
  readonly agreements: number;
  readonly done: number;
  readonly position: number;
  readonly error: { readonly code: string; readonly detail: string; readonly hint: string } | null;
  readonly requestedBy: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly approvedBy: string;
  readonly approvedAt: Date | null;
  readonly issuedAt: Date | null;
  readonly version: number;
}

export interface RunFigures {
  readonly counts: Readonly<Record<string, number>>;
  readonly holds: Readonly<Record<string, number>>;
  /** Held bills with a total by all that each is held for, codes in order with commas between. */
  readonly releasable: Readonly<Record<string, number>>;
  /** Of the bills that are not held, by currency. */
  readonly totals: Readonly<Record<string, string>>;
  /** What will stand below totals once the run is issued: credits, deposits. */
  readonly entries: Readonly<Record<string, string>>;
}

export type BillRunPatch = Partial<
  Pick<BillRun, 'revision' | 'agreements' | 'done' | 'position' | 'error' | 'finishedAt' | 'issuedAt'>
>;

export interface BillRunRepository {
  /** Stored, or the one the same caller stored under the same key. */
  create(ctx: Ctx, input: BillRunInput): Promise<{ run: BillRun; created: boolean }>;
  get(ctx: Ctx, id: number): Promise<BillRun>;
  list(ctx: Ctx, query?: ListQuery & { state?: BillRunState }): Promise<Page<BillRun>>;
  figures(ctx: Ctx, id: number): Promise<RunFigures>;
  /** Changes state when it is one of `from`, and audits it; else raises BILL_RUN_STATE. */
  transition(
    ctx: Ctx,
    id: number,
    from: readonly BillRunState[],
    to: BillRunState,
    patch?: BillRunPatch,
  ): Promise<BillRun>;
  /**
   * Calculated → approved, by a person who had no part in asking; the bills that are not held go along,
   * those that are held are dropped and left to another run.
   * Raises BILL_RUN_DECIDED.
   */
  approve(ctx: Ctx, id: number): Promise<BillRun>;
  /** Every bill that is not issued is dropped. Raises BILL_RUN_STATE. */
  cancel(ctx: Ctx, id: number, reason: string): Promise<BillRun>;
  /**
   * Lets the held bills of a calculated run through that have a total and are held for none but these, in
   * order of ids: how many, and how many such bills are left behind the limit. Raises BILL_RUN_STATE.
   */
  release(
    ctx: Ctx,
    id: number,
    of: { readonly holds: readonly string[]; readonly limit: number },
    reason: string,
  ): Promise<{ readonly released: number; readonly left: number }>;
  /** The oldest run that has work to do: draft, calculating or issuing. */
  next(ctx: Ctx): Promise<BillRun | undefined>;
}

export type BillKind = 'bill' | 'rebill' | 'reversal';
export type BillState = 'held' | 'calculated' | 'approved' | 'issued' | 'replaced' | 'cancelled' | 'dropped';

export interface BillHoldRecord {
  readonly code: string;
  readonly message: string;
}

/** A bill as a run makes it. */
export interface BillInput {
  readonly kind: 'bill' | 'rebill';
  readonly state: 'held' | 'calculated';
  readonly accountId: number;
  readonly agreementId: number;
  readonly usagePointId: number;
  readonly tariff: string | null;
  /** Epoch seconds. */
  readonly fromS: number;
  readonly toS: number;
  readonly cycleFrom: string;
  readonly cycleTo: string;
  readonly total: string | null;
  readonly currency: string | null;
  readonly before: string | null;
  readonly usage: string | null;
  readonly unit: string | null;
  readonly estimatedShare: number;
  readonly holds: readonly BillHoldRecord[];
  /** JSON text; words it shares with other bills stand in the heads of its page. Null: it has no lines. */
  readonly content: string | null;
  /** JSON text; null: it leaves nothing to the next bill. */
  readonly carry: string | null;
  readonly replaces: number | null;
  readonly reason: string;
}

export interface BillSummary extends Omit<BillInput, 'content' | 'carry' | 'state' | 'kind'> {
  readonly id: number;
  readonly runId: number;
  readonly kind: BillKind;
  readonly state: BillState;
  readonly account: string;
  readonly customer: string;
  readonly agreement: string;
  readonly usagePoint: string;
  readonly commodity: Commodity;
  readonly revision: number;
  /** Its cycle is on prepay: what it comes to was taken from the customer's credit. */
  readonly prepaid: boolean;
  /** What is to be paid: the total unless prepaid, and entries of the account; exact decimal text. */
  readonly due: string | null;
  readonly replacedBy: number | null;
  /** Readings that are others now than those it was made of; 0 where nobody looked yet. */
  readonly changedReadings: number;
  /** Why a person let it through when it was held, who and when; empty and null where nobody did. */
  readonly releaseReason: string;
  readonly releasedBy: string;
  readonly releasedAt: Date | null;
  /** It started from what this bill left, or the one in its place, and that is not so any more. */
  readonly affectedBy: number | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly decidedBy: string;
  readonly issuedAt: Date | null;
}

/** Bills of a run that are stored together. */
export interface BillPage {
  readonly bills: readonly BillInput[];
  /** JSON text: what contents of these bills refer to. */
  readonly heads: string;
  /** How far the run is with them. */
  readonly position: number;
  readonly done: number;
}

export interface BillRecord extends BillSummary {
  /** As the server wrote it; null for bills without lines. */
  readonly content: unknown;
  /** Of its page; null where the content refers to none. */
  readonly heads: unknown;
  readonly carry: unknown;
}

export interface BillFilter extends ListQuery {
  readonly run?: number;
  readonly account?: string;
  readonly state?: BillState;
  readonly tariff?: string;
  readonly hold?: string;
  /** Only those that started from what is not so any more. */
  readonly affected?: boolean;
  /** Only those that hold and of whose readings some are others now. */
  readonly changed?: boolean;
  /** Of one agreement, by id. */
  readonly agreement?: number;
  /** Of these accounts, by id. */
  readonly accounts?: readonly number[];
  /** Those that were issued and hold, reversals left out: what the customer owes. */
  readonly standing?: boolean;
  /** Number of the batch in which it was handed over. */
  readonly batch?: number;
}

/** The bill before a cycle: what the next one starts from and is compared with. */
export interface BillBefore {
  readonly id: number;
  readonly state: 'calculated' | 'approved' | 'issued';
  readonly agreementId: number;
  /** Its end, UTC seconds: within the cycle that follows where the cycle of the account was changed. */
  readonly toS: number;
  readonly total: string;
  readonly currency: string;
  readonly carry: unknown;
}

export interface BillRepository {
  get(ctx: Ctx, id: number): Promise<BillRecord>;
  /** A bill that is issued and stands, and is no reversal. Raises BILL_STATE. */
  requireIssued(ctx: Ctx, id: number): Promise<BillRecord>;
  /** Newest first. */
  list(ctx: Ctx, query?: BillFilter): Promise<Page<BillSummary>>;
  /** With content, in order of ids, behind `after`: for exports. */
  scan(ctx: Ctx, query: BillFilter, after: number, limit: number): Promise<BillRecord[]>;
  /** The newest bill of each agreement that was not taken back, of a cycle that began before `day`. */
  before(ctx: Ctx, agreements: readonly number[], day: string): Promise<BillBefore[]>;
  /**
   * Stores bills of a run and notes how far it is, in one transaction. Bills that are there already, of this
   * or another run, are left alone. Returns how many were stored. Raises BILL_RUN_STATE when the run is not
   * calculating any more.
   */
  put(ctx: Ctx, run: BillRun, page: BillPage): Promise<number>;
  /** Held → calculated, by a person; raises BILL_STATE where it has no total or is not held. */
  release(ctx: Ctx, id: number, reason: string): Promise<BillRecord>;
  /** Approved bills of a run become issued, at most `limit`; rebills replace theirs. Returns how many. */
  issue(ctx: Ctx, runId: number, limit: number): Promise<number>;
  /** Issued bills of an agreement, no reversals, whose cycle begins on `day` or later, in order. */
  following(ctx: Ctx, agreementId: number, day: string): Promise<BillRecord[]>;
  /** Issued bills of a run that replace another or have others behind them. */
  overtaking(
    ctx: Ctx,
    runId: number,
  ): Promise<{ readonly agreementId: number; readonly cycleFrom: string }[]>;
  /** Notes of bills by which bill each is affected; null for none. Returns how many that changed. */
  markAffected(
    ctx: Ctx,
    marks: readonly { readonly id: number; readonly by: number | null }[],
  ): Promise<number>;
  /** Takes an issued bill back: a reversal stands beside it. Raises BILL_STATE. */
  cancel(ctx: Ctx, id: number, reason: string): Promise<BillRecord>;
}

/** How far changes of readings were followed to bills. */
export interface BillWatch {
  /** Revision up to which they were; it goes back to that of bills that are stored later. */
  readonly position: number;
  /** No bill has readings that end later. */
  readonly reachS: number;
}

/** Readings of a channel that changed: the first and last end, UTC seconds. */
export interface ChangedTime {
  readonly channel: number;
  readonly fromS: number;
  readonly toS: number;
}

/** Bills whose readings changed after they were made. */
export interface ChangedBillRepository {
  /** Undefined before there is a bill. */
  watch(ctx: Ctx): Promise<BillWatch | undefined>;
  /** Marks bills that may be made of what changed, to be counted. Returns how many. */
  mark(ctx: Ctx, spans: readonly ChangedTime[]): Promise<number>;
  /** Moves the position on, unless it was put back meanwhile. */
  followed(ctx: Ctx, from: number, to: number): Promise<boolean>;
  /** Some of the bills that are marked, with content. */
  marked(ctx: Ctx, limit: number): Promise<BillRecord[]>;
  /** Notes how many readings of each are others now; they are not marked any more. */
  counted(ctx: Ctx, counts: readonly { readonly id: number; readonly changed: number }[]): Promise<void>;
}
