/** Contract: meters on their way into use, lists of meters as jobs, provisioning files of network servers. */
import { bulkJobStates, commissioningDecisions, commissioningStates } from '@openami/model';
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, JobFault, listOf, nullable, oneOf, pageQuery } from './common.ts';

const count = Type.Integer({ minimum: 0 });
const Reason = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'Why: it is kept' });
const StateWord = oneOf(commissioningStates);
const Code = Type.String({ maxLength: 64, pattern: '^[A-Z_]*$' });

export const CommissioningSummary = Type.Object({
  states: Type.Array(
    Type.Object({ state: StateWord, count, late: Type.Integer({ description: 'Of them wait too long' }) }),
  ),
  lookedAt: nullable(Instant),
});
export type CommissioningSummary = Static<typeof CommissioningSummary>;

export const CommissioningItem = Type.Object({
  meterId: Id,
  serial: Type.String(),
  commodity: CommodityWord,
  manufacturer: Type.String(),
  model: Type.String(),
  usagePoint: nullable(Type.String()),
  address: nullable(Type.String()),
  state: StateWord,
  since: Instant,
  late: Type.Boolean({ description: 'Something waits for longer than the demands allow' }),
  marks: Type.Array(Type.Object({ mark: Type.String(), at: Instant }), {
    description: 'When each was reached',
  }),
  decision: nullable(
    Type.Object({
      kind: oneOf(commissioningDecisions),
      reason: Type.String(),
      by: Type.String(),
      at: Instant,
    }),
  ),
  findings: Type.Array(
    Type.Object({
      ...{ code: Type.String(), title: Type.String(), detail: Type.String(), hint: Type.String() },
      late: Type.Boolean(),
    }),
    { description: 'What is missing, the first first' },
  ),
});
export type CommissioningItem = Static<typeof CommissioningItem>;
export const CommissioningList = listOf(CommissioningItem);
export type CommissioningList = Static<typeof CommissioningList>;
export const CommissioningQuery = pageQuery({
  q: Type.Optional(Type.String({ maxLength: 100, description: 'Part of serial or address on the wire' })),
  state: Type.Optional(StateWord),
  late: Type.Optional(Type.Boolean()),
  finding: Type.Optional(Code),
});

export const CommissioningDecideBody = Type.Object({
  meterIds: Type.Array(Id, { minItems: 1, maxItems: 1_000, uniqueItems: true }),
  decision: oneOf(commissioningDecisions),
  reason: Reason,
});
export const CommissioningDecided = Type.Object({
  decided: Type.Integer({ description: 'Meters for which it changed something' }),
});
export type CommissioningDecided = Static<typeof CommissioningDecided>;

/** One type of two, so that neither is made the other. */
const numberOrNull = (more: { minimum: number; maximum?: number; description: string }) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], ...more });
const hours = Type.Integer({ minimum: 1, maximum: 8_760 });
const demands = {
  isKeyed: Type.Boolean({ description: 'It encrypts: its key must be here' }),
  heardWithinH: Type.Integer({ ...hours, description: 'From its installation' }),
  readingWithinH: Type.Integer({ ...hours, description: 'From when it is heard' }),
  completeWithinH: Type.Integer({ ...hours, description: 'From its first reading to a full day of them' }),
  coveragePercent: Type.Number({ minimum: 0, maximum: 100, description: 'Of the readings of that day' }),
  minRssiDbm: numberOrNull({ minimum: -150, maximum: 0, description: 'Of its best path; null for any' }),
  maxStartAdvance: numberOrNull({
    ...{ minimum: 0, description: 'Of its register above the start index, m³ or kWh a day of service' },
  }),
  makesChannels: Type.Boolean({ description: 'Channels are made of what it sends' }),
};
const DemandRule = Type.Object(
  {
    commodity: Type.Optional(CommodityWord),
    protocol: Type.Optional(oneOf(['wmbus', 'lorawan', 'dlms', 'push'] as const)),
    ...Type.Partial(Type.Object(demands)).properties,
  },
  { additionalProperties: false },
);
export const DemandRules = Type.Array(DemandRule, { maxItems: 100 });
export const CommissioningDemandList = Type.Object({
  usual: Type.Array(DemandRule, { description: 'Built in; what a later rule says goes before' }),
  rules: Type.Array(DemandRule, { description: 'Your own, after them' }),
});

export const BulkJob = Type.Object({
  id: Id,
  name: Type.String(),
  state: oneOf(bulkJobStates),
  total: count,
  done: count,
  failed: count,
  error: nullable(JobFault),
  createdAt: Instant,
  startedAt: nullable(Instant),
  finishedAt: nullable(Instant),
});
export type BulkJob = Static<typeof BulkJob>;
export const BulkJobList = listOf(BulkJob);
export type BulkJobList = Static<typeof BulkJobList>;
export const BulkJobListQuery = pageQuery({ q: Type.Optional(Type.String({ maxLength: 100 })) });

const bulkOptions = {
  commodity: Type.Optional(CommodityWord),
  codec: Type.Optional(
    Type.String({ maxLength: 260, description: 'Codec of LoRaWAN devices whose row names none' }),
  ),
};
export const BulkFileQuery = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  ...bulkOptions,
  onlyHeard: Type.Optional(
    Type.Boolean({ description: 'Rows of meters that nobody hears and nobody knows are refused' }),
  ),
  encoding: Type.Optional(oneOf(['hex', 'base64'] as const, { description: 'How keys are written' })),
  suite: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })),
  different: Type.Optional(oneOf(['reject', 'stage'] as const, { description: 'A key other than ours' })),
  mapping: Type.Optional(Type.String({ maxLength: 32_768, description: 'As of key files, JSON' })),
});
export type BulkFileQuery = Static<typeof BulkFileQuery>;
export const BulkHeardBody = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  names: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    ...{ minItems: 1, maxItems: 5_000, uniqueItems: true },
    description: 'As they are heard: KAM-12345678, or DevEUIs',
  }),
  ...bulkOptions,
});
export type BulkHeardBody = Static<typeof BulkHeardBody>;

export const ProvisioningBody = Type.Object({
  format: oneOf(['thingsstack', 'chirpstack'] as const),
  reason: Reason,
  meterIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 10_000, uniqueItems: true })),
  /** The Things Stack. */
  frequencyPlan: Type.Optional(Type.String({ maxLength: 64, description: 'Such as EU_863_870_TTN' })),
  lorawanVersion: Type.Optional(Type.String({ maxLength: 64, description: 'Such as MAC_V1_0_3' })),
  phyVersion: Type.Optional(Type.String({ maxLength: 64, description: 'Such as PHY_V1_0_3_REV_A' })),
  /** ChirpStack. */
  applicationId: Type.Optional(Type.String({ maxLength: 64 })),
  deviceProfileId: Type.Optional(Type.String({ maxLength: 64 })),
});
export type ProvisioningBody = Static<typeof ProvisioningBody>;

/** Of the live stream. */
export interface StreamBulk {
  readonly id: number;
  readonly state: BulkJob['state'];
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}
