/** Contract: events, refused readings, raw frames, readings of meters that are not registered. */
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, listOf, nullable, oneOf, pageQuery, Severity } from './common.ts';

const before = Type.Optional(
  Type.String({
    format: 'date-time',
    description: 'Only what was received before: the time of the last item continues a list',
  }),
);
const limit = Type.Optional(
  Type.Integer({
    ...{ minimum: 1, maximum: 1000, default: 100 },
    description: 'Items of a page; what was received in the same millisecond as its last comes with it',
  }),
);

export const EventQuery = Type.Object({
  meter: Type.Optional(Id),
  severity: Type.Optional(Severity),
  before,
  limit,
});
export type EventQuery = Static<typeof EventQuery>;
export const MeterEventItem = Type.Object({
  at: Instant,
  meterId: nullable(Id),
  device: Type.String(),
  code: Type.String({ description: 'CIM end-device event code' }),
  name: Type.String({ description: 'The code in words' }),
  severity: Severity,
  detail: Type.String(),
});
export type MeterEventItem = Static<typeof MeterEventItem>;

export const RejectionQuery = Type.Object({
  device: Type.Optional(Type.String({ maxLength: 200 })),
  code: Type.Optional(Type.String({ maxLength: 100 })),
  before,
  limit,
});
export const RejectionItem = Type.Object({
  receivedAt: Instant,
  source: Type.String(),
  device: Type.String(),
  quantity: Type.String(),
  end: nullable(Instant),
  value: Type.String(),
  code: Type.String(),
  detail: Type.String(),
});
export type RejectionItem = Static<typeof RejectionItem>;
export const RejectionSummaryItem = Type.Object({
  code: Type.String(),
  title: Type.String({ description: 'What is wrong, in one sentence' }),
  hint: Type.String({ description: 'What to do about it' }),
  count: Type.Integer(),
  last: Instant,
});
export type RejectionSummaryItem = Static<typeof RejectionSummaryItem>;

export const FrameQuery = Type.Object({ before, limit });
export const FrameItem = Type.Object({
  receivedAt: Instant,
  source: Type.String(),
  device: Type.String(),
  outcome: Type.String({ description: '`OK` or the code of the first error' }),
  accepted: Type.Integer(),
  encoding: oneOf(['text', 'base64'] as const, { description: 'How `payload` is written' }),
  payload: Type.String(),
});
export type FrameItem = Static<typeof FrameItem>;

export const UnregisteredItem = Type.Object({
  device: Type.String(),
  quantity: Type.String(),
  unit: Type.String(),
  intervalS: Type.Integer(),
  count: Type.Integer(),
  first: Type.String({ format: 'date-time', description: 'End of the oldest reading' }),
  last: Type.String({ format: 'date-time', description: 'When it was last heard' }),
});
export type UnregisteredItem = Static<typeof UnregisteredItem>;

export const UnregisteredQuery = pageQuery({
  q: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the name of the device' })),
});
export const UnregisteredList = Type.Object({
  ...listOf(UnregisteredItem).properties,
  devices: Type.Integer({ description: 'Devices of the whole list, filters applied' }),
});
export type UnregisteredList = Static<typeof UnregisteredList>;

/** Registers a meter that was seen, and moves the readings kept for it into its channels. */
export const AdoptBody = Type.Object({
  device: Type.String({ minLength: 1, maxLength: 200 }),
  commodity: CommodityWord,
  manufacturer: Type.Optional(Type.String({ maxLength: 100 })),
  model: Type.Optional(Type.String({ maxLength: 100 })),
  usagePointId: Type.Optional(Id),
  channels: Type.Array(
    Type.Object({
      quantity: Type.String({ minLength: 1, maxLength: 200, description: 'As the device names it' }),
      unit: Type.Optional(Type.String({ maxLength: 20 })),
      intervalS: Type.Optional(Type.Integer({ minimum: 0, maximum: 2678400 })),
      decimals: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 9, description: 'Of the unit; default 3' }),
      ),
    }),
    { minItems: 1, maxItems: 64 },
  ),
});
export type AdoptBody = Static<typeof AdoptBody>;
export const AdoptResult = Type.Object({
  meterId: Id,
  channelIds: Type.Array(Id),
  moved: Type.Integer({ description: 'Readings moved into the new channels' }),
});
export type AdoptResult = Static<typeof AdoptResult>;
