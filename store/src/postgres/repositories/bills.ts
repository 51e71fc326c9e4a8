/** Bills: stored by a run, held or let through, issued, and taken back by a reversal that stands beside. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type {
  BillBefore,
  BillFilter,
  BillInput,
  BillPage,
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
/** A bill of before has its content itself; of the others the page is read where theirs lies, and no more. */
const selectWhole = sql`SELECT ${summary}, b.carry, b.page_id, CASE WHEN b.content_bytes IS NULL THEN b.content
    ELSE convert_from(substring(p.contents FROM b.content_at + 1 FOR b.content_bytes), 'UTF8')::json
  END AS content FROM ${from} LEFT JOIN bill_page p ON p.id = b.page_id`;

type PagedBill = Omit<BillRecord, 'heads'> & { readonly pageId: number | null };

/** Bills with the heads of their pages, each of which is read once. */
async function wholeBills(db: Base['db'] | Work, which: RawBuilder<unknown>): Promise<BillRecord[]> {
  const { rows } = await sql<PagedBill>`${selectWhole} WHERE ${which}`.execute(db);
  const ids = [...new Set(rows.flatMap(({ pageId }) => (pageId === null ? [] : [pageId])))];
  const pages = await sql<{ id: number; heads: unknown }>`SELECT id, heads FROM bill_page
    WHERE id = ANY(${ids}::int[])`.execute(db);
  const heads = new Map(pages.rows.map((page) => [page.id, page.heads]));
  return rows.map(({ pageId, ...bill }) => ({ ...bill, heads: heads.get(pageId ?? 0) ?? null }));
}

function matching(
  ctx: AccessContext,
  { run, account, state, tariff, hold }: BillFilter,
): RawBuilder<unknown> {
  return sql.join(
    [
      visible(ctx, 'usage_point', 'b.usage_point_id'),
      run === undefined ? sql`true` : sql`b.run_id = ${run}`,
      account === undefined ? sql`true` : sql`c.number = ${account}`,
      state === undefined ? sql`true` : sql`b.state = ${state}`,
      tariff === undefined ? sql`true` : sql`b.tariff = ${tariff}`,
      hold === undefined ? sql`true` : sql`b.holds @> ${JSON.stringify([{ code: hold }])}::jsonb`,
    ],
    sql` AND `,
  );
}

async function find(db: Base['db'] | Work, ctx: AccessContext, id: number): Promise<BillRecord> {
  const seen = visible(ctx, 'usage_point', 'b.usage_point_id');
  const [bill] = await wholeBills(db, sql`b.id = ${id} AND ${seen}`);
  if (bill === undefined) throw registryErrors.NOT_FOUND(`bill ${id}`);
  return bill;
}

/** Contents one behind the other, and where each lies. */
function packed(bills: readonly BillInput[]) {
  const texts = bills.map(({ content }) => (content === null ? null : Buffer.from(content)));
  let end = 0;
  const at = texts.map((text) => {
    const start = end;
    end += text?.length ?? 0;
    return text === null ? null : start;
  });
  const contents = Buffer.concat(texts.filter((text) => text !== null));
  return { contents, at, bytes: texts.map((text) => text?.length ?? null) };
}

/** One statement a page, a parameter a column: each row costs some microseconds. */
async function insert(db: Work, run: BillRun, by: string, now: Date, page: BillPage): Promise<number> {
  const { bills, heads } = page;
  const { contents, at, bytes } = packed(bills);
  const column = <T>(type: string, of: (bill: BillInput) => T) => sql`${bills.map(of)}::${sql.raw(type)}[]`;
  const columns = sql.join([
    ...[column('text', (bill) => bill.kind), column('text', (bill) => bill.state)],
    ...[column('int', (bill) => bill.accountId), column('int', (bill) => bill.agreementId)],
    ...[column('int', (bill) => bill.usagePointId), column('text', (bill) => bill.tariff)],
    ...[column('float8', (bill) => bill.fromS), column('float8', (bill) => bill.toS)],
    ...[column('date', (bill) => bill.cycleFrom), column('date', (bill) => bill.cycleTo)],
    ...[column('numeric', (bill) => bill.total), column('text', (bill) => bill.currency)],
    ...[column('numeric', (bill) => bill.before), column('numeric', (bill) => bill.usage)],
    ...[column('text', (bill) => bill.unit), column('float8', (bill) => bill.estimatedShare)],
    column('text', ({ holds }) => (holds.length === 0 ? null : JSON.stringify(holds))),
    ...[column('text', (bill) => bill.carry), sql`${at}::int[]`, sql`${bytes}::int[]`],
    ...[column('int', (bill) => bill.replaces), column('text', (bill) => bill.reason)],
  ]);
  const { numAffectedRows } = await sql`WITH page AS (
      INSERT INTO bill_page (run_id, heads, contents) VALUES (${run.id}, ${heads}::json, ${contents})
      RETURNING id)
    INSERT INTO bill (run_id, kind, state, account_id, agreement_id, usage_point_id, tariff, from_at, to_at,
      cycle_from, cycle_to, total, currency, before, usage, unit, estimated_share, holds, carry, page_id,
      content_at, content_bytes, revision, replaces, reason, created_by, created_at)
    SELECT ${run.id}, kind, state, account_id, agreement_id, usage_point_id, tariff, to_timestamp(from_s),
      to_timestamp(to_s), cycle_from, cycle_to, total, currency, before, usage, unit, estimated_share,
      coalesce(holds::jsonb, '[]'), carry::json, page.id, content_at, content_bytes, ${run.revision},
      replaces, reason, ${by}, ${now}
    FROM page, unnest(${columns}) AS i(kind, state, account_id, agreement_id, usage_point_id, tariff, from_s,
      to_s, cycle_from, cycle_to, total, currency, before, usage, unit, estimated_share, holds, carry,
      content_at, content_bytes, replaces, reason)
    ON CONFLICT DO NOTHING`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

const put = (base: Base): BillRepository['put'] => {
  return async (ctx, run, page) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    // The run is audited when it begins and ends: a record for each of its pages would say nothing more.
    return reading(() =>
      base.db.transaction().execute(async (db) => {
        const { rows } = await sql`UPDATE bill_run SET position = ${page.position}, done = ${page.done}
          WHERE id = ${run.id} AND state = 'calculating' RETURNING id`.execute(db);
        if (rows.length === 0) throw registryErrors.BILL_RUN_STATE(`bill run ${run.id} is not calculating`);
        return page.bills.length === 0 ? 0 : insert(db, run, ctx.actor.id, now, page);
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
      reading(() =>
        wholeBills(
          base.db,
          sql`${matching(ctx, query)} AND b.id > ${after} ORDER BY b.id LIMIT ${limitOf(limit)}`,
        ),
      ),
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
