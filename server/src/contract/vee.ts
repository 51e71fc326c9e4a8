/**
 * Contract: exceptions, days as they were judged, edits, suspensions, rules, virtual channels, service
 * levels.
 */
import { type Static, Type } from 'typebox';
import { Id, Instant, LocalDate, listOf, mapOf, Name, nullable, oneOf, pageQuery } from './common.ts';

const count = Type.Integer({ minimum: 0 });
const Seconds = Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: 'UTC, epoch seconds' });
const Reason = Type.String({
  ...{ maxLength: 500, pattern: '\\S\\s*\\S\\s*\\S' },
  description: 'Why, in three letters at least: it is kept',
});

export const exceptionStates = ['open', 'accepted', 'estimated', 'edited', 'rejected', 'resolved'] as const;
export const exceptionActions = ['accept', 'estimate', 'edit', 'reject'] as const;
export const exceptionSeverities = ['info', 'suspect', 'fail'] as const;

export const ExceptionItem = Type.Object({
  id: Id,
  channelId: Id,
  meterId: Id,
  serial: Type.String(),
  usagePointId: nullable(Id),
  day: LocalDate,
  rule: Type.String(),
  title: Type.String({ description: 'What the rule holds against readings' }),
  words: Type.String({ description: 'The finding in words' }),
  severity: oneOf(exceptionSeverities),
  firstEnd: Seconds,
  lastEnd: Seconds,
  effect: Type.Number({ description: 'At stake, in the base unit' }),
  baseUnit: Type.String(),
  state: oneOf(exceptionStates),
  note: Type.String(),
  editId: nullable(Id),
  openedAt: Instant,
  changedAt: Instant,
  changedBy: Type.String(),
});
export type ExceptionItem = Static<typeof ExceptionItem>;
export const ExceptionList = listOf(ExceptionItem);
export const ExceptionQuery = pageQuery({
  state: Type.Optional(oneOf(exceptionStates)),
  rule: Type.Optional(Type.String({ maxLength: 40 })),
  meterId: Type.Optional(Id),
  channelId: Type.Optional(Id),
  usagePointId: Type.Optional(Id),
  fromDay: Type.Optional(LocalDate),
  toDay: Type.Optional(LocalDate),
  ids: Type.Optional(
    Type.String({
      pattern: '^\\d{1,10}(,\\d{1,10})*$',
      maxLength: 5_500,
      description: 'Only these, separated by commas; at most 500',
    }),
  ),
});

export const ExceptionGroupItem = Type.Object({
  kind: Type.String({ description: 'missing, time, value, register, setup, lead, customer' }),
  action: Type.String({ description: 'What to do about the kind' }),
  day: LocalDate,
  lastDay: LocalDate,
  cause: oneOf(['concentrator', 'route', 'firmware', 'meterType', 'time', 'meter'] as const),
  name: Type.String(),
  meters: count,
  population: count,
  weight: Type.Number(),
  severity: oneOf(exceptionSeverities),
  rules: Type.Array(Type.String()),
  effect: Type.Number(),
  baseUnit: Type.String(),
  exceptions: Type.Array(Id, { description: 'At most 1,000 of them' }),
  total: count,
});
export type ExceptionGroupItem = Static<typeof ExceptionGroupItem>;
export const ExceptionGroups = Type.Object({
  groups: Type.Array(ExceptionGroupItem),
  open: count,
  counts: mapOf(count),
});
export type ExceptionGroups = Static<typeof ExceptionGroups>;

/** Columns of one day; values are counts of the channel's resolution, null where there is none. */
const DayValues = Type.Array(nullable(Type.Number()));
export const VeeDay = Type.Object({
  channelId: Id,
  meterId: Id,
  serial: Type.String(),
  alias: Type.String(),
  unit: Type.String(),
  baseUnit: Type.String(),
  resolution: Type.Integer(),
  signed: Type.Boolean({ description: 'Its values may be below zero' }),
  intervalS: Type.Integer(),
  zone: Type.String(),
  day: LocalDate,
  ends: Type.Array(Seconds),
  /** As measured: what estimates and edits stand in for as well. */
  measured: DayValues,
  current: DayValues,
  quality: Type.Array(Type.String()),
  reasons: Type.Array(Type.Array(Type.String())),
  proposed: DayValues,
  lower: DayValues,
  upper: DayValues,
  proposedMethod: Type.String(),
  /** Mean of the neighbours, scaled to this channel's mean. */
  neighbours: DayValues,
  neighbourCount: count,
  /** The same day a week before. */
  weekBefore: DayValues,
  registers: Type.Array(Type.Object({ at: Seconds, value: Type.Number(), unit: Type.String() })),
  events: Type.Array(
    Type.Object({ at: Seconds, code: Type.String(), severity: Type.String(), detail: Type.String() }),
  ),
  exceptions: Type.Array(ExceptionItem),
  basis: Type.Integer({ description: 'Newest revision shown: send it with an edit' }),
  closed: nullable(
    Type.Object({
      expected: count,
      measured: count,
      questionable: count,
      estimated: count,
      edited: count,
      suspended: Type.Boolean(),
    }),
  ),
});
export type VeeDay = Static<typeof VeeDay>;
export const VeeDayParams = Type.Object({ channel: Id, day: LocalDate });

const Method = Type.Optional(
  Type.String({
    maxLength: 40,
    description:
      'Of an estimate; without one that which did best on the channel itself. Of an acceptance `measured`: ' +
      'takes back what was measured where an estimate stands for it.',
  }),
);
const EditValues = Type.Array(
  Type.Object({ end: Seconds, value: nullable(Type.Integer({ description: 'Counts of the resolution' })) }),
  { maxItems: 5_000 },
);
const editFields = {
  channelId: Id,
  action: oneOf(exceptionActions),
  firstEnd: Seconds,
  lastEnd: Seconds,
  method: Method,
  values: Type.Optional(EditValues),
};
export const EditPreviewBody = Type.Object(editFields);
export const EditBody = Type.Object({
  ...editFields,
  reason: Reason,
  basis: Type.Optional(Type.Integer({ minimum: 0 })),
  exceptionIds: Type.Optional(Type.Array(Id, { maxItems: 1_000 })),
});
const EditRow = Type.Object({
  end: Seconds,
  value: nullable(Type.Number()),
  quality: Type.String(),
  reasons: Type.Array(Type.String()),
});
export const EditPreviewItem = Type.Object({
  before: Type.Array(EditRow),
  after: Type.Array(EditRow),
  change: Type.Number({ description: 'What the sum changes by, in the base unit' }),
  baseUnit: Type.String(),
  basis: Type.Integer(),
  needsApproval: Type.Boolean(),
  method: Type.String(),
});
export type EditPreviewItem = Static<typeof EditPreviewItem>;

export const editStates = ['pending', 'applying', 'applied', 'refused'] as const;
export const EditItem = Type.Object({
  id: Id,
  channelId: Id,
  serial: Type.String(),
  firstEnd: Seconds,
  lastEnd: Seconds,
  action: oneOf([...exceptionActions, 'undo'] as const),
  method: Type.String(),
  reason: Type.String(),
  before: Type.Array(EditRow),
  after: Type.Array(EditRow),
  change: Type.Number(),
  baseUnit: Type.String(),
  undoes: nullable(Id),
  undoneBy: nullable(Id),
  state: oneOf(editStates),
  requestedBy: Type.String(),
  requestedByName: Name,
  requestedAt: Instant,
  decidedBy: Type.String(),
  decidedByName: Name,
  decidedAt: nullable(Instant),
  decisionNote: Type.String(),
});
export type EditItem = Static<typeof EditItem>;
export const EditList = listOf(EditItem);
export const EditQuery = pageQuery({
  channelId: Type.Optional(Id),
  state: Type.Optional(oneOf(editStates)),
});
export const EditUndoBody = Type.Object({ reason: Reason });
export const EditDecisionBody = Type.Object({
  decision: oneOf(['approved', 'refused'] as const),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});
/** Many exceptions with one reason: each becomes an edit of its own. */
export const BulkBody = Type.Object({
  exceptionIds: Type.Array(Id, { minItems: 1, maxItems: 1_000 }),
  action: oneOf(['accept', 'estimate', 'reject'] as const),
  method: Method,
  reason: Reason,
});
export const BulkAnswer = Type.Object({
  applied: count,
  pending: count,
  decided: Type.Array(Id, {
    description: 'Exceptions decided without an edit, as nothing was to be changed in the readings',
  }),
  failed: Type.Array(Type.Object({ exceptionId: Id, code: Type.String(), detail: Type.String() })),
  edits: Type.Array(Id),
});
export type BulkAnswer = Static<typeof BulkAnswer>;
export const ReopenBody = Type.Object({
  exceptionIds: Type.Array(Id, { minItems: 1, maxItems: 1_000 }),
  reason: Reason,
});
export const ReopenAnswer = Type.Object({ opened: Type.Array(Id) });
export type ReopenAnswer = Static<typeof ReopenAnswer>;

export const SuspensionItem = Type.Object({
  id: Id,
  kind: oneOf(['everything', 'node', 'concentrator'] as const),
  target: Type.String(),
  fromAt: Instant,
  untilAt: nullable(Instant),
  source: Type.String(),
  reason: Type.String(),
  startedBy: Type.String(),
  endedBy: Type.String(),
});
export type SuspensionItem = Static<typeof SuspensionItem>;
export const SuspensionList = Type.Array(SuspensionItem);
export const SuspensionBody = Type.Object({
  kind: oneOf(['everything', 'node', 'concentrator'] as const),
  target: Type.Optional(Type.String({ maxLength: 200 })),
  reason: Reason,
});

export const RuleItem = Type.Object({
  id: Type.String(),
  number: Type.Integer(),
  stage: oneOf(['ingest', 'day', 'period'] as const),
  title: Type.String(),
  source: Type.String(),
  severity: oneOf(exceptionSeverities),
  parameters: Type.Array(
    Type.Object({
      name: Type.String(),
      unit: Type.String(),
      default: Type.Number(),
      min: Type.Number(),
      max: Type.Number(),
      meaning: Type.String(),
    }),
  ),
  example: Type.String({ description: 'The worked example in words' }),
});
export type RuleItem = Static<typeof RuleItem>;
export const RuleList = Type.Array(RuleItem);
export const RuleSetItem = Type.Object({
  code: Type.String(),
  version: Type.Integer(),
  effectiveFrom: LocalDate,
  rules: Type.Unsafe<unknown>({ description: 'Groups and steps' }),
  note: Type.String(),
  createdBy: Type.String(),
  createdAt: Instant,
});
export type RuleSetItem = Static<typeof RuleSetItem>;
export const RuleSetList = Type.Object({
  sets: Type.Array(RuleSetItem),
  presets: Type.Array(Type.Object({ name: Type.String(), rules: Type.Unsafe<unknown>({}) })),
});
export type RuleSetList = Static<typeof RuleSetList>;
export const RuleSetBody = Type.Object({
  effectiveFrom: LocalDate,
  rules: Type.Unsafe<unknown>({ type: 'object' }),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});

export const kpiDimensions = ['day', 'group', 'route', 'vendor', 'firmware', 'meter'] as const;
export const KpiRow = Type.Object({
  key: Type.String(),
  meters: count,
  expected: count,
  measured: count,
  questionable: count,
  estimated: count,
  edited: count,
  missing: count,
  exceptions: count,
  readRate: nullable(Type.Number()),
  estimationRate: nullable(Type.Number()),
});
export type KpiRow = Static<typeof KpiRow>;
export const KpiAnswer = Type.Object({
  by: oneOf(kpiDimensions),
  from: LocalDate,
  to: LocalDate,
  rows: Type.Array(KpiRow),
  total: KpiRow,
  medianExceptionAgeDays: nullable(Type.Number()),
});
export type KpiAnswer = Static<typeof KpiAnswer>;
export const KpiQuery = Type.Object({
  by: Type.Optional(oneOf(kpiDimensions)),
  from: Type.Optional(LocalDate),
  to: Type.Optional(LocalDate),
  /** Only the meters of this value of a dimension: `route=DC-7`. */
  within: Type.Optional(Type.String({ maxLength: 200 })),
});

export const ReadinessItem = Type.Object({
  account: Type.String(),
  usagePoint: Type.String(),
  state: oneOf(['ready', 'estimated', 'blocked'] as const),
  obstacles: Type.Array(Type.String()),
  expected: count,
  present: count,
  estimated: count,
  missing: count,
  estimatedShare: Type.Number(),
  blocking: count,
  open: count,
  channels: Type.Array(Id),
});
export type ReadinessItem = Static<typeof ReadinessItem>;
export const ReadinessAnswer = Type.Object({
  from: LocalDate,
  to: LocalDate,
  items: Type.Array(ReadinessItem),
  counts: mapOf(count),
  next: nullable(Type.String()),
});
export type ReadinessAnswer = Static<typeof ReadinessAnswer>;
export const ReadinessQuery = pageQuery({ from: LocalDate, to: LocalDate });

export const VeeStateItem = Type.Object({
  closing: nullable(Type.Object({ zone: Type.String(), day: LocalDate, done: count, of: count })),
  zones: Type.Array(Type.Object({ zone: Type.String(), closedThrough: nullable(LocalDate) })),
  waiting: count,
  trouble: nullable(Type.String({ description: 'Why days could not be closed; it is tried again' })),
  suspensions: count,
  totals: mapOf(Type.Number()),
});
export type VeeStateItem = Static<typeof VeeStateItem>;
