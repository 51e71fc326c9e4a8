/** Exceptions: what rules found on days of channels, and what people decided. */
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { ExceptionQuery, ExceptionRepository, ExceptionState, VeeException } from '../vee-store.ts';
import { type Base, changing, newestFirst, reading, requireAll } from './base.ts';

const columns = sql.raw(`id, channel_id, meter_id, usage_point_id, to_char(day, 'YYYY-MM-DD') AS day, rule,
  severity, first_end, last_end, measure, limit_value, effect, state, note, edit_id, opened_at, changed_at,
  changed_by, version`);

/** Days judged in one statement. */
const daysAtOnce = 2_000;

export function exceptionRepository(base: Base): ExceptionRepository {
  return {
    judge: async (ctx, days) => {
      requireAll(ctx);
      const total = { opened: 0, resolved: 0 };
      for (let at = 0; at < days.length; at += daysAtOnce) {
        const { opened, resolved } = await judge(base, ctx.actor.name, days.slice(at, at + daysAtOnce));
        total.opened += opened;
        total.resolved += resolved;
      }
      return total;
    },
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<VeeException>`SELECT ${columns} FROM vee_exception
          WHERE id = ${id}`.execute(base.db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`exception ${id}`);
        return rows[0];
      });
    },
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      return list(base, query);
    },
    open: async (ctx, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<VeeException>`SELECT ${columns} FROM vee_exception WHERE state = 'open'
          ORDER BY effect DESC, id LIMIT ${limit}`.execute(base.db);
        return rows;
      });
    },
    counts: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ state: ExceptionState; n: number }>`SELECT state, count(*) AS n
          FROM vee_exception GROUP BY state`.execute(base.db);
        const none = { open: 0, accepted: 0, estimated: 0, edited: 0, rejected: 0, resolved: 0 };
        return { ...none, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) };
      });
    },
    openOf: async (ctx, channelIds, fromDay, toDay) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ channelId: number; blocking: number; others: number }>`SELECT channel_id,
            count(*) FILTER (WHERE severity = 'fail') AS blocking,
            count(*) FILTER (WHERE severity <> 'fail') AS others
          FROM vee_exception WHERE state = 'open' AND channel_id = ANY(${[...channelIds]}::int[])
            AND day >= ${fromDay}::date AND day < ${toDay}::date GROUP BY channel_id`.execute(base.db);
        return rows;
      });
    },
    daysOf: async (ctx, fromDay, toDay) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ channelId: number; day: number; exceptions: number }>`SELECT channel_id,
            day - date '1970-01-01' AS day, count(*) AS exceptions
          FROM vee_exception WHERE day >= ${fromDay}::date AND day < ${toDay}::date
          GROUP BY channel_id, day`.execute(base.db);
        return rows;
      });
    },
    ...decisions(base),
  };
}

function decisions(base: Base): Pick<ExceptionRepository, 'decide' | 'reopen' | 'reopenAlone'> {
  return {
    decide: async (ctx, ids, state, note, editId) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<VeeException>`UPDATE vee_exception SET state = ${state}, note = ${note},
              edit_id = ${editId ?? null}::int, changed_at = ${now}, changed_by = ${ctx.actor.name},
              version = version + 1
            WHERE id = ANY(${[...ids]}::int[]) AND state = 'open' RETURNING ${columns}`.execute(db);
          return rows;
        },
        (rows) => ({
          action: 'decide',
          objectKind: 'vee_exception',
          objectId: String(rows[0]?.id ?? ''),
          data: { ids: rows.slice(0, 1_000).map(({ id }) => id), count: rows.length, state, note },
        }),
      );
    },
    reopen: async (ctx, editId, note) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { numAffectedRows } = await sql`UPDATE vee_exception SET state = 'open', note = ${note},
              edit_id = NULL, changed_at = ${now}, changed_by = ${ctx.actor.name}, version = version + 1
            WHERE edit_id = ${editId}`.execute(db);
          return Number(numAffectedRows ?? 0);
        },
        (count) => ({
          action: 'reopen',
          objectKind: 'vee_exception',
          objectId: String(editId),
          data: { count, note },
        }),
      );
    },
    reopenAlone: async (ctx, ids, note) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ id: number }>`UPDATE vee_exception SET state = 'open', note = ${note},
              changed_at = ${now}, changed_by = ${ctx.actor.name}, version = version + 1
            WHERE id = ANY(${[...ids]}::int[]) AND edit_id IS NULL
              AND state IN ('accepted', 'estimated', 'rejected') RETURNING id`.execute(db);
          return rows.map(({ id }) => id);
        },
        (opened) => ({
          action: 'reopen',
          objectKind: 'vee_exception',
          objectId: String(opened[0] ?? ''),
          data: { ids: opened.slice(0, 1_000), count: opened.length, note },
        }),
      );
    },
  };
}

/** One statement: opens, refreshes, resolves. What people decided stays unless other intervals are found. */
async function judge(
  base: Base,
  by: string,
  days: readonly Parameters<ExceptionRepository['judge']>[1][number][],
): Promise<{ opened: number; resolved: number }> {
  const now = new Date(base.clock.nowMs());
  const judged = days.map(({ channelId, day }) => ({ channelId, day }));
  const found = days.flatMap(({ findings, ...where }) =>
    findings.map((finding) => ({ ...where, ...finding })),
  );
  return reading(() =>
    base.db.transaction().execute(async (db) => {
      const gone = await sql`UPDATE vee_exception x SET state = 'resolved', note = 'no longer found',
          changed_at = ${now}, changed_by = ${by}, version = x.version + 1
        FROM json_to_recordset(${JSON.stringify(judged)}::json) AS j("channelId" int, day date)
        WHERE x.channel_id = j."channelId" AND x.day = j.day AND x.state = 'open'
          AND NOT EXISTS (SELECT FROM json_to_recordset(${JSON.stringify(found)}::json)
            AS f("channelId" int, day date, rule text)
            WHERE f."channelId" = x.channel_id AND f.day = x.day AND f.rule = x.rule)`.execute(db);
      if (found.length === 0) return { opened: 0, resolved: Number(gone.numAffectedRows ?? 0) };
      const { rows } = await sql<{ opened: number }>`WITH put AS (
          INSERT INTO vee_exception AS x (channel_id, meter_id, usage_point_id, day, rule, severity,
            first_end, last_end, measure, limit_value, effect, opened_at, changed_at, changed_by)
          SELECT f."channelId", f."meterId", f."usagePointId", f.day, f.rule, f.severity, f."firstEnd",
            f."lastEnd", f.measure, f."limitValue", f.effect, ${now}::timestamptz, ${now}::timestamptz, ${by}
          FROM json_to_recordset(${JSON.stringify(found)}::json) AS f("channelId" int, "meterId" int,
            "usagePointId" int, day date, rule text, severity text, "firstEnd" bigint, "lastEnd" bigint,
            measure double precision, "limitValue" double precision, effect double precision)
          ON CONFLICT (channel_id, day, rule) DO UPDATE SET severity = excluded.severity,
            measure = excluded.measure, limit_value = excluded.limit_value, effect = excluded.effect,
            first_end = excluded.first_end, last_end = excluded.last_end, changed_at = excluded.changed_at,
            state = 'open', edit_id = NULL, note = '', changed_by = excluded.changed_by,
            version = x.version + 1
          WHERE x.state IN ('open', 'resolved') AND (x.state, x.first_end, x.last_end, x.measure, x.severity)
              IS DISTINCT FROM ('open', excluded.first_end, excluded.last_end, excluded.measure,
                excluded.severity)
            OR (x.first_end, x.last_end) IS DISTINCT FROM (excluded.first_end, excluded.last_end)
          RETURNING opened_at)
        SELECT count(*) FILTER (WHERE opened_at = ${now}::timestamptz) AS opened FROM put`.execute(db);
      return { opened: rows[0]!.opened, resolved: Number(gone.numAffectedRows ?? 0) };
    }),
  );
}

function list(base: Base, query: ExceptionQuery) {
  const where: RawBuilder<unknown>[] = [sql`true`];
  const { state, rule, meterId, channelId, usagePointId, fromDay, toDay, ids } = query;
  if (state !== undefined) where.push(sql`state = ${state}`);
  if (rule !== undefined) where.push(sql`rule = ${rule}`);
  if (meterId !== undefined) where.push(sql`meter_id = ${meterId}`);
  if (channelId !== undefined) where.push(sql`channel_id = ${channelId}`);
  if (usagePointId !== undefined) where.push(sql`usage_point_id = ${usagePointId}`);
  if (fromDay !== undefined) where.push(sql`day >= ${fromDay}::date`);
  if (toDay !== undefined) where.push(sql`day < ${toDay}::date`);
  if (ids !== undefined) where.push(sql`id = ANY(${[...ids]}::int[])`);
  const from = sql`vee_exception`;
  const exceptions = { select: sql`SELECT ${columns} FROM ${from}`, from, id: 'id' };
  return newestFirst<VeeException>(base, exceptions, sql.join(where, sql` AND `), query);
}
