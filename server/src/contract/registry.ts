/** Contract: premises, usage points, customers, accounts, agreements, and their CSV files. */
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, nullable, oneOf, pageQuery } from './common.ts';
import { MeterState } from './meters.ts';

const text = (maxLength: number) => Type.String({ maxLength });
const code = Type.String({ minLength: 1, maxLength: 100 });
const lon = nullable(Type.Number({ minimum: -180, maximum: 180 }));
const lat = nullable(Type.Number({ minimum: -90, maximum: 90 }));

export const RegistryQuery = pageQuery({ q: Type.Optional(text(100)) });

export const PremiseBody = Type.Object({
  code,
  addressLines: Type.Array(text(200), { maxItems: 6 }),
  locality: text(100),
  postcode: text(20),
  country: text(2),
  lon,
  lat,
  zone: Type.String({ minLength: 1, maxLength: 64 }),
});
export const PremiseItem = Type.Object({ id: Id, ...PremiseBody.properties });
export type PremiseItem = Static<typeof PremiseItem>;

export const UsagePointBody = Type.Object({
  code,
  premiseId: nullable(Id),
  commodity: CommodityWord,
  zone: Type.String({ minLength: 1, maxLength: 64 }),
  nodeId: nullable(Id),
  phase: text(10),
  state: oneOf(['planned', 'connected', 'disconnected', 'closed'] as const),
  serviceClass: text(50),
});
export const UsagePointItem = Type.Object({ id: Id, ...UsagePointBody.properties });
export type UsagePointItem = Static<typeof UsagePointItem>;

export const CustomerBody = Type.Object({ code, name: text(200), kind: text(50) });
export const CustomerItem = Type.Object({ id: Id, ...CustomerBody.properties });
export type CustomerItem = Static<typeof CustomerItem>;

export const AccountBody = Type.Object({
  ...{ number: code, customerId: Id, name: text(200) },
  language: Type.Optional(
    Type.String({
      pattern: '^([a-z]{2})?$',
      description: 'Of its documents, as `de`; empty: that of the site',
    }),
  ),
});
export const AccountItem = Type.Object({ id: Id, ...AccountBody.properties });
export type AccountItem = Static<typeof AccountItem>;

export const AgreementBody = Type.Object({
  code,
  accountId: Id,
  usagePointId: Id,
  from: Instant,
  until: nullable(Instant),
});
export const AgreementItem = Type.Object({ id: Id, ...AgreementBody.properties });
export type AgreementItem = Static<typeof AgreementItem>;

export const ChannelBody = Type.Object({
  quantity: Type.String({ minLength: 1, maxLength: 200, description: 'OBIS, CIM reading type or alias' }),
  intervalS: Type.Integer({ minimum: 0, maximum: 2678400 }),
  unit: Type.String({ minLength: 1, maxLength: 20 }),
  decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, default: 3 })),
  alias: Type.Optional(text(100)),
});
export type ChannelBody = Static<typeof ChannelBody>;
export const MeterBody = Type.Object({
  serial: code,
  addresses: Type.Optional(Type.Array(code, { maxItems: 20 })),
  manufacturer: Type.Optional(text(100)),
  model: Type.Optional(text(100)),
  commodity: CommodityWord,
  state: Type.Optional(MeterState),
  firmware: Type.Optional(text(100)),
  protocol: Type.Optional(text(50)),
  channels: Type.Optional(Type.Array(ChannelBody, { maxItems: 64 })),
});
export type MeterBody = Static<typeof MeterBody>;
export const MeterPatch = Type.Partial(
  Type.Object({
    addresses: Type.Array(code, { maxItems: 20 }),
    manufacturer: text(100),
    model: text(100),
    state: MeterState,
    firmware: text(100),
    protocol: text(50),
  }),
);
export type MeterPatch = Static<typeof MeterPatch>;

export const registryKinds = [
  'premises',
  'network-nodes',
  'usage-points',
  'meters',
  'channels',
  'installations',
  'customers',
  'accounts',
  'agreements',
] as const;
export const RegistryKind = oneOf(registryKinds);
export type RegistryKind = Static<typeof RegistryKind>;
export const RegistryImportQuery = Type.Object({ dryRun: Type.Optional(Type.Boolean({ default: false })) });
export const RegistryImportResult = Type.Object({
  rows: Type.Integer(),
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Integer(),
  errors: Type.Array(Type.Object({ line: Type.Integer(), code: Type.String(), reason: Type.String() }), {
    description: 'The first of them',
  }),
  dryRun: Type.Boolean(),
});
export type RegistryImportResult = Static<typeof RegistryImportResult>;
