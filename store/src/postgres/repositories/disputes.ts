/** Disputes: opened with evidence that is kept as it was, answered by a deadline, closed. */
import { type RawBuilder, sql } from 'kysely';
import type { DisputePatch, DisputeQuery, DisputeRecord, DisputeRepository } from '../dispute-store.ts';
import { registryErrors } from '../errors.ts';
import type { Noted, Work } from './audit-chain.ts';
import {
  type Base,
  changing,
  countOf,
  decodeCursor,
  limitOf,
  NothingToDo,
  pageOf,
  reading,
  requireVersion,
  unlessNothing,
  visible,
  writing,
} from './base.ts';

const from = sql`dispute d JOIN account c ON c.id = d.account_id JOIN customer k ON k.id = c.customer_id
  JOIN agreement g ON g.id = d.agreement_id JOIN usage_point u ON u.id = d.usage_point_id`;
const columns = sql.raw(`d.id, d.account_id, c.number AS account, k.name AS customer, d.agreement_id,
  g.code AS agreement, d.usage_point_id, u.code AS usage_point, d.bill_id, d.from_at, d.to_at, d.reason,
  d.words, d.via, d.state, d.outcome, d.answer, d.amount::text AS amount, d.currency, d.dunning_held,
  d.due_at, d.remind_at, d.reminded_at, d.assigned_to, d.rebill_run_id, d.suggests, d.opened_by,
  d.opened_at, d.answered_at, d.closed_at, d.version`);
const entries = sql.raw(`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'at', e.at, 'by', e.by,
  'kind', e.kind, 'words', e.words) ORDER BY e.id), '[]') FROM dispute_entry e WHERE e.dispute_id = d.id)`);

async function find(
  db: Base['db'] | Work,
  ctx: Parameters<typeof visible>[0],
  which: RawBuilder<unknown>,
  what: string,
): Promise<DisputeRecord> {
  const { rows } = await sql<DisputeRecord>`SELECT ${columns}, d.evidence, ${entries} AS entries
    FROM ${from} WHERE ${which} AND ${visible(ctx, 'usage_point', 'd.usage_point_id')}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw registryErrors.NOT_FOUND(what);
  return { ...row, entries: row.entries.map((entry) => ({ ...entry, at: new Date(entry.at) })) };
}

const findId = (db: Base['db'] | Work, ctx: Parameters<typeof visible>[0], id: number) =>
  find(db, ctx, sql`d.id = ${id}`, `dispute ${id}`);

async function addEntry(db: Work, id: number, at: Date, by: string, kind: string, words: string) {
  await sql`INSERT INTO dispute_entry (dispute_id, at, by, kind, words)
    VALUES (${id}, ${at}, ${by}, ${kind}, ${words})`.execute(db);
}

function noteOf(action: string, { id, billId, account }: DisputeRecord, data: object = {}): Noted {
  return { action, objectKind: 'dispute', objectId: String(id), data: { account, bill: billId, ...data } };
}

const create = (base: Base): DisputeRepository['create'] => {
  return async (ctx, input) => {
    const now = new Date(base.clock.nowMs());
    const made = await unlessNothing(() =>
      // whoever sees the usage point may open one: an operator, or its customer
      writing(
        base,
        ctx,
        async (db) => {
          await lockBill(db, input.billId);
          const { rows } = await sql<{ id: number }>`INSERT INTO dispute (key, account_id, agreement_id,
              usage_point_id, bill_id, from_at, to_at, reason, words, via, amount, currency, dunning_held,
              due_at, remind_at, suggests, evidence, opened_by, opened_at)
            SELECT ${input.key}, ${input.accountId}, ${input.agreementId}, u.id, ${input.billId},
              ${input.fromAt}, ${input.toAt}, ${input.reason}, ${input.words}, ${input.via},
              ${input.amount}::numeric, ${input.currency}, ${input.dunningHeld}, ${input.dueAt},
              ${input.remindAt}, ${input.suggests}, ${input.evidence}::json, ${ctx.actor.id}, ${now}
            FROM usage_point u WHERE u.id = ${input.usagePointId}
              AND ${visible(ctx, 'usage_point', 'u.id')}
            ON CONFLICT DO NOTHING RETURNING id`.execute(db);
          if (rows[0] === undefined) throw new NothingToDo();
          return findId(db, ctx, rows[0].id);
        },
        (dispute) => noteOf('open', dispute, { reason: dispute.reason, via: dispute.via }),
      ),
    );
    if (made !== undefined) return { dispute: made, created: true };
    return reading(async () => {
      const same = sql`d.opened_by = ${ctx.actor.id} AND d.key = ${input.key}`;
      const kept = await find(base.db, ctx, same, 'dispute').catch(() => undefined);
      if (kept !== undefined) return { dispute: kept, created: false };
      throw registryErrors.DISPUTE_OPEN(`bill ${input.billId} has one`);
    });
  };
};

/** A case is of an issued bill, and nobody takes that back meanwhile. */
async function lockBill(db: Work, id: number | null): Promise<void> {
  if (id === null) return;
  const { rows } = await sql<{ state: string; kind: string }>`SELECT state, kind FROM bill
    WHERE id = ${id} FOR SHARE`.execute(db);
  const [bill] = rows;
  if (bill?.state !== 'issued' || bill.kind === 'reversal')
    throw registryErrors.BILL_STATE(`bill ${id} is ${bill?.state ?? 'not there'}`);
}

function matching(ctx: Parameters<typeof visible>[0], query: DisputeQuery): RawBuilder<unknown> {
  const { state, unanswered, account, bill, q } = query;
  return sql.join(
    [
      visible(ctx, 'usage_point', 'd.usage_point_id'),
      state === undefined ? sql`true` : sql`d.state = ${state}`,
      unanswered ? sql`d.state IN ('open', 'looking')` : sql`true`,
      account === undefined ? sql`true` : sql`c.number = ${account}`,
      bill === undefined ? sql`true` : sql`d.bill_id = ${bill}`,
      q === undefined
        ? sql`true`
        : sql`(strpos(lower(c.number), ${q.toLowerCase()}) > 0
            OR strpos(lower(k.name), ${q.toLowerCase()}) > 0)`,
    ],
    sql` AND `,
  );
}

/** Those to be answered by their deadline, the others behind them: one number to sort and page by. */
const rank = sql<number>`CASE WHEN d.state IN ('open', 'looking') THEN extract(epoch FROM d.due_at)::float8
  ELSE 1e11 - extract(epoch FROM d.opened_at)::float8 + 1e11 END`;

const list = (base: Base): DisputeRepository['list'] => {
  return (ctx, query = {}) =>
    reading(async () => {
      const limit = limitOf(query.limit);
      const match = matching(ctx, query);
      const [at, id] = query.cursor ? decodeCursor(query.cursor, 'number') : [];
      const after = at === undefined ? sql`true` : sql`(${rank}, d.id) > (${at}::float8, ${id}::int)`;
      const { rows } = await sql<DisputeRecord & { rank: number }>`SELECT ${columns}, ${rank} AS rank
        FROM ${from} WHERE ${match} AND ${after} ORDER BY rank, d.id LIMIT ${limit + 1}`.execute(base.db);
      const page = pageOf(rows, limit, (row) => row.rank);
      return { ...page, total: await countOf(base, sql`${from} WHERE ${match}`) };
    });
};

const move = (base: Base): DisputeRepository['move'] => {
  return async (ctx, id, allowed, to, { words, ifVersion, ...patch }) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        await sql`SELECT id FROM dispute WHERE id = ${id} FOR UPDATE`.execute(db);
        const before = await findId(db, ctx, id);
        requireVersion(`dispute ${id}`, before, ifVersion);
        if (!allowed.includes(before.state))
          throw registryErrors.DISPUTE_STATE(`dispute ${id} is ${before.state}, not ${allowed.join(' or ')}`);
        const set = [sql`state = ${to}`, sql`version = version + 1`, ...assignments(patch)];
        if (to === 'answered') set.push(sql`answered_at = ${now}`);
        if (to === 'closed') set.push(sql`closed_at = ${now}`);
        await sql`UPDATE dispute SET ${sql.join(set)} WHERE id = ${id}`.execute(db);
        await addEntry(db, id, now, ctx.actor.id, 'move', words);
        // what one person gave alone is not let through by taking the case back
        if (patch.outcome === 'withdrawn')
          await sql`UPDATE account_entry SET state = 'pending'
            WHERE dispute_id = ${id} AND state = 'approved' AND decided_at IS NULL`.execute(db);
        return findId(db, ctx, id);
      },
      (dispute) => noteOf(to, dispute, { outcome: dispute.outcome }),
    );
};

function assignments({ outcome, answer, assignedTo, dunningHeld }: DisputePatch): RawBuilder<unknown>[] {
  return [
    ...(outcome === undefined ? [] : [sql`outcome = ${outcome}`]),
    ...(answer === undefined ? [] : [sql`answer = ${answer}`]),
    ...(assignedTo === undefined ? [] : [sql`assigned_to = ${assignedTo}`]),
    ...(dunningHeld === undefined ? [] : [sql`dunning_held = ${dunningHeld}`]),
  ];
}

/** A change of a case that is not closed. */
const adding = (
  base: Base,
  ctx: Parameters<typeof visible>[0],
  id: number,
  kind: 'note' | 'rebill',
  words: string,
  set: RawBuilder<unknown> = sql`version = version + 1`,
): Promise<DisputeRecord> =>
  changing(
    base,
    ctx,
    async (db, now) => {
      const { numAffectedRows } = await sql`UPDATE dispute SET ${set}
        WHERE id = ${id} AND state <> 'closed'`.execute(db);
      const dispute = await findId(db, ctx, id);
      if (numAffectedRows !== 1n) throw registryErrors.DISPUTE_STATE(`dispute ${id} is ${dispute.state}`);
      await addEntry(db, id, now, ctx.actor.id, kind, words);
      return findId(db, ctx, id);
    },
    (dispute) => noteOf(kind, dispute),
  );

const remind = (base: Base): DisputeRepository['remind'] => {
  return async (ctx, at) => {
    const ids = await unlessNothing<number[]>(() =>
      changing(
        base,
        ctx,
        async (db) => {
          const { rows } = await sql<{ id: number }>`UPDATE dispute SET reminded_at = ${at}
            WHERE id IN (SELECT id FROM dispute WHERE state IN ('open', 'looking') AND reminded_at IS NULL
              AND remind_at <= ${at} ORDER BY due_at LIMIT 1000) RETURNING id`.execute(db);
          if (rows.length === 0) throw new NothingToDo();
          const due = rows.map(({ id }) => id);
          await sql`INSERT INTO dispute_entry (dispute_id, at, by, kind, words)
            SELECT id, ${at}, ${ctx.actor.id}, 'reminder',
              'To be answered by ' || to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
            FROM dispute WHERE id = ANY(${due}::int[])`.execute(db);
          return due;
        },
        (due) => ({ action: 'remind', objectKind: 'dispute', objectId: '', data: { disputes: due } }),
      ),
    );
    return ids ?? [];
  };
};

export function disputeRepository(base: Base): DisputeRepository {
  return {
    ...{ create: create(base), list: list(base), move: move(base), remind: remind(base) },
    get: (ctx, id) => reading(() => findId(base.db, ctx, id)),
    note: (ctx, id, words) => adding(base, ctx, id, 'note', words),
    link: (ctx, id, runId) => {
      const set = sql`rebill_run_id = ${runId}, version = version + 1`;
      return adding(base, ctx, id, 'rebill', `The bill is made anew in run ${runId}`, set);
    },
    counts: (ctx, at) =>
      reading(async () => {
        const { rows } = await sql<{ state: string; count: number; late: number }>`SELECT state,
            count(*)::int AS count, (count(*) FILTER (WHERE due_at < ${at}
              AND state IN ('open', 'looking')))::int AS late
          FROM dispute d WHERE ${visible(ctx, 'usage_point', 'd.usage_point_id')}
          GROUP BY state`.execute(base.db);
        const counts = { open: 0, looking: 0, answered: 0, closed: 0, late: 0 };
        for (const { state, count, late } of rows) {
          counts[state as 'open'] = count;
          counts.late += late;
        }
        return counts;
      }),
  };
}
