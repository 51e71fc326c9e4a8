/** Channels with all that is known around them: what validation judges by, and what people group by. */
import { type RawBuilder, sql } from 'kysely';
import type { BilledPoint, ChannelAround, ChannelFactsRepository } from '../vee-store.ts';
import { type Base, decodeCursor, limitOf, pageOf, reading, requireAll } from './base.ts';

/** Installations as JSON, oldest first; times in epoch seconds, null for none. */
const installations = sql.raw(`(SELECT coalesce(jsonb_agg(jsonb_build_object(
    'usagePointId', i.usage_point_id, 'usagePoint', u.code, 'zone', u.zone, 'state', u.state,
    'serviceClass', u.service_class, 'nodeId', u.node_id, 'role', i.role,
    'fromS', extract(epoch FROM i.valid_from)::float8,
    'untilS', extract(epoch FROM i.valid_until)::float8) ORDER BY i.valid_from), '[]')
  FROM installation i JOIN usage_point u ON u.id = i.usage_point_id WHERE i.meter_id = m.id)`);

function around(where: RawBuilder<unknown>, limit: number): RawBuilder<ChannelAround> {
  return sql<ChannelAround>`SELECT c.id AS channel_id, c.alias, c.reading_type, c.obis, c.interval_s,
      c.resolution, c.unit, c.digits, c.multiplier::text AS multiplier, m.id AS meter_id, m.serial,
      m.manufacturer, m.model, m.firmware, m.commodity, m.attributes,
      coalesce(e.concentrator, '') AS concentrator, coalesce(e.segment, '') AS segment,
      ${installations} AS installations, v.channel_id IS NOT NULL AS virtual
    FROM channel c JOIN meter m ON m.id = c.meter_id
      LEFT JOIN meter_endpoint e ON e.meter_id = m.id
      LEFT JOIN virtual_channel v ON v.channel_id = c.id
    WHERE ${where} ORDER BY c.id LIMIT ${limit}`;
}

export function channelFactsRepository(base: Base): ChannelFactsRepository {
  const select = (where: RawBuilder<unknown>, limit: number) =>
    reading(async () => (await around(where, limit).execute(base.db)).rows);
  return {
    page: (ctx, afterChannelId, limit) => {
      requireAll(ctx);
      return select(sql`c.id > ${afterChannelId}`, limitOf(limit));
    },
    of: (ctx, channelIds) => {
      requireAll(ctx);
      return select(sql`c.id = ANY(${[...channelIds]}::int[])`, channelIds.length);
    },
    atNode: (ctx, nodeId, { intervalS, readingType, not, limit }) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ id: number }>`SELECT c.id FROM usage_point u
            JOIN installation i ON i.usage_point_id = u.id AND i.valid_until IS NULL
            JOIN channel c ON c.meter_id = i.meter_id
          WHERE u.node_id = ${nodeId} AND c.interval_s = ${intervalS} AND c.reading_type = ${readingType}
            AND c.id <> ${not} ORDER BY c.id LIMIT ${limit}`.execute(base.db);
        return rows.map(({ id }) => id);
      });
    },
    billed: (ctx, { from, to, limit, cursor }) => {
      requireAll(ctx);
      const after = cursor === undefined ? 0 : decodeCursor(cursor, 'number')[0];
      return reading(async () => {
        const { rows } = await sql<BilledPoint & { id: number }>`SELECT a.id, c.number AS account,
            u.code AS usage_point, ARRAY(SELECT DISTINCT i.meter_id FROM installation i
              WHERE i.usage_point_id = u.id AND i.valid_from < ${to}::date
                AND (i.valid_until IS NULL OR i.valid_until > ${from}::date) ORDER BY i.meter_id) AS meters
          FROM agreement a JOIN account c ON c.id = a.account_id JOIN usage_point u ON u.id = a.usage_point_id
          WHERE a.id > ${after} AND a.valid_from < ${to}::date
            AND (a.valid_until IS NULL OR a.valid_until > ${from}::date)
          ORDER BY a.id LIMIT ${limitOf(limit) + 1}`.execute(base.db);
        const { items, next } = pageOf(rows, limit);
        return { items: items.map(({ id: _id, ...point }) => point), next };
      });
    },
    ofMeters: (ctx, meterIds) => {
      requireAll(ctx);
      return select(sql`c.meter_id = ANY(${[...meterIds]}::int[])`, 100_000);
    },
  };
}
