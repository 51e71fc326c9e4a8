/**
 * Contract: what is handed over to other systems.
 *
 *   GET  /webhooks                        POST makes one, its secret is shown once; PATCH /{id}, DELETE
 *   POST /webhooks/{id}/rotate            a new secret, beside which the one before signs for a while
 *   POST /webhooks/{id}/test              sends a test event; /resend sends dead ones again
 *   GET  /webhook-deliveries              ?webhook= ?state=
 *   GET  /hand-over/batches               newest first; ?after=N: those behind N, in order
 *   POST /hand-over/batches               of an issued run; /hand-over/again of refused bills
 *   GET  /hand-over/batches/{id}/content  the same bytes each time: lines of JSON, one a bill
 *   POST /hand-over/batches/{id}/acknowledge  with control totals, and the bills that are refused
 *   GET  /hand-over/bills                 ?batch= ?state=refused
 *   GET  /hand-over/settings              PUT switches batches of issued runs to be made by themselves
 */
import { type Static, Type } from 'typebox';
import { Count, Money, Reason } from './billing-common.ts';
import { Id, Instant, listOf, mapOf, nullable, oneOf, pageQuery } from './common.ts';

/** What a webhook may ask for. */
export const eventKinds = [
  'bill.issued',
  'bill.reversed',
  'bill-run.state',
  'exception.opened',
  'exception.decided',
  'command.result',
  'hand-over.batch',
  'hand-over.acknowledged',
  'dispute.opened',
  'dispute.decided',
  'prepay.low-credit',
  'prepay.disconnected',
  'prepay.reconnected',
  'prepay.payment',
] as const;
const Kinds = Type.Array(oneOf(eventKinds), { minItems: 1, maxItems: eventKinds.length, uniqueItems: true });
const Url = Type.String({ minLength: 8, maxLength: 2_000, description: 'https://; public unless allowed' });
const WebhookName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });

export const WebhookItem = Type.Object({
  id: Id,
  name: Type.String(),
  url: Type.String(),
  kinds: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  paused: Type.String({ description: 'Why it was paused by the program; empty when it was not' }),
  failures: Type.Integer({ description: 'Attempts in a row that failed' }),
  waiting: Count,
  dead: Count,
  deliveredAt: nullable(Instant),
  createdAt: Instant,
  version: Type.Integer(),
});
export type WebhookItem = Static<typeof WebhookItem>;
export const WebhookList = Type.Object({ items: Type.Array(WebhookItem) });
export type WebhookList = Static<typeof WebhookList>;
export const WebhookCreate = Type.Object({ name: WebhookName, url: Url, kinds: Kinds });
export type WebhookCreate = Static<typeof WebhookCreate>;
export const WebhookPatch = Type.Object({
  name: Type.Optional(WebhookName),
  url: Type.Optional(Url),
  kinds: Type.Optional(Kinds),
  enabled: Type.Optional(Type.Boolean()),
});
export const WebhookSecretShown = Type.Object({
  webhook: WebhookItem,
  secret: Type.String({ description: '`whsec_` and base64: shown this once' }),
});
export type WebhookSecretShown = Static<typeof WebhookSecretShown>;
export const WebhookRotate = Type.Object({
  overlapHours: Type.Integer({
    ...{ minimum: 0, maximum: 168, default: 24 },
    description: 'For how long the secret before signs as well',
  }),
});
export const WebhookResend = Type.Object({
  deliveries: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1 }), {
      minItems: 1,
      maxItems: 1_000,
      description: 'Default: all dead',
    }),
  ),
});
export const WebhookResent = Type.Object({ resent: Count });
export type WebhookResent = Static<typeof WebhookResent>;

const deliveryStates = ['waiting', 'delivered', 'dead'] as const;
export const DeliveryItem = Type.Object({
  id: Type.Integer(),
  webhookId: Id,
  eventId: Type.String({ description: 'The same however often it is sent (`webhook-id`)' }),
  kind: Type.String(),
  at: Instant,
  data: mapOf(Type.Unknown()),
  state: oneOf(deliveryStates),
  attempts: Count,
  status: Type.Integer({ description: 'HTTP status of the last attempt; 0: no answer' }),
  detail: Type.String(),
  queuedAt: Instant,
  doneAt: nullable(Instant),
});
export type DeliveryItem = Static<typeof DeliveryItem>;
export const DeliveryList = listOf(DeliveryItem);
export type DeliveryList = Static<typeof DeliveryList>;
export const DeliveryQuery = pageQuery({
  webhook: Type.Optional(Id),
  state: Type.Optional(oneOf(deliveryStates)),
});

const Totals = mapOf(Money);
export const BatchItem = Type.Object({
  id: Type.Integer({ minimum: 1, description: 'Sequence number, without gaps' }),
  runId: nullable(Id),
  state: oneOf(['building', 'handed_over', 'acknowledged'] as const),
  bills: Count,
  totals: { ...Totals, description: 'Sum of the totals by currency' },
  due: {
    ...Totals,
    description: 'Sum of what is to be paid: without what was prepaid, with entries of accounts',
  },
  sha256: Type.String({ description: 'Of the content, hex' }),
  bytes: Count,
  reason: Type.String(),
  refused: Count,
  createdAt: Instant,
  createdByName: Type.String(),
  acknowledgedAt: nullable(Instant),
  acknowledgedByName: Type.String(),
});
export type BatchItem = Static<typeof BatchItem>;
export const BatchList = listOf(BatchItem);
export type BatchList = Static<typeof BatchList>;
export const BatchQuery = pageQuery({
  after: Type.Optional(
    Type.Integer({ ...{ minimum: 0, maximum: 2147483647 }, description: 'Whole ones behind it, in order' }),
  ),
});
export const BatchCreate = Type.Object({ run: Id });
export const BatchAgain = Type.Object({
  bills: Type.Array(Id, { minItems: 1, maxItems: 1_000, uniqueItems: true }),
  reason: Reason,
});
export const BatchesMade = Type.Object({ items: Type.Array(BatchItem) });
export type BatchesMade = Static<typeof BatchesMade>;
const Counted = mapOf(Type.String({ pattern: '^-?\\d{1,30}(\\.\\d{1,12})?$', maxLength: 50 }));
export const BatchReceipt = Type.Object({
  bills: Count,
  totals: Counted,
  due: Type.Optional({ ...Counted, description: 'Compared where it is given' }),
  sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$' }),
  refused: Type.Optional(
    Type.Array(
      Type.Object({ bill: Id, reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }) }),
      { maxItems: 10_000, description: 'Bills that are not taken, each with why' },
    ),
  ),
});

const handedStates = ['handed_over', 'acknowledged', 'refused'] as const;
export const HandedBill = Type.Object({
  id: Id,
  batch: Type.Integer(),
  account: Type.String(),
  kind: Type.String(),
  total: nullable(Money),
  currency: nullable(Type.String()),
  state: oneOf(handedStates),
  reason: Type.String(),
  againIn: nullable(Type.Integer({ description: 'The batch in which it was handed over again' })),
});
export type HandedBill = Static<typeof HandedBill>;
export const HandedBillList = listOf(HandedBill);
export type HandedBillList = Static<typeof HandedBillList>;
export const HandedBillQuery = pageQuery({
  batch: Type.Optional(Type.Integer({ minimum: 1, maximum: 2147483647 })),
  state: Type.Optional(oneOf(handedStates, { description: 'refused: those not handed over again' })),
});
export const HandOverSettings = Type.Object({
  automatic: Type.Boolean({ description: 'Batches are made of runs as soon as they are issued' }),
});
export type HandOverSettings = Static<typeof HandOverSettings>;
