/** Bills: stored by a run, held or let through, issued, and taken back by a reversal that stands beside. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type {
  BillBefore,
  BillFilter,
  BillInput,
  BillRecord,
  BillRepository,
  BillRun,
  BillSummary,
} from '../billing-store.ts';
import { registryErrors } from '../errors.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, limitOf, newestFirst, reading, requireAll, visible } from './base.ts';

const from = sql`bill b JOIN account c ON c.id = b.account_id JOIN customer k ON k.id = c.customer_id
  JOIN agreement g ON g.id = b.agreement_id JOIN usage_point u ON u.id = b.usage_point_id`;
const summary = sql.raw(`b.id, b.run_id, b.kind, b.state, b.account_id, c.number AS account,
  k.name AS customer, b.agreement_id, g.code AS agreement, b.usage_point_id, u.code AS usage_point,
  u.commodity, b.tariff, extract(epoch FROM b.from_at)::float8 AS from_s,
  extract(epoch FROM b.to_at)::float8 AS to_s, to_char(b.cycle_from, 'YYYY-MM-DD') AS cycle_from,
  to_char(b.cycle_to, 'YYYY-MM-DD') AS cycle_to, b.total::text AS total, b.currency,
  b.before::text AS before, b.usage::text AS usage, b.unit, b.estimated_share, b.holds, b.revision,
  b.replaces, b.replaced_by, b.reason, b.created_by, b.created_at, b.decided_by, b.issued_at`);
const selectSummary = sql`SELECT ${summary} FROM ${from}`;
const selectWhole = sql`SELECT ${summary}, b.content, b.carry FROM ${from}`;

function matching(
  ctx: AccessContext,
  { run, account, state, tariff, hold, batch }: BillFilter,
): RawBuilder<unknown> {
  return sql.join(
    [
      visible(ctx, 'usage_point', 'b.usage_point_id'),
      run === undefined ? sql`true` : sql`b.run_id = ${run}`,
      account === undefined ? sql`true` : sql`c.number = ${account}`,
      state === undefined ? sql`true` : sql`b.state = ${state}`,
      tariff === undefined ? sql`true` : sql`b.tariff = ${tariff}`,
      batch === undefined
        ? sql`true`
        : sql`b.id IN (SELECT bill_id FROM hand_over_bill WHERE batch_id = ${batch})`,
      hold === undefined ? sql`true` : sql`b.holds @> ${JSON.stringify([{ code: hold }])}::jsonb`,
    ],
    sql` AND `,
  );
}

async function find(db: Base['db'] | Work, ctx: AccessContext, id: number): Promise<BillRecord> {
  const { rows } = await sql<BillRecord>`${selectWhole} WHERE b.id = ${id}
    AND ${visible(ctx, 'usage_point', 'b.usage_point_id')}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`bill ${id}`);
  return rows[0];
}

/** One row a bill, as the recordset that is inserted has it. Contents go in as text: nobody parses them. */
function rowOf(bill: BillInput) {
  return {
    ...{ kind: bill.kind, state: bill.state, account_id: bill.accountId, agreement_id: bill.agreementId },
    ...{ usage_point_id: bill.usagePointId, tariff: bill.tariff, from_s: bill.fromS, to_s: bill.toS },
    ...{ cycle_from: bill.cycleFrom, cycle_to: bill.cycleTo, total: bill.total, currency: bill.currency },
    ...{ before: bill.before, usage: bill.usage, unit: bill.unit, estimated_share: bill.estimatedShare },
    ...{ holds: bill.holds, replaces: bill.replaces, reason: bill.reason },
  };
}

async function insert(
  db: Work,
  run: BillRun,
  by: string,
  now: Date,
  bills: readonly BillInput[],
): Promise<number> {
  const rows = JSON.stringify(bills.map(rowOf));
  const contents = bills.map(({ content }) => content);
  const carries = bills.map(({ carry }) => carry);
  const { numAffectedRows } = await sql`INSERT INTO bill (run_id, kind, state, account_id, agreement_id,
      usage_point_id, tariff, from_at, to_at, cycle_from, cycle_to, total, currency, before, usage, unit,
      estimated_share, holds, content, carry, revision, replaces, reason, created_by, created_at)
    SELECT ${run.id}, i.kind, i.state, i.account_id, i.agreement_id, i.usage_point_id, i.tariff,
      to_timestamp(i.from_s), to_timestamp(i.to_s), i.cycle_from, i.cycle_to, i.total, i.currency, i.before,
      i.usage, i.unit, i.estimated_share, i.holds, i.content::json, i.carry::json, ${run.revision},
      i.replaces, i.reason, ${by}, ${now}
    FROM ROWS FROM (json_to_recordset(${rows}::json) AS (kind text, state text, account_id integer,
        agreement_id integer, usage_point_id integer, tariff text, from_s float8, to_s float8,
        cycle_from date, cycle_to date,
        total numeric, currency text, before numeric, usage numeric, unit text,
        estimated_share float8, holds jsonb, replaces integer, reason text),
      unnest(${contents}::text[]), unnest(${carries}::text[])) AS i(kind, state, account_id, agreement_id,
      usage_point_id, tariff, from_s, to_s, cycle_from, cycle_to, total, currency, before, usage, unit,
      estimated_share, holds, replaces, reason, content, carry)
    ON CONFLICT DO NOTHING`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

const put = (base: Base): BillRepository['put'] => {
  return async (ctx, run, bills, { position, done }) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    // The run is audited when it begins and ends: a record for each of its pages would say nothing more.
    return reading(() =>
      base.db.transaction().execute(async (db) => {
        const { rows } = await sql`UPDATE bill_run SET position = ${position}, done = ${done}
          WHERE id = ${run.id} AND state = 'calculating' RETURNING id`.execute(db);
        if (rows.length === 0) throw registryErrors.BILL_RUN_STATE(`bill run ${run.id} is not calculating`);
        return bills.length === 0 ? 0 : insert(db, run, ctx.actor.id, now, bills);
      }),
    );
  };
};

/** What takes a bill back: the same with its total the other way round, issued at once. */
function reversal(ctx: AccessContext, now: Date, reason: RawBuilder<unknown>, which: RawBuilder<unknown>) {
  return sql`INSERT INTO bill (run_id, kind, state, account_id, agreement_id, usage_point_id, tariff, from_at,
      to_at, cycle_from, cycle_to, total, currency, usage, unit, estimated_share, revision, replaces, reason,
      created_by, created_at, decided_by, issued_at)
    SELECT run_id, 'reversal', 'issued', account_id, agreement_id, usage_point_id, tariff, from_at, to_at,
      cycle_from, cycle_to, -total, currency, -usage, unit, estimated_share, revision, id, ${reason},
      ${ctx.actor.id}, ${now}, ${ctx.actor.id}, ${now}
    FROM bill WHERE ${which} ON CONFLICT DO NOTHING`;
}

const issue = (base: Base): BillRepository['issue'] => {
  return async (ctx, runId, limit) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    return reading(() =>
      base.db.transaction().execute(async (db) => {
        const { rows } = await sql<{ id: number; replaces: number | null }>`UPDATE bill SET state = 'issued',
            issued_at = ${now} WHERE id IN (SELECT id FROM bill WHERE run_id = ${runId} AND state = 'approved'
              ORDER BY id LIMIT ${limitOf(limit)}) RETURNING id, replaces`.execute(db);
        const replaced = rows.flatMap(({ replaces }) => (replaces === null ? [] : [replaces]));
        if (replaced.length > 0) {
          const which = sql`id = ANY(${replaced}::int[])`;
          const reason = sql`(SELECT r.reason FROM bill r
            WHERE r.replaces = bill.id AND r.run_id = ${runId})`;
          await reversal(ctx, now, reason, which).execute(db);
          await sql`UPDATE bill SET state = 'replaced', replaced_by = r.id FROM bill r
            WHERE r.replaces = bill.id AND r.run_id = ${runId} AND r.kind = 'rebill'
              AND bill.id = ANY(${replaced}::int[])`.execute(db);
        }
        return rows.length;
      }),
    );
  };
};

const cancel = (base: Base): BillRepository['cancel'] => {
  return async (ctx, id, reason) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { numAffectedRows } =
          await sql`UPDATE bill SET state = 'cancelled', decided_by = ${ctx.actor.id}
          WHERE id = ${id} AND state = 'issued' AND kind <> 'reversal'`.execute(db);
        const bill = await find(db, ctx, id);
        if (numAffectedRows !== 1n) throw registryErrors.BILL_STATE(`bill ${id} is ${bill.state}`);
        await reversal(ctx, now, sql`${reason}`, sql`id = ${id}`).execute(db);
        return bill;
      },
      () => ({ action: 'cancel', objectKind: 'bill', objectId: String(id), data: { reason } }),
    );
};

const release = (base: Base): BillRepository['release'] => {
  return async (ctx, id, reason) =>
    changing(
      base,
      ctx,
      async (db) => {
        // Let through before its run is approved, it goes with the run; afterwards it would not be approved.
        const { numAffectedRows } =
          await sql`UPDATE bill SET state = 'calculated', decided_by = ${ctx.actor.id},
            reason = ${reason} WHERE id = ${id} AND state = 'held' AND total IS NOT NULL
            AND (SELECT state FROM bill_run WHERE id = bill.run_id) IN ('calculating', 'calculated')`.execute(
            db,
          );
        const bill = await find(db, ctx, id);
        if (numAffectedRows !== 1n)
          throw registryErrors.BILL_STATE(
            `bill ${id} is ${bill.state}${bill.total === null ? ' and has no total' : ''}`,
          );
        return bill;
      },
      () => ({ action: 'release', objectKind: 'bill', objectId: String(id), data: { reason } }),
    );
};

export function billRepository(base: Base): BillRepository {
  return {
    put: put(base),
    issue: issue(base),
    cancel: cancel(base),
    release: release(base),
    get: (ctx, id) => reading(() => find(base.db, ctx, id)),
    requireIssued: (ctx, id) =>
      reading(async () => {
        const bill = await find(base.db, ctx, id);
        if (bill.state === 'issued' && bill.kind !== 'reversal') return bill;
        throw registryErrors.BILL_STATE(`bill ${id} is a ${bill.kind}, ${bill.state}`);
      }),
    list: (ctx, query = {}) =>
      newestFirst<BillSummary>(
        base,
        { select: selectSummary, from, id: 'b.id' },
        matching(ctx, query),
        query,
      ),
    scan: (ctx, query, after, limit) =>
      reading(async () => {
        const { rows } = await sql<BillRecord>`${selectWhole} WHERE ${matching(ctx, query)}
          AND b.id > ${after} ORDER BY b.id LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      }),
    before: (ctx, agreements, day) =>
      reading(async () => {
        const { rows } = await sql<BillBefore>`SELECT DISTINCT ON (agreement_id) id, agreement_id,
            total::text AS total, currency, carry FROM bill
          WHERE ${visible(ctx, 'usage_point', 'usage_point_id')}
            AND agreement_id = ANY(${[...agreements]}::int[]) AND cycle_to <= ${day}::date
            AND kind <> 'reversal' AND total IS NOT NULL AND state IN ('calculated', 'approved', 'issued')
          ORDER BY agreement_id, cycle_to DESC, to_at DESC, id DESC`.execute(base.db);
        return rows;
      }),
  };
}
