/**
 * Contract: disputes of bills, and credits that come of them:
 *
 *   GET  /disputes                ?state= ?unanswered= ?account= ?bill= ?q=; POST opens one with evidence
 *   GET  /disputes/summary        how many stand how, how many are late
 *   GET  /disputes/{id}           the case with its evidence as it was when it was opened (ETag)
 *   POST /disputes/{id}/take|answer|reopen|close|notes|rebill|credits
 *   GET  /disputes/{id}/export    the whole case as one file: ?format=json|html
 *   POST /account-entries/{id}/approve|refuse    another person decides a credit above the limit
 *   GET  /dispute-settings        days to answer, reminder, limit of credits; PUT changes them
 *
 * All below /api/v1. Money and quantities are exact decimal text.
 */
import { disputeReasons } from '@openami/billing';
import { type Static, Type } from 'typebox';
import { BillDetail, entryKinds } from './billing.ts';
import { Count, Currency, Money, Quantity, Reason, seen } from './billing-common.ts';
import { Id, Instant, LocalDate, listOf, nullable, oneOf, pageQuery } from './common.ts';

const disputeStates = ['open', 'looking', 'answered', 'closed'] as const;
const outcomes = ['upheld', 'partly', 'corrected', 'withdrawn'] as const;
const suggestions = ['stands', 'rebill', 'look'] as const;
const Text = Type.String({ maxLength: 4_000, pattern: seen(3) });

export const DisputeItem = Type.Object({
  id: Id,
  account: Type.String(),
  customer: Type.String(),
  agreement: Type.String(),
  usagePoint: Type.String(),
  bill: nullable(Id),
  from: Instant,
  to: Instant,
  reason: oneOf(disputeReasons),
  words: Type.String(),
  via: oneOf(['operator', 'customer'] as const),
  state: oneOf(disputeStates),
  /** `upheld`: the bill stands. */
  outcome: nullable(oneOf(outcomes)),
  answer: Type.String(),
  amount: Money,
  currency: Type.String(),
  dunningHeld: Type.Boolean({ description: 'The amount is not asked for while the case lasts' }),
  dueAt: Instant,
  /** Nobody answered in time. */
  late: Type.Boolean(),
  assignedTo: Type.String(),
  assignedToName: Type.String(),
  suggests: oneOf(suggestions, { description: 'What the evidence suggests; a person decides' }),
  rebillRun: nullable(Id),
  openedBy: Type.String(),
  openedByName: Type.String(),
  openedAt: Instant,
  answeredAt: nullable(Instant),
  closedAt: nullable(Instant),
  version: Type.Integer(),
});
export type DisputeItem = Static<typeof DisputeItem>;
export const DisputeList = listOf(DisputeItem);
export type DisputeList = Static<typeof DisputeList>;
export const DisputeQuery = pageQuery({
  state: Type.Optional(oneOf(disputeStates)),
  unanswered: Type.Optional(Type.Boolean()),
  account: Type.Optional(Type.String({ maxLength: 200 })),
  bill: Type.Optional(Id),
  q: Type.Optional(Type.String({ maxLength: 200 })),
});

const DisputeFinding = Type.Object({
  rule: Type.String(),
  title: Type.String(),
  verdict: oneOf(['supports', 'against', 'neutral'] as const),
  weight: Type.Integer({ minimum: 0, maximum: 3 }),
  words: Type.String(),
});
const ComparedItem = Type.Object({
  id: Type.Integer(),
  from: Instant,
  to: Instant,
  days: Type.Integer(),
  usage: Quantity,
  total: Money,
  tariffVersions: Type.Array(Type.String()),
});
const at = Type.String({ description: 'ISO-8601, UTC' });

/** What was gathered when the case was opened. */
export const DisputeEvidence = Type.Object({
  gatheredAt: Instant,
  unit: Type.String(),
  zone: Type.String(),
  words: Type.String(),
  supports: Count,
  against: Count,
  suggests: oneOf(suggestions),
  findings: Type.Array(DisputeFinding),
  /** The bill as it was; null for usage that is not billed. */
  bill: nullable(BillDetail),
  usage: Quantity,
  total: Money,
  lastPeriod: nullable(ComparedItem),
  lastYear: nullable(ComparedItem),
  days: Type.Array(
    Type.Object({
      day: LocalDate,
      usage: Type.Number(),
      intervals: Count,
      estimated: Count,
      edited: Count,
      /** The same day of the week a year ago. */
      yearAgo: nullable(Type.Number()),
    }),
  ),
  edits: Type.Array(
    Type.Object({
      ...{ id: Id, action: Type.String(), by: Type.String(), at, reason: Type.String(), from: at, to: at },
      change: Quantity,
    }),
  ),
  exceptions: Type.Array(
    Type.Object({
      ...{ id: Id, rule: Type.String(), severity: Type.String(), day: LocalDate, state: Type.String() },
      note: Type.String(),
    }),
  ),
  installations: Type.Array(
    Type.Object({
      ...{ meterId: Id, serial: Type.String(), role: Type.String(), from: at, until: nullable(at) },
    }),
  ),
  events: Type.Array(
    Type.Object({
      ...{ serial: Type.String(), at, kind: Type.String(), severity: Type.String(), words: Type.String() },
    }),
  ),
  registers: Type.Array(
    Type.Object({ serial: Type.String(), from: at, to: at, register: Quantity, intervals: Quantity }),
  ),
  check: nullable(Type.Object({ serial: Type.String(), usage: Quantity, ownUsage: Quantity })),
  frames: Type.Array(
    Type.Object({
      ...{ line: Type.String(), end: at, value: Quantity, quality: Type.String() },
      frames: Type.Array(Type.Object({ receivedAt: at, source: Type.String(), device: Type.String() })),
    }),
  ),
});
export type DisputeEvidence = Static<typeof DisputeEvidence>;

/** `pending` waits for another person; `approved` goes on the next bill. */
export const entryStates = ['pending', 'approved', 'refused', 'billed'] as const;
export const AccountEntryItem = Type.Object({
  id: Id,
  account: Type.String(),
  kind: oneOf(entryKinds),
  amount: Type.String({ description: 'Positive for what the customer owes' }),
  currency: Currency,
  words: Type.String(),
  state: oneOf(entryStates),
  dispute: nullable(Id),
  deposit: nullable(Id),
  /** Where it stands. */
  bill: nullable(Id),
  requestedBy: Type.String(),
  requestedByName: Type.String(),
  createdAt: Instant,
  decidedByName: Type.String(),
});
export type AccountEntryItem = Static<typeof AccountEntryItem>;

export const DisputeDetail = Type.Object({
  ...DisputeItem.properties,
  evidence: DisputeEvidence,
  entries: Type.Array(
    Type.Object({
      id: Id,
      at: Instant,
      by: Type.String(),
      byName: Type.String(),
      kind: oneOf(['note', 'move', 'reminder', 'rebill', 'credit'] as const),
      words: Type.String(),
    }),
  ),
  credits: Type.Array(AccountEntryItem),
});
export type DisputeDetail = Static<typeof DisputeDetail>;

export const DisputeSummary = Type.Object({
  ...{ open: Count, looking: Count, answered: Count, closed: Count, late: Count },
});
export type DisputeSummary = Static<typeof DisputeSummary>;

export const DisputeOpen = Type.Object({
  bill: Type.Optional(Id),
  /** Without a bill: whose usage, over which local dates [from, to). */
  agreement: Type.Optional(Type.String({ maxLength: 200 })),
  from: Type.Optional(LocalDate),
  to: Type.Optional(LocalDate),
  reason: oneOf(disputeReasons),
  words: Text,
  amount: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,12}(\\.[0-9]{1,6})?$', description: 'Default: the whole bill' }),
  ),
  holdDunning: Type.Optional(Type.Boolean({ default: true })),
});
export type DisputeOpen = Static<typeof DisputeOpen>;
export const DisputeAnswer = Type.Object({
  outcome: oneOf(['upheld', 'partly', 'corrected'] as const),
  answer: Text,
});
export type DisputeAnswer = Static<typeof DisputeAnswer>;
export const DisputeWords = Type.Object({ words: Text });
export const DisputeRebill = Type.Object({ reason: Reason });
export const DisputeCredit = Type.Object({
  amount: Type.String({ pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,2})?$' }),
  words: Reason,
});
export const DisputeExportQuery = Type.Object({
  format: Type.Optional(oneOf(['json', 'html'] as const)),
});
export const DisputeSettings = Type.Object({
  /** Days until a case is to be answered. */
  answerDays: Type.Integer({ minimum: 1, maximum: 365 }),
  /** Days before that on which the case is told again. */
  remindDays: Type.Integer({ minimum: 0, maximum: 60 }),
  /** A credit above it needs another person. */
  creditLimit: Type.String({ pattern: '^[0-9]{1,9}(\\.[0-9]{1,2})?$' }),
});
export type DisputeSettings = Static<typeof DisputeSettings>;

/** Data of the SSE event `dispute`: a case moved, or is to be answered soon. */
export interface StreamDispute {
  id: number;
  state: (typeof disputeStates)[number];
  reminder: boolean;
}
