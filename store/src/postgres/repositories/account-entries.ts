/** What stands on bills of an account below their totals: credits, deposits, budget billing. */
import { type RawBuilder, sql } from 'kysely';
import type { AccountEntry, AccountEntryFilter, AccountEntryRepository } from '../dispute-store.ts';
import { registryErrors } from '../errors.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, isSecondPerson, newestFirst, reading, visible } from './base.ts';

const from = sql`account_entry e JOIN account c ON c.id = e.account_id`;
const select = sql`SELECT e.id, c.number AS account, e.kind, e.amount::text AS amount, e.currency, e.words,
  e.state, e.dispute_id, e.deposit_id, e.bill_id, e.requested_by, e.created_at, e.decided_by, e.decided_at
  FROM ${from}`;

async function find(db: Work, id: number): Promise<AccountEntry> {
  const { rows } = await sql<AccountEntry>`${select} WHERE e.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`account entry ${id}`);
  return rows[0];
}

function matching(
  ctx: Parameters<typeof visible>[0],
  { account, bill, dispute, state }: AccountEntryFilter,
): RawBuilder<unknown> {
  return sql.join(
    [
      visible(ctx, 'account', 'e.account_id'),
      account === undefined ? sql`true` : sql`c.number = ${account}`,
      bill === undefined ? sql`true` : sql`e.bill_id = ${bill}`,
      dispute === undefined ? sql`true` : sql`e.dispute_id = ${dispute}`,
      state === undefined ? sql`true` : sql`e.state = ${state}`,
    ],
    sql` AND `,
  );
}

function noteOf(action: string, { id, account, kind, amount, currency, words }: AccountEntry): Noted {
  const data = { account, kind, amount, currency, words };
  return { action, objectKind: 'account_entry', objectId: String(id), data };
}

/** Approved entries go on the first of these bills of their account in their currency. */
export async function placeEntries(db: Work, bills: readonly number[]): Promise<void> {
  await sql`UPDATE account_entry e SET state = 'billed', bill_id = b.id
    FROM (SELECT DISTINCT ON (account_id, currency) id, account_id, currency FROM bill
      WHERE id = ANY(${[...bills]}::int[]) AND kind = 'bill' ORDER BY account_id, currency, id) b
    WHERE e.state = 'approved' AND e.account_id = b.account_id AND e.currency = b.currency`.execute(db);
}

/** What was credited in the case `dispute` of the query, refused ones left out. */
const given = sql`(SELECT coalesce(sum(abs(g.amount)), 0) FROM account_entry g
  WHERE g.dispute_id = dispute.id AND g.state <> 'refused')`;

export function accountEntryRepository(base: Base): AccountEntryRepository {
  return {
    list: (ctx, query = {}) =>
      newestFirst<AccountEntry>(base, { select, from, id: 'e.id' }, matching(ctx, query), query),
    onBills: (ctx, bills) =>
      reading(async () => {
        const { rows } = await sql<AccountEntry>`${select} WHERE e.bill_id = ANY(${[...bills]}::int[])
          AND ${visible(ctx, 'account', 'e.account_id')} ORDER BY e.id`.execute(base.db);
        return rows;
      }),
    credit: (ctx, { dispute, amount, words, person, limit }) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          // two credits of a case, asked for at once, see each other
          await sql`SELECT id FROM dispute WHERE id = ${dispute} FOR UPDATE`.execute(db);
          const { rows } = await sql<{ id: number }>`INSERT INTO account_entry (account_id, kind, amount,
              currency, words, state, dispute_id, requested_by, requested_person, created_at)
            SELECT account_id, 'goodwill', -${amount}::numeric, currency, ${words},
              CASE WHEN ${given} + ${amount}::numeric > ${limit}::numeric THEN 'pending'
                ELSE 'approved' END, id, ${ctx.actor.id}, ${person}, ${now}
            FROM dispute WHERE id = ${dispute} AND state <> 'closed' RETURNING id`.execute(db);
          if (rows[0] === undefined) throw registryErrors.DISPUTE_STATE(`dispute ${dispute} is closed`);
          const entry = await find(db, rows[0].id);
          const said = `${entry.amount} ${entry.currency}, ${entry.state}: ${words}`;
          await sql`INSERT INTO dispute_entry (dispute_id, at, by, kind, words)
            VALUES (${dispute}, ${now}, ${ctx.actor.id}, 'credit', ${said})`.execute(db);
          return entry;
        },
        (entry) => noteOf('credit', entry),
      ),
    decide: (ctx, id, to) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { numAffectedRows } = await sql`UPDATE account_entry SET state = ${to},
              decided_by = ${ctx.actor.id}, decided_at = ${now}
            WHERE id = ${id} AND state = 'pending' AND ${isSecondPerson(ctx)}`.execute(db);
          const entry = await find(db, id);
          if (numAffectedRows !== 1n) throw registryErrors.ENTRY_DECIDED(`entry ${id} is ${entry.state}`);
          if (entry.disputeId !== null)
            await sql`INSERT INTO dispute_entry (dispute_id, at, by, kind, words) VALUES (${entry.disputeId},
              ${now}, ${ctx.actor.id}, 'credit', ${`${entry.amount} ${entry.currency} ${to}`})`.execute(db);
          return entry;
        },
        (entry) => noteOf(to, entry),
      ),
  };
}
