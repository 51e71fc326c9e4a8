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
import { comesOn, placeEntries } from './account-entries.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, limitOf, newestFirst, reading, requireAll, visible } from './base.ts';
import { letThrough, watchAgain } from './bill-runs.ts';

const from = sql`bill b JOIN account c ON c.id = b.account_id JOIN customer k ON k.id = c.customer_id
  JOIN agreement g ON g.id = b.agreement_id JOIN usage_point u ON u.id = b.usage_point_id`;
const summary = sql.raw(`b.id, b.run_id, b.kind, b.state, b.account_id, c.number AS account,
  k.name AS customer, b.agreement_id, g.code AS agreement, b.usage_point_id, u.code AS usage_point,
  u.commodity, b.tariff, extract(epoch FROM b.from_at)::float8 AS from_s,
  extract(epoch FROM b.to_at)::float8 AS to_s, to_char(b.cycle_from, 'YYYY-MM-DD') AS cycle_from,
  to_char(b.cycle_to, 'YYYY-MM-DD') AS cycle_to, b.total::text AS total, b.currency,
  b.before::text AS before, b.usage::text AS usage, b.unit, b.estimated_share, b.holds, b.revision,
  b.replaces, b.replaced_by, b.affected_by, b.changed_readings, b.reason, b.release_reason, b.released_by,
  b.released_at, b.created_by, b.created_at, b.decided_by, b.issued_at`);
/** A bill `b` was paid from prepaid credit. */
const prepaid = sql.raw('openami_prepaid(b.agreement_id, b.cycle_from)');
/** What is to be paid for a bill `b`, or will be once it is issued; null without a total. */
export const due = sql`(CASE WHEN ${prepaid} THEN b.total - b.total ELSE b.total END
  + CASE WHEN b.state IN ('held', 'calculated', 'approved')
    THEN (SELECT coalesce(sum(e.amount), 0) FROM account_entry e WHERE ${comesOn})
    ELSE (SELECT coalesce(sum(e.amount), 0) FROM account_entry e WHERE e.bill_id = b.id) END)`;
const shown = sql`${summary}, ${prepaid} AS prepaid, ${due}::text AS due`;
const selectSummary = sql`SELECT ${shown} FROM ${from}`;
/** A bill of before has its content itself; of the others the page is read where theirs lies, and no more. */
const selectWhole = sql`SELECT ${shown}, b.carry, b.page_id,
  CASE WHEN b.content_bytes IS NULL THEN b.content
    ELSE convert_from(substring(p.contents FROM b.content_at + 1 FOR b.content_bytes), 'UTF8')::json
  END AS content FROM ${from} LEFT JOIN bill_page p ON p.id = b.page_id`;

type PagedBill = Omit<BillRecord, 'heads'> & { readonly pageId: number | null };

/** Bills with the heads of their pages, each of which is read once. */
export async function wholeBills(db: Base['db'] | Work, which: RawBuilder<unknown>): Promise<BillRecord[]> {
  const { rows } = await sql<PagedBill>`${selectWhole} WHERE ${which}`.execute(db);
  const ids = [...new Set(rows.flatMap(({ pageId }) => (pageId === null ? [] : [pageId])))];
  const pages = await sql<{ id: number; heads: unknown }>`SELECT id, heads FROM bill_page
    WHERE id = ANY(${ids}::int[])`.execute(db);
  const heads = new Map(pages.rows.map((page) => [page.id, page.heads]));
  return rows.map(({ pageId, ...bill }) => ({ ...bill, heads: heads.get(pageId ?? 0) ?? null }));
}

function matching(ctx: AccessContext, query: BillFilter): RawBuilder<unknown> {
  const { run, account, state, tariff, hold, affected, agreement, accounts, batch, standing, changed } =
    query;
  return sql.join(
    [
      visible(ctx, 'usage_point', 'b.usage_point_id'),
      run === undefined ? sql`true` : sql`b.run_id = ${run}`,
      account === undefined ? sql`true` : sql`c.number = ${account}`,
      state === undefined ? sql`true` : sql`b.state = ${state}`,
      tariff === undefined ? sql`true` : sql`b.tariff = ${tariff}`,
      affected ? sql`b.affected_by IS NOT NULL AND b.state = 'issued'` : sql`true`,
      batch === undefined
        ? sql`true`
        : sql`b.id IN (SELECT bill_id FROM hand_over_bill WHERE batch_id = ${batch})`,
      hold === undefined ? sql`true` : sql`b.holds @> ${JSON.stringify([{ code: hold }])}::jsonb`,
      agreement === undefined ? sql`true` : sql`b.agreement_id = ${agreement}`,
      accounts === undefined ? sql`true` : sql`b.account_id = ANY(${[...accounts]}::int[])`,
      standing || changed ? sql`b.state = 'issued' AND b.kind <> 'reversal'` : sql`true`,
      changed ? sql`b.changed_readings > 0` : sql`true`,
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
  let end = 0;
  const at: (number | null)[] = [];
  const bytes: (number | null)[] = [];
  for (const { content } of bills) {
    const length = content === null ? null : Buffer.byteLength(content);
    at.push(length === null ? null : end);
    bytes.push(length);
    end += length ?? 0;
  }
  const contents = Buffer.from(bills.map(({ content }) => content ?? '').join(''));
  return { contents, at, bytes };
}

type Value = string | number | null;

/** Columns of what is inserted: what all rows have alike is sent once, the rest as an array. */
class Columns {
  readonly names: RawBuilder<unknown>[];
  readonly values: RawBuilder<unknown>[];
  readonly #arrays: RawBuilder<unknown>[];
  readonly #aliases: RawBuilder<unknown>[];

  /** The key is an array whatever it holds: it says how many rows there are. */
  constructor(key: string, ids: readonly number[]) {
    this.names = [sql.raw(key)];
    this.values = [sql.raw(`i.${key}`)];
    this.#aliases = [sql.raw(key)];
    this.#arrays = [sql`${ids}::int[]`];
  }

  /** `made`: the SQL of the column's value where it is not just what was sent. */
  add(
    name: string,
    type: string,
    values: readonly Value[],
    made: (value: RawBuilder<unknown>) => RawBuilder<unknown> = (value) => value,
  ): void {
    this.names.push(sql.raw(name));
    const first = values[0]!;
    if (values.every((value) => value === first)) {
      this.values.push(made(sql`${first}::${sql.raw(type)}`));
      return;
    }
    this.#arrays.push(sql`${values}::${sql.raw(type)}[]`);
    this.#aliases.push(sql.raw(name));
    this.values.push(made(sql.raw(`i.${name}`)));
  }

  get rows(): RawBuilder<unknown> {
    return sql`unnest(${sql.join(this.#arrays)}) AS i(${sql.join(this.#aliases)})`;
  }
}

const instant = (value: RawBuilder<unknown>) => sql`to_timestamp(${value})`;
const holdsOf = (value: RawBuilder<unknown>) => sql`coalesce(${value}::jsonb, '[]')`;

/** One statement a page: each row costs some microseconds. */
async function insert(
  db: Work,
  run: BillRun,
  by: string,
  now: Date,
  { bills, heads }: BillPage,
): Promise<number> {
  const { contents, at, bytes } = packed(bills);
  const columns = new Columns(
    'agreement_id',
    bills.map(({ agreementId }) => agreementId),
  );
  const add = (name: string, type: string, of: (bill: BillInput) => Value, made?: typeof instant) =>
    columns.add(name, type, bills.map(of), made);
  add('kind', 'text', (bill) => bill.kind);
  add('state', 'text', (bill) => bill.state);
  add('account_id', 'int', (bill) => bill.accountId);
  add('usage_point_id', 'int', (bill) => bill.usagePointId);
  add('tariff', 'text', (bill) => bill.tariff);
  add('from_at', 'float8', (bill) => bill.fromS, instant);
  add('to_at', 'float8', (bill) => bill.toS, instant);
  add('cycle_from', 'date', (bill) => bill.cycleFrom);
  add('cycle_to', 'date', (bill) => bill.cycleTo);
  add('total', 'numeric', (bill) => bill.total);
  add('currency', 'text', (bill) => bill.currency);
  add('before', 'numeric', (bill) => bill.before);
  add('usage', 'numeric', (bill) => bill.usage);
  add('unit', 'text', (bill) => bill.unit);
  add('estimated_share', 'float8', (bill) => bill.estimatedShare);
  add('holds', 'text', ({ holds }) => (holds.length === 0 ? null : JSON.stringify(holds)), holdsOf);
  add('carry', 'json', (bill) => bill.carry);
  add('replaces', 'int', (bill) => bill.replaces);
  add('reason', 'text', (bill) => bill.reason);
  columns.add('content_at', 'int', at);
  columns.add('content_bytes', 'int', bytes);
  const { numAffectedRows } = await sql`WITH page AS (
      INSERT INTO bill_page (run_id, heads, contents) VALUES (${run.id}, ${heads}::json, ${contents})
      RETURNING id)
    INSERT INTO bill (run_id, revision, created_by, created_at, page_id, ${sql.join(columns.names)})
    SELECT ${run.id}, ${run.revision}, ${by}, ${now}::timestamptz, page.id, ${sql.join(columns.values)}
    FROM page, ${columns.rows} ON CONFLICT DO NOTHING`.execute(db);
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
        if (page.bills.length === 0) return 0;
        await watchAgain(db, run, Math.max(...page.bills.map(({ toS }) => toS)));
        return insert(db, run, ctx.actor.id, now, page);
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

/** Drops those in the place of a bill that was taken back meanwhile: nothing is owed for it any more. */
async function stillOwed(
  db: Work,
  bills: readonly { readonly id: number; readonly replaces: number | null }[],
): Promise<{ readonly issued: readonly number[]; readonly replaced: readonly number[] }> {
  const asked = bills.flatMap(({ replaces }) => replaces ?? []);
  if (asked.length === 0) return { issued: bills.map(({ id }) => id), replaced: [] };
  const { rows } = await sql<{ id: number }>`SELECT id FROM bill WHERE id = ANY(${asked}::int[])
    AND state = 'issued' ORDER BY id FOR UPDATE`.execute(db);
  const standing = new Set(rows.map(({ id }) => id));
  const isOwed = ({ replaces }: (typeof bills)[number]) => replaces === null || standing.has(replaces);
  const dropped = bills.filter((bill) => !isOwed(bill)).map(({ id }) => id);
  if (dropped.length > 0)
    await sql`UPDATE bill SET state = 'dropped' WHERE id = ANY(${dropped}::int[])`.execute(db);
  return { issued: bills.filter(isOwed).map(({ id }) => id), replaced: [...standing] };
}

const issue = (base: Base): BillRepository['issue'] => {
  return async (ctx, runId, limit) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    return reading(() =>
      base.db.transaction().execute(async (db) => {
        const { rows } = await sql<{ id: number; replaces: number | null }>`SELECT id, replaces FROM bill
          WHERE run_id = ${runId} AND state = 'approved' ORDER BY id LIMIT ${limitOf(limit)}
          FOR UPDATE`.execute(db);
        const { issued, replaced } = await stillOwed(db, rows);
        await sql`UPDATE bill SET state = 'issued', issued_at = ${now}
          WHERE id = ANY(${issued}::int[])`.execute(db);
        await placeEntries(db, issued);
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
        // one that is to take its place would be owed; `issue` looks at what comes later
        await sql`UPDATE bill SET state = 'dropped' WHERE replaces = ${id} AND kind = 'rebill'
          AND state IN ('held', 'calculated', 'approved')`.execute(db);
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
      async (db, now) => {
        const by = { id: ctx.actor.id, now, reason };
        const released = await letThrough(db, sql`id = ${id}`, by);
        const bill = await find(db, ctx, id);
        if (released !== 1)
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
    following: (ctx, agreementId, day) =>
      reading(() =>
        wholeBills(
          base.db,
          sql`b.agreement_id = ${agreementId} AND b.cycle_from >= ${day}::date AND b.state = 'issued'
            AND b.kind <> 'reversal' AND ${visible(ctx, 'usage_point', 'b.usage_point_id')}
            ORDER BY b.cycle_from, b.from_at, b.id LIMIT 1000`,
        ),
      ),
    overtaking: (ctx, runId) =>
      reading(async () => {
        requireAll(ctx);
        const { rows } = await sql<{ agreementId: number; cycleFrom: string }>`SELECT b.agreement_id,
            to_char(b.cycle_from, 'YYYY-MM-DD') AS cycle_from
          FROM bill b WHERE b.run_id = ${runId} AND b.state = 'issued' AND b.kind <> 'reversal'
            AND (b.kind = 'rebill' OR EXISTS (SELECT FROM bill l WHERE l.agreement_id = b.agreement_id
              AND l.cycle_from > b.cycle_from AND l.state = 'issued' AND l.kind <> 'reversal'))`.execute(
          base.db,
        );
        return rows;
      }),
    markAffected: (ctx, marks) =>
      reading(async () => {
        requireAll(ctx);
        const [ids, by] = [marks.map(({ id }) => id), marks.map((mark) => mark.by)];
        const { numAffectedRows } = await sql`UPDATE bill SET affected_by = m.by
          FROM unnest(${ids}::int[], ${by}::int[]) AS m(id, by)
          WHERE bill.id = m.id AND bill.affected_by IS DISTINCT FROM m.by`.execute(base.db);
        return Number(numAffectedRows ?? 0n);
      }),
    before: (ctx, agreements, day) =>
      reading(async () => {
        const { rows } = await sql<{ found: BillBefore[] | null }>`SELECT json_agg(l) AS found FROM (
          SELECT DISTINCT ON (agreement_id) id, state, agreement_id AS "agreementId",
            extract(epoch FROM to_at)::float8 AS "toS", total::text AS total, currency, carry FROM bill
          WHERE ${visible(ctx, 'usage_point', 'usage_point_id')}
            AND agreement_id = ANY(${[...agreements]}::int[]) AND cycle_from < ${day}::date
            AND kind <> 'reversal' AND total IS NOT NULL AND state IN ('calculated', 'approved', 'issued')
          ORDER BY agreement_id, cycle_to DESC, to_at DESC, id DESC) l`.execute(base.db);
        return rows[0]!.found ?? [];
      }),
  };
}
