/**
 * Contract: tariffs, bill cycles, bill runs, bills and what is behind each of their lines.
 *
 *   GET  /tariffs                       every tariff; POST creates one of a whole document, with its versions
 *   POST /tariffs/check                 what is wrong with a document, each fault with its place; its calendar
 *   GET  /tariffs/{code}                one with its versions (ETag); POST …/versions adds one (If-Match)
 *   GET  /tariffs/{code}/versions/{n}   a version as it was written, and its calendar
 *   GET  /agreement-tariffs             who has which tariff since when; POST gives one from a local date on
 *   POST /test-bills                    an account on a stored or unsaved tariff: nothing is stored
 *   GET  /bill-cycles                   PUT /{name} makes or changes one and puts accounts in it
 *   GET  /bill-runs                     POST starts one; GET /{id}; POST /{id}/approve|issue|cancel|resume
 *   GET  /bills                         ?run= ?account= ?state= ?format=csv|jsonl (streamed, all pages)
 *   GET  /bills/{id}                    lines, determinants, problems, comparison, what it replaces and why
 *   GET  /bills/{id}/lines/{n}/explain  from the line down to intervals and frames, in pages
 *   POST /bills/{id}/release            a held bill is let through; /rebill a correction; /cancel takes it back
 *
 * All below /api/v1. Money and quantities are exact decimal text.
 */
import { type Static, Type } from 'typebox';
import {
  CommodityWord,
  Id,
  Instant,
  LocalDate,
  listOf,
  mapOf,
  nullable,
  oneOf,
  pageQuery,
} from './common.ts';

const count = Type.Integer({ minimum: 0 });
const Money = Type.String({ description: 'Exact decimal, in the currency' });
const Quantity = Type.String({ description: 'Exact decimal' });
const Currency = Type.String({ pattern: '^[A-Z]{3}$' });
const Words = Type.String({ maxLength: 500 });
const Reason = Type.String({
  ...{ maxLength: 500, pattern: '\\S\\s*\\S\\s*\\S' },
  description: 'Why, in three letters at least: it is kept',
});
const TariffCode = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
/** A tariff as it is written: the schema is that of billing, and faults come with their place. */
const Document = Type.Unsafe<Record<string, unknown>>({ type: 'object' });

export const TariffFaultItem = Type.Object({
  path: Type.String({ description: 'versions[0].charges[2].price' }),
  message: Type.String({ description: 'What is wrong and what to do' }),
});
export type TariffFaultItem = Static<typeof TariffFaultItem>;

/** Which period when: for a calendar that shows a year at a glance. */
export const ScheduleView = Type.Object({
  version: count,
  schedule: Type.String(),
  periods: Type.Array(Type.String()),
  rows: Type.Array(
    Type.Object({
      month: Type.Integer({ minimum: 1, maximum: 12 }),
      days: oneOf(['weekday', 'saturday', 'sunday', 'holiday'] as const),
      halfHours: Type.Array(count, { description: '48 indexes of `periods`, from midnight on' }),
    }),
  ),
});
export type ScheduleView = Static<typeof ScheduleView>;

export const TariffCheckBody = Type.Object({ document: Document });
export const TariffCheck = Type.Object({
  ok: Type.Boolean(),
  faults: Type.Array(TariffFaultItem),
  schedules: Type.Array(ScheduleView),
});
export type TariffCheck = Static<typeof TariffCheck>;

export const TariffItem = Type.Object({
  code: TariffCode,
  name: Type.String(),
  commodity: CommodityWord,
  unit: Type.String(),
  currency: Currency,
  zone: nullable(Type.String({ description: 'IANA; null: that of each usage point' })),
  versions: count,
  /** Of the version in force now, or the first to come. */
  effectiveFrom: nullable(LocalDate),
  agreements: Type.Integer({ description: 'That have it today' }),
  version: Type.Integer({ description: 'Counts changes: the ETag' }),
  createdBy: Type.String(),
  createdAt: Instant,
});
export type TariffItem = Static<typeof TariffItem>;
export const TariffList = Type.Array(TariffItem);
export type TariffList = Static<typeof TariffList>;

export const TariffVersionItem = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  label: Type.String(),
  effectiveFrom: nullable(LocalDate),
  effectiveTo: nullable(Type.String({ description: 'Local date; not part of it. null: no end yet' })),
  note: Type.String(),
  createdBy: Type.String(),
  createdAt: Instant,
});
export type TariffVersionItem = Static<typeof TariffVersionItem>;
export const TariffDetail = Type.Object({
  ...TariffItem.properties,
  versionList: Type.Array(TariffVersionItem),
  document: Type.Unsafe<Record<string, unknown>>({ description: 'The whole tariff, every version' }),
});
export type TariffDetail = Static<typeof TariffDetail>;
export const TariffVersionDetail = Type.Object({
  ...TariffVersionItem.properties,
  document: Type.Unsafe<Record<string, unknown>>({ description: 'Charges, calendar, net metering' }),
  schedules: Type.Array(ScheduleView),
});
export type TariffVersionDetail = Static<typeof TariffVersionDetail>;
export const TariffParams = Type.Object({ code: TariffCode });
export const TariffVersionParams = Type.Object({ code: TariffCode, number: Type.Integer({ minimum: 1 }) });
export const TariffCreate = Type.Object({ document: Document, note: Type.Optional(Words) });
export type TariffCreate = Static<typeof TariffCreate>;
/** Ends the version before it where that has no end. */
export const TariffVersionCreate = Type.Object({
  version: Document,
  label: Type.Optional(Type.String({ maxLength: 100 })),
  note: Type.Optional(Words),
});
export type TariffVersionCreate = Static<typeof TariffVersionCreate>;

export const AgreementTariffItem = Type.Object({
  id: Id,
  agreement: Type.String(),
  account: Type.String(),
  usagePoint: Type.String(),
  tariff: TariffCode,
  validFrom: LocalDate,
  validUntil: nullable(LocalDate),
  persons: Type.Integer({ minimum: 1, description: 'For limits per person' }),
});
export type AgreementTariffItem = Static<typeof AgreementTariffItem>;
export const AgreementTariffList = listOf(AgreementTariffItem);
export type AgreementTariffList = Static<typeof AgreementTariffList>;
export const AgreementTariffQuery = pageQuery({
  agreement: Type.Optional(Type.String({ maxLength: 200 })),
  account: Type.Optional(Type.String({ maxLength: 200 })),
  tariff: Type.Optional(TariffCode),
});
/** Ends the tariff the agreement has then. */
export const AgreementTariffBody = Type.Object({
  agreement: Type.String({ minLength: 1, maxLength: 200 }),
  tariff: TariffCode,
  validFrom: LocalDate,
  persons: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});
export type AgreementTariffBody = Static<typeof AgreementTariffBody>;

export const BillLineItem = Type.Object({
  number: Type.Integer({ minimum: 1, description: 'Place on the bill' }),
  id: Type.String(),
  charge: Type.String(),
  name: Type.String(),
  kind: Type.String({
    description: 'fixed, energy, demand, … as in the tariff; credit, true-up, adjustment',
  }),
  period: Type.Optional(Type.String()),
  tier: Type.Optional(count),
  determinant: Type.String(),
  unit: Type.String(),
  quantity: Quantity,
  price: Money,
  amount: Money,
  unrounded: Type.Optional(Money),
  formula: Type.String({ description: 'In words' }),
  from: Instant,
  to: Instant,
  at: Type.Optional(Type.String({ format: 'date-time', description: 'When a peak was reached' })),
  estimatedShare: Type.Number(),
  tariffVersion: Type.String(),
});
export type BillLineItem = Static<typeof BillLineItem>;

export const BillProblem = Type.Object({
  code: Type.String({ description: 'missing, estimated, demand-unknown, …' }),
  message: Type.String(),
  count: count,
});
export type BillProblem = Static<typeof BillProblem>;

/** Numbers a bill is made of, of one tariff version. */
export const BillDeterminants = Type.Object({
  tariff: Type.String(),
  tariffVersion: Type.String(),
  from: Instant,
  to: Instant,
  days: count,
  unit: Type.String(),
  expected: count,
  present: count,
  estimated: count,
  source: oneOf(['intervals', 'registers'] as const),
  energy: Type.Array(
    Type.Object({
      schedule: Type.String(),
      period: Type.String(),
      import: Quantity,
      export: Quantity,
      estimated: Quantity,
    }),
  ),
  demand: Type.Array(
    Type.Object({
      schedule: Type.String(),
      period: Type.String(),
      unit: Type.String(),
      value: Quantity,
      windowMinutes: Type.Number(),
      at: nullable(Instant),
      estimated: Type.Boolean(),
    }),
  ),
});
export type BillDeterminants = Static<typeof BillDeterminants>;

const deltaCauses = ['price', 'days', 'usage', 'estimation', 'added', 'removed', 'follows'] as const;
/** Why one bill differs from another; parts add up to lines, lines to the difference, exactly. */
export const BillDeltaItem = Type.Object({
  against: Type.Object({ id: Id, from: Instant, to: Instant, total: Money }),
  currency: Currency,
  before: Money,
  after: Money,
  difference: Money,
  causes: mapOf(Money),
  lines: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      before: Money,
      after: Money,
      difference: Money,
      parts: Type.Array(Type.Object({ cause: oneOf(deltaCauses), amount: Money })),
      words: Type.String(),
    }),
  ),
  data: Type.Array(
    Type.Object({
      what: oneOf(['energy', 'demand', 'missing', 'estimated'] as const),
      schedule: Type.String(),
      period: Type.String(),
      before: Quantity,
      after: Quantity,
      words: Type.String(),
    }),
  ),
  words: Type.Array(Type.String(), { description: 'The whole in a few sentences' }),
});
export type BillDeltaItem = Static<typeof BillDeltaItem>;

const billKinds = ['bill', 'rebill', 'reversal'] as const;
/** `held` waits for a person; `replaced` and `cancelled` were issued and have a reversal. */
const billStates = ['held', 'calculated', 'approved', 'issued', 'replaced', 'cancelled', 'dropped'] as const;
const holdCodes = ['NOT_READY', 'NO_TARIFF', 'NO_CHANNEL', 'OUTLIER', 'ESTIMATED', 'NOT_RATED'] as const;
export const BillHold = Type.Object({
  code: oneOf(holdCodes),
  message: Type.String({ description: 'Why, and what to do' }),
});
export type BillHold = Static<typeof BillHold>;

export const BillItem = Type.Object({
  id: Id,
  runId: Id,
  kind: oneOf(billKinds),
  state: oneOf(billStates),
  account: Type.String(),
  customer: Type.String(),
  agreement: Type.String(),
  usagePoint: Type.String(),
  commodity: CommodityWord,
  tariff: nullable(Type.String()),
  from: Instant,
  to: Instant,
  /** Local dates of the whole cycle; `cycleTo` is not part of it. */
  cycleFrom: LocalDate,
  cycleTo: LocalDate,
  total: nullable(Money),
  currency: nullable(Currency),
  /** Total of the bill of the period before, where there is one in the same currency. */
  before: nullable(Money),
  usage: nullable(Quantity),
  unit: nullable(Type.String()),
  estimatedShare: Type.Number(),
  holds: Type.Array(BillHold),
  replaces: nullable(Id),
  replacedBy: nullable(Id),
  issuedAt: nullable(Instant),
});
export type BillItem = Static<typeof BillItem>;
export const BillList = listOf(BillItem);
export type BillList = Static<typeof BillList>;
export const BillQuery = pageQuery({
  run: Type.Optional(Id),
  account: Type.Optional(Type.String({ maxLength: 200 })),
  state: Type.Optional(oneOf(billStates)),
  tariff: Type.Optional(TariffCode),
  hold: Type.Optional(oneOf(holdCodes)),
  format: Type.Optional(
    oneOf(['json', 'csv', 'jsonl', 'determinants.csv'] as const, {
      description: 'csv: one row a bill line; jsonl: one bill a line; both stream every bill that matches',
    }),
  ),
});

export const BillDetail = Type.Object({
  ...BillItem.properties,
  lines: Type.Array(BillLineItem),
  earned: Type.Array(BillLineItem, { description: 'Credited to a later bill: not part of the total' }),
  credits: nullable(Type.Object({ earned: Money, applied: Money, trueUp: Money, left: Money })),
  determinants: Type.Array(BillDeterminants),
  problems: Type.Array(BillProblem),
  channels: Type.Array(Id),
  readingRevision: Type.Integer({ description: 'Epoch second: the readings as they were known then' }),
  comparison: nullable(BillDeltaItem),
  replaced: nullable(BillDeltaItem),
  reason: Type.String({ description: 'Of a rebill or a reversal' }),
  createdAt: Instant,
  createdBy: Type.String(),
  decidedBy: Type.String(),
});
export type BillDetail = Static<typeof BillDetail>;

export const LineParams = Type.Object({ id: Id, line: Type.Integer({ minimum: 1, maximum: 10_000 }) });
export const ExplainQuery = Type.Object({
  after: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 4_294_967_295, description: '`next` of the page before' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_000, default: 200 })),
});
export const BillLineExplanation = Type.Object({
  bill: Id,
  line: BillLineItem,
  words: Type.Array(Type.String(), { description: 'How the amount comes about, step by step' }),
  /** Lines it is worked out from: of a percentage, tax, minimum. */
  of: Type.Array(BillLineItem),
  determinants: nullable(BillDeterminants),
  /** Intervals behind the quantity, oldest first, as known at the revision the bill used. */
  readings: Type.Array(
    Type.Object({
      channelId: Id,
      meterId: Id,
      serial: Type.String(),
      start: Instant,
      end: Instant,
      value: Quantity,
      unit: Type.String(),
      quality: Type.String(),
      revision: Type.Integer(),
      /** A newer revision than the bill used is there now. */
      changedSince: Type.Boolean(),
      frames: Type.Array(Type.Object({ receivedAt: Instant, source: Type.String(), device: Type.String() }), {
        description: 'Messages of the meter that were received in the second of the revision',
      }),
    }),
  ),
  sum: Quantity,
  next: nullable(Type.Integer({ description: 'Hand it back as `after`' })),
});
export type BillLineExplanation = Static<typeof BillLineExplanation>;

export const TestBillBody = Type.Object({
  account: Type.String({ minLength: 1, maxLength: 200, description: 'Number of the account' }),
  agreement: Type.Optional(Type.String({ maxLength: 200, description: 'One of the account, by code' })),
  /** A stored tariff, or a document that is not stored; neither: what the agreement has. */
  tariff: Type.Optional(TariffCode),
  document: Type.Optional(Document),
  from: LocalDate,
  to: LocalDate,
});
export type TestBillBody = Static<typeof TestBillBody>;
export const TestBill = Type.Object({
  ok: Type.Boolean(),
  faults: Type.Array(TariffFaultItem),
  bills: Type.Array(
    Type.Object({
      agreement: Type.String(),
      usagePoint: Type.String(),
      tariff: Type.String(),
      from: Instant,
      to: Instant,
      total: Money,
      currency: Currency,
      lines: Type.Array(BillLineItem),
      earned: Type.Array(BillLineItem),
      determinants: Type.Array(BillDeterminants),
      problems: Type.Array(BillProblem),
    }),
  ),
});
export type TestBill = Static<typeof TestBill>;

export const BillCycleItem = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64 }),
  dayOfMonth: Type.Integer({ minimum: 1, maximum: 28 }),
  accounts: count,
});
export type BillCycleItem = Static<typeof BillCycleItem>;
export const BillCycleList = Type.Array(BillCycleItem);
export type BillCycleList = Static<typeof BillCycleList>;
export const BillCycleParams = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]*$' }),
});
export const BillCycleBody = Type.Object({
  dayOfMonth: Type.Integer({
    ...{ minimum: 1, maximum: 28 },
    description: 'A cycle begins on this day of each month',
  }),
  accounts: Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), {
      maxItems: 10_000,
      description: 'Numbers of accounts that are billed by it from now on',
    }),
  ),
});

export const RunSettings = Type.Object({
  /** A bill is held when it differs from the one before by more than both. */
  outlierPercent: Type.Number({ minimum: 0, maximum: 100_000 }),
  outlierAmount: Type.String({ pattern: '^[0-9]{1,12}(\\.[0-9]{1,6})?$' }),
  /** A bill is held when more than this share of its intervals is estimated, 0 to 1. */
  mostEstimated: Type.Number({ minimum: 0, maximum: 1 }),
});
export type RunSettings = Static<typeof RunSettings>;

/** `draft` waits for its turn, `calculating` is at work. */
const runStates = [
  'draft',
  'calculating',
  'calculated',
  'approved',
  'issuing',
  'issued',
  'cancelled',
  'failed',
] as const;
export const BillRunItem = Type.Object({
  id: Id,
  kind: oneOf(['cycle', 'rebill'] as const),
  cycle: Type.String(),
  /** Local dates [from, to) that are billed. */
  from: LocalDate,
  to: LocalDate,
  state: oneOf(runStates),
  settings: RunSettings,
  readingRevision: Type.Integer({ description: 'Epoch second: bills use the readings as known then' }),
  /** Agreements: all that are billed, looked at so far. */
  agreements: count,
  done: count,
  progress: Type.Number({ description: '0 to 1' }),
  /** Bills by state, and held ones by reason. */
  counts: mapOf(count),
  holds: mapOf(count),
  totals: mapOf(Money),
  reason: Type.String(),
  error: nullable(Type.Object({ code: Type.String(), detail: Type.String(), hint: Type.String() })),
  createdBy: Type.String(),
  createdByName: Type.String(),
  createdAt: Instant,
  finishedAt: nullable(Instant),
  approvedBy: Type.String(),
  approvedByName: Type.String(),
  approvedAt: nullable(Instant),
  issuedAt: nullable(Instant),
  version: Type.Integer(),
});
export type BillRunItem = Static<typeof BillRunItem>;
export const BillRunList = listOf(BillRunItem);
export type BillRunList = Static<typeof BillRunList>;
export const BillRunQuery = pageQuery({ state: Type.Optional(oneOf(runStates)) });
export const BillRunCreate = Type.Object({
  cycle: Type.Optional(Type.String({ maxLength: 64, description: 'Default: the calendar month' })),
  /** First local date of the cycle that is billed. */
  from: LocalDate,
  accounts: Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1_000, description: 'Only these' }),
  ),
  settings: Type.Optional(Type.Partial(RunSettings)),
});
export type BillRunCreate = Static<typeof BillRunCreate>;
export const BillReasonBody = Type.Object({ reason: Reason });

/** Data of the SSE event `bill-run`: a run went on. */
export interface StreamBillRun {
  id: number;
  state: (typeof runStates)[number];
  done: number;
  agreements: number;
}
