/** Contract: virtual channels, and groups of channels by time. */
import { type Static, Type } from 'typebox';
import { Id, Instant, LocalDate, nullable, oneOf } from './common.ts';

const count = Type.Integer({ minimum: 0 });
const Seconds = Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: 'UTC, epoch seconds' });

export const GroupMemberItem = Type.Object({
  channelId: Id,
  validFrom: Instant,
  validUntil: nullable(Instant),
});
export const ChannelGroupItem = Type.Object({
  code: Type.String(),
  name: Type.String(),
  version: Type.Integer(),
  members: Type.Array(GroupMemberItem),
});
export type ChannelGroupItem = Static<typeof ChannelGroupItem>;
export const ChannelGroupList = Type.Array(ChannelGroupItem);
export const CodeParams = Type.Object({ code: Type.String({ minLength: 1, maxLength: 60 }) });
export const ChannelGroupBody = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  members: Type.Array(
    Type.Object({
      channelId: Id,
      validFrom: Type.Optional(Instant),
      validUntil: Type.Optional(nullable(Instant)),
    }),
    { maxItems: 100_000 },
  ),
});

export const VirtualChannelItem = Type.Object({
  channelId: Id,
  meterId: Id,
  serial: Type.String(),
  name: Type.String(),
  unit: Type.String(),
  intervalS: Type.Integer(),
  formula: Type.String(),
  version: Type.Integer(),
  updatedBy: Type.String(),
  updatedAt: Instant,
});
export type VirtualChannelItem = Static<typeof VirtualChannelItem>;
export const VirtualChannelList = Type.Array(VirtualChannelItem);
export const VirtualChannelBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  commodity: oneOf(['electricity', 'gas', 'water', 'heat'] as const),
  unit: Type.String({ minLength: 1, maxLength: 20 }),
  intervalS: Type.Integer({ minimum: 60, maximum: 86_400 }),
  resolution: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
  formula: Type.String({ minLength: 1, maxLength: 4_000 }),
});
export const ChannelCheckItem = Type.Object({
  channelId: Id,
  checkId: Id,
  /** What the two are, for people: meter and quantity. */
  channel: Type.String(),
  check: Type.String(),
  version: Type.Integer(),
  updatedBy: Type.String(),
  updatedAt: Instant,
});
export type ChannelCheckItem = Static<typeof ChannelCheckItem>;
export const ChannelCheckList = Type.Array(ChannelCheckItem);
export const ChannelCheckBody = Type.Object({ checkId: Id });
export const FormulaBody = Type.Object({ formula: Type.String({ minLength: 1, maxLength: 4_000 }) });
export const FormulaPreviewBody = Type.Object({
  formula: Type.String({ minLength: 1, maxLength: 4_000 }),
  unit: Type.String({ minLength: 1, maxLength: 20 }),
  intervalS: Type.Integer({ minimum: 60, maximum: 86_400 }),
  from: LocalDate,
  to: LocalDate,
});
export const FormulaPreview = Type.Object({
  ends: Type.Array(Seconds),
  values: Type.Array(nullable(Type.Number())),
  quality: Type.Array(Type.String()),
  expected: Type.Array(count),
  present: Type.Array(count),
  estimated: Type.Array(count),
  channels: Type.Array(Id),
  groups: Type.Array(Type.String()),
});
export type FormulaPreview = Static<typeof FormulaPreview>;
