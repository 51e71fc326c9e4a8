/** What customers want to be told of their use, and what they were told. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { UsageAlert, UsageAlertChoice, UsageAlertRepository } from '../portal-store.ts';
import { type Base, limitOf, reading, requireAll, visible, writing } from './base.ts';

const choiceColumns = sql.raw(`h.user_id, h.agreement_id, h.kind, h.threshold::text AS threshold,
  to_char(h.looked_day, 'YYYY-MM-DD') AS looked_day`);

const choose = (base: Base): UsageAlertRepository['choose'] => {
  return async (ctx, { agreementId, kind, threshold }) => {
    await writing(
      base,
      ctx,
      async (db) => {
        const { rows } = await sql`SELECT FROM agreement g WHERE g.id = ${agreementId}
          AND ${visible(ctx, 'usage_point', 'g.usage_point_id')}`.execute(db);
        if (rows.length === 0) throw registryErrors.NOT_FOUND(`agreement ${agreementId}`);
        const one = sql`user_id = ${ctx.actor.id} AND agreement_id = ${agreementId} AND kind = ${kind}`;
        if (threshold === null) await sql`DELETE FROM usage_alert_choice WHERE ${one}`.execute(db);
        else
          await sql`INSERT INTO usage_alert_choice (user_id, agreement_id, kind, threshold)
            VALUES (${ctx.actor.id}, ${agreementId}, ${kind}, ${threshold}::numeric)
            ON CONFLICT (user_id, agreement_id, kind)
              DO UPDATE SET threshold = excluded.threshold, looked_day = NULL`.execute(db);
      },
      () => ({
        ...{ action: threshold === null ? 'remove' : 'choose', objectKind: 'usage_alert' },
        ...{ objectId: String(agreementId), data: { kind, threshold } },
      }),
    );
  };
};

const note = (base: Base): UsageAlertRepository['note'] => {
  return async (ctx, looked, day, found) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    const keys = JSON.stringify(
      looked.map(({ userId, agreementId, kind }) => ({ userId, agreementId, kind })),
    );
    return reading(() =>
      base.db.transaction().execute(async (db) => {
        await sql`UPDATE usage_alert_choice h SET looked_day = ${day}::date
          FROM json_to_recordset(${keys}::json) AS x("userId" text, "agreementId" int, kind text)
          WHERE h.user_id = x."userId" AND h.agreement_id = x."agreementId" AND h.kind = x.kind`.execute(db);
        // whoever took the choice back meanwhile is not told any more
        const { rows } = await sql`INSERT INTO usage_alert
            (user_id, agreement_id, kind, day, value, threshold, unit, created_at)
          SELECT x."userId", x."agreementId", x.kind, x.day, x.value, x.threshold, x.unit, ${now}
          FROM json_to_recordset(${JSON.stringify(found)}::json)
            AS x("userId" text, "agreementId" int, kind text,
            day date, value numeric, threshold numeric, unit text)
          WHERE EXISTS (SELECT FROM usage_alert_choice h WHERE h.user_id = x."userId"
            AND h.agreement_id = x."agreementId" AND h.kind = x.kind)
          ON CONFLICT DO NOTHING RETURNING id`.execute(db);
        return rows.length;
      }),
    );
  };
};

export function usageAlertRepository(base: Base): UsageAlertRepository {
  return {
    choose: choose(base),
    note: note(base),
    choices: (ctx) =>
      reading(async () => {
        const { rows } = await sql<UsageAlertChoice>`SELECT ${choiceColumns} FROM usage_alert_choice h
          JOIN agreement g ON g.id = h.agreement_id WHERE h.user_id = ${ctx.actor.id}
            AND ${visible(ctx, 'usage_point', 'g.usage_point_id')}
          ORDER BY h.agreement_id, h.kind LIMIT 1000`.execute(base.db);
        return rows;
      }),
    list: (ctx, limit) =>
      reading(async () => {
        const { rows } =
          await sql<UsageAlert>`SELECT a.id, a.user_id, a.agreement_id, g.usage_point_id, a.kind,
            to_char(a.day, 'YYYY-MM-DD') AS day, a.value::text AS value,
            a.threshold::text AS threshold, a.unit,
            a.created_at, a.seen_at
          FROM usage_alert a JOIN agreement g ON g.id = a.agreement_id WHERE a.user_id = ${ctx.actor.id}
            AND ${visible(ctx, 'usage_point', 'g.usage_point_id')}
          ORDER BY a.day DESC, a.id DESC LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      }),
    seen: (ctx) =>
      reading(async () => {
        await sql`UPDATE usage_alert SET seen_at = ${new Date(base.clock.nowMs())}
          WHERE user_id = ${ctx.actor.id} AND seen_at IS NULL`.execute(base.db);
      }),
    open: async (ctx, zone, day, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<UsageAlertChoice>`SELECT ${choiceColumns} FROM usage_alert_choice h
          JOIN agreement g ON g.id = h.agreement_id
          JOIN customer_login l ON l.user_id = h.user_id AND l.account_id = g.account_id
          JOIN usage_point u ON u.id = g.usage_point_id
          WHERE u.zone = ${zone} AND (h.looked_day IS NULL OR h.looked_day < ${day}::date)
          ORDER BY h.agreement_id, h.user_id, h.kind LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      });
    },
  };
}
