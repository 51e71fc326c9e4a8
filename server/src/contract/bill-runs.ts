/** Contract: bill cycles and bill runs; routes are listed in billing.ts. */
import { type Static, Type } from 'typebox';
import { Count, holdCodes, Money, Reason, TariffCode } from './billing-common.ts';
import { Id, Instant, JobFault, LocalDate, listOf, mapOf, nullable, oneOf, pageQuery } from './common.ts';

export const BillCycleItem = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64 }),
  dayOfMonth: Type.Integer({ minimum: 1, maximum: 28 }),
  accounts: Count,
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
  /** Only agreements with this tariff, at points of this service class, or of so many accounts. */
  tariff: nullable(Type.String()),
  serviceClass: nullable(Type.String()),
  accounts: nullable(Count),
  readingRevision: Type.Integer({ description: 'Epoch second: bills use the readings as known then' }),
  /** Agreements: all that are billed, looked at so far. */
  agreements: Count,
  done: Count,
  progress: Type.Number({ description: '0 to 1' }),
  /** Bills by state, and held ones by reason. */
  counts: mapOf(Count),
  holds: mapOf(Count),
  /** Held bills with a total by all that each is held for, codes with commas between: `ESTIMATED,OUTLIER`. */
  releasable: mapOf(Count),
  totals: mapOf(Money),
  /** Credits and deposits that its bills will have below their totals, until they are issued. */
  entries: mapOf(Money),
  reason: Type.String(),
  error: nullable(JobFault),
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
    Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 1_000, description: 'Only these' }),
  ),
  /** Only agreements that have it at some time of the cycle. */
  tariff: Type.Optional(TariffCode),
  /** Only agreements at usage points of it. */
  serviceClass: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  settings: Type.Optional(Type.Partial(RunSettings)),
});
export type BillRunCreate = Static<typeof BillRunCreate>;
export const BillReasonBody = Type.Object({ reason: Reason });
export const BillReleaseBody = Type.Object({
  holds: Type.Array(oneOf(holdCodes), {
    ...{ minItems: 1, maxItems: holdCodes.length },
    description: 'Bills that are held for none but these are released',
  }),
  reason: Reason,
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000, description: 'No more than so many' }),
  ),
});
export const BillReleaseResult = Type.Object({
  released: Count,
  left: Type.Integer({ minimum: 0, description: 'Bills like these that are held still, beyond the limit' }),
  run: BillRunItem,
});
export type BillReleaseResult = Static<typeof BillReleaseResult>;

/** Data of the SSE event `bill-run`: a run went on. */
export interface StreamBillRun {
  id: number;
  state: (typeof runStates)[number];
  done: number;
  agreements: number;
}
