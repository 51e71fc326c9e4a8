/** The one search box, and the map. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { kinds } from '../kinds.ts';
import type { RegistryStore } from '../store.ts';
import type { MapPoints, NetworkNode, SearchHit } from '../types.ts';
import { type Base, containing, literal, reading, visible } from './base.ts';
import { columnsOf } from './coded.ts';
import { addressSql } from './meters.ts';

/**
 * Each arm is served by its table's trigram index and cut by itself, so that a common substring in one
 * cannot slow the others; exact and prefix hits come first.
 */
function arms(ctx: AccessContext, q: string, limit: number): RawBuilder<unknown> {
  const like = containing(q);
  const exact = q.trim().toLowerCase();
  const prefix = `${literal(q)}%`;
  const rank = (column: string) => sql`CASE WHEN lower(${sql.raw(column)}) = ${exact} THEN 0
    WHEN lower(${sql.raw(column)}) LIKE ${prefix} THEN 1 ELSE 2 END AS rank`;
  const cut = sql`ORDER BY rank, title LIMIT ${limit}`;
  return sql`
    (SELECT ${rank('m.serial')}, 1 AS kind_order, 'meter' AS kind, m.id, m.serial AS title,
      concat_ws(' ', nullif(m.manufacturer, ''), nullif(m.model, ''), m.commodity) AS subtitle
      FROM meter m WHERE m.words LIKE ${like} AND ${visible(ctx, 'meter', 'm.id')} ${cut})
    UNION ALL
    (SELECT ${rank('u.code')}, 2, 'usage-point', u.id, u.code AS title,
      coalesce(${sql.raw(addressSql)}, u.commodity)
      FROM usage_point u LEFT JOIN premise p ON p.id = u.premise_id
      WHERE (u.id IN (SELECT id FROM usage_point WHERE words LIKE ${like}
          UNION SELECT v.id FROM premise q JOIN usage_point v ON v.premise_id = q.id
            WHERE q.words LIKE ${like}))
        AND ${visible(ctx, 'usage_point', 'u.id')} ${cut})
    UNION ALL
    (SELECT ${rank('a.number')}, 3, 'account', a.id, a.number AS title, a.name
      FROM account a WHERE a.words LIKE ${like} AND ${visible(ctx, 'account', 'a.id')} ${cut})
    UNION ALL
    (SELECT ${rank('c.code')}, 4, 'customer', c.id, c.code AS title, c.name
      FROM customer c WHERE c.words LIKE ${like} AND ${visible(ctx, 'customer', 'c.id')} ${cut})`;
}

export function searchRepository(base: Base): RegistryStore['search'] {
  return {
    find: (ctx, q, limit = 20) =>
      reading(async () => {
        if (q.trim() === '') return [];
        const { rows } =
          await sql<SearchHit>`SELECT kind, id, title, subtitle FROM (${arms(ctx, q, limit)}) hits
          ORDER BY rank, kind_order, title LIMIT ${limit}`.execute(base.db);
        return rows;
      }),
  };
}

export function mapRepository(base: Base): RegistryStore['map'] {
  return {
    points: (ctx) =>
      reading(async () => {
        // Columns as JSON arrays: one row comes back, not one a point.
        const { rows } = await sql<{ points: MapPoints }>`SELECT json_build_object(
            'id', coalesce(json_agg(u.id), '[]'), 'meterId', coalesce(json_agg(coalesce(m.id, 0)), '[]'),
            'lon', coalesce(json_agg(p.lon), '[]'), 'lat', coalesce(json_agg(p.lat), '[]'),
            'commodity', coalesce(json_agg(u.commodity), '[]'),
            'state', coalesce(json_agg(coalesce(m.state, u.state)), '[]'),
            'label', coalesce(json_agg(u.code), '[]')) AS points
          FROM usage_point u JOIN premise p ON p.id = u.premise_id
          LEFT JOIN installation i ON i.usage_point_id = u.id AND i.role = 'main' AND i.valid_until IS NULL
          LEFT JOIN meter m ON m.id = i.meter_id
          WHERE p.lon IS NOT NULL AND p.lat IS NOT NULL
            AND ${visible(ctx, 'usage_point', 'u.id')}`.execute(base.db);
        return rows[0]!.points;
      }),
    nodes: (ctx) =>
      reading(async () => {
        const { rows } = await sql<NetworkNode>`SELECT ${columnsOf(kinds['network-nodes'])} FROM network_node
          WHERE ${visible(ctx, 'network_node', 'network_node.id')} ORDER BY id`.execute(base.db);
        return rows;
      }),
  };
}
