/** The ledger of prepay: postings that are made once, in the transaction of what they are of. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  PrepayBill,
  PrepayCycle,
  PrepayLedgerRepository,
  PrepayPosting,
  PrepayTransaction,
} from '../prepay-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, NothingToDo, newestFirst, reading, requireAll, unlessNothing } from './base.ts';

type Amounts = Readonly<Record<string, bigint>>;

/** Amounts come as text, since they may be beyond doubles. */
export function amountsOf(stored: Readonly<Record<string, string>> | null): Amounts {
  return Object.fromEntries(Object.entries(stored ?? {}).map(([name, text]) => [name, BigInt(text)]));
}

/** What an agreement has by account, as JSON. */
export const balancesSql = (id: string): RawBuilder<unknown> =>
  sql.raw(`(SELECT coalesce(jsonb_object_agg(b.account, b.amount::text), '{}')
    FROM prepay_balance b WHERE b.agreement_id = ${id})`);

/** Inserts a posting; false where one of its key is there already. */
export async function insertPosting(
  db: Work,
  { actor }: AccessContext,
  now: Date,
  posting: PrepayPosting,
): Promise<boolean> {
  const { agreementId, kind, key, currency, cycleFrom, paymentId, detail = {}, entries } = posting;
  const { rows } = await sql<{ id: number }>`INSERT INTO prepay_transaction
      (agreement_id, kind, key, currency, at, cycle_from, payment_id, detail, created_by)
    VALUES (${agreementId}, ${kind}, ${key}, ${currency}, ${now}, ${cycleFrom ?? null}::date,
      ${paymentId ?? null}, ${JSON.stringify(detail)}::jsonb, ${actor.id})
    ON CONFLICT (key) DO NOTHING RETURNING id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) return false;
  const some = Object.entries(entries).flatMap(([account, amount]) =>
    amount === undefined ? [] : [{ account, amount: `${amount}` }],
  );
  await sql`INSERT INTO prepay_entry (transaction_id, account, amount)
    SELECT ${id}::int, account, amount::bigint FROM json_to_recordset(${JSON.stringify(some)}::json)
      AS x(account text, amount text)`.execute(db);
  return true;
}

/** An agreement is looked at before all that are due; whoever looks at it now finds that it changed. */
export async function wakeAgreement(db: Work, id: number): Promise<void> {
  await sql`UPDATE prepay_agreement SET look_at = '-infinity', version = version + 1
    WHERE agreement_id = ${id}`.execute(db);
}

/** Locks an agreement and gives what it has. */
export async function lockedBalances(db: Work, id: number): Promise<Amounts> {
  await sql`SELECT FROM prepay_agreement WHERE agreement_id = ${id} FOR UPDATE`.execute(db);
  const { rows } = await sql<{ balances: Record<string, string> }>`SELECT
    ${balancesSql(String(Math.trunc(id)))} AS balances`.execute(db);
  return amountsOf(rows[0]!.balances);
}

const cycleSql = sql.raw(`SELECT agreement_id, to_char(cycle_from, 'YYYY-MM-DD') AS cycle_from,
  to_char(cycle_to, 'YYYY-MM-DD') AS cycle_to, charged::text AS charged, tax::text AS tax,
  usage::text AS usage, through, revision, carry, bill_id, version FROM prepay_cycle`);

type CycleRow = Omit<PrepayCycle, 'charged' | 'tax'> & { readonly charged: string; readonly tax: string };

const charge = (base: Base): PrepayLedgerRepository['charge'] => {
  return async (ctx, cycle, postings) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    const {
      agreementId,
      cycleFrom,
      cycleTo,
      charged,
      tax,
      usage,
      through,
      revision,
      carry,
      billId,
      version,
    } = cycle;
    const done = await unlessNothing(() =>
      reading(() =>
        base.db.transaction().execute(async (db) => {
          const { rows } =
            await sql`INSERT INTO prepay_cycle AS c (agreement_id, cycle_from, cycle_to, charged,
              tax, usage, through, revision, carry, bill_id)
            SELECT ${agreementId}, ${cycleFrom}::date, ${cycleTo}::date, ${`${charged}`}::bigint,
              ${`${tax}`}::bigint, ${usage}::numeric, ${through}, ${revision},
              ${carry === null ? null : JSON.stringify(carry)}::json, ${billId}::int
            ON CONFLICT (agreement_id, cycle_from) DO UPDATE SET charged = excluded.charged,
              tax = excluded.tax, usage = excluded.usage, through = excluded.through,
              revision = excluded.revision, carry = excluded.carry, bill_id = excluded.bill_id,
              version = c.version + 1
              WHERE c.version = ${version} RETURNING c.version`.execute(db);
          if (rows.length === 0) throw new NothingToDo();
          for (const posting of postings)
            if (!(await insertPosting(db, ctx, now, posting))) throw new NothingToDo();
          return true;
        }),
      ),
    );
    return done ?? false;
  };
};

const listFrom = sql`prepay_transaction t`;
const listSql = sql.raw(`SELECT t.id, t.agreement_id, t.kind, t.at, t.currency,
  to_char(t.cycle_from, 'YYYY-MM-DD') AS cycle_from, t.payment_id, t.detail, t.created_by,
  (SELECT coalesce(jsonb_object_agg(e.account, e.amount::text), '{}') FROM prepay_entry e
    WHERE e.transaction_id = t.id) AS entries FROM prepay_transaction t`);

/** A bill of an agreement stands: it is issued and no reversal. */
const stands = sql`b.state = 'issued' AND b.kind IN ('bill', 'rebill')`;
const billSql = sql.raw(`SELECT b.id, b.agreement_id, to_char(b.cycle_from, 'YYYY-MM-DD') AS cycle_from,
  to_char(b.cycle_to, 'YYYY-MM-DD') AS cycle_to, b.total::text AS total, b.currency,
  coalesce(b.usage, 0)::text AS usage`);

const credited = (account: string) =>
  sql.raw(`coalesce(-sum(e.amount) FILTER (WHERE e.account = '${account}'), 0)::text`);

interface MovementRow {
  readonly day: string;
  readonly kind: string;
  readonly cycleFrom: string | null;
  readonly credit: string;
  readonly debt: string;
  readonly lent: string;
}

const takeBackDebt = (base: Base): PrepayLedgerRepository['takeBackDebt'] => {
  return (ctx, agreementId, id, { reason, entriesOf }) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const balances = await lockedBalances(db, agreementId);
        const { rows } = await sql<{ currency: string; amount: string }>`SELECT t.currency,
            e.amount::text AS amount
          FROM prepay_transaction t JOIN prepay_entry e ON e.transaction_id = t.id
          WHERE t.id = ${id} AND t.agreement_id = ${agreementId} AND t.kind = 'debt'
            AND e.account = 'debt_recovery' AND e.amount > 0`.execute(db);
        const [debt] = rows;
        if (debt === undefined) throw registryErrors.NOT_FOUND(`debt ${id}`);
        const amount = BigInt(debt.amount);
        if ((balances.debt_recovery ?? 0n) < amount)
          throw registryErrors.TAKE_BACK(`a part of debt ${id} is paid off, or it is taken back`);
        const { currency } = debt;
        const posting = {
          ...{ agreementId, kind: 'debt', currency, entries: entriesOf(amount) },
          ...{ key: `debt-back/${id}`, detail: { reason, takesBack: id } },
        } as const;
        if (!(await insertPosting(db, ctx, now, posting)))
          throw registryErrors.TAKE_BACK(`debt ${id} is taken back already`);
        await wakeAgreement(db, agreementId);
      },
      () => ({
        ...{ action: 'debt_taken_back', objectKind: 'prepay_agreement', objectId: String(agreementId) },
        data: { transaction: id, reason },
      }),
    );
};

export function prepayLedgerRepository(base: Base): PrepayLedgerRepository {
  return {
    charge: charge(base),
    cycles: async (ctx, agreements) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<CycleRow>`${cycleSql} WHERE agreement_id = ANY(${[...agreements]}::int[])
          ORDER BY agreement_id, prepay_cycle.cycle_from`.execute(base.db);
        return rows.map((row) => ({ ...row, charged: BigInt(row.charged), tax: BigInt(row.tax) }));
      });
    },
    newBills: async (ctx, agreements) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<PrepayBill>`${billSql}, b.carry FROM bill b
          LEFT JOIN prepay_cycle c ON c.agreement_id = b.agreement_id AND c.cycle_from = b.cycle_from
          WHERE b.agreement_id = ANY(${[...agreements]}::int[]) AND ${stands}
            AND openami_prepaid(b.agreement_id, b.cycle_from) AND c.bill_id IS DISTINCT FROM b.id
          ORDER BY b.id LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
    bills: async (ctx, agreement) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<PrepayBill>`${billSql} FROM bill b WHERE b.agreement_id = ${agreement}
          AND ${stands} ORDER BY b.cycle_from DESC, b.id LIMIT 200`.execute(base.db);
        return rows;
      });
    },
    post: async (ctx, posting, action) => {
      const done = await unlessNothing(() =>
        changing(
          base,
          ctx,
          async (db, now) => {
            if (!(await insertPosting(db, ctx, now, posting))) throw new NothingToDo();
            if (posting.agreementId !== null) await wakeAgreement(db, posting.agreementId);
            return true;
          },
          () => ({
            ...{ action, objectKind: 'prepay_agreement', objectId: String(posting.agreementId) },
            data: { kind: posting.kind, key: posting.key, ...posting.detail },
          }),
        ),
      );
      return done ?? false;
    },
    takeBackDebt: takeBackDebt(base),
    list: async (ctx, query) => {
      requireAll(ctx);
      const { agreementId } = query;
      const match = agreementId === undefined ? sql`true` : sql`t.agreement_id = ${agreementId}`;
      type Row = Omit<PrepayTransaction, 'entries'> & { readonly entries: Record<string, string> };
      const found = { select: listSql, from: listFrom, id: 't.id' };
      const page = await newestFirst<Row>(base, found, match, query);
      return { ...page, items: page.items.map((row) => ({ ...row, entries: amountsOf(row.entries) })) };
    },
    movements: async (ctx, agreement) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<MovementRow>`SELECT
            to_char(t.at AT TIME ZONE u.zone, 'YYYY-MM-DD') AS day, t.kind,
            to_char(t.cycle_from, 'YYYY-MM-DD') AS cycle_from, ${credited('customer_credit')} AS credit,
            ${credited('debt_recovery')} AS debt, ${credited('emergency_credit')} AS lent
          FROM prepay_transaction t JOIN prepay_entry e ON e.transaction_id = t.id
            JOIN agreement g ON g.id = t.agreement_id JOIN usage_point u ON u.id = g.usage_point_id
          WHERE t.agreement_id = ${agreement} GROUP BY 1, 2, 3 ORDER BY 1, 2`.execute(base.db);
        return rows.map(({ credit, debt, lent, ...row }) => ({
          ...{ ...row, credit: BigInt(credit), debt: BigInt(debt), lent: BigInt(lent) },
        }));
      });
    },
    trial: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ account: string; currency: string; amount: string }>`SELECT e.account,
            t.currency, sum(e.amount)::text AS amount FROM prepay_entry e
          JOIN prepay_transaction t ON t.id = e.transaction_id GROUP BY 1, 2 ORDER BY 1, 2`.execute(base.db);
        return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
      });
    },
  };
}
