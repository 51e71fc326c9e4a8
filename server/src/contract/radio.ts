/** Contract: meters that gateways hear over the air, or read at their ports. */
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, nullable, oneOf } from './common.ts';

const count = Type.Integer({ minimum: 0 });
const KeyHex = Type.String({ pattern: '^[0-9a-fA-F]{32}$', description: 'AES-128, hexadecimal' });

export const heardStates = ['plain', 'decrypted', 'no-key', 'wrong-key', 'unreadable'] as const;
export const telegramProtocols = ['wmbus', 'p1', 'sml', 'iec62056-21'] as const;
export const HeardItem = Type.Object({
  name: Type.String({
    description: 'Manufacturer and number, such as KAM-12345678; of a port what the meter says of itself',
  }),
  protocol: oneOf(telegramProtocols),
  manufacturer: Type.String(),
  id: Type.String(),
  version: Type.Integer(),
  type: Type.Integer({ description: 'Device type of EN 13757' }),
  medium: Type.String(),
  meterId: nullable(Id),
  first: Instant,
  last: Instant,
  telegrams: count,
  everyS: Type.Number({ description: 'Seconds between two telegrams, about; 0 until there were two' }),
  state: oneOf(heardStates),
  code: Type.String({ description: 'Of the error of the last telegram; empty for none' }),
  paths: Type.Array(
    Type.Object({
      gateway: Type.String(),
      telegrams: count,
      last: Instant,
      rssiMean: nullable(Type.Number({ description: 'dBm' })),
      rssiMin: nullable(Type.Number()),
      rssiMax: nullable(Type.Number()),
    }),
  ),
});
export type HeardItem = Static<typeof HeardItem>;
export const HeardQuery = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 100, description: 'Part of the name, or the label of a meter' })),
  state: Type.Optional(oneOf(heardStates)),
  registered: Type.Optional(Type.Boolean()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});
export const HeardList = Type.Object({
  items: Type.Array(HeardItem),
  total: Type.Integer({ description: 'Of those asked for' }),
  heard: Type.Integer({ description: 'Of all' }),
});
export type HeardList = Static<typeof HeardList>;
export const HeardParams = Type.Object({
  name: Type.String({ pattern: '^[!-~]{1,64}$' }),
});
const keys = {
  key: Type.Optional(KeyHex),
  authenticationKey: Type.Optional(
    Type.String({
      pattern: '^[0-9a-fA-F]{32}$',
      description: 'Of a port that enciphers (P1), where it is not the published one of Luxembourg',
    }),
  ),
};
export const RadioKeyCheckBody = Type.Object(keys);
export const radioVerdicts = ['right', 'wrong', 'plain', 'unsupported', 'damaged'] as const;
export const RadioKeyCheck = Type.Object({
  verdict: oneOf(radioVerdicts),
  of: Type.Object(
    Object.fromEntries(radioVerdicts.map((one) => [one, count])) as Record<
      (typeof radioVerdicts)[number],
      typeof count
    >,
  ),
});
export type RadioKeyCheck = Static<typeof RadioKeyCheck>;
export const HeardRegisterBody = Type.Object({
  ...keys,
  commodity: Type.Optional(CommodityWord),
  usagePointId: Type.Optional(Id),
});
export type HeardRegisterBody = Static<typeof HeardRegisterBody>;
export const HeardRegistered = Type.Object({
  meterId: Id,
  channelIds: Type.Array(Id),
  moved: Type.Integer({ description: 'Readings in the new channels' }),
  telegrams: Type.Integer({ description: 'Kept telegrams that gave them' }),
});
export type HeardRegistered = Static<typeof HeardRegistered>;
export const TelegramsTaken = Type.Object({
  stored: count,
  thinned: Type.Integer({ description: 'Read; another one of the same quarter of an hour is stored' }),
  repeats: Type.Integer({ description: 'Heard by another gateway before' }),
  unread: Type.Integer({ description: 'Without a key, or damaged' }),
  faults: Type.Integer({ description: 'Lines that are no telegram' }),
});
