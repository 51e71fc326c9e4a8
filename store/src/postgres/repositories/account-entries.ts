/** What stands on bills of an account below their totals: credits, deposits, budget billing. */
import { DAY_S } from '@openami/model';
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

/**
 * SQL condition: entry `e` goes on a bill of run `r`. Whoever approves a run sees what is due, so what is
 * decided after that waits for the next bill.
 */
const isToCome = sql`(e.state = 'approved'
  AND (r.approved_at IS NULL OR coalesce(e.decided_at, e.created_at) <= r.approved_at))`;

/**
 * SQL condition: entry `e` will stand on bill `b`, which is not issued: it goes on the first bill of its
 * account in its run.
 */
export const comesOn = sql`(b.kind = 'bill' AND b.state IN ('held', 'calculated', 'approved')
  AND e.account_id = b.account_id AND e.currency = b.currency
  AND EXISTS (SELECT FROM bill_run r WHERE r.id = b.run_id AND ${isToCome})
  AND NOT EXISTS (SELECT FROM bill f WHERE f.run_id = b.run_id AND f.account_id = b.account_id
    AND f.currency = b.currency AND f.kind = 'bill' AND f.id < b.id
    AND f.state IN ('held', 'calculated', 'approved')))`;

/** Approved entries go on the first of these bills of their account in their currency. */
export async function placeEntries(db: Work, bills: readonly number[]): Promise<void> {
  await sql`UPDATE account_entry e SET state = 'billed', bill_id = b.id
    FROM (SELECT DISTINCT ON (account_id, currency) id, run_id, account_id, currency FROM bill
      WHERE id = ANY(${[...bills]}::int[]) AND kind = 'bill' ORDER BY account_id, currency, id) b
      JOIN bill_run r ON r.id = b.run_id
    WHERE ${isToCome} AND e.account_id = b.account_id AND e.currency = b.currency`.execute(db);
}

/** Days over which amounts that one person may give alone are added up. */
const WEIGHED_DAYS = 30;

/** SQL value: entries of a kind of an account in the days before `now`, refused ones left out. */
export function recentOf(kind: AccountEntry['kind'], account: RawBuilder<unknown>, now: Date) {
  const since = new Date(now.getTime() - WEIGHED_DAYS * DAY_S * 1_000);
  return sql`(SELECT coalesce(sum(abs(w.amount)), 0) FROM account_entry w WHERE w.account_id = ${account}
    AND w.kind = ${kind} AND w.state <> 'refused' AND w.created_at > ${since})`;
}

/** The account, held so that amounts that are asked for at once see each other. Raises NOT_FOUND. */
export async function lockAccount(db: Work, which: RawBuilder<unknown>, what: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM account WHERE ${which}
    FOR NO KEY UPDATE`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(what);
  return rows[0].id;
}

/** What was credited of the bill of the case `dispute` of the query, or of the case where it has none. */
const givenOfBill = sql`(SELECT coalesce(sum(abs(g.amount)), 0) FROM account_entry g
    JOIN dispute o ON o.id = g.dispute_id
  WHERE (o.id = dispute.id OR o.bill_id = dispute.bill_id) AND g.state <> 'refused')`;
/** What the bill of the case came to; without a bill, what is in dispute. */
const ofBill = sql`coalesce((SELECT abs(b.total) FROM bill b WHERE b.id = dispute.bill_id), dispute.amount)`;

const credit = (base: Base): AccountEntryRepository['credit'] => {
  return (ctx, { dispute, amount, words, person, limit }) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const which = sql`id = (SELECT account_id FROM dispute WHERE id = ${dispute})`;
        await lockAccount(db, which, `dispute ${dispute}`);
        const { rows: cases } = await sql<{ state: string; left: string; above: boolean; isMore: boolean }>`
          SELECT state, (${ofBill} - ${givenOfBill})::text AS left,
            ${recentOf('goodwill', sql`dispute.account_id`, now)} + ${amount}::numeric
              > ${limit}::numeric AS above,
            ${givenOfBill} + ${amount}::numeric > ${ofBill} AS is_more
          FROM dispute WHERE id = ${dispute} FOR UPDATE`.execute(db);
        const { state, left, above, isMore } = cases[0]!;
        if (state === 'closed') throw registryErrors.DISPUTE_STATE(`dispute ${dispute} is closed`);
        if (isMore) throw registryErrors.CREDIT_ABOVE_BILL(`${left} are left to be credited`);
        const { rows } = await sql<{ id: number }>`INSERT INTO account_entry (account_id, kind, amount,
            currency, words, state, dispute_id, requested_by, requested_person, created_at)
          SELECT account_id, 'goodwill', -${amount}::numeric, currency, ${words},
            ${above ? 'pending' : 'approved'}, id, ${ctx.actor.id}, ${person}, ${now}
          FROM dispute WHERE id = ${dispute} RETURNING id`.execute(db);
        const entry = await find(db, rows[0]!.id);
        const said = `${entry.amount} ${entry.currency}, ${entry.state}: ${words}`;
        await sql`INSERT INTO dispute_entry (dispute_id, at, by, kind, words)
          VALUES (${dispute}, ${now}, ${ctx.actor.id}, 'credit', ${said})`.execute(db);
        return entry;
      },
      (entry) => noteOf('credit', entry),
    );
};

const decide = (base: Base): AccountEntryRepository['decide'] => {
  return (ctx, id, to) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        // a refund of a deposit and its interest are decided together
        const { rows } = await sql<{ id: number }>`UPDATE account_entry SET state = ${to},
            decided_by = ${ctx.actor.id}, decided_at = ${now}
          WHERE (id = ${id} OR deposit_id = (SELECT deposit_id FROM account_entry WHERE id = ${id}))
            AND state = 'pending' AND ${isSecondPerson(ctx)} RETURNING id`.execute(db);
        const entry = await find(db, id);
        if (!rows.some((row) => row.id === id))
          throw registryErrors.ENTRY_DECIDED(`entry ${id} is ${entry.state}`);
        if (entry.disputeId !== null)
          await sql`INSERT INTO dispute_entry (dispute_id, at, by, kind, words) VALUES (${entry.disputeId},
            ${now}, ${ctx.actor.id}, 'credit', ${`${entry.amount} ${entry.currency} ${to}`})`.execute(db);
        if (to === 'refused' && entry.depositId !== null)
          await sql`UPDATE deposit SET refunded_on = NULL WHERE id = ${entry.depositId}`.execute(db);
        return entry;
      },
      (entry) => noteOf(to, entry),
    );
};

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
    toCome: (ctx, bill) =>
      reading(async () => {
        const { rows } = await sql<AccountEntry>`${select} JOIN bill b ON b.id = ${bill}
          WHERE ${comesOn} AND ${visible(ctx, 'account', 'e.account_id')} ORDER BY e.id`.execute(base.db);
        return rows;
      }),
    credit: credit(base),
    decide: decide(base),
  };
}
