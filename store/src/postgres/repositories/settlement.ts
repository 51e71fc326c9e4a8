/** Settlement runs, and usage points with what they may be grouped by. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { SettledPoint, SettlementRepository, SettlementRun } from '../hand-over-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, limitOf, newestFirst, reading, requireAll } from './base.ts';
import { channelsAt } from './billing-facts.ts';
import { madeOnce } from './keyed-jobs.ts';

const select = sql`SELECT id, key, label, grouping, commodity, from_at, to_at, interval_s, revision,
  loss_factors, groups, state, error, sha256, bytes, created_by, created_at FROM settlement_run`;

async function find(db: Work | Base['db'], id: number): Promise<SettlementRun> {
  const { rows } = await sql<SettlementRun>`${select} WHERE id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`settlement run ${id}`);
  return rows[0];
}

const create = (base: Base): SettlementRepository['create'] => {
  return async (ctx, input) => {
    const { key, label, grouping, commodity, fromAt, toAt, intervalS, revision, lossFactors } = input;
    const { made } = await madeOnce<SettlementRun>(base, ctx, {
      insert: async (db, now) => {
        const { rows } = await sql<{ id: number }>`INSERT INTO settlement_run (key, label, grouping,
            commodity, from_at, to_at, interval_s, revision, loss_factors, created_by, created_at)
          VALUES (${key}, ${label}, ${grouping}, ${commodity}, ${fromAt}, ${toAt}, ${intervalS},
            ${revision}, ${JSON.stringify(lossFactors)}::jsonb, ${ctx.actor.id}, ${now})
          ON CONFLICT (created_by, key) DO NOTHING RETURNING id`.execute(db);
        return rows[0]?.id;
      },
      kept: async () => {
        const { rows } = await sql<SettlementRun>`${select}
          WHERE created_by = ${ctx.actor.id} AND key = ${key}`.execute(base.db);
        return rows[0];
      },
      note: ({ id }) => ({
        ...{ action: 'create', objectKind: 'settlement_run', objectId: String(id) },
        data: { label, grouping, commodity, revision },
      }),
      find,
    });
    return made;
  };
};

/** The nearest node of each kind above a usage point. */
const nodeOf = (kind: string) => sql`coalesce((WITH RECURSIVE up AS (
    SELECT n.id, n.code, n.kind, n.parent_id, 1 AS depth FROM network_node n WHERE n.id = u.node_id
    UNION ALL SELECT n.id, n.code, n.kind, n.parent_id, up.depth + 1 FROM network_node n
      JOIN up ON n.id = up.parent_id WHERE up.depth < 32)
  SELECT code FROM up WHERE kind = ${sql.lit(kind)} ORDER BY depth LIMIT 1), '')`;

const tariffs = sql.raw(`(SELECT coalesce(jsonb_agg(jsonb_build_object('tariff', t.code,
    'fromS', extract(epoch FROM greatest(x.valid_from::timestamp AT TIME ZONE u.zone, g.valid_from))::float8,
    'untilS', extract(epoch FROM least(x.valid_until::timestamp AT TIME ZONE u.zone, g.valid_until))::float8)
    ORDER BY x.valid_from), '[]')
  FROM agreement g JOIN agreement_tariff x ON x.agreement_id = g.id JOIN tariff t ON t.id = x.tariff_id
  WHERE g.usage_point_id = u.id)`);

/** Channels of the meters that are or were at usage point `u`. */
const channelsOfPoint = sql`(SELECT coalesce(json_agg(c), '[]') FROM (${channelsAt('u.id')}) c)`;

export function settlementRepository(base: Base): SettlementRepository {
  return {
    create: create(base),
    finish: (ctx, id, { groups, sha256, bytes }) => {
      requireAll(ctx);
      return reading(async () => {
        await sql`UPDATE settlement_run SET state = 'done', groups = ${JSON.stringify(groups)}::jsonb,
          sha256 = ${sha256}, bytes = ${bytes} WHERE id = ${id} AND state = 'building'`.execute(base.db);
        return find(base.db, id);
      });
    },
    fail: (ctx, id, error) => {
      requireAll(ctx);
      return reading(async () => {
        await sql`UPDATE settlement_run SET state = 'failed', error = ${error}
          WHERE id = ${id} AND state = 'building'`.execute(base.db);
      });
    },
    building: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<SettlementRun>`${select} WHERE state = 'building'
          ORDER BY id LIMIT 1`.execute(base.db);
        return rows[0];
      });
    },
    get: (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    list: (ctx, query = {}) => {
      requireAll(ctx);
      return newestFirst<SettlementRun>(
        base,
        { select, from: sql`settlement_run`, id: 'id' },
        sql`true`,
        query,
      );
    },
    points: (ctx, commodity, after, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<SettledPoint>`SELECT u.id, u.code, u.commodity, u.zone, u.service_class,
            ${nodeOf('feeder')} AS feeder, ${nodeOf('transformer')} AS transformer,
            ${nodeOf('station')} AS station, ${tariffs} AS tariffs, ${channelsOfPoint} AS channels
          FROM usage_point u WHERE u.id > ${after} AND u.commodity = ${commodity}
          ORDER BY u.id LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      });
    },
  };
}
