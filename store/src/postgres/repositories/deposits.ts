/** Deposits of accounts: asked for on one bill, given back with interest on another. */
import { sql } from 'kysely';
import type { Deposit, DepositRepository } from '../dispute-store.ts';
import { registryErrors } from '../errors.ts';
import { lockAccount, recentOf } from './account-entries.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, newestFirst, reading, requireAll, visible } from './base.ts';

const from = sql`deposit d JOIN account c ON c.id = d.account_id`;
const select = sql`SELECT d.id, c.number AS account, d.amount::text AS amount, d.currency,
  d.interest_percent::text AS interest_percent, to_char(d.taken_on, 'YYYY-MM-DD') AS taken_on,
  to_char(d.refunded_on, 'YYYY-MM-DD') AS refunded_on, d.reason, d.created_by, d.created_at,
  (SELECT e.state FROM account_entry e WHERE e.deposit_id = d.id AND e.kind = 'deposit') AS state,
  (SELECT e.state FROM account_entry e WHERE e.deposit_id = d.id AND e.kind = 'deposit-refund'
    AND e.state <> 'refused') AS refund FROM ${from}`;

async function find(db: Base['db'] | Work, id: number): Promise<Deposit> {
  const { rows } = await sql<Deposit>`${select} WHERE d.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`deposit ${id}`);
  return rows[0];
}

interface Entry {
  readonly kind: 'deposit' | 'deposit-refund' | 'deposit-interest';
  readonly amount: string;
  readonly words: string;
  readonly by: string;
  readonly person: string;
}

/** What a bill of the account says of a deposit, once another person agreed or at once. */
async function add(db: Work, id: number, now: Date, isPending: boolean, entries: readonly Entry[]) {
  for (const { kind, amount, words, by, person } of entries)
    await sql`INSERT INTO account_entry (account_id, kind, amount, currency, words, state, deposit_id,
        requested_by, requested_person, created_at)
      SELECT account_id, ${kind}, ${amount}::numeric, currency, ${words},
        ${isPending ? 'pending' : 'approved'}, id, ${by}, ${person}, ${now}
      FROM deposit WHERE id = ${id}`.execute(db);
}

const take = (base: Base): DepositRepository['take'] => {
  return (ctx, { account, amount, currency, interestPercent, takenOn, reason, person, limit }) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const accountId = await lockAccount(db, sql`number = ${account}`, `account ${account}`);
        const { rows } = await sql<{ id: number; above: boolean }>`INSERT INTO deposit (account_id, amount,
            currency, interest_percent, taken_on, reason, created_by, created_at)
          VALUES (${accountId}, ${amount}::numeric, ${currency}, ${interestPercent}::numeric,
            ${takenOn}::date, ${reason}, ${ctx.actor.id}, ${now})
          RETURNING id, ${recentOf('deposit', sql`${accountId}`, now)} + ${amount}::numeric
            > ${limit}::numeric AS above`.execute(db);
        const { id, above } = rows[0]!;
        const by = ctx.actor.id;
        await add(db, id, now, above, [{ kind: 'deposit', amount, words: 'Deposit', by, person }]);
        return find(db, id);
      },
      ({ id, amount: taken, state }) => ({
        ...{ action: 'take', objectKind: 'deposit', objectId: String(id) },
        data: { account, amount: taken, currency, takenOn, interestPercent, reason, state },
      }),
    );
};

const refund = (base: Base): DepositRepository['refund'] => {
  return (ctx, id, { on, interest, person }) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        await sql`SELECT FROM deposit WHERE id = ${id} FOR UPDATE`.execute(db);
        const { state, refundedOn, amount, interestPercent, takenOn } = await find(db, id);
        if (state !== 'billed') throw registryErrors.DEPOSIT_UNBILLED(`deposit ${id} is ${state}`);
        if (refundedOn !== null) throw registryErrors.DEPOSIT_REFUNDED(`deposit ${id} on ${refundedOn}`);
        await sql`UPDATE deposit SET refunded_on = ${on}::date WHERE id = ${id}`.execute(db);
        const rate = `${interestPercent} % from ${takenOn} to ${on}`;
        const asked = { by: ctx.actor.id, person };
        const entries: Entry[] = [
          { kind: 'deposit-refund', amount: `-${amount}`, words: 'Deposit given back', ...asked },
        ];
        const words = `Interest of the deposit, ${rate}`;
        if (/[1-9]/.test(interest))
          entries.push({ kind: 'deposit-interest', amount: `-${interest}`, words, ...asked });
        await add(db, id, now, true, entries);
        return find(db, id);
      },
      ({ account, amount, currency }) => ({
        ...{ action: 'refund', objectKind: 'deposit', objectId: String(id) },
        data: { account, amount, currency, interest, on },
      }),
    );
};

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
    terms: async (ctx, account, day) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ currencies: string[]; zone: string | null; holds: boolean }>`SELECT
            array(SELECT DISTINCT t.currency FROM agreement_tariff x JOIN tariff t ON t.id = x.tariff_id
              JOIN agreement g ON g.id = x.agreement_id WHERE g.account_id = c.id ORDER BY 1) AS currencies,
            (SELECT u.zone FROM agreement g JOIN usage_point u ON u.id = g.usage_point_id
              WHERE g.account_id = c.id ORDER BY g.id LIMIT 1) AS zone,
            EXISTS (SELECT FROM agreement g JOIN usage_point u ON u.id = g.usage_point_id
              WHERE g.account_id = c.id AND (g.valid_from AT TIME ZONE u.zone)::date <= ${day}::date
                AND coalesce((g.valid_until AT TIME ZONE u.zone)::date > ${day}::date, true)) AS holds
          FROM account c WHERE c.number = ${account}`.execute(base.db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`account ${account}`);
        return rows[0];
      });
    },
    take: take(base),
    refund: refund(base),
  };
}
