/** Channels with all that is known around them: what validation judges by, and what people group by. */
import { type RawBuilder, sql } from 'kysely';
import type { ChannelAround, ChannelFactsRepository } from '../vee-store.ts';
import { type Base, limitOf, reading, requireAll } from './base.ts';

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
    ofMeters: (ctx, meterIds) => {
      requireAll(ctx);
      return select(sql`c.meter_id = ANY(${[...meterIds]}::int[])`, 100_000);
    },
  };
}
