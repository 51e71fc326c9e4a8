/** Reading plans, and the meters they may read. */
import { sql } from 'kysely';
import type {
  CollectTarget,
  PlanMember,
  PlanMemberChange,
  ReadingPlanRecord,
  ReadingPlanRepository,
} from '../collection-store.ts';
import { registryErrors } from '../errors.ts';
import { type Base, changing, reading, requireAll, requireVersion } from './base.ts';
import { endpointJson } from './endpoints.ts';

const columns = sql`code, plan, version, created_at, updated_by, updated_at`;
const mostTargets = 10_000;

/** Changes as rows `c (code, meter_id, at)`. */
function rowsOf(changes: readonly PlanMemberChange[]) {
  const [codes, meters, times] = [
    changes.map(({ code }) => code),
    changes.map(({ meterId }) => meterId),
    changes.map(({ atS }) => atS),
  ];
  return sql`(SELECT code, meter_id, to_timestamp(at) AS at
    FROM unnest(${codes}::text[], ${meters}::int[], ${times}::float8[]) AS u (code, meter_id, at)) c`;
}

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
      return changing(
        base,
        ctx,
        async (db, now) => {
          if (ifVersion !== undefined) {
            const { rows } = await sql<{ version: number }>`SELECT version FROM reading_plan
              WHERE code = ${code} FOR UPDATE`.execute(db);
            requireVersion(code, rows[0], ifVersion);
          }
          const { rows } = await sql<ReadingPlanRecord>`INSERT INTO reading_plan AS p
              (code, plan, created_at, updated_by, updated_at)
            VALUES (${code}, ${JSON.stringify(plan)}::jsonb, ${now}::timestamptz,
              ${ctx.actor.name}, ${now}::timestamptz)
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
      await changing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`DELETE FROM reading_plan WHERE code = ${code}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`reading plan ${code}`);
        },
        () => ({ action: 'delete', objectKind: 'reading_plan', objectId: code }),
      );
    },
    members: (ctx, code, sinceS = 0) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<Omit<PlanMember, 'untilS'> & { untilS: number | null }>`
          SELECT p.meter_id, m.serial, coalesce(u.zone, '') AS zone,
            extract(epoch FROM p.valid_from)::float8 AS from_s,
            extract(epoch FROM p.valid_until)::float8 AS until_s
          FROM reading_plan_member p JOIN meter m ON m.id = p.meter_id
          LEFT JOIN LATERAL (SELECT usage_point_id FROM installation i WHERE i.meter_id = m.id
            ORDER BY valid_from DESC LIMIT 1) i ON true
          LEFT JOIN usage_point u ON u.id = i.usage_point_id
          WHERE p.plan_code = ${code}
            AND (p.valid_until IS NULL OR p.valid_until > to_timestamp(${sinceS}::float8))
          ORDER BY p.meter_id, p.valid_from`.execute(base.db);
        return rows.map((row) => ({ ...row, untilS: row.untilS ?? Number.POSITIVE_INFINITY }));
      });
    },
    changeMembers: async (ctx, { joined, left }) => {
      await changing(
        base,
        ctx,
        async (db) => {
          await sql`UPDATE reading_plan_member p SET valid_until = greatest(c.at, p.valid_from)
            FROM ${rowsOf(left)}
            WHERE p.plan_code = c.code AND p.meter_id = c.meter_id AND p.valid_until IS NULL`.execute(db);
          await sql`INSERT INTO reading_plan_member (plan_code, meter_id, valid_from)
            SELECT r.code, m.id, c.at FROM ${rowsOf(joined)}
            JOIN reading_plan r ON r.code = c.code JOIN meter m ON m.id = c.meter_id
            ON CONFLICT DO NOTHING`.execute(db);
        },
        () => ({
          action: 'update',
          objectKind: 'reading_plan',
          objectId: '*',
          data: { joined: joined.length, left: left.length },
        }),
      );
    },
    targets: (ctx, query) => {
      requireAll(ctx);
      return reading(async () => {
        const { protocol, meterIds, afterMeterId = 0 } = query;
        const of = meterIds ? sql`m.id = ANY(${[...meterIds]}::int[])` : sql`m.id > ${afterMeterId}`;
        const limit = meterIds ? meterIds.length : Math.min(query.limit ?? mostTargets, mostTargets);
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
