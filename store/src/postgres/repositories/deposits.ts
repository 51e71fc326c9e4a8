/** Deposits of accounts: asked for on one bill, given back with interest on another. */
import { sql } from 'kysely';
import type { Deposit, DepositRepository } from '../dispute-store.ts';
import { registryErrors } from '../errors.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, newestFirst, reading, requireAll, visible } from './base.ts';

const from = sql`deposit d JOIN account c ON c.id = d.account_id`;
const select = sql`SELECT d.id, c.number AS account, d.amount::text AS amount, d.currency,
  d.interest_percent::text AS interest_percent, to_char(d.taken_on, 'YYYY-MM-DD') AS taken_on,
  to_char(d.refunded_on, 'YYYY-MM-DD') AS refunded_on, d.reason, d.created_by, d.created_at FROM ${from}`;

async function find(db: Base['db'] | Work, id: number): Promise<Deposit> {
  const { rows } = await sql<Deposit>`${select} WHERE d.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`deposit ${id}`);
  return rows[0];
}

/** What the next bill of the account says of a deposit. */
function entry(id: number, kind: string, amount: string, words: string, by: string, now: Date) {
  return sql`INSERT INTO account_entry (account_id, kind, amount, currency, words, state, deposit_id,
      requested_by, requested_person, created_at)
    SELECT account_id, ${kind}, ${amount}::numeric, currency, ${words}, 'approved', id, ${by}, ${by}, ${now}
    FROM deposit WHERE id = ${id}`;
}

export function depositRepository(base: Base): DepositRepository {
  return {
    list: (ctx, query = {}) => {
      const own = query.account === undefined ? sql`true` : sql`c.number = ${query.account}`;
      const match = sql`${visible(ctx, 'account', 'd.account_id')} AND ${own}`;
      return newestFirst<Deposit>(base, { select, from, id: 'd.id' }, match, query);
    },
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    take: (ctx, { account, amount, currency, interestPercent, takenOn, reason }) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ id: number }>`INSERT INTO deposit (account_id, amount, currency,
              interest_percent, taken_on, reason, created_by, created_at)
            SELECT id, ${amount}::numeric, ${currency}, ${interestPercent}::numeric, ${takenOn}::date,
              ${reason}, ${ctx.actor.id}, ${now} FROM account WHERE number = ${account}
            RETURNING id`.execute(db);
          if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`account ${account}`);
          const { id } = rows[0];
          await entry(id, 'deposit', amount, 'Deposit', ctx.actor.id, now).execute(db);
          return find(db, id);
        },
        ({ id, amount: taken }) => ({
          ...{ action: 'take', objectKind: 'deposit', objectId: String(id) },
          data: { account, amount: taken, currency, reason },
        }),
      ),
    refund: (ctx, id, on, interest) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { numAffectedRows } = await sql`UPDATE deposit SET refunded_on = ${on}::date
            WHERE id = ${id} AND refunded_on IS NULL`.execute(db);
          const deposit = await find(db, id);
          if (numAffectedRows !== 1n)
            throw registryErrors.DEPOSIT_REFUNDED(`deposit ${id} on ${deposit.refundedOn}`);
          const by = ctx.actor.id;
          await entry(id, 'deposit-refund', `-${deposit.amount}`, 'Deposit given back', by, now).execute(db);
          const rate = `${deposit.interestPercent} % from ${deposit.takenOn} to ${on}`;
          const words = `Interest of the deposit, ${rate}`;
          if (/[1-9]/.test(interest))
            await entry(id, 'deposit-interest', `-${interest}`, words, by, now).execute(db);
          return deposit;
        },
        ({ account, amount, currency }) => ({
          ...{ action: 'refund', objectKind: 'deposit', objectId: String(id) },
          data: { account, amount, currency, interest, on },
        }),
      ),
  };
}
