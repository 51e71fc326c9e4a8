/**
 * Contract: what a customer sees of the own usage points, and how a customer comes to sign in.
 *
 *   POST /accounts/{number}/invitations  an operator makes a one-time code; GET lists
 *   DELETE /invitations/{id}             takes an open one back
 *   GET  /accounts/{number}/logins       who signs in for an account; DELETE …/{user} takes it away
 *   POST /portal/register                a customer makes a login of account number and code
 *   GET  /my                             the person, accounts and usage points
 *   POST /my/accounts                    another account, by its number and code
 *   GET  /my/points/{id}/now             the latest reading, today, the month so far
 *   GET  /my/points/{id}/usage           bars by month, day or interval, with cost, periods and quality
 *   GET  /my/points/{id}/readings        a file of readings: CSV or Green Button
 *   GET  /my/points/{id}/bill-to-date    the running cycle, projected
 *   GET  /my/points/{id}/prepay          what is left, notices and payments, where it is on prepay
 *   GET  /my/points/{id}/tariffs         the own past on every tariff
 *   GET  /my/bills                       bills that hold; /{id}, /{id}/lines/{n}/explain, /{id}/why
 *   GET  /my/alerts                      what was told, and what is chosen; PUT chooses; POST /seen
 *
 * All below /api/v1. What is not the caller's own is not there (404). `id` of a point is that of its
 * agreement: somebody who moved in sees nothing of who lived there before.
 */
import { type Static, Type } from 'typebox';
import { BillDetail, BillItem, BillLineExplanation } from './billing.ts';
import { Count, Currency, Money, Quantity } from './billing-common.ts';
import { CommodityWord, Id, Instant, LocalDate, listOf, nullable, oneOf } from './common.ts';
import { PrepayCustomer, PrepayNoticeItem, PrepayPaymentItem } from './prepay.ts';

const AccountNumber = Type.String({ minLength: 1, maxLength: 200, description: 'As on the bill' });
const InvitationCode = Type.String({ minLength: 12, maxLength: 40, description: 'From the letter' });
const Relation = oneOf(['holder', 'delegate'] as const);

export const AccountParams = Type.Object({ number: AccountNumber });
export const AccountLoginParams = Type.Object({
  number: AccountNumber,
  user: Type.String({ maxLength: 100 }),
});

export const InvitationItem = Type.Object({
  id: Id,
  account: Type.String(),
  createdAt: Instant,
  expiresAt: Instant,
  state: oneOf(['open', 'used', 'revoked', 'expired'] as const),
});
export type InvitationItem = Static<typeof InvitationItem>;
export const InvitationCreate = Type.Object({
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 60, default: 30, description: 'It holds so long' }),
  ),
});
/** `code` is shown this once: the store keeps only its digest. */
export const InvitationCreated = Type.Object({ ...InvitationItem.properties, code: Type.String() });
export type InvitationCreated = Static<typeof InvitationCreated>;

export const AccountLoginItem = Type.Object({
  userId: Type.String(),
  account: Type.String(),
  relation: Relation,
  createdAt: Instant,
});
export type AccountLoginItem = Static<typeof AccountLoginItem>;

export const RegisterBody = Type.Object({
  account: AccountNumber,
  code: InvitationCode,
  name: Type.String({ minLength: 1, maxLength: 100 }),
  email: Type.String({ format: 'email', maxLength: 254 }),
  password: Type.String({ minLength: 12, maxLength: 128 }),
});
export type RegisterBody = Static<typeof RegisterBody>;
export const AddAccountBody = Type.Object({ account: AccountNumber, code: InvitationCode });

export const MyPoint = Type.Object({
  id: Id,
  account: Type.String(),
  usagePoint: Type.String(),
  commodity: CommodityWord,
  zone: Type.String({ description: 'IANA' }),
  address: Type.String(),
  from: LocalDate,
  until: nullable(LocalDate),
  tariff: nullable(Type.Object({ code: Type.String(), name: Type.String(), unit: Type.String() })),
  currency: nullable(Currency),
  prepay: Type.Boolean({ description: 'It is or was on prepay: /my/points/{id}/prepay' }),
});
export type MyPoint = Static<typeof MyPoint>;
export const My = Type.Object({
  name: Type.String(),
  email: Type.String(),
  accounts: Type.Array(Type.Object({ number: Type.String(), name: Type.String(), relation: Relation })),
  points: Type.Array(MyPoint),
  unseenAlerts: Count,
  now: Instant,
});
export type My = Static<typeof My>;

/** A stretch of time with what was used in it. Sums of a page add up to its total. */
export const UsageBar = Type.Object({
  start: Instant,
  end: Instant,
  usage: nullable(Quantity),
  /** Without the standing charge where bars are intervals. */
  cost: nullable(Money),
  periods: Type.Array(Quantity, { description: 'Of `usage`, by the names in `periods` of the answer' }),
  expected: Count,
  present: Count,
  estimated: Count,
});
export type UsageBar = Static<typeof UsageBar>;
const usageSteps = ['month', 'day', 'interval'] as const;
export const UsageQuery = Type.Object({
  by: oneOf(usageSteps),
  from: LocalDate,
  to: LocalDate,
});
export const MyUsage = Type.Object({
  by: oneOf(usageSteps),
  unit: Type.String(),
  currency: nullable(Currency),
  zone: Type.String(),
  periods: Type.Array(Type.String(), { description: 'Periods of the tariff; none where it has one price' }),
  bars: Type.Array(UsageBar),
  total: Type.Object({ usage: Quantity, cost: nullable(Money) }),
  note: Type.String({ description: 'Why there is no cost, or nothing at all; empty: nothing to say' }),
});
export type MyUsage = Static<typeof MyUsage>;

export const MyNow = Type.Object({
  latest: nullable(
    Type.Object({
      end: Instant,
      intervalS: Type.Integer(),
      usage: Quantity,
      unit: Type.String(),
      estimated: Type.Boolean(),
    }),
  ),
  /** Seconds since the last reading. */
  ageS: nullable(Type.Integer()),
  ok: Type.Boolean({ description: 'Readings come as they should' }),
  today: nullable(
    Type.Object(
      { usage: nullable(Quantity), cost: nullable(Money) },
      { description: 'Up to the last reading; null within: nothing of today was read yet' },
    ),
  ),
  month: nullable(
    Type.Object({ from: LocalDate, to: LocalDate, usage: Quantity, cost: nullable(Money), days: Count }),
  ),
  unit: Type.String(),
  currency: nullable(Currency),
  note: Type.String(),
});
export type MyNow = Static<typeof MyNow>;

export const ReadingsFileQuery = Type.Object({
  from: LocalDate,
  to: LocalDate,
  format: oneOf(['csv', 'greenbutton'] as const),
});

export const MyBillList = listOf(BillItem);
export const MyBillsQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 512 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 24 })),
  point: Type.Optional(Id),
});
export { BillDetail as MyBill, BillLineExplanation as MyBillLine };

const whyReasons = ['usage', 'price', 'days', 'estimation', 'other'] as const;
const Basis = Type.Object({ days: Count, usage: Quantity, estimated: Quantity });
/** Why a bill is higher or lower than the one before; `reasons` add up to `difference` exactly. */
export const MyBillWhy = Type.Object({
  bill: Id,
  before: nullable(Type.Object({ id: Id, from: Instant, to: Instant, total: Money })),
  currency: Currency,
  unit: Type.String(),
  total: Money,
  difference: Money,
  reasons: Type.Array(Type.Object({ reason: oneOf(whyReasons), amount: Money })),
  basis: nullable(Type.Object({ before: Basis, after: Basis })),
  words: Type.Array(Type.String(), { description: 'The whole in plain sentences, the largest reason first' }),
});
export type MyBillWhy = Static<typeof MyBillWhy>;

const alertKinds = ['high-use', 'leak', 'budget'] as const;
const AlertKind = oneOf(alertKinds, {
  description:
    'high-use: more than so much a day; leak: water or gas flows for so many hours without a pause; ' +
    'budget: the month comes to more than so much money',
});
const Threshold = Type.String({
  pattern: '^\\d{1,9}(\\.\\d{1,6})?$',
  description: 'Exact decimal above nothing',
});
export const AlertItem = Type.Object({
  id: Id,
  point: Id,
  kind: AlertKind,
  day: LocalDate,
  value: Quantity,
  threshold: Quantity,
  unit: Type.String(),
  seen: Type.Boolean(),
});
export type AlertItem = Static<typeof AlertItem>;
export const AlertChoice = Type.Object({ point: Id, kind: AlertKind, threshold: Threshold });
export type AlertChoice = Static<typeof AlertChoice>;
export const MyAlerts = Type.Object({ alerts: Type.Array(AlertItem), choices: Type.Array(AlertChoice) });
export type MyAlerts = Static<typeof MyAlerts>;
export const AlertChoiceBody = Type.Object({
  point: Id,
  kind: AlertKind,
  threshold: nullable(Threshold),
});

export const MyPrepay = Type.Object({
  ...Type.Pick(PrepayCustomer, [
    ...(['currency', 'validFrom', 'validUntil', 'state', 'since', 'balance', 'unitsLeft', 'unit'] as const),
    ...(['daysLeft', 'lent', 'debt', 'leastPayment', 'chargedThrough'] as const),
  ]).properties,
  /** Never cut. */
  protected: Type.Boolean(),
  payFor: Type.String({
    description: 'What a vendor is told: the number of the account, or of the agreement',
  }),
  notices: Type.Array(Type.Pick(PrepayNoticeItem, ['kind', 'at', 'balance', 'daysLeft']), {
    description: 'Newest first',
  }),
  payments: Type.Array(Type.Pick(PrepayPaymentItem, ['amount', 'state', 'receivedAt']), {
    description: 'Newest first',
  }),
});
export type MyPrepay = Static<typeof MyPrepay>;
