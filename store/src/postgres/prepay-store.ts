/** What the registry keeps of prepay. Amounts are whole minor units of the currency beside them. */
import type { AccessContext, Commodity } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export interface PrepayPolicyRecord {
  readonly id: number;
  readonly code: string;
  readonly number: number;
  /** As it was written; whoever uses it checks it. */
  readonly document: unknown;
  readonly state: 'proposed' | 'approved' | 'withdrawn';
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedPerson: string;
  readonly requestedAt: Date;
  readonly decidedBy: string;
  readonly decidedAt: Date | null;
}

export interface PrepayPolicyRepository {
  /** Newest first, a thousand at most. */
  list(ctx: Ctx): Promise<PrepayPolicyRecord[]>;
  /** The newest approved version of each code. */
  inForce(ctx: Ctx): Promise<PrepayPolicyRecord[]>;
  /** Raises ALREADY_EXISTS where another of this code waits for a decision. */
  propose(
    ctx: Ctx,
    policy: Pick<PrepayPolicyRecord, 'code' | 'document' | 'reason' | 'requestedPerson'>,
  ): Promise<PrepayPolicyRecord>;
  get(ctx: Ctx, id: number): Promise<PrepayPolicyRecord>;
  /** Raises PREPAY_DECIDED where it waits no more, or the caller had a part in asking. */
  decide(ctx: Ctx, id: number, decision: 'approved' | 'withdrawn'): Promise<PrepayPolicyRecord>;
}

export type PrepayStateWord = 'in_credit' | 'low' | 'emergency' | 'out' | 'cut' | 'restoring';

/** What is kept between two looks: of the server, which alone reads it. */
export type PrepayRecord = Readonly<Record<string, unknown>>;

export interface PrepayAgreement {
  readonly agreementId: number;
  readonly agreement: string;
  readonly account: string;
  readonly customer: string;
  readonly usagePointId: number;
  readonly usagePoint: string;
  readonly zone: string;
  readonly commodity: Commodity;
  readonly policy: string;
  readonly currency: string;
  readonly validFrom: string;
  readonly validUntil: string | null;
  /** When the agreement itself ends: who moved out is no customer of the usage point any more. */
  readonly endsAt: Date | null;
  readonly state: PrepayStateWord;
  readonly since: Date;
  readonly protection: string;
  readonly protectedUntil: string | null;
  /** Mark of the usage point: critical, medical or nothing. */
  readonly supplyProtection: string;
  /** What the relay was last found to do: `connected`, `disconnected`, or another state. */
  readonly supply: string;
  /** Meter that is there now, and its serial. */
  readonly meterId: number | null;
  readonly serial: string | null;
  readonly dailyUse: number;
  readonly unitsPerMinor: number;
  readonly unit: string;
  readonly chargedThrough: Date | null;
  readonly record: PrepayRecord;
  readonly version: number;
  /** Sums of its entries by account of the ledger. */
  readonly balances: Readonly<Record<string, bigint>>;
  readonly dayOfMonth: number;
}

export interface PrepayEnrolment {
  readonly agreement: string;
  readonly policy: string;
  readonly currency: string;
  readonly validFrom: string;
}

export interface PrepayCandidate {
  /** Day of the month on which its cycles begin. */
  readonly dayOfMonth: number;
  /** Where the newest cycle that was billed ends; local date. */
  readonly billedUntil: string | null;
  /** The newest it was given. */
  readonly tariff: string | null;
}

export interface PrepayQuery extends ListQuery {
  readonly state?: PrepayStateWord;
  readonly policy?: string;
}

export type PrepayChange = Partial<
  Pick<
    PrepayAgreement,
    | ('state' | 'since' | 'dailyUse' | 'unitsPerMinor' | 'unit' | 'chargedThrough' | 'record')
    | ('protection' | 'protectedUntil' | 'validUntil' | 'policy')
  >
>;

export interface PrepayAgreementRepository {
  /** Newest first. */
  list(ctx: Ctx, query?: PrepayQuery): Promise<Page<PrepayAgreement>>;
  /** How many stand where, with what they have in all, by currency. */
  counts(
    ctx: Ctx,
  ): Promise<{ state: PrepayStateWord; currency: string; customers: number; balance: bigint }[]>;
  /** Raises NOT_FOUND. */
  get(ctx: Ctx, agreement: string): Promise<PrepayAgreement>;
  /** Those that a number of an account, or a code of an agreement, may pay for; two at most. */
  paying(ctx: Ctx, account: string): Promise<PrepayAgreement[]>;
  byIds(ctx: Ctx, ids: readonly number[]): Promise<PrepayAgreement[]>;
  /** Those to be looked at: the named first, then those due by `now`, and of them who paid first. */
  due(ctx: Ctx, now: Date, named: readonly number[], limit: number): Promise<PrepayAgreement[]>;
  /** Channels of meters at usage points of prepay agreements. */
  channels(ctx: Ctx): Promise<{ channelId: number; agreementId: number }[]>;
  /** What is known of an agreement that is to be put on prepay. Raises NOT_FOUND. */
  enrolment(ctx: Ctx, agreement: string): Promise<PrepayCandidate>;
  /** Raises NOT_FOUND, ALREADY_EXISTS. */
  enrol(ctx: Ctx, enrolment: PrepayEnrolment): Promise<PrepayAgreement>;
  /** Changed by people: audited. Raises NOT_FOUND, VERSION_CONFLICT. */
  change(
    ctx: Ctx,
    agreement: string,
    patch: PrepayChange,
    why: { readonly action: string; readonly reason: string },
    ifVersion?: number,
  ): Promise<PrepayAgreement>;
  /** The next step; undefined where somebody changed it meanwhile. `notices` are stored with it. */
  step(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    patch: PrepayChange & { readonly lookAt: Date },
    notices: readonly string[],
  ): Promise<PrepayAgreement | undefined>;
}

export interface PrepayCycle {
  readonly agreementId: number;
  readonly cycleFrom: string;
  readonly cycleTo: string;
  readonly charged: bigint;
  readonly tax: bigint;
  /** Exact decimal, in the unit of the tariff. */
  readonly usage: string;
  readonly through: Date;
  readonly revision: number;
  readonly carry: unknown;
  readonly billId: number | null;
  /** 0: it is new. */
  readonly version: number;
}

/** A posting that is to be stored. */
export interface PrepayPosting {
  readonly agreementId: number | null;
  readonly kind: string;
  readonly key: string;
  readonly currency: string;
  readonly cycleFrom?: string;
  readonly paymentId?: number;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly entries: Readonly<Record<string, bigint | undefined>>;
}

export interface PrepayTransaction {
  readonly id: number;
  readonly agreementId: number | null;
  readonly kind: string;
  readonly at: Date;
  readonly currency: string;
  readonly cycleFrom: string | null;
  readonly paymentId: number | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly createdBy: string;
  readonly entries: Readonly<Record<string, bigint>>;
}

/** A bill that closed a cycle. */
export interface PrepayBill {
  readonly id: number;
  readonly agreementId: number;
  readonly cycleFrom: string;
  readonly cycleTo: string;
  readonly total: string;
  readonly currency: string;
  readonly usage: string;
  readonly carry: unknown;
}

export interface PrepayLedgerRepository {
  cycles(ctx: Ctx, agreements: readonly number[]): Promise<PrepayCycle[]>;
  /** Bills that stand, of cycles that they have not closed yet. */
  newBills(ctx: Ctx, agreements: readonly number[]): Promise<PrepayBill[]>;
  /** Bills that stand, by cycle, with their totals. */
  bills(ctx: Ctx, agreement: number): Promise<Omit<PrepayBill, 'carry'>[]>;
  /**
   * What a cycle is charged by now, with the postings of the difference, in one transaction. False where the
   * cycle is another than it was made from.
   */
  charge(ctx: Ctx, cycle: PrepayCycle, postings: readonly PrepayPosting[]): Promise<boolean>;
  /** Posts once: false where it is there already. The agreement is looked at next. */
  post(ctx: Ctx, posting: PrepayPosting, action: string): Promise<boolean>;
  /**
   * Posts a debt back that was taken over and of which nothing is paid off. Raises NOT_FOUND, TAKE_BACK.
   */
  takeBackDebt(
    ctx: Ctx,
    agreementId: number,
    id: number,
    how: { readonly reason: string; readonly entriesOf: (amount: bigint) => PrepayPosting['entries'] },
  ): Promise<void>;
  /** Newest first. */
  list(ctx: Ctx, query: ListQuery & { readonly agreementId?: number }): Promise<Page<PrepayTransaction>>;
  /** Sums of what went to a customer's credit, by cycle and kind; days in the zone of the usage point. */
  movements(
    ctx: Ctx,
    agreement: number,
  ): Promise<
    { day: string; kind: string; cycleFrom: string | null; credit: bigint; debt: bigint; lent: bigint }[]
  >;
  /** Sums of all entries by account and currency. */
  trial(ctx: Ctx): Promise<{ account: string; currency: string; amount: bigint }[]>;
}

export interface PrepayPayment {
  readonly id: number;
  readonly vendor: string;
  readonly reference: string;
  readonly account: string;
  readonly agreementId: number | null;
  readonly agreement: string | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly state: 'allocated' | 'unallocated' | 'reversed';
  readonly paidAt: Date;
  readonly receivedAt: Date;
  readonly receivedBy: string;
  readonly version: number;
}

export interface PrepayPaymentInput {
  readonly vendor: string;
  readonly reference: string;
  readonly account: string;
  readonly agreementId: number | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly paidAt: Date;
}

type Sums = Readonly<Record<string, bigint>>;

/** Entries of a payment, from what the customer has when it is posted, and what it has posted so far. */
export type PaymentPosting = (balances: Sums, posted: Sums) => PrepayPosting['entries'];

export interface PrepayReversal {
  readonly id: number;
  readonly kind: 'reversal' | 'refund';
  readonly paymentId: number | null;
  readonly agreementId: number | null;
  readonly agreement: string | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly state: 'proposed' | 'approved' | 'rejected';
  readonly requestedBy: string;
  readonly requestedPerson: string;
  readonly requestedAt: Date;
  readonly decidedBy: string;
  readonly decidedAt: Date | null;
}

export interface PrepayPaymentRepository {
  /** Takes it once; the one that is there with `created` false. Its agreement is looked at next. */
  take(
    ctx: Ctx,
    input: PrepayPaymentInput,
    entries: PaymentPosting,
  ): Promise<{ readonly payment: PrepayPayment; readonly created: boolean }>;
  get(ctx: Ctx, id: number): Promise<PrepayPayment>;
  list(
    ctx: Ctx,
    query?: ListQuery & { state?: PrepayPayment['state']; agreementId?: number },
  ): Promise<Page<PrepayPayment>>;
  /** Credits a customer with money that was not allocated. Raises PREPAY_DECIDED where it is. */
  allocate(
    ctx: Ctx,
    id: number,
    agreementId: number,
    entries: PaymentPosting,
    reason: string,
  ): Promise<PrepayPayment>;
  reversals(ctx: Ctx, query?: ListQuery & { state?: PrepayReversal['state'] }): Promise<Page<PrepayReversal>>;
  reversal(ctx: Ctx, id: number): Promise<PrepayReversal>;
  askReversal(
    ctx: Ctx,
    input: Pick<
      PrepayReversal,
      'kind' | 'paymentId' | 'agreementId' | 'amount' | 'currency' | 'reason' | 'requestedPerson'
    >,
  ): Promise<PrepayReversal>;
  /** Raises PREPAY_DECIDED where it waits no more, or the caller had a part in asking. */
  decideReversal(
    ctx: Ctx,
    id: number,
    decision: 'approved' | 'rejected',
    entries: PaymentPosting,
  ): Promise<PrepayReversal>;
}

export interface PrepayNoticeRecord {
  readonly id: number;
  readonly agreement: string;
  readonly account: string;
  readonly customer: string;
  readonly kind: string;
  readonly at: Date;
  readonly balance: bigint;
  readonly daysLeft: number | null;
  readonly currency: string;
}

export interface PrepayNoticeRepository {
  /** Newest first. */
  list(ctx: Ctx, query?: ListQuery & { agreement?: string }): Promise<Page<PrepayNoticeRecord>>;
}
