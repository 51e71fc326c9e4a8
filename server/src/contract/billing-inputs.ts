/**
 * Contract: what bills need besides readings.
 *
 * GET  /billing-series                     every series of values over time
 * POST /billing-series                     a new one
 * GET  /billing-series/:code               one, with its uploads
 * GET  /billing-series/:code/values        its values, as they are or were
 * POST /billing-series/:code/uploads       values, as rows or CSV
 * GET  /tariffs/:code/events               events a tariff knows, what was declared, how many are left
 * POST /tariffs/:code/events               declare one
 * POST /tariff-events/:id/withdraw         before it begins
 * GET  /usage-points/:code/attributes      what is stated of a usage point, and since when
 * POST /billing-attributes                 state it
 */
import { attributeNames, seriesQuantities } from '@openami/model';
import { type Static, Type } from 'typebox';
import { Count, Reason, TariffCode, Words } from './billing-common.ts';
import { Id, Instant, LocalDate, nullable, oneOf } from './common.ts';

const Decimal = Type.String({ pattern: '^-?[0-9]{1,7}(\\.[0-9]{1,9})?$', description: 'Exact decimal' });
const SeriesCode = TariffCode;
export const SeriesParams = Type.Object({ code: SeriesCode });

export const BillingSeriesItem = Type.Object({
  code: SeriesCode,
  name: Type.String(),
  quantity: oneOf(seriesQuantities),
  unit: Type.String({ description: 'EUR/kWh, MJ/m3, mm' }),
  revision: Type.Integer({ description: 'Number of the last upload; 0 for none' }),
  values: Count,
  /** From when to when there are values; null for none. */
  from: nullable(Instant),
  to: nullable(Instant),
  createdBy: Type.String(),
  createdAt: Instant,
});
export type BillingSeriesItem = Static<typeof BillingSeriesItem>;
export const BillingSeriesList = Type.Array(BillingSeriesItem);

export const BillingSeriesCreate = Type.Object({
  code: SeriesCode,
  name: Type.Optional(Type.String({ maxLength: 200 })),
  quantity: oneOf(seriesQuantities),
  /** Of a price: currency and unit of the tariff. The other quantities have the units of the handbook. */
  unit: Type.String({ pattern: '^([A-Z]{3}/(kWh|MWh|m3)|MJ/m3|mm)$' }),
});
export type BillingSeriesCreate = Static<typeof BillingSeriesCreate>;

export const SeriesUploadItem = Type.Object({
  number: Type.Integer({ minimum: 1, description: 'The revision that bills note' }),
  at: Instant,
  from: Instant,
  to: Instant,
  given: Count,
  changed: Type.Integer({ description: 'Values that are new or other than before' }),
  note: Type.String(),
  createdBy: Type.String(),
});
export type SeriesUploadItem = Static<typeof SeriesUploadItem>;

export const BillingSeriesDetail = Type.Object({
  ...BillingSeriesItem.properties,
  uploads: Type.Array(SeriesUploadItem, { description: 'The newest first, 100 at most' }),
});
export type BillingSeriesDetail = Static<typeof BillingSeriesDetail>;

export const mostUploaded = 40_000;
export const SeriesUploadBody = Type.Object({
  /** Rows or `csv`: a table with the columns from, to (or an interval) and value. Times are UTC. */
  values: Type.Optional(
    Type.Array(
      Type.Object({
        from: Type.String({ maxLength: 40 }),
        to: Type.Optional(Type.String({ maxLength: 40 })),
        value: Type.Union([Type.String({ maxLength: 40 }), Type.Number()]),
      }),
      { maxItems: mostUploaded },
    ),
  ),
  csv: Type.Optional(Type.String({ maxLength: 4_000_000 })),
  intervalMinutes: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 44_640, description: 'How long each value holds that has no end' }),
  ),
  note: Type.Optional(Words),
});
export type SeriesUploadBody = Static<typeof SeriesUploadBody>;

export const SeriesValueQuery = Type.Object({
  from: Instant,
  to: Instant,
  revision: Type.Optional(
    Type.Integer({ minimum: 0, description: 'As they were after this upload: what a bill knew' }),
  ),
});
export const SeriesValueItem = Type.Object({
  from: Instant,
  to: Instant,
  value: Decimal,
  upload: Type.Integer(),
});
export type SeriesValueItem = Static<typeof SeriesValueItem>;
export const SeriesValues = Type.Array(SeriesValueItem, { description: '40,000 at most' });

export const TariffEventItem = Type.Object({
  id: Id,
  tariff: TariffCode,
  event: Type.String(),
  from: Instant,
  to: Instant,
  /** `withdrawn` ones have no effect. */
  state: oneOf(['coming', 'now', 'past', 'withdrawn'] as const),
  reason: Type.String(),
  declaredBy: Type.String(),
  declaredAt: Instant,
  withdrawnBy: Type.String(),
  withdrawnAt: nullable(Instant),
  withdrawnReason: Type.String(),
});
export type TariffEventItem = Static<typeof TariffEventItem>;

export const KnownEventItem = Type.Object({
  event: Type.String(),
  name: Type.String(),
  kinds: Type.Array(oneOf(['price', 'rebate', 'peak'] as const)),
  longestMinutes: nullable(Count),
  counts: Type.Array(
    Type.Object({
      of: oneOf(['year', 'season'] as const),
      from: LocalDate,
      to: LocalDate,
      declared: Count,
      most: Count,
    }),
  ),
});
export type KnownEventItem = Static<typeof KnownEventItem>;

export const TariffEvents = Type.Object({
  zone: Type.String({ description: 'Whose days and seasons count' }),
  known: Type.Array(KnownEventItem, { description: 'Of the version in force; counts are of today' }),
  events: Type.Array(TariffEventItem, { description: 'The newest first, 500 at most' }),
});
export type TariffEvents = Static<typeof TariffEvents>;

export const TariffEventBody = Type.Object({
  event: Type.String({ minLength: 1, maxLength: 64 }),
  from: Instant,
  to: Instant,
  reason: Reason,
});
export type TariffEventBody = Static<typeof TariffEventBody>;
export const WithdrawBody = Type.Object({ reason: Reason });

export const BillingAttributeItem = Type.Object({
  id: Id,
  usagePoint: Type.String(),
  name: oneOf(attributeNames),
  validFrom: LocalDate,
  value: nullable(Type.String({ description: 'null: nothing holds from here on' })),
  note: Type.String(),
  at: Instant,
  createdBy: Type.String(),
});
export type BillingAttributeItem = Static<typeof BillingAttributeItem>;
export const BillingAttributes = Type.Array(BillingAttributeItem);
export const AttributeParams = Type.Object({ code: Type.String({ minLength: 1, maxLength: 200 }) });

export const BillingAttributeBody = Type.Object({
  statements: Type.Array(
    Type.Object({
      usagePoint: Type.String({ minLength: 1, maxLength: 200 }),
      name: oneOf(attributeNames),
      validFrom: LocalDate,
      value: nullable(Type.String({ minLength: 1, maxLength: 64 })),
      note: Type.Optional(Words),
    }),
    { minItems: 1, maxItems: 10_000 },
  ),
});
export type BillingAttributeBody = Static<typeof BillingAttributeBody>;
