/** Contract: mappings of messages of other people's devices. */
import { type Static, Type } from 'typebox';
import { Id, nullable, oneOf } from './common.ts';

/** Values of parameters that were set, by name. */
export const MappingValues = Type.Record(Type.String(), Type.Unknown());

export const MappingItem = Type.Object({
  id: Type.String(),
  title: Type.String(),
  origin: oneOf(['ready-made', 'own'] as const),
  version: Type.Integer({ description: 'Of what is stored; 0 for a ready-made one as it comes' }),
  topics: Type.Array(Type.String()),
  http: Type.Boolean({ description: 'Messages may be posted' }),
  direct: Type.Boolean({
    description: 'Evaluated at once; else in a thread of its own, several times slower',
  }),
  declared: Type.Array(
    Type.Object({ name: Type.String(), default: Type.Unknown(), description: Type.String() }),
    { description: 'Parameters it has' },
  ),
  parameters: MappingValues,
});
export type MappingItem = Static<typeof MappingItem>;
export const MappingList = Type.Object({ items: Type.Array(MappingItem) });
export type MappingList = Static<typeof MappingList>;
export const MappingDetail = Type.Object({ ...MappingItem.properties, text: Type.String() });
export type MappingDetail = Static<typeof MappingDetail>;

export const MappingTryBody = Type.Object({
  topic: Type.Optional(Type.String({ maxLength: 512 })),
  message: Type.String({ maxLength: 256 * 1024, description: 'As the device sends it' }),
  text: Type.Optional(
    Type.String({
      maxLength: 500_000,
      description: 'A mapping that is not stored, instead of that of the id',
    }),
  ),
});
export const MappingTried = Type.Object({
  covers: Type.Boolean({ description: 'A topic of the mapping covers this one' }),
  isForIt: Type.Boolean({ description: 'False: its condition does not hold for the message' }),
  messages: Type.Array(
    Type.Object({
      meter: Type.String(),
      meterId: nullable(Id),
      series: Type.Array(
        Type.Object({
          quantity: Type.String(),
          unit: Type.String(),
          intervalS: Type.Number({ description: '0 for a register' }),
          channelId: nullable(Id),
          readings: Type.Array(
            Type.Object({ end: Type.String(), value: nullable(Type.Number()), quality: Type.String() }),
          ),
        }),
      ),
      events: Type.Array(Type.Object({ code: Type.String(), at: Type.String(), detail: Type.String() })),
      rejects: Type.Array(
        Type.Object({
          ...{ quantity: Type.String(), value: Type.String(), code: Type.String(), detail: Type.String() },
        }),
      ),
    }),
  ),
});
export type MappingTried = Static<typeof MappingTried>;

export const MappingParams = Type.Object({
  id: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
});
