/** Plans of budget billing, and the entries that make bills of a plan come to its amount. */
import { sql } from 'kysely';
import type { BudgetDue, BudgetPlan, BudgetRepository } from '../dispute-store.ts';
import { registryErrors } from '../errors.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, newestFirst, reading, requireAll, visible } from './base.ts';

const from = sql`budget_plan p JOIN agreement g ON g.id = p.agreement_id
  JOIN account c ON c.id = g.account_id`;
const select = sql`SELECT p.id, c.number AS account, g.code AS agreement, p.amount::text AS amount,
  p.currency, to_char(p.from_day, 'YYYY-MM-DD') AS from_day, p.bills, p.ended, p.settled,
  (SELECT count(*)::int FROM account_entry e JOIN bill b ON b.id = e.bill_id
    WHERE e.plan_id = p.id AND b.kind = 'bill') AS billed,
  (SELECT coalesce(sum(e.amount), 0)::text FROM account_entry e WHERE e.plan_id = p.id) AS deferred,
  p.created_by, p.created_at FROM ${from}`;

async function find(db: Work, id: number): Promise<BudgetPlan> {
  const { rows } = await sql<BudgetPlan>`${select} WHERE p.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`budget plan ${id}`);
  return rows[0];
}

function noteOf(action: string, { id, agreement, amount, currency, bills }: BudgetPlan): Noted {
  const data = { agreement, amount, currency, bills };
  return { action, objectKind: 'budget_plan', objectId: String(id), data };
}

const put = (base: Base): BudgetRepository['put'] => {
  return async (ctx, entries) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    const by = ctx.actor.id;
    // the run that issues the bills is audited: a record for each would say nothing more
    await reading(() =>
      base.db.transaction().execute(async (db) => {
        for (const { due, kind, amount, words } of entries) {
          await sql`INSERT INTO account_entry (account_id, kind, amount, currency, words, state, plan_id,
              bill_id, requested_by, requested_person, created_at)
            VALUES (${due.accountId}, ${kind}, ${amount}::numeric, ${due.currency}, ${words}, 'billed',
              ${due.planId}, ${due.billId}, ${by}, ${by}, ${now})
            ON CONFLICT DO NOTHING`.execute(db);
          if (kind === 'true-up')
            await sql`UPDATE budget_plan SET settled = true WHERE id = ${due.planId}`.execute(db);
        }
      }),
    );
  };
};

export function budgetRepository(base: Base): BudgetRepository {
  return {
    list: (ctx, query = {}) => {
      const own = query.account === undefined ? sql`true` : sql`c.number = ${query.account}`;
      const match = sql`${visible(ctx, 'account', 'c.id')} AND ${own}`;
      return newestFirst<BudgetPlan>(base, { select, from, id: 'p.id' }, match, query);
    },
    create: (ctx, { agreement, amount, currency, fromDay, bills }) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ id: number }>`INSERT INTO budget_plan (agreement_id, amount, currency,
              from_day, bills, created_by, created_at)
            SELECT id, ${amount}::numeric, ${currency}, ${fromDay}::date, ${bills}, ${ctx.actor.id}, ${now}
            FROM agreement WHERE code = ${agreement} RETURNING id`.execute(db);
          if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`agreement ${agreement}`);
          return find(db, rows[0].id);
        },
        (plan) => noteOf('create', plan),
      ),
    end: (ctx, id) =>
      changing(
        base,
        ctx,
        async (db) => {
          await sql`UPDATE budget_plan SET ended = true WHERE id = ${id} AND NOT settled`.execute(db);
          return find(db, id);
        },
        (plan) => noteOf('end', plan),
      ),
    due: (ctx, runId) =>
      reading(async () => {
        requireAll(ctx);
        // a bill in another's place has an entry where that one had
        const { rows } = await sql<BudgetDue>`SELECT DISTINCT ON (p.id) p.id AS plan_id, b.account_id,
            p.amount::text AS amount, p.currency, b.id AS bill_id, b.total::text AS total,
            o.total::text AS replaced_total,
            b.kind = 'bill' AND (p.ended OR 1 + (SELECT count(*) FROM account_entry e
              JOIN bill x ON x.id = e.bill_id WHERE e.plan_id = p.id AND x.kind = 'bill') >= p.bills)
              AS is_last,
            (SELECT coalesce(sum(e.amount), 0)::text FROM account_entry e WHERE e.plan_id = p.id) AS before
          FROM bill b JOIN budget_plan p ON p.agreement_id = b.agreement_id AND NOT p.settled
            LEFT JOIN bill o ON o.id = b.replaces
          WHERE b.run_id = ${runId} AND b.state = 'issued' AND b.kind <> 'reversal'
            AND b.cycle_from >= p.from_day AND b.currency = p.currency AND b.total IS NOT NULL
            AND NOT EXISTS (SELECT FROM account_entry e WHERE e.plan_id = p.id AND e.bill_id = b.id)
            AND (b.kind = 'bill' OR EXISTS (SELECT FROM account_entry e
              WHERE e.plan_id = p.id AND e.bill_id = b.replaces))
          ORDER BY p.id, b.id LIMIT 1000`.execute(base.db);
        return rows;
      }),
    put: put(base),
  };
}
