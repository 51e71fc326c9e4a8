/** Orders: what people asked for, and what others decided on it. Each change is audited. */
import type { AccessContext, CommandOrderInput, CommandStep } from '@openami/model';
import { sql } from 'kysely';
import type { CommandOrder, CommandRepository } from '../command-store.ts';
import { registryErrors } from '../errors.ts';
import type { ListQuery, Page } from '../types.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, isSecondPerson, newestFirst, reading, requireAll } from './base.ts';
import { madeOnce } from './keyed-jobs.ts';

const orderSql = sql.raw(`SELECT o.id, o.key, o.kind, o.params, o.reason, o.needs_approval, o.requested_by,
  o.requested_person, o.requested_at, o.not_before, o.expires_at,
  (SELECT count(*) FROM command c WHERE c.order_id = o.id) AS meters,
  (SELECT coalesce(jsonb_object_agg(s.state, s.n), '{}') FROM (SELECT c.state, count(*) AS n FROM command c
    WHERE c.order_id = o.id GROUP BY c.state) s) AS counts,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('decidedBy', a.decided_by, 'decision', a.decision,
    'note', a.note, 'decidedAt', a.decided_at) ORDER BY a.decided_at), '[]')
    FROM command_approval a WHERE a.order_id = o.id) AS decisions
  FROM command_order o`);

function show(row: CommandOrder): CommandOrder {
  const decisions = row.decisions.map((each) => ({ ...each, decidedAt: new Date(each.decidedAt) }));
  return { ...row, decisions };
}

async function find(db: Base['db'] | Work, id: number): Promise<CommandOrder> {
  const { rows } = await sql<CommandOrder>`${orderSql} WHERE o.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`order ${id}`);
  return show(rows[0]);
}

async function findOf(base: Base, ctx: AccessContext, key: string): Promise<CommandOrder | undefined> {
  requireAll(ctx);
  return reading(async () => {
    const { rows } = await sql<CommandOrder>`${orderSql}
      WHERE o.requested_by = ${ctx.actor.id} AND o.key = ${key}`.execute(base.db);
    return rows[0] && show(rows[0]);
  });
}

const noteOf = (action: string, id: number, data: Record<string, unknown>): Noted => ({
  ...{ action, objectKind: 'command_order', objectId: String(id), data },
});

async function insert(
  now: Date,
  ctx: AccessContext,
  db: Work,
  input: CommandOrderInput,
): Promise<number | undefined> {
  const { key, kind, params, reason, needsApproval, requestedPerson, notBefore, expiresAt } = input;
  const { rows } = await sql<{ id: number }>`INSERT INTO command_order (key, kind, params, reason,
      needs_approval, requested_by, requested_person, requested_at, not_before, expires_at)
    VALUES (${key}, ${kind}, ${JSON.stringify(params)}, ${reason}, ${needsApproval}, ${ctx.actor.id},
      ${requestedPerson}, ${now}, ${notBefore}, ${expiresAt})
    ON CONFLICT (requested_by, key) DO NOTHING RETURNING id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) return undefined;
  await sql`INSERT INTO command (order_id, meter_id, usage_point_id, interrupts, state, progress, not_before,
      expires_at, updated_at)
    SELECT ${id}::int, x."meterId", x."usagePointId", ${input.interrupts}::boolean, ${input.state},
      ${JSON.stringify(input.progress)}::jsonb, ${notBefore}::timestamptz, ${expiresAt}::timestamptz,
      ${now}::timestamptz
    FROM json_to_recordset(${JSON.stringify(input.meters)}::json)
      AS x("meterId" int, "usagePointId" int)`.execute(db);
  return id;
}

const create = (base: Base): CommandRepository['create'] => {
  return async (ctx, input) => {
    const { made, created } = await madeOnce(base, ctx, {
      insert: (db, now) => insert(now, ctx, db, input),
      kept: () => findOf(base, ctx, input.key),
      note: ({ id }) => {
        const { kind, reason, needsApproval, state } = input;
        const meters = input.meters.slice(0, 100).map(({ meterId }) => meterId);
        const count = input.meters.length;
        return noteOf('request', id, { kind, reason, needsApproval, state, count, meters });
      },
      find,
    });
    return { order: made, created };
  };
};

const decide = (base: Base): CommandRepository['decide'] => {
  return async (ctx, orderId, decision, note) => {
    const to: CommandStep = decision === 'approved' ? 'queued' : 'cancelled';
    await changing(
      base,
      ctx,
      async (db, now) => {
        const { rows } = await sql`INSERT INTO command_approval (order_id, decided_by, decision, note,
            decided_at) SELECT o.id, ${ctx.actor.id}, ${decision}, ${note}, ${now}::timestamptz
          FROM command_order o WHERE o.id = ${orderId} AND ${isSecondPerson(ctx)}
          ON CONFLICT (order_id, decided_by) DO NOTHING RETURNING order_id`.execute(db);
        if (rows.length === 0)
          throw registryErrors.COMMAND_DECIDED(`by this ${ctx.actor.kind}, or it is of the order`);
        const { numAffectedRows } = await sql`UPDATE command SET state = ${to}, note = ${note},
          version = version + 1, updated_at = ${now},
          finished_at = ${decision === 'approved' ? null : now}::timestamptz
          WHERE order_id = ${orderId} AND state = 'awaiting_approval'`.execute(db);
        if (!numAffectedRows) throw registryErrors.COMMAND_DECIDED(`nothing of order ${orderId} awaits one`);
        return Number(numAffectedRows);
      },
      (count) => noteOf(decision === 'approved' ? 'approve' : 'reject', orderId, { count, note }),
    );
  };
};

async function list(base: Base, query: ListQuery & { state?: CommandStep }): Promise<Page<CommandOrder>> {
  const match = query.state
    ? sql`EXISTS (SELECT FROM command c WHERE c.order_id = o.id AND c.state = ${query.state})`
    : sql`true`;
  const orders = { select: orderSql, from: sql`command_order o`, id: 'o.id' };
  const page = await newestFirst<CommandOrder>(base, orders, match, query);
  return { ...page, items: page.items.map(show) };
}

export function orderRepository(
  base: Base,
): Pick<CommandRepository, 'create' | 'order' | 'orderOf' | 'orders' | 'metersOf' | 'decide'> {
  return {
    create: create(base),
    decide: decide(base),
    orderOf: (ctx, key) => findOf(base, ctx, key),
    order: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    orders: async (ctx, query = {}) => {
      requireAll(ctx);
      return list(base, query);
    },
    metersOf: async (ctx, orderId) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ meterId: number }>`SELECT meter_id FROM command
          WHERE order_id = ${orderId} ORDER BY id`.execute(base.db);
        return rows.map(({ meterId }) => meterId);
      });
    },
  };
}
