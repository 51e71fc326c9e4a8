/** Batches of bills for another system: cut once, frozen, acknowledged with control totals. */
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  BatchReceipt,
  FrozenRepository,
  HandedOverBill,
  HandOverBatch,
  HandOverRepository,
} from '../hand-over-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import {
  type Base,
  changing,
  limitOf,
  NothingToDo,
  newestFirst,
  reading,
  requireAll,
  unlessNothing,
} from './base.ts';
import { due } from './bills.ts';

const select = sql`SELECT b.id, b.run_id, b.state, b.bills, b.totals, b.due, b.sha256, b.bytes, b.reason,
    b.created_by, b.created_at, b.acknowledged_by, b.acknowledged_at, (SELECT count(*)::int
      FROM hand_over_bill h WHERE h.batch_id = b.id AND h.state = 'refused') AS refused
  FROM hand_over_batch b`;
const fromBills = sql`hand_over_bill h JOIN bill b ON b.id = h.bill_id JOIN account c ON c.id = b.account_id`;
const selectBill = sql`SELECT b.id, h.batch_id AS batch, c.number AS account, b.kind, b.total::text AS total,
    b.currency, h.state, h.reason, h.again_in FROM ${fromBills}`;
/** Issued, and never handed over. */
const isDue = sql.raw(`issued_at IS NOT NULL AND state IN ('issued', 'replaced', 'cancelled')
  AND NOT EXISTS (SELECT 1 FROM hand_over_bill h WHERE h.bill_id = bill.id)`);

async function find(db: Work | Base['db'], id: number, lock = false): Promise<HandOverBatch> {
  const { rows } = await sql<HandOverBatch>`${select} WHERE b.id = ${id}
    ${lock ? sql`FOR UPDATE OF b` : sql``}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`batch ${id}`);
  return rows[0];
}

const noteOf =
  (action: string, data: Record<string, unknown> = {}) =>
  ({ id, runId, bills, totals }: HandOverBatch): Noted => ({
    ...{ action, objectKind: 'hand_over_batch', objectId: String(id) },
    data: { runId, bills, totals, ...data },
  });

/** The next number, with the bills that `which` selects; throws NothingToDo where there are none. */
async function cut(
  db: Work,
  head: { readonly runId: number | null; readonly reason: string; readonly by: string; readonly now: Date },
  which: RawBuilder<unknown>,
): Promise<HandOverBatch> {
  const { rows } = await sql<{ id: number }>`INSERT INTO hand_over_batch (id, run_id, bills, totals, reason,
      created_by, created_at) SELECT coalesce(max(id), 0) + 1, ${head.runId}::integer, 0, '{}'::jsonb,
      ${head.reason}, ${head.by}, ${head.now}::timestamptz FROM hand_over_batch RETURNING id`.execute(db);
  const { id } = rows[0]!;
  const { numAffectedRows = 0n } = await sql`INSERT INTO hand_over_bill (batch_id, bill_id)
    SELECT ${id}, id FROM bill WHERE ${which}`.execute(db);
  if (numAffectedRows === 0n) throw new NothingToDo();
  await sql`UPDATE hand_over_batch SET bills = ${Number(numAffectedRows)}, totals = t.totals, due = t.due
    FROM (SELECT coalesce(jsonb_object_agg(currency, total), '{}') AS totals,
        coalesce(jsonb_object_agg(currency, due), '{}') AS due
      FROM (SELECT b.currency, sum(b.total)::text AS total, sum(${due})::text AS due
        FROM bill b JOIN hand_over_bill h ON h.bill_id = b.id
        WHERE h.batch_id = ${id} AND b.total IS NOT NULL GROUP BY b.currency) s) t
    WHERE id = ${id}`.execute(db);
  return find(db, id);
}

/** Numbers are given out one at a time. */
const lock = (db: Work) => sql`LOCK TABLE hand_over_batch IN EXCLUSIVE MODE`.execute(db);

const cutRun = (base: Base): HandOverRepository['cut'] => {
  return (ctx, runId, limit) =>
    unlessNothing(() =>
      changing(
        base,
        ctx,
        async (db, now) => {
          await lock(db);
          const { rows } = await sql<{ state: string }>`SELECT state FROM bill_run
            WHERE id = ${runId}`.execute(db);
          if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`bill run ${runId}`);
          if (rows[0].state !== 'issued')
            throw registryErrors.BILL_RUN_STATE(`bill run ${runId} is ${rows[0].state}, not issued`);
          const which = sql`id IN (SELECT id FROM bill WHERE run_id = ${runId} AND ${isDue}
            ORDER BY id LIMIT ${limit})`;
          return cut(db, { runId, reason: '', by: ctx.actor.id, now }, which);
        },
        noteOf('create'),
      ),
    );
};

const cutAgain = (base: Base): HandOverRepository['cutAgain'] => {
  return (ctx, bills, reason) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        await lock(db);
        const ids = sql`${[...new Set(bills)]}::int[]`;
        const { rows } = await sql<{ id: number }>`SELECT x.id FROM unnest(${ids}) AS x(id)
          WHERE NOT EXISTS (SELECT 1 FROM hand_over_bill h
            WHERE h.bill_id = x.id AND h.state = 'refused' AND h.again_in IS NULL) LIMIT 1`.execute(db);
        if (rows[0] !== undefined) throw registryErrors.HAND_OVER_STATE(`bill ${rows[0].id} is not refused`);
        const head = { runId: null, reason, by: ctx.actor.id, now };
        const batch = await cut(db, head, sql`id = ANY(${ids})`);
        await sql`UPDATE hand_over_bill SET again_in = ${batch.id} WHERE bill_id = ANY(${ids})
          AND state = 'refused' AND again_in IS NULL`.execute(db);
        return batch;
      },
      noteOf('create', { reason }),
    );
};

const finish = (base: Base): HandOverRepository['finish'] => {
  return (ctx, id, { sha256, bytes }) =>
    changing(
      base,
      ctx,
      async (db) => {
        await sql`UPDATE hand_over_batch SET state = 'handed_over', sha256 = ${sha256}, bytes = ${bytes}
          WHERE id = ${id} AND state = 'building'`.execute(db);
        return find(db, id);
      },
      noteOf('hand_over', { sha256, bytes }),
    );
};

/** The same number, however it is written. */
const plain = (text: string) =>
  text
    .replace(/^\+/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

/** What a receiver counted must be what was handed over. Raises HAND_OVER_TOTALS. */
function requireTotals(batch: HandOverBatch, receipt: BatchReceipt): void {
  const wrong: string[] = [];
  const compare = (what: string, ours: string | number, theirs: string | number) => {
    if (ours !== theirs) wrong.push(`${what} is ${ours}, not ${theirs}`);
  };
  compare('the number of bills', batch.bills, receipt.bills);
  compare('the hash', batch.sha256, receipt.sha256.toLowerCase());
  const sums = (what: string, ours: HandOverBatch['totals'], theirs: HandOverBatch['totals']) => {
    for (const currency of new Set([...Object.keys(ours), ...Object.keys(theirs)]))
      compare(`${what} in ${currency}`, plain(ours[currency] ?? 'none'), plain(theirs[currency] ?? 'none'));
  };
  sums('the sum', batch.totals, receipt.totals);
  if (receipt.due !== undefined) sums('what is due', batch.due, receipt.due);
  if (wrong.length > 0) throw registryErrors.HAND_OVER_TOTALS(`batch ${batch.id}: ${wrong.join('; ')}`);
}

async function refusedOf(db: Work, id: number): Promise<{ bill: number; reason: string }[]> {
  const { rows } = await sql<{ bill: number; reason: string }>`SELECT bill_id AS bill, reason
    FROM hand_over_bill WHERE batch_id = ${id} AND state = 'refused' ORDER BY bill_id`.execute(db);
  return rows;
}

async function acknowledge(
  db: Work,
  by: string,
  now: Date,
  id: number,
  receipt: BatchReceipt,
): Promise<HandOverBatch> {
  const batch = await find(db, id, true);
  if (batch.state === 'building') throw registryErrors.HAND_OVER_STATE(`batch ${id} is not whole yet`);
  requireTotals(batch, receipt);
  const refused = [...receipt.refused].sort((a, b) => a.bill - b.bill);
  if (batch.state === 'acknowledged') {
    const same = JSON.stringify(await refusedOf(db, id)) === JSON.stringify(refused);
    if (same) throw new NothingToDo();
    throw registryErrors.HAND_OVER_STATE(`batch ${id} was acknowledged in another way`);
  }
  const { numAffectedRows = 0n } = await sql`UPDATE hand_over_bill h SET state = 'refused', reason = r.reason
    FROM json_to_recordset(${JSON.stringify(refused)}::json) AS r(bill integer, reason text)
    WHERE h.batch_id = ${id} AND h.bill_id = r.bill`.execute(db);
  if (Number(numAffectedRows) !== refused.length)
    throw registryErrors.HAND_OVER_STATE(`batch ${id} does not have all of the bills that are refused`);
  await sql`UPDATE hand_over_bill SET state = 'acknowledged'
    WHERE batch_id = ${id} AND state = 'handed_over'`.execute(db);
  await sql`UPDATE hand_over_batch SET state = 'acknowledged', acknowledged_by = ${by},
    acknowledged_at = ${now} WHERE id = ${id}`.execute(db);
  return find(db, id);
}

function matching({ batch, state }: { batch?: number; state?: HandedOverBill['state'] }) {
  const of = batch === undefined ? sql`true` : sql`h.batch_id = ${batch}`;
  if (state === undefined) return of;
  const open = state === 'refused' && batch === undefined ? sql`h.again_in IS NULL` : sql`true`;
  return sql`${of} AND h.state = ${state} AND ${open}`;
}

const whole = (base: Base, where: RawBuilder<unknown>) =>
  reading(async () => (await sql<HandOverBatch>`${select} WHERE ${where}`.execute(base.db)).rows);

export function handOverRepository(base: Base): HandOverRepository {
  return {
    cut: cutRun(base),
    cutAgain: cutAgain(base),
    finish: finish(base),
    runsToHandOver: (ctx, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ id: number }>`SELECT r.id FROM bill_run r WHERE r.state = 'issued'
          AND EXISTS (SELECT 1 FROM bill WHERE bill.run_id = r.id AND ${isDue})
          ORDER BY r.id LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows.map(({ id }) => id);
      });
    },
    building: async (ctx) => {
      requireAll(ctx);
      return (await whole(base, sql`b.state = 'building' ORDER BY b.id LIMIT 1`))[0];
    },
    get: (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    after: (ctx, after, limit) => {
      requireAll(ctx);
      // never one that stands behind a number that is not there yet
      return whole(
        base,
        sql`b.id > ${after} AND b.id < coalesce((SELECT min(id) FROM hand_over_batch
          WHERE state = 'building'), 2147483647) ORDER BY b.id LIMIT ${limitOf(limit)}`,
      );
    },
    list: (ctx, query = {}) => {
      requireAll(ctx);
      return newestFirst<HandOverBatch>(
        base,
        { select, from: sql`hand_over_batch b`, id: 'b.id' },
        sql`true`,
        query,
      );
    },
    acknowledge: async (ctx, id, receipt) => {
      const refused = receipt.refused.length;
      const made = await unlessNothing(() =>
        changing(
          base,
          ctx,
          (db, now) => acknowledge(db, ctx.actor.id, now, id, receipt),
          noteOf('acknowledge', { refused }),
        ),
      );
      return made ?? reading(() => find(base.db, id));
    },
    bills: (ctx, query = {}) => {
      requireAll(ctx);
      return newestFirst<HandedOverBill>(
        base,
        { select: selectBill, from: fromBills, id: 'b.id' },
        matching(query),
        query,
      );
    },
  };
}

export function frozenRepository(base: Base): FrozenRepository {
  return {
    put: (ctx, kind, document, part, body) => {
      requireAll(ctx);
      return reading(async () => {
        await sql`INSERT INTO frozen_part (kind, document, part, body)
          VALUES (${kind}, ${document}, ${part}, ${body})`.execute(base.db);
      });
    },
    clear: (ctx, kind, document) => {
      requireAll(ctx);
      return reading(async () => {
        await sql`DELETE FROM frozen_part WHERE kind = ${kind} AND document = ${document}`.execute(base.db);
      });
    },
    part: (ctx, kind, document, part) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ body: Uint8Array }>`SELECT body FROM frozen_part
          WHERE kind = ${kind} AND document = ${document} AND part = ${part}`.execute(base.db);
        return rows[0]?.body;
      });
    },
  };
}
