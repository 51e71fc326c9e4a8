/**
 * Contract: bills and what is behind each of their lines; and where the rest of billing is:
 *
 *   GET  /tariffs                       every tariff; POST creates one of a whole document
 *   POST /tariffs/check                 what is wrong with a document, fault by fault; its calendar
 *   POST /tariffs/import                a record of the rate database OpenEI as a document; nothing is stored
 *   GET  /tariffs/{code}                one with its versions (ETag); POST …/versions adds one (If-Match)
 *   GET  /tariffs/{code}/versions/{n}   a version as it was written, its calendar; DELETE before it begins
 *   GET  /agreement-tariffs             who has which since when; POST gives one from a day on; DELETE /{id}
 *   POST /test-bills                    an account on a stored or unsaved tariff: nothing is stored
 *   GET  /bill-cycles                   PUT /{name} makes or changes one and puts accounts in it
 *   GET  /bill-runs                     POST starts one; GET /{id}; POST /{id}/release|approve|issue|…
 *   GET  /bills                         ?run= ?account= ?state= ?format=csv|jsonl (streamed, all pages)
 *   GET  /bills/{id}                    lines, determinants, problems, comparison, what it replaces and why
 *   GET  /bills/{id}/lines/{n}/explain  from the line down to intervals and frames, in pages
 *   POST /bills/{id}/release            lets a held bill through; /rebill corrects, /cancel takes it back
 *
 * All below /api/v1. Money and quantities are exact decimal text.
 */
import { type Static, Type } from 'typebox';
import { Count, Currency, holdCodes, Money, Quantity, TariffCode, TariffDocument } from './billing-common.ts';
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
import { TariffFaultItem } from './tariffs.ts';

export const BillLineItem = Type.Object({
  number: Type.Integer({ minimum: 1, description: 'Place on the bill' }),
  id: Type.String(),
  charge: Type.String(),
  name: Type.String(),
  kind: Type.String({
    description: 'fixed, energy, demand, … as in the tariff; credit, true-up, adjustment',
  }),
  period: Type.Optional(Type.String()),
  tier: Type.Optional(Count),
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
  count: Count,
});
export type BillProblem = Static<typeof BillProblem>;

/** Numbers a bill is made of, of one tariff version. */
export const BillDeterminants = Type.Object({
  tariff: Type.String(),
  tariffVersion: Type.String(),
  from: Instant,
  to: Instant,
  days: Count,
  unit: Type.String(),
  expected: Count,
  present: Count,
  estimated: Count,
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
  /** What was valued by series of prices, and the upload that was the last the bill knew. */
  prices: Type.Array(
    Type.Object({
      series: Type.String(),
      revision: Count,
      energy: Quantity,
      block: nullable(Quantity),
      average: nullable(Quantity),
    }),
  ),
  /** Events the bill knew: those that made a period, and those that were measured against a baseline. */
  events: Type.Array(
    Type.Object({
      event: Type.String(),
      id: nullable(Id),
      from: Instant,
      to: Instant,
      energy: nullable(Quantity),
      baseline: nullable(Quantity),
    }),
  ),
  /** Of gas that is billed by energy: m3, the factor to reference conditions, MJ/m3. */
  gas: nullable(
    Type.Object({ volume: Quantity, correction: Quantity, calorific: Quantity, revision: Count }),
  ),
  /** Of water, m3. */
  budget: nullable(Type.Object({ indoor: Quantity, total: Quantity })),
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
      period: Type.String({ description: 'Empty where the charge has no schedule' }),
      tier: Type.Integer({ minimum: 0, description: 'From 1; 0 where the charge has no tiers' }),
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

export const entryKinds = [
  'goodwill',
  'deposit',
  'deposit-interest',
  'deposit-refund',
  'budget',
  'true-up',
] as const;
const billKinds = ['bill', 'rebill', 'reversal'] as const;
/** `held` waits for a person; `replaced` and `cancelled` were issued and have a reversal. */
const billStates = ['held', 'calculated', 'approved', 'issued', 'replaced', 'cancelled', 'dropped'] as const;
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
  usagePointId: Id,
  commodity: CommodityWord,
  tariff: nullable(Type.String()),
  from: Instant,
  to: Instant,
  /** Local dates of the whole cycle; `cycleTo` is not part of it. */
  cycleFrom: LocalDate,
  cycleTo: LocalDate,
  total: nullable(Money),
  currency: nullable(Currency),
  prepaid: Type.Boolean({ description: "Its total was taken from the customer's prepaid credit" }),
  due: nullable(
    Type.String({ description: 'What is, or will be, paid: the total unless prepaid, with the entries' }),
  ),
  /** Total of the bill of the period before, where there is one in the same currency. */
  before: nullable(Money),
  usage: nullable(Quantity),
  unit: nullable(Type.String()),
  estimatedShare: Type.Number(),
  holds: Type.Array(BillHold),
  replaces: nullable(Id),
  replacedBy: nullable(Id),
  /** It started from what this bill left, and that is not so any more: make it anew, the oldest first. */
  affectedBy: nullable(Id),
  changedReadings: Type.Integer({
    ...{
      minimum: 0,
      description: 'Of an issued bill: readings that are others now than those it was made of',
    },
  }),
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
  affected: Type.Optional(Type.Boolean({ description: 'Only those that are to be made anew' })),
  changed: Type.Optional(
    Type.Boolean({ description: 'Only issued ones of which readings changed since (`changedReadings`)' }),
  ),
  format: Type.Optional(
    oneOf(['json', 'csv', 'jsonl', 'determinants.csv', 'espi'] as const, {
      description:
        'csv: a row a line; jsonl: a line a bill; espi: Green Button; all stream every bill that matches',
    }),
  ),
});

export const BillDetail = Type.Object({
  ...BillItem.properties,
  lines: Type.Array(BillLineItem),
  earned: Type.Array(BillLineItem, { description: 'Credited to a later bill: not part of the total' }),
  credits: nullable(Type.Object({ earned: Money, applied: Money, trueUp: Money, left: Money })),
  /**
   * Of the account and not of the tariff: prepaid credit, credits, deposits, budget billing. Until it is
   * issued, those to come.
   */
  entries: Type.Array(
    Type.Object({ kind: oneOf([...entryKinds, 'prepaid'] as const), amount: Money, words: Type.String() }),
  ),
  determinants: Type.Array(BillDeterminants),
  problems: Type.Array(BillProblem),
  channels: Type.Array(Id),
  readingRevision: Type.Integer({ description: 'Epoch second: the readings as they were known then' }),
  comparison: nullable(BillDeltaItem),
  replaced: nullable(BillDeltaItem),
  reason: Type.String({ description: 'Of a rebill or a reversal' }),
  /** It was held, and a person let it through. */
  released: nullable(
    Type.Object({
      ...{ by: Type.String(), byName: Type.String(), at: nullable(Instant) },
      reason: Type.String(),
    }),
  ),
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
      /** The revision that the meter's messages brought, up to the one the bill used. */
      came: nullable(
        Type.Object(
          { revision: Type.Integer(), value: Quantity, quality: Type.String() },
          { description: 'Null where no message is kept' },
        ),
      ),
      frames: Type.Array(Type.Object({ receivedAt: Instant, source: Type.String(), device: Type.String() }), {
        description: 'Messages of the meter that were received in the second of `came`',
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
  document: Type.Optional(TariffDocument),
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
