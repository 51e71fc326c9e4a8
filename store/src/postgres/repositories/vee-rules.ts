/** Rule sets by version, suspensions of estimation, and how far days are closed. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  RuleSetRecord,
  RuleSetRepository,
  Suspension,
  SuspensionRepository,
  VeeProgressRepository,
} from '../vee-store.ts';
import { type Base, changing, limitOf, reading, requireAll, requireVersion } from './base.ts';

const setColumns = sql.raw(
  `code, version, to_char(effective_from, 'YYYY-MM-DD') AS effective_from, rules, note, created_by,
    created_at`,
);

export function ruleSetRepository(base: Base): RuleSetRepository {
  return {
    list: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<RuleSetRecord>`SELECT ${setColumns} FROM vee_rule_set
          ORDER BY code, version`.execute(base.db);
        return rows;
      });
    },
    add: async (ctx, code, { effectiveFrom, rules, note }, ifVersion) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows: last } = await sql<{ version: number }>`SELECT version FROM vee_rule_set
            WHERE code = ${code} ORDER BY version DESC LIMIT 1 FOR UPDATE`.execute(db);
          requireVersion(code, last[0], ifVersion);
          const { version } = last[0] ?? { version: 0 };
          const { rows } = await sql<RuleSetRecord>`INSERT INTO vee_rule_set
              (code, version, effective_from, rules, note, created_by, created_at)
            VALUES (${code}, ${version + 1}, ${effectiveFrom}::date, ${JSON.stringify(rules)}::jsonb, ${note},
              ${ctx.actor.name}, ${now}) RETURNING ${setColumns}`.execute(db);
          return rows[0]!;
        },
        ({ version }) => ({
          action: 'create',
          objectKind: 'vee_rule_set',
          objectId: `${code}/${version}`,
          data: { effectiveFrom, note },
        }),
      );
    },
  };
}

const suspensionColumns = sql.raw(
  'id, kind, target, from_at, until_at, source, reason, started_by, ended_by',
);

export function suspensionRepository(base: Base): SuspensionRepository {
  return {
    list: async (ctx, { live = false, limit } = {}) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<Suspension>`SELECT ${suspensionColumns} FROM vee_suspension
          WHERE ${live ? sql`until_at IS NULL` : sql`true`} ORDER BY id DESC LIMIT ${limitOf(limit)}`.execute(
          base.db,
        );
        return rows;
      });
    },
    start: async (ctx, { kind, target, fromAt, source, reason }) => {
      return changing(
        base,
        ctx,
        async (db) => {
          const { rows } = await sql<Suspension>`INSERT INTO vee_suspension
              (kind, target, from_at, source, reason, started_by)
            VALUES (${kind}, ${target}, ${fromAt}, ${source}, ${reason}, ${ctx.actor.name})
            RETURNING ${suspensionColumns}`.execute(db);
          return rows[0]!;
        },
        ({ id }) => ({
          action: 'start',
          objectKind: 'vee_suspension',
          objectId: String(id),
          data: { kind, target, source, reason },
        }),
      );
    },
    end: async (ctx, id) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<Suspension>`UPDATE vee_suspension
            SET until_at = greatest(${now}::timestamptz, from_at + interval '1 second'),
              ended_by = ${ctx.actor.name}
            WHERE id = ${id} AND until_at IS NULL RETURNING ${suspensionColumns}`.execute(db);
          if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`live suspension ${id}`);
          return rows[0];
        },
        ({ kind, target }) => ({
          action: 'end',
          objectKind: 'vee_suspension',
          objectId: String(id),
          data: { kind, target },
        }),
      );
    },
  };
}

export function veeProgressRepository(base: Base): VeeProgressRepository {
  return {
    closed: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ zone: string; day: string }>`SELECT zone,
          to_char(closed_day, 'YYYY-MM-DD') AS day FROM vee_progress`.execute(base.db);
        return new Map(rows.map(({ zone, day }) => [zone, day]));
      });
    },
    note: async (ctx, zone, day) => {
      requireAll(ctx);
      const now = new Date(base.clock.nowMs());
      await reading(() =>
        sql`INSERT INTO vee_progress AS p (zone, closed_day, updated_at)
          VALUES (${zone}, ${day}::date, ${now})
          ON CONFLICT (zone) DO UPDATE SET closed_day = greatest(p.closed_day, excluded.closed_day),
            updated_at = excluded.updated_at`.execute(base.db),
      );
    },
  };
}
