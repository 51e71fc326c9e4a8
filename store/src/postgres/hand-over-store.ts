/** What the registry keeps of hand-over: webhooks and their outbox, batches of bills, settlement runs. */
import type { AccessContext, Commodity } from '@openami/model';
import type { BilledChannel } from './billing-store.ts';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export interface WebhookInput {
  readonly name: string;
  readonly url: string;
  readonly kinds: readonly string[];
}

export interface Webhook extends WebhookInput {
  readonly id: number;
  readonly enabled: boolean;
  /** Why the program paused it; empty when it did not. */
  readonly paused: string;
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly version: number;
  readonly waiting: number;
  readonly dead: number;
  /** When the newest of the events happened that were delivered. */
  readonly deliveredAt: Date | null;
}

/** A signing secret as the vault sealed it, under a name of its own. */
export interface WebhookSecret {
  readonly name: string;
  readonly wrapped: Uint8Array;
  readonly wrappingKey: string;
}

export type DeliveryState = 'waiting' | 'delivered' | 'dead';

export interface WebhookDelivery {
  readonly id: number;
  readonly webhookId: number;
  /** UUID: the same however often it is sent. */
  readonly eventId: string;
  readonly kind: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** HTTP status of the last attempt; 0 for no answer. */
  readonly status: number;
  readonly detail: string;
  readonly queuedAt: Date;
  readonly doneAt: Date | null;
}

export interface DeliveryOutcome {
  readonly state: DeliveryState;
  readonly status: number;
  readonly detail: string;
  /** How long the webhook rests; 0: it does not. */
  readonly restMs: number;
}

export interface WebhookLimits {
  /** Events that may wait; a webhook with more is paused. */
  readonly waiting: number;
  /** Hours an event may wait before it is dead. */
  readonly waitHours: number;
  /** Days that events stay once they are delivered, or dead. */
  readonly deliveredDays: number;
  readonly deadDays: number;
}

/** Times of retries are the database's, whatever clock the program was given. */
export interface WebhookRepository {
  /** Raises WEBHOOK_LIMIT. */
  create(ctx: Ctx, input: WebhookInput, secret: WebhookSecret): Promise<Webhook>;
  get(ctx: Ctx, id: number): Promise<Webhook>;
  list(ctx: Ctx): Promise<Webhook[]>;
  /** Enabling it starts it at once. Raises VERSION_CONFLICT. */
  change(
    ctx: Ctx,
    id: number,
    patch: Partial<WebhookInput & { enabled: boolean }>,
    ifVersion?: number,
  ): Promise<Webhook>;
  remove(ctx: Ctx, id: number): Promise<void>;
  /** The new secret signs from now on, those before as well for `overlapS`. */
  rotate(ctx: Ctx, id: number, secret: WebhookSecret, overlapS: number): Promise<Webhook>;
  /** Those that sign now, the newest first; for the purpose `keys`. */
  secrets(ctx: Ctx, id: number): Promise<WebhookSecret[]>;
  /** Queues an event `webhook.test` for this webhook alone. */
  test(ctx: Ctx, id: number, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** Enabled ones with events that wait and that do not rest. */
  due(ctx: Ctx): Promise<Webhook[]>;
  /** Events that wait, the oldest first. */
  next(ctx: Ctx, webhookId: number, limit: number): Promise<WebhookDelivery[]>;
  /** Notes what came of an attempt. */
  settle(ctx: Ctx, delivery: WebhookDelivery, outcome: DeliveryOutcome): Promise<void>;
  /** The program stops sending, and says why. */
  pause(ctx: Ctx, id: number, why: string): Promise<void>;
  /** Newest first. */
  deliveries(
    ctx: Ctx,
    query?: ListQuery & { webhook?: number; state?: DeliveryState },
  ): Promise<Page<WebhookDelivery>>;
  /** Dead ones wait again: these, or all of the webhook. How many. */
  resend(ctx: Ctx, webhookId: number, ids?: readonly number[]): Promise<number>;
  /** Pauses those with too long a queue, gives up what waited too long, forgets what is old. */
  sweep(ctx: Ctx, limits: WebhookLimits): Promise<void>;
}

export interface HandOverBatch {
  /** Numbers have no gaps. */
  readonly id: number;
  readonly runId: number | null;
  readonly state: 'building' | 'handed_over' | 'acknowledged';
  readonly bills: number;
  readonly totals: Readonly<Record<string, string>>;
  /** Sum by currency of what is to be asked for: without what was prepaid, with entries of accounts. */
  readonly due: Readonly<Record<string, string>>;
  readonly sha256: string;
  readonly bytes: number;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly acknowledgedBy: string;
  readonly acknowledgedAt: Date | null;
  readonly refused: number;
}

export interface BatchReceipt {
  readonly bills: number;
  readonly totals: Readonly<Record<string, string>>;
  /** Compared where it is given. */
  readonly due?: Readonly<Record<string, string>>;
  readonly sha256: string;
  readonly refused: readonly { readonly bill: number; readonly reason: string }[];
}

export interface HandedOverBill {
  readonly id: number;
  readonly batch: number;
  readonly account: string;
  readonly kind: string;
  readonly total: string | null;
  readonly currency: string | null;
  readonly state: 'handed_over' | 'acknowledged' | 'refused';
  readonly reason: string;
  readonly againIn: number | null;
}

export interface HandOverRepository {
  /**
   * A batch of what is issued of a run and was not handed over, `limit` bills at most; undefined when there
   * is nothing. Raises BILL_RUN_STATE where the run is not issued.
   */
  cut(ctx: Ctx, runId: number, limit: number): Promise<HandOverBatch | undefined>;
  /** A batch of refused bills. Raises HAND_OVER_STATE for the first that is not refused. */
  cutAgain(ctx: Ctx, bills: readonly number[], reason: string): Promise<HandOverBatch>;
  /** Issued runs with bills that were not handed over, in order. */
  runsToHandOver(ctx: Ctx, limit: number): Promise<number[]>;
  /** The first batch whose content is not made yet. */
  building(ctx: Ctx): Promise<HandOverBatch | undefined>;
  /** Its content is whole: from now on it is there for others. */
  finish(ctx: Ctx, id: number, content: { sha256: string; bytes: number }): Promise<HandOverBatch>;
  get(ctx: Ctx, id: number): Promise<HandOverBatch>;
  /** Those that are whole, behind `after`, in order. */
  after(ctx: Ctx, after: number, limit: number): Promise<HandOverBatch[]>;
  /** Newest first. */
  list(ctx: Ctx, query?: ListQuery): Promise<Page<HandOverBatch>>;
  /** A repeat of the same is answered the same. Raises HAND_OVER_TOTALS, HAND_OVER_STATE. */
  acknowledge(ctx: Ctx, id: number, receipt: BatchReceipt): Promise<HandOverBatch>;
  /** Newest first. `refused` alone: those that were not handed over again. */
  bills(
    ctx: Ctx,
    query?: ListQuery & { batch?: number; state?: HandedOverBill['state'] },
  ): Promise<Page<HandedOverBill>>;
}

export type FrozenKind = 'batch' | 'settlement';

/** Bytes that never change, in parts. */
export interface FrozenRepository {
  put(ctx: Ctx, kind: FrozenKind, document: number, part: number, body: Uint8Array): Promise<void>;
  /** Of a document that is begun anew. */
  clear(ctx: Ctx, kind: FrozenKind, document: number): Promise<void>;
  part(ctx: Ctx, kind: FrozenKind, document: number, part: number): Promise<Uint8Array | undefined>;
}

/** What usage points are added up by. */
export type SettlementGrouping =
  | 'tariff'
  | 'feeder'
  | 'transformer'
  | 'station'
  | 'zone'
  | 'service-class'
  | 'all';

/** A usage point with what it may be grouped by. Epoch seconds. */
export interface SettledPoint {
  readonly id: number;
  readonly code: string;
  readonly commodity: Commodity;
  readonly zone: string;
  readonly serviceClass: string;
  readonly feeder: string;
  readonly transformer: string;
  readonly station: string;
  readonly tariffs: readonly {
    readonly tariff: string;
    readonly fromS: number;
    readonly untilS: number | null;
  }[];
  readonly channels: readonly BilledChannel[];
}

export interface SettlementInput {
  readonly key: string;
  readonly label: 'initial' | 'revised' | 'final';
  readonly grouping: SettlementGrouping;
  readonly commodity: Commodity;
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly intervalS: number;
  readonly revision: number;
  readonly lossFactors: Readonly<Record<string, string>>;
}

export interface SettlementRun extends SettlementInput {
  readonly id: number;
  readonly groups: readonly Readonly<Record<string, unknown>>[];
  readonly state: 'building' | 'done' | 'failed';
  readonly error: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface SettlementRepository {
  /** Stored, or the one the same caller stored under the same key. */
  create(ctx: Ctx, input: SettlementInput): Promise<SettlementRun>;
  finish(
    ctx: Ctx,
    id: number,
    result: Pick<SettlementRun, 'groups' | 'sha256' | 'bytes'>,
  ): Promise<SettlementRun>;
  /** It cannot be worked out, and why. */
  fail(ctx: Ctx, id: number, error: string): Promise<void>;
  /** The first that is not worked out yet. */
  building(ctx: Ctx): Promise<SettlementRun | undefined>;
  get(ctx: Ctx, id: number): Promise<SettlementRun>;
  list(ctx: Ctx, query?: ListQuery): Promise<Page<SettlementRun>>;
  /** Usage points of a commodity in order of ids, behind `after`. */
  points(ctx: Ctx, commodity: Commodity, after: number, limit: number): Promise<SettledPoint[]>;
}
