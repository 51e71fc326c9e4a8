/** Channels: what a meter measures. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import { kinds } from '../kinds.ts';
import type { ChannelInput, ChannelRepository } from '../store.ts';
import type { ChannelRecord } from '../types.ts';
import { type Base, changing, reading, requireAll, visible, writing } from './base.ts';
import { columnsOf, insertOne, updateOne } from './coded.ts';
import { quantityKeysOf, upsertMany } from './upsert.ts';

export function channelRepository(base: Base): ChannelRepository {
  const select = sql`SELECT ${columnsOf(kinds.channels, 'c')}, m.commodity
    FROM channel c JOIN meter m ON m.id = c.meter_id`;
  const get: ChannelRepository['get'] = (ctx, id) =>
    reading(async () => {
      const { rows } = await sql<ChannelRecord>`${select} WHERE c.id = ${id}
        AND ${visible(ctx, 'meter', 'c.meter_id')}`.execute(base.db);
      if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`channel ${id}`);
      return rows[0];
    });
  return {
    get,
    create: async (ctx, record) => {
      requireAll(ctx);
      const keys = record.quantityKeys ?? quantityKeysOf(record.alias, record.obis, record.readingType);
      const full: ChannelInput = { ...record, quantityKeys: keys };
      const { id } = await writing(
        base,
        ctx,
        (db) => insertOne(db, kinds.channels, full),
        (row) => ({ action: 'create', objectKind: 'channel', objectId: String(row.id) }),
      );
      return get(ctx, id);
    },
    update: async (ctx, id, patch, ifVersion) => {
      await changing(
        base,
        ctx,
        (db) => updateOne(db, ctx, kinds.channels, id, patch, ifVersion),
        () => ({
          action: 'update',
          objectKind: 'channel',
          objectId: String(id),
          data: { fields: Object.keys(patch) },
        }),
      );
      return get(ctx, id);
    },
    ofMeters: (ctx, meterIds) =>
      reading(async () => {
        const { rows } = await sql<ChannelRecord>`${select} WHERE c.meter_id = ANY(${[...meterIds]}::int[])
          AND ${visible(ctx, 'meter', 'c.meter_id')} ORDER BY c.meter_id, c.id`.execute(base.db);
        return rows;
      }),
    visible: (ctx, channelIds) =>
      reading(async () => {
        const { rows } = await sql<{ id: number }>`SELECT c.id FROM channel c
          WHERE c.id = ANY(${[...channelIds]}::int[]) AND ${visible(ctx, 'meter', 'c.meter_id')}`.execute(
          base.db,
        );
        return new Set(rows.map(({ id }) => id));
      }),
    inScope: (ctx) =>
      reading(async () => {
        if (ctx.scope === 'all') throw registryErrors.BAD_VALUE('the whole scope has no list of channels');
        const { rows } = await sql<{ id: number; meterId: number }>`SELECT c.id, c.meter_id FROM channel c
          WHERE ${visible(ctx, 'meter', 'c.meter_id')}`.execute(base.db);
        return {
          channels: new Set(rows.map(({ id }) => id)),
          meters: new Set(rows.map(({ meterId }) => meterId)),
        };
      }),
    toModel: ({ id, meterId, commodity, readingType, obis, intervalS, resolution, unit }) => ({
      id,
      meterId,
      commodity,
      readingType,
      obis,
      intervalS,
      resolution,
      unit,
    }),
    upsertMany: (ctx, rows, options) => upsertMany(base, ctx, 'channels', rows, options),
  };
}
