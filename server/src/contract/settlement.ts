/**
 * Contract: settlement totals by group and interval, as known at a revision.
 *
 *   POST /settlements               works one out: it is kept, and never changes
 *   GET  /settlements               newest first; GET /{id}: its groups with their sums
 *   GET  /settlements/{id}/rows     ?format=jsonl|csv: every group in every interval
 *   GET  /settlements/{id}/changes  ?against=: what differs from another run of the same settlement
 */
import { type Static, Type } from 'typebox';
import { Count, Quantity } from './billing-common.ts';
import { CommodityWord, Id, Instant, listOf, mapOf, oneOf, pageQuery } from './common.ts';

const groupings = ['tariff', 'feeder', 'transformer', 'station', 'zone', 'service-class', 'all'] as const;
const labels = ['initial', 'revised', 'final'] as const;
const Factor = Type.String({ pattern: '^\\d{1,3}(\\.\\d{1,9})?$', description: '1.035: 3.5 % more' });

export const SettlementCreate = Type.Object({
  label: oneOf(labels),
  grouping: oneOf(groupings),
  commodity: CommodityWord,
  from: Instant,
  to: Instant,
  intervalMinutes: oneOf(['15', '30', '60', '1440'] as const),
  asOf: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 4294967295,
      description: 'Epoch second; default: what is known now',
    }),
  ),
  lossFactors: Type.Optional(mapOf(Factor)),
});
export type SettlementCreate = Static<typeof SettlementCreate>;

const figures = {
  import: Quantity,
  export: Quantity,
  importWithLosses: Quantity,
  exportWithLosses: Quantity,
  /** Readings: that there should be, that there are, estimated ones of these. */
  expected: Count,
  present: Count,
  estimated: Count,
  missing: Count,
};
export const SettlementGroup = Type.Object({
  group: Type.String({ description: 'Empty: usage points without one' }),
  lossFactor: Type.String(),
  usagePoints: Count,
  channels: Count,
  /** Usage points without interval readings, and channels that do not fit the intervals: not in the sums. */
  withoutIntervals: Count,
  unsuitable: Count,
  ...figures,
});
export type SettlementGroup = Static<typeof SettlementGroup>;
export const SettlementItem = Type.Object({
  id: Id,
  label: oneOf(labels),
  grouping: oneOf(groupings),
  commodity: CommodityWord,
  unit: Type.String(),
  from: Instant,
  to: Instant,
  intervalMinutes: Type.Integer(),
  readingRevision: Type.Integer({ description: 'Epoch second: the readings as they were known then' }),
  state: oneOf(['building', 'done', 'failed'] as const),
  error: Type.String(),
  groups: Type.Array(SettlementGroup),
  sha256: Type.String({ description: 'Of the rows as lines of JSON, hex' }),
  bytes: Count,
  createdAt: Instant,
  createdByName: Type.String(),
});
export type SettlementItem = Static<typeof SettlementItem>;
export const SettlementList = listOf(SettlementItem);
export type SettlementList = Static<typeof SettlementList>;
export const SettlementListQuery = pageQuery({});
/** A line of the rows. */
export const SettlementRow = Type.Object({ end: Instant, group: Type.String(), ...figures });
export type SettlementRow = Static<typeof SettlementRow>;
const format = Type.Optional(oneOf(['jsonl', 'csv'] as const));
export const SettlementRowsQuery = Type.Object({ format });
export const SettlementChangesQuery = Type.Object({ against: Id, format });
/** A line of the changes: of each figure what it was, what it is, and by how much it differs. */
export interface SettlementChange {
  readonly end: string;
  readonly group: string;
  readonly before: Omit<SettlementRow, 'end' | 'group'> | null;
  readonly after: Omit<SettlementRow, 'end' | 'group'> | null;
  readonly import: string;
  readonly export: string;
}
