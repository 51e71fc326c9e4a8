/** Payments: taken once by the vendor's reference, credited or kept until somebody knows whose they are. */
import type { AccessContext } from '@openami/model';
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  PaymentPosting,
  PrepayPayment,
  PrepayPaymentInput,
  PrepayPaymentRepository,
  PrepayReversal,
} from '../prepay-store.ts';
import type { Work } from './audit-chain.ts';
import {
  type Base,
  changing,
  isSecondPerson,
  NothingToDo,
  newestFirst,
  reading,
  requireAll,
  unlessNothing,
} from './base.ts';
import { amountsOf, insertPosting, lockedBalances, wakeAgreement } from './prepay-ledger.ts';

const from = sql`prepay_payment y LEFT JOIN agreement g ON g.id = y.agreement_id`;
const select = sql`SELECT y.id, y.vendor, y.reference, y.account, y.agreement_id, g.code AS agreement,
  y.amount::text AS amount, y.currency, y.state, y.paid_at, y.received_at, y.received_by, y.version
  FROM ${from}`;
type Row = Omit<PrepayPayment, 'amount'> & { readonly amount: string };
const shown = (row: Row): PrepayPayment => ({ ...row, amount: BigInt(row.amount) });

async function find(db: Base['db'] | Work, id: number): Promise<PrepayPayment> {
  const { rows } = await sql<Row>`${select} WHERE y.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`payment ${id}`);
  return shown(rows[0]);
}

async function entriesOf(db: Base['db'] | Work, paymentId: number): Promise<Record<string, bigint>> {
  const { rows } = await sql<{
    account: string;
    amount: string;
  }>`SELECT e.account, sum(e.amount)::text AS amount
    FROM prepay_entry e JOIN prepay_transaction t ON t.id = e.transaction_id
    WHERE t.payment_id = ${paymentId} GROUP BY 1 HAVING sum(e.amount) <> 0`.execute(db);
  return amountsOf(Object.fromEntries(rows.map(({ account, amount }) => [account, amount])));
}

async function insert(
  db: Work,
  ctx: AccessContext,
  now: Date,
  input: PrepayPaymentInput,
  entries: PaymentPosting,
): Promise<PrepayPayment> {
  const { vendor, reference, account, agreementId, amount, currency, paidAt } = input;
  const state = agreementId === null ? 'unallocated' : 'allocated';
  const { rows } = await sql<{ id: number }>`INSERT INTO prepay_payment (vendor, reference, account,
      agreement_id, amount, currency, state, paid_at, received_at, received_by)
    VALUES (${vendor}, ${reference}, ${account}, ${agreementId}, ${`${amount}`}::bigint, ${currency},
      ${state},
      ${paidAt}, ${now}, ${ctx.actor.id}) ON CONFLICT (vendor, reference) DO NOTHING RETURNING id`.execute(
    db,
  );
  const id = rows[0]?.id;
  // nothing of a repeat is written
  if (id === undefined) throw new NothingToDo();
  const balances = agreementId === null ? {} : await lockedBalances(db, agreementId);
  await insertPosting(db, ctx, now, {
    ...{ agreementId, kind: 'payment', key: `payment/${id}`, currency, paymentId: id },
    ...{ detail: { vendor, reference }, entries: entries(balances, {}) },
  });
  if (agreementId !== null) await wakeAgreement(db, agreementId);
  return find(db, id);
}

const take = (base: Base): PrepayPaymentRepository['take'] => {
  return async (ctx, input, entries) => {
    const payment = await unlessNothing(() =>
      changing(
        base,
        ctx,
        (db, now) => insert(db, ctx, now, input, entries),
        ({ id, vendor, reference, state, amount, currency }) => ({
          ...{ action: 'take', objectKind: 'prepay_payment', objectId: String(id) },
          data: { vendor, reference, state, amount: `${amount}`, currency },
        }),
      ),
    );
    if (payment !== undefined) return { payment, created: true };
    const { rows } = await sql<Row>`${select} WHERE y.vendor = ${input.vendor}
      AND y.reference = ${input.reference}`.execute(base.db);
    return { payment: shown(rows[0]!), created: false };
  };
};

const allocate = (base: Base): PrepayPaymentRepository['allocate'] => {
  return (ctx, id, agreementId, entries, reason) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { rows } = await sql<{ currency: string }>`UPDATE prepay_payment SET state = 'allocated',
            agreement_id = ${agreementId}, version = version + 1
          WHERE id = ${id} AND state = 'unallocated' RETURNING currency`.execute(db);
        if (rows[0] === undefined) throw registryErrors.PREPAY_DECIDED(`payment ${id}`);
        await insertPosting(db, ctx, now, {
          ...{ agreementId, kind: 'allocation', key: `allocation/${id}`, currency: rows[0].currency },
          ...{
            paymentId: id,
            detail: { reason },
            entries: entries(await lockedBalances(db, agreementId), {}),
          },
        });
        await wakeAgreement(db, agreementId);
        return find(db, id);
      },
      () => ({
        ...{ action: 'allocate', objectKind: 'prepay_payment', objectId: String(id) },
        data: { agreementId, reason },
      }),
    );
};

const reversalFrom = sql`prepay_reversal r LEFT JOIN agreement g ON g.id = r.agreement_id`;
const reversalSql = sql`SELECT r.id, r.kind, r.payment_id, r.agreement_id, g.code AS agreement,
  r.amount::text AS amount, r.currency, r.reason, r.state, r.requested_by, r.requested_person, r.requested_at,
  r.decided_by, r.decided_at FROM ${reversalFrom}`;
type ReversalRow = Omit<PrepayReversal, 'amount'> & { readonly amount: string };
const shownReversal = (row: ReversalRow): PrepayReversal => ({ ...row, amount: BigInt(row.amount) });

async function findReversal(db: Base['db'] | Work, id: number): Promise<PrepayReversal> {
  const { rows } = await sql<ReversalRow>`${reversalSql} WHERE r.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`reversal ${id}`);
  return shownReversal(rows[0]);
}

async function postReversal(
  db: Work,
  ctx: AccessContext,
  now: Date,
  { id, kind, paymentId, currency, reason, ...asked }: PrepayReversal,
  entries: PaymentPosting,
): Promise<void> {
  // somebody may have found out since whose the payment is, or be about to
  if (paymentId !== null)
    await sql`SELECT FROM prepay_payment WHERE id = ${paymentId} FOR UPDATE`.execute(db);
  const payment = paymentId === null ? undefined : await find(db, paymentId);
  const agreementId = payment === undefined ? asked.agreementId : payment.agreementId;
  const balances = agreementId === null ? {} : await lockedBalances(db, agreementId);
  const posted = payment === undefined ? {} : await entriesOf(db, payment.id);
  await insertPosting(db, ctx, now, {
    ...{ agreementId, kind, key: `${kind}/${id}`, currency, detail: { reason } },
    ...{ entries: entries(balances, posted), ...(payment && { paymentId: payment.id }) },
  });
  if (payment !== undefined)
    await sql`UPDATE prepay_payment SET state = 'reversed', version = version + 1
      WHERE id = ${payment.id}`.execute(db);
  if (agreementId !== null) await wakeAgreement(db, agreementId);
}

const decideReversal = (base: Base): PrepayPaymentRepository['decideReversal'] => {
  return (ctx, id, decision, entries) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const mayApprove = isSecondPerson(ctx);
        const { rows } =
          await sql`UPDATE prepay_reversal SET state = ${decision}, decided_by = ${ctx.actor.id},
            decided_at = ${now} WHERE id = ${id} AND state = 'proposed'
            AND ${decision === 'approved' ? mayApprove : sql`true`} RETURNING id`.execute(db);
        const reversal = await findReversal(db, id);
        if (rows.length === 0) throw registryErrors.PREPAY_DECIDED(`${reversal.kind} ${id}`);
        if (decision === 'approved') await postReversal(db, ctx, now, reversal, entries);
        return reversal;
      },
      ({ kind, amount, currency }) => ({
        ...{ action: decision === 'approved' ? 'approve' : 'reject', objectKind: 'prepay_reversal' },
        ...{ objectId: String(id), data: { kind, amount: `${amount}`, currency } },
      }),
    );
};

const askReversal = (base: Base): PrepayPaymentRepository['askReversal'] => {
  return (ctx, { kind, paymentId, agreementId, amount, currency, reason, requestedPerson }) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { rows } = await sql<{
          id: number;
        }>`INSERT INTO prepay_reversal (kind, payment_id, agreement_id,
            amount, currency, reason, state, requested_by, requested_person, requested_at)
          VALUES (${kind}, ${paymentId}, ${agreementId}, ${`${amount}`}::bigint, ${currency}, ${reason},
            'proposed', ${ctx.actor.id}, ${requestedPerson}, ${now}) RETURNING id`.execute(db);
        return findReversal(db, rows[0]!.id);
      },
      ({ id }) => ({
        ...{ action: 'request', objectKind: 'prepay_reversal', objectId: String(id) },
        data: { kind, paymentId, agreementId, amount: `${amount}`, reason },
      }),
    );
};

export function prepayPaymentRepository(base: Base): PrepayPaymentRepository {
  const asked = <T>(ctx: AccessContext, work: () => Promise<T>): Promise<T> => {
    requireAll(ctx);
    return reading(work);
  };
  return {
    ...{ take: take(base), allocate: allocate(base) },
    ...{ askReversal: askReversal(base), decideReversal: decideReversal(base) },
    get: async (ctx, id) => asked(ctx, () => find(base.db, id)),
    reversal: async (ctx, id) => asked(ctx, () => findReversal(base.db, id)),
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const { state, agreementId } = query;
      const match = sql.join(
        [
          state === undefined ? sql`true` : sql`y.state = ${state}`,
          agreementId === undefined ? sql`true` : sql`y.agreement_id = ${agreementId}`,
        ],
        sql` AND `,
      );
      const page = await newestFirst<Row>(base, { select, from, id: 'y.id' }, match, query);
      return { ...page, items: page.items.map(shown) };
    },
    reversals: async (ctx, query = {}) => {
      requireAll(ctx);
      const match = query.state === undefined ? sql`true` : sql`r.state = ${query.state}`;
      const list = { select: reversalSql, from: reversalFrom, id: 'r.id' };
      const page = await newestFirst<ReversalRow>(base, list, match, query);
      return { ...page, items: page.items.map(shownReversal) };
    },
  };
}
