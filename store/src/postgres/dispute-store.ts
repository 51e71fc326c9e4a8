/** What the registry keeps of disputes, and of entries of accounts on bills. Money is exact decimal text. */
import type { AccessContext } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export type DisputeState = 'open' | 'looking' | 'answered' | 'closed';
export type DisputeOutcome = 'upheld' | 'partly' | 'corrected' | 'withdrawn';

export interface DisputeInput {
  readonly key: string;
  readonly accountId: number;
  readonly agreementId: number;
  readonly usagePointId: number;
  readonly billId: number | null;
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly reason: string;
  readonly words: string;
  readonly via: 'operator' | 'customer';
  readonly amount: string;
  readonly currency: string;
  readonly dunningHeld: boolean;
  readonly dueAt: Date;
  readonly remindAt: Date;
  readonly suggests: string;
  /** JSON text. */
  readonly evidence: string;
}

export interface DisputeSummary extends Omit<DisputeInput, 'key' | 'evidence'> {
  readonly id: number;
  readonly account: string;
  readonly customer: string;
  readonly agreement: string;
  readonly usagePoint: string;
  readonly state: DisputeState;
  readonly outcome: DisputeOutcome | null;
  readonly answer: string;
  readonly remindedAt: Date | null;
  readonly assignedTo: string;
  readonly rebillRunId: number | null;
  readonly openedBy: string;
  readonly openedAt: Date;
  readonly answeredAt: Date | null;
  readonly closedAt: Date | null;
  readonly version: number;
}

export interface DisputeEntry {
  readonly id: number;
  readonly at: Date;
  readonly by: string;
  readonly kind: 'note' | 'move' | 'reminder' | 'rebill' | 'credit';
  readonly words: string;
}

export interface DisputeRecord extends DisputeSummary {
  /** As the server wrote it. */
  readonly evidence: unknown;
  /** Oldest first. */
  readonly entries: readonly DisputeEntry[];
}

export interface DisputeQuery extends ListQuery {
  readonly state?: DisputeState;
  /** Only those that nobody answered. */
  readonly unanswered?: boolean;
  readonly account?: string;
  readonly bill?: number;
}

/** What a move of a case changes besides its state. */
export interface DisputePatch {
  /** Null takes it back. */
  readonly outcome?: DisputeOutcome | null;
  readonly answer?: string;
  readonly assignedTo?: string;
  readonly dunningHeld?: boolean;
}

export interface DisputeRepository {
  /** Stored, or the one the same caller stored under the same key. Raises DISPUTE_OPEN. */
  create(ctx: Ctx, input: DisputeInput): Promise<{ dispute: DisputeRecord; created: boolean }>;
  /** Raises NOT_FOUND. */
  get(ctx: Ctx, id: number): Promise<DisputeRecord>;
  /** The ones to be answered first come first, the others after them, the newest first. */
  list(ctx: Ctx, query?: DisputeQuery): Promise<Page<DisputeSummary>>;
  /** Cases by state, and of those to be answered how many are late at `at`. */
  counts(ctx: Ctx, at: Date): Promise<Readonly<Record<DisputeState | 'late', number>>>;
  /** Changes state where it is one of `from`, and says so. Raises DISPUTE_STATE, VERSION_CONFLICT. */
  move(
    ctx: Ctx,
    id: number,
    from: readonly DisputeState[],
    to: DisputeState,
    patch: DisputePatch & { readonly words: string; readonly ifVersion?: number },
  ): Promise<DisputeRecord>;
  /** Adds to a case that is not closed. Raises DISPUTE_STATE. */
  note(ctx: Ctx, id: number, words: string): Promise<DisputeRecord>;
  /** Links the run that makes the bill anew. */
  link(ctx: Ctx, id: number, runId: number): Promise<DisputeRecord>;
  /** Notes that cases are to be answered soon, once each; returns them. At most 1,000. */
  remind(ctx: Ctx, at: Date): Promise<readonly number[]>;
}

export type AccountEntryKind =
  | 'goodwill'
  | 'deposit'
  | 'deposit-interest'
  | 'deposit-refund'
  | 'budget'
  | 'true-up';

export interface AccountEntry {
  readonly id: number;
  readonly account: string;
  readonly kind: AccountEntryKind;
  /** Positive for what the customer owes. */
  readonly amount: string;
  readonly currency: string;
  readonly words: string;
  readonly state: 'pending' | 'approved' | 'refused' | 'billed';
  readonly disputeId: number | null;
  readonly depositId: number | null;
  readonly billId: number | null;
  readonly requestedBy: string;
  readonly createdAt: Date;
  readonly decidedBy: string;
  readonly decidedAt: Date | null;
}

export interface AccountEntryFilter extends ListQuery {
  readonly account?: string;
  readonly bill?: number;
  readonly dispute?: number;
  readonly state?: AccountEntry['state'];
}

export interface AccountEntryRepository {
  /** Newest first. */
  list(ctx: Ctx, query?: AccountEntryFilter): Promise<Page<AccountEntry>>;
  /** Those that stand on these bills, oldest first. */
  onBills(ctx: Ctx, bills: readonly number[]): Promise<AccountEntry[]>;
  /** Those that will stand on a bill that is not issued, oldest first. */
  toCome(ctx: Ctx, bill: number): Promise<AccountEntry[]>;
  /**
   * A credit of a case: approved at once while it and the others of the account in the last 30 days are at
   * most `limit`; above that it waits for another person. Raises DISPUTE_STATE, NOT_FOUND, CREDIT_ABOVE_BILL.
   */
  credit(
    ctx: Ctx,
    input: {
      readonly dispute: number;
      readonly amount: string;
      readonly words: string;
      readonly person: string;
      readonly limit: string;
    },
  ): Promise<AccountEntry>;
  /** A person who had no part in asking lets a pending entry through or refuses it. Raises ENTRY_DECIDED. */
  decide(ctx: Ctx, id: number, to: 'approved' | 'refused'): Promise<AccountEntry>;
}

export interface Deposit {
  readonly id: number;
  readonly account: string;
  readonly amount: string;
  readonly currency: string;
  readonly interestPercent: string;
  /** Local dates. */
  readonly takenOn: string;
  readonly refundedOn: string | null;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Of what it asks for, and of what it gives back. */
  readonly state: AccountEntry['state'];
  readonly refund: AccountEntry['state'] | null;
}

/** What a deposit of an account must fit. */
export interface DepositTerms {
  /** In which it pays. */
  readonly currencies: readonly string[];
  /** Null where it has no agreement. */
  readonly zone: string | null;
  /** It has an agreement on the day. */
  readonly holds: boolean;
}

export interface DepositRepository {
  /** Newest first. */
  list(ctx: Ctx, query?: ListQuery & { readonly account?: string }): Promise<Page<Deposit>>;
  get(ctx: Ctx, id: number): Promise<Deposit>;
  /** What it must fit on a local date. Raises NOT_FOUND. */
  terms(ctx: Ctx, account: string, day: string): Promise<DepositTerms>;
  /**
   * Asked for on the next bill of the account; above `limit`, with others of the last 30 days, once another
   * person agreed. Raises NOT_FOUND.
   */
  take(
    ctx: Ctx,
    input: Pick<Deposit, 'account' | 'amount' | 'currency' | 'interestPercent' | 'takenOn' | 'reason'> & {
      readonly person: string;
      readonly limit: string;
    },
  ): Promise<Deposit>;
  /**
   * Given back with interest on the next bill, once another person agreed. Raises DEPOSIT_REFUNDED,
   * DEPOSIT_UNBILLED.
   */
  refund(
    ctx: Ctx,
    id: number,
    asked: { readonly on: string; readonly interest: string; readonly person: string },
  ): Promise<Deposit>;
}

export interface BudgetPlan {
  readonly id: number;
  readonly account: string;
  readonly agreement: string;
  readonly amount: string;
  readonly currency: string;
  readonly fromDay: string;
  readonly bills: number;
  readonly ended: boolean;
  readonly settled: boolean;
  /** Bills that have an entry of it, and what those add up to. */
  readonly billed: number;
  readonly deferred: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** An issued bill of a plan that has no entry yet. */
export interface BudgetDue {
  readonly planId: number;
  readonly accountId: number;
  readonly amount: string;
  readonly currency: string;
  readonly billId: number;
  readonly total: string;
  /** Of a bill in another's place: what that one came to. */
  readonly replacedTotal: string | null;
  readonly isLast: boolean;
  /** Entries of the plan so far. */
  readonly before: string;
}

export interface BudgetRepository {
  /** Newest first. */
  list(ctx: Ctx, query?: ListQuery & { readonly account?: string }): Promise<Page<BudgetPlan>>;
  /** Raises NOT_FOUND, ALREADY_EXISTS where the agreement has a plan that is not settled. */
  create(
    ctx: Ctx,
    input: Pick<BudgetPlan, 'agreement' | 'amount' | 'currency' | 'fromDay' | 'bills'>,
  ): Promise<BudgetPlan>;
  /** The next bill settles it. Raises NOT_FOUND. */
  end(ctx: Ctx, id: number): Promise<BudgetPlan>;
  /** Bills of a run that wait for their entry: one a plan, so that each sees those before it. */
  due(ctx: Ctx, runId: number): Promise<BudgetDue[]>;
  put(
    ctx: Ctx,
    entries: readonly {
      readonly due: BudgetDue;
      readonly kind: 'budget' | 'true-up';
      readonly amount: string;
      readonly words: string;
    }[],
  ): Promise<void>;
}
