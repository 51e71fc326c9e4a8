/** Contract: meters, their channels and what they measured. */
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, LocalDate, listOf, nullable, oneOf, pageQuery } from './common.ts';

export const meterStates = ['in_stock', 'installed', 'active', 'disconnected', 'removed', 'retired'] as const;
export const MeterState = oneOf(meterStates);
export type MeterState = Static<typeof MeterState>;

/** How recently a meter was heard: within 36 hours, within a week, longer ago, never. */
export const readStatuses = ['current', 'late', 'silent', 'never'] as const;
export const ReadStatus = oneOf(readStatuses);
export type ReadStatus = Static<typeof ReadStatus>;

/** Columns the table can be sorted by; `-` before it for descending. */
export const meterSorts = [
  'serial',
  '-serial',
  'manufacturer',
  '-manufacturer',
  'model',
  '-model',
  'state',
  '-state',
  'commodity',
  '-commodity',
  'firmware',
  '-firmware',
] as const;

export const MeterQuery = pageQuery({
  q: Type.Optional(Type.String({ maxLength: 100, description: 'Serial, address, account or customer' })),
  commodity: Type.Optional(CommodityWord),
  state: Type.Optional(MeterState),
  model: Type.Optional(Type.String({ maxLength: 100 })),
  readStatus: Type.Optional(ReadStatus),
  sort: Type.Optional(oneOf(meterSorts)),
});
export type MeterQuery = Static<typeof MeterQuery>;

export const MeterItem = Type.Object({
  id: Id,
  serial: Type.String(),
  manufacturer: Type.String(),
  model: Type.String(),
  commodity: CommodityWord,
  state: MeterState,
  usagePointCode: nullable(Type.String()),
  address: nullable(Type.String()),
  account: nullable(Type.String()),
  lastReadingAt: nullable(Instant),
  firmware: Type.String(),
  protocol: Type.String(),
});
export type MeterItem = Static<typeof MeterItem>;
export const MeterList = listOf(MeterItem);
export type MeterList = Static<typeof MeterList>;

export const LatestValue = Type.Object({
  end: Instant,
  value: Type.Number({ description: 'In the unit of the channel' }),
  quality: Type.Integer(),
});
export const ChannelItem = Type.Object({
  id: Id,
  alias: Type.String(),
  readingType: Type.String({ description: 'CIM reading type, 18 fields' }),
  description: Type.String(),
  obis: Type.String(),
  intervalS: Type.Integer({ description: '0 for a register' }),
  unit: Type.String(),
  resolution: Type.Integer({ description: 'Thousandths of the base unit in one count' }),
  latest: nullable(LatestValue),
});
export type ChannelItem = Static<typeof ChannelItem>;
export const InstallationItem = Type.Object({
  usagePointId: Id,
  usagePointCode: Type.String(),
  address: nullable(Type.String()),
  from: Instant,
  until: nullable(Instant),
});
export type InstallationItem = Static<typeof InstallationItem>;

const { account: _number, ...itemProperties } = MeterItem.properties;
export const MeterDetail = Type.Object({
  ...itemProperties,
  addresses: Type.Array(Type.String()),
  zone: Type.String({
    description: 'IANA zone of the usage point, else of the import that made the meter, else of the site',
  }),
  channels: Type.Array(ChannelItem),
  installations: Type.Array(InstallationItem),
  usagePoint: nullable(
    Type.Object({ id: Id, code: Type.String(), state: Type.String(), phase: Type.String() }),
  ),
  premise: nullable(
    Type.Object({
      id: Id,
      address: Type.String(),
      locality: Type.String(),
      postcode: Type.String(),
      country: Type.String(),
      lon: nullable(Type.Number()),
      lat: nullable(Type.Number()),
      zone: Type.String(),
    }),
  ),
  account: nullable(Type.Object({ id: Id, number: Type.String(), name: Type.String() })),
  customer: nullable(Type.Object({ id: Id, code: Type.String(), name: Type.String() })),
  agreement: nullable(Type.Object({ id: Id, code: Type.String(), from: Instant, until: nullable(Instant) })),
});
export type MeterDetail = Static<typeof MeterDetail>;

export const InstallBody = Type.Object({ usagePointId: Id, at: Instant });
export const RemoveBody = Type.Object({ at: Instant });
const RegisterRead = Type.Object({ channelId: Id, value: Type.Number({ description: 'In the unit' }) });
export const ExchangeBody = Type.Object({
  newMeterId: Id,
  at: Instant,
  finalReads: Type.Array(RegisterRead, { maxItems: 64 }),
  initialReads: Type.Array(RegisterRead, { maxItems: 64 }),
});
export type ExchangeBody = Static<typeof ExchangeBody>;

export const ProfileQuery = Type.Object({
  from: Instant,
  to: Instant,
  asOf: Type.Optional(Type.String({ format: 'date-time', description: 'As it was known at that moment' })),
});
/** Readings as columns, ends in (from, to], one row an interval, ascending. */
export const Profile = Type.Object({
  channel: Type.Object({
    id: Id,
    unit: Type.String(),
    intervalS: Type.Integer(),
    description: Type.String(),
  }),
  zone: Type.String(),
  end: Type.Array(Type.Integer({ description: 'Interval end, epoch seconds' })),
  value: Type.Array(Type.Number({ description: 'In the unit of the channel' })),
  quality: Type.Array(Type.Integer()),
  flags: Type.Array(Type.Integer()),
  revision: Type.Array(Type.Integer({ description: 'When it was stored, epoch seconds' })),
});
export type Profile = Static<typeof Profile>;

export const DailyQuery = Type.Object({ from: Type.Optional(LocalDate), to: LocalDate });
export const DailyItem = Type.Object({
  day: LocalDate,
  total: Type.Number(),
  max: Type.Number(),
  count: Type.Integer(),
  expected: Type.Integer(),
  estimated: Type.Integer(),
});
export type DailyItem = Static<typeof DailyItem>;
export const Daily = Type.Object({ zone: Type.String(), days: Type.Array(DailyItem) });
export type Daily = Static<typeof Daily>;

export const RevisionQuery = Type.Object({
  end: Type.Integer({ minimum: 0, maximum: 4294967295, description: 'Interval end, epoch seconds' }),
});
export const RevisionItem = Type.Object({
  revision: Type.Integer({ description: 'Epoch seconds' }),
  value: Type.Number(),
  quality: Type.Integer(),
  flags: Type.Integer(),
});
export type RevisionItem = Static<typeof RevisionItem>;
