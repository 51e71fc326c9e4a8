/**
 * Contract: what a tariff would do to the bills of many, against what each agreement has now:
 *
 *   GET  /tariff-impacts                       those that are kept, newest first; POST starts one
 *   GET  /tariff-impacts/{id}                  how far it is, sums, by service class (ETag once it is done)
 *   GET  /tariff-impacts/{id}/histogram        winners and losers, by amount or percent
 *   GET  /tariff-impacts/{id}/agreements       who pays most more or less, in pages; ?format=csv has them all
 *   POST /tariff-impacts/{id}/cancel|resume
 *
 * All below /api/v1. Money is exact decimal text.
 */
import { type Static, Type } from 'typebox';
import { Count, Currency, Money, TariffCode, TariffDocument, Words } from './billing-common.ts';
import {
  CommodityWord,
  Id,
  Instant,
  JobFault,
  LocalDate,
  listOf,
  mapOf,
  nullable,
  oneOf,
  pageQuery,
} from './common.ts';
import { TariffVersionsUsed } from './what-if.ts';

const Name = Type.String({ maxLength: 64 });
const Filter = Type.Object(
  {
    cycle: Type.Optional(
      Type.String({ maxLength: 64, description: 'Name of a bill cycle; empty: the calendar month' }),
    ),
    tariff: Type.Optional(TariffCode),
    serviceClass: Type.Optional(Name),
  },
  { description: 'Agreements it is about; nothing: all of the commodity' },
);

export const TariffImpactCreate = Type.Object({
  /** A stored tariff, or a document that is not stored: one of both. */
  tariff: Type.Optional(TariffCode),
  document: Type.Optional(TariffDocument),
  from: Type.Optional(LocalDate),
  to: Type.Optional(
    Type.String({ format: 'date', description: 'Cycles that end in (from, to]; default: the last twelve' }),
  ),
  versions: Type.Optional(TariffVersionsUsed),
  filter: Type.Optional(Filter),
  note: Type.Optional(Words),
});
export type TariffImpactCreate = Static<typeof TariffImpactCreate>;

const states = ['draft', 'calculating', 'done', 'cancelled', 'failed'] as const;
export const TariffImpactItem = Type.Object({
  id: Id,
  tariff: Type.String(),
  isStored: Type.Boolean({ description: 'False for a document that was being written' }),
  commodity: CommodityWord,
  currency: Currency,
  versions: TariffVersionsUsed,
  from: LocalDate,
  to: LocalDate,
  filter: Filter,
  note: Type.String(),
  state: oneOf(states),
  readingRevision: Type.Integer({ description: 'Epoch second: the readings as known then' }),
  agreements: Count,
  done: Count,
  progress: Type.Number({ description: '0 to 1' }),
  error: nullable(JobFault),
  createdBy: Type.String(),
  createdByName: Type.String(),
  createdAt: Instant,
  finishedAt: nullable(Instant),
  version: Type.Integer(),
});
export type TariffImpactItem = Static<typeof TariffImpactItem>;
export const TariffImpactList = listOf(TariffImpactItem);
export type TariffImpactList = Static<typeof TariffImpactList>;
export const TariffImpactQuery = pageQuery({});

/** Of the agreements that could be rated on both; winners pay less. */
export const ImpactSumsItem = Type.Object({
  rated: Count,
  unrated: Count,
  winners: Count,
  losers: Count,
  unchanged: Count,
  before: Money,
  after: Money,
  difference: Money,
});
export type ImpactSumsItem = Static<typeof ImpactSumsItem>;
export const TariffImpactDetail = Type.Object({
  ...TariffImpactItem.properties,
  document: Type.Unsafe<Record<string, unknown> | null>({
    description: 'The draft as it was written; null for a stored tariff',
  }),
  sums: ImpactSumsItem,
  classes: Type.Array(Type.Object({ serviceClass: Type.String(), ...ImpactSumsItem.properties })),
  unratedBecause: mapOf(Count),
  assumptions: Type.Array(Type.String()),
});
export type TariffImpactDetail = Static<typeof TariffImpactDetail>;

export const ImpactHistogramQuery = Type.Object({
  by: Type.Optional(oneOf(['amount', 'percent'] as const)),
  serviceClass: Type.Optional(Name),
});
export const ImpactHistogramItem = Type.Object({
  by: oneOf(['amount', 'percent'] as const),
  unchanged: Type.Integer({ description: 'Agreements with no difference: in no bin' }),
  bins: Type.Array(
    Type.Object({
      from: Type.Number({ description: 'The first bin has all below it, too, the last all above' }),
      to: Type.Number(),
      agreements: Count,
      difference: Money,
    }),
  ),
});
export type ImpactHistogramItem = Static<typeof ImpactHistogramItem>;

export const ImpactAgreementQuery = pageQuery({
  order: Type.Optional(
    oneOf(['losers', 'winners', 'unrated'] as const, {
      description: 'Who pays most more first, who pays most less first, or who could not be rated',
    }),
  ),
  serviceClass: Type.Optional(Name),
  format: Type.Optional(oneOf(['json', 'csv'] as const)),
});
export const ImpactAgreementItem = Type.Object({
  agreement: Type.String(),
  account: Type.String(),
  customer: Type.String(),
  usagePoint: Type.String(),
  serviceClass: Type.String(),
  tariff: Type.String({ description: 'What it has' }),
  cycles: Type.Integer({ description: 'Cycles with readings that were rated' }),
  before: nullable(Money),
  after: nullable(Money),
  difference: nullable(Money),
  percent: nullable(Type.Number()),
  reason: Type.String({ description: 'Why it could not be rated; empty where it was' }),
  message: Type.String(),
});
export type ImpactAgreementItem = Static<typeof ImpactAgreementItem>;
export const ImpactAgreementList = listOf(ImpactAgreementItem);
export type ImpactAgreementList = Static<typeof ImpactAgreementList>;

/** Data of the SSE event `tariff-impact`: one went on. */
export interface StreamTariffImpact {
  id: number;
  state: (typeof states)[number];
  done: number;
  agreements: number;
}
