/** Contract: tariffs with their versions, and which agreement has which; routes are listed in billing.ts. */
import { type Static, Type } from 'typebox';
import { Count, Currency, TariffCode, TariffDocument, Words } from './billing-common.ts';
import { CommodityWord, Id, Instant, LocalDate, listOf, nullable, oneOf, pageQuery } from './common.ts';

export const TariffFaultItem = Type.Object({
  path: Type.String({ description: 'versions[0].charges[2].price' }),
  message: Type.String({ description: 'What is wrong and what to do' }),
});
export type TariffFaultItem = Static<typeof TariffFaultItem>;

/** Which period when: for a calendar that shows a year at a glance. */
export const ScheduleView = Type.Object({
  version: Count,
  schedule: Type.String(),
  periods: Type.Array(Type.String()),
  rows: Type.Array(
    Type.Object({
      month: Type.Integer({ minimum: 1, maximum: 12 }),
      days: oneOf(['weekday', 'saturday', 'sunday', 'holiday'] as const),
      halfHours: Type.Array(Count, { description: '48 indexes of `periods`, from midnight on' }),
    }),
  ),
});
export type ScheduleView = Static<typeof ScheduleView>;

export const TariffCheckBody = Type.Object({ document: TariffDocument });
export const TariffCheck = Type.Object({
  ok: Type.Boolean(),
  faults: Type.Array(TariffFaultItem),
  schedules: Type.Array(ScheduleView),
});
export type TariffCheck = Static<typeof TariffCheck>;

/** Of a record of the OpenEI Utility Rate Database; the body is that record, or the answer it came in. */
export const TariffImportQuery = Type.Object({
  label: Type.Optional(Type.String({ maxLength: 200, description: 'Of several records, the one of it' })),
  index: Type.Optional(Type.Integer({ minimum: 0, description: 'Or the one in this place, from 0' })),
  id: Type.Optional(TariffCode),
  zone: Type.Optional(Type.String({ maxLength: 60, description: 'IANA; a record has none' })),
  commodity: Type.Optional(CommodityWord),
});
export type TariffImportQuery = Static<typeof TariffImportQuery>;
export const TariffImport = Type.Object({
  ok: Type.Boolean(),
  document: nullable(
    Type.Unsafe<Record<string, unknown>>({ description: 'The tariff; null where it is none yet' }),
  ),
  notes: Type.Array(TariffFaultItem, { description: 'What the tariff does not say, by field of the record' }),
  faults: Type.Array(TariffFaultItem, {
    description: 'Paths are those of `document`, or of what was sent where there is none',
  }),
  schedules: Type.Array(ScheduleView),
});
export type TariffImport = Static<typeof TariffImport>;

export const TariffItem = Type.Object({
  code: TariffCode,
  name: Type.String(),
  commodity: CommodityWord,
  unit: Type.String(),
  currency: Currency,
  zone: nullable(Type.String({ description: 'IANA; null: that of each usage point' })),
  versions: Count,
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
export const TariffCreate = Type.Object({ document: TariffDocument, note: Type.Optional(Words) });
export type TariffCreate = Static<typeof TariffCreate>;
/** Ends the version before it where that has no end. */
export const TariffVersionCreate = Type.Object({
  version: TariffDocument,
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
