/** Contract: mappings of messages of other people's devices. */
import { type Static, Type } from 'typebox';
import { oneOf } from './common.ts';

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
export const MappingParams = Type.Object({
  id: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
});
