/** Reading plans, and the meters they may read. */
import { sql } from 'kysely';
import type { CollectTarget, ReadingPlanRecord, ReadingPlanRepository } from '../collection-store.ts';
import { registryErrors } from '../errors.ts';
import { type Base, limitOf, reading, requireAll, writing } from './base.ts';
import { endpointJson } from './endpoints.ts';

const columns = sql`code, plan, version, updated_by, updated_at`;

export function readingPlanRepository(base: Base): ReadingPlanRepository {
  return {
    list: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ReadingPlanRecord>`SELECT ${columns} FROM reading_plan
          ORDER BY code`.execute(base.db);
        return rows;
      });
    },
    put: async (ctx, code, plan, ifVersion) => {
      requireAll(ctx);
      const now = new Date(base.clock.nowMs());
      return writing(
        base,
        ctx,
        async (db) => {
          if (ifVersion !== undefined) {
            const { rows } = await sql<{ version: number }>`SELECT version FROM reading_plan
              WHERE code = ${code} FOR UPDATE`.execute(db);
            const { version } = rows[0] ?? { version: 0 };
            if (version !== ifVersion) throw registryErrors.VERSION_CONFLICT(`${code} is at ${version}`);
          }
          const { rows } = await sql<ReadingPlanRecord>`INSERT INTO reading_plan AS p
              (code, plan, updated_by, updated_at)
            VALUES (${code}, ${JSON.stringify(plan)}::jsonb, ${ctx.actor.name}, ${now}::timestamptz)
            ON CONFLICT (code) DO UPDATE SET plan = excluded.plan, updated_by = excluded.updated_by,
              updated_at = excluded.updated_at, version = p.version + 1
            RETURNING ${columns}`.execute(db);
          return rows[0]!;
        },
        ({ version }) => ({
          action: version === 1 ? 'create' : 'update',
          objectKind: 'reading_plan',
          objectId: code,
        }),
      );
    },
    remove: async (ctx, code) => {
      requireAll(ctx);
      await writing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`DELETE FROM reading_plan WHERE code = ${code}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`reading plan ${code}`);
        },
        () => ({ action: 'delete', objectKind: 'reading_plan', objectId: code }),
      );
    },
    targets: (ctx, query) => {
      requireAll(ctx);
      return reading(async () => {
        const { protocol, meterIds, afterMeterId = 0 } = query;
        const of = meterIds ? sql`m.id = ANY(${[...meterIds]}::int[])` : sql`m.id > ${afterMeterId}`;
        const limit = meterIds ? meterIds.length : limitOf(query.limit);
        const { rows } = await sql<CollectTarget>`SELECT m.id AS meter_id, m.serial, m.commodity, m.model,
            m.attributes, coalesce(u.zone, '') AS zone, ${endpointJson}
          FROM meter_endpoint e JOIN meter m ON m.id = e.meter_id
          LEFT JOIN installation i ON i.meter_id = m.id AND i.valid_until IS NULL
          LEFT JOIN usage_point u ON u.id = i.usage_point_id
          WHERE e.protocol = ${protocol} AND ${of} ORDER BY m.id LIMIT ${limit}`.execute(base.db);
        return rows;
      });
    },
  };
}
