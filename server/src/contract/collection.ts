/** Contract: collection from meters, its service level, sessions, gaps and reading plans. */
import { type Static, Type } from 'typebox';
import { Id, Instant, LocalDate, nullable, oneOf } from './common.ts';

const count = Type.Integer({ minimum: 0 });

export const CollectionState = Type.Object({
  plannedAt: nullable(Instant),
  /** Meters that hold a connection to this server. */
  connected: count,
  queue: Type.Object({ queued: count, waiting: count, running: count }),
  sessions: Type.Object({
    started: count,
    read: count,
    complete: count,
    link: count,
    meter: count,
    busy: count,
    returned: count,
    timeouts: count,
  }),
  totals: Type.Object({ meters: count, lacking: count, entries: count, atRisk: count, overdue: count }),
  segments: Type.Array(
    Type.Object({
      segment: Type.String(),
      meters: count,
      lacking: count,
      entries: count,
      atRisk: count,
      overdue: count,
      link: nullable(Type.Object({ running: count, slots: count, down: Type.Boolean() })),
    }),
  ),
});
export type CollectionState = Static<typeof CollectionState>;

export const ServiceLevelItem = Type.Object({
  day: LocalDate,
  plan: Type.String(),
  expected: count,
  present: count,
  levels: Type.Array(
    Type.Object({
      share: Type.Number(),
      deadline: Instant,
      needed: count,
      inTime: count,
      lost: count,
      toCome: count,
      state: oneOf(['met', 'onCourse', 'atRisk', 'breached'] as const),
    }),
  ),
});
export type ServiceLevelItem = Static<typeof ServiceLevelItem>;
export const ServiceLevelList = Type.Array(ServiceLevelItem);
export const ServiceLevelQuery = Type.Object({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 31, default: 7 })),
});

const sessionFields = {
  id: Id,
  purpose: oneOf(['collection', 'command', 'firmware', 'rotation', 'keys'] as const),
  remote: Type.String(),
  startedAt: Instant,
  durationMs: Type.Number(),
  ok: Type.Boolean(),
  stage: nullable(Type.String({ description: 'Where it failed: connect, associate, work, release' })),
  code: nullable(Type.String()),
  detail: nullable(Type.String()),
  diagnosis: nullable(
    Type.Object({
      outcome: Type.String({ description: 'wrong-key, wrong-title, counter, unsupported, lost' }),
      code: Type.String(),
      detail: Type.String(),
      hint: Type.String(),
    }),
  ),
  apdusSent: count,
  bytesSent: count,
  bytesReceived: count,
  recoveredAbove: nullable(count),
};
export const SessionItem = Type.Object(sessionFields);
export type SessionItem = Static<typeof SessionItem>;
export const SessionList = Type.Array(SessionItem);
export const SessionDetail = Type.Object({
  ...sessionFields,
  lines: Type.Array(
    Type.Object({
      at: nullable(Instant),
      side: oneOf(['client', 'server', 'note'] as const),
      bytes: nullable(count),
      counter: nullable(count),
      text: nullable(Type.String()),
      apdu: Type.Unsafe<unknown>({ description: 'The APDU in words, without secrets' }),
    }),
  ),
});
export type SessionDetail = Static<typeof SessionDetail>;
export const SessionParams = Type.Object({ id: Id, session: Id });

export const GapItem = Type.Object({
  plan: Type.String(),
  kind: oneOf(['profile', 'registers', 'events'] as const),
  obis: Type.Array(Type.String()),
  from: Instant,
  to: Instant,
  entries: count,
});
export type GapItem = Static<typeof GapItem>;
export const GapList = Type.Object({
  items: Type.Array(GapItem),
  entries: count,
  deadlines: Type.Array(Instant, { description: 'Of the most urgent entry, by level' }),
});
export type GapList = Static<typeof GapList>;

export const ReadBody = Type.Object({
  items: Type.Array(
    Type.Object({
      classId: Type.Integer({ minimum: 1, maximum: 65535 }),
      obis: Type.String({ pattern: '^\\d{1,3}(\\.\\d{1,3}){5}$' }),
      attribute: Type.Integer({ minimum: 1, maximum: 127 }),
    }),
    { minItems: 1, maxItems: 32 },
  ),
});
export const ReadOrdered = Type.Object({ orderId: Id });

export const PlanItem = Type.Object({
  code: Type.String(),
  plan: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  version: Type.Integer(),
  createdAt: Instant,
  updatedBy: Type.String(),
  updatedAt: Instant,
});
export type PlanItem = Static<typeof PlanItem>;
export const PlanList = Type.Array(PlanItem);
export const PlanBody = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'A reading plan: meters, read, every, due, value',
});
export const PlanParams = Type.Object({ code: Type.String({ minLength: 1, maxLength: 100 }) });
