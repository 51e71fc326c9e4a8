/** Bill runs: from what is asked for to issued bills, approved by a second person in between. */
import { type RawBuilder, sql } from 'kysely';
import type { BillRun, BillRunInput, BillRunPatch, BillRunRepository, RunFigures } from '../billing-store.ts';
import { registryErrors } from '../errors.ts';
import { comesOn } from './account-entries.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, isSecondPerson, newestFirst, reading, requireAll } from './base.ts';
import { madeOnce, moving } from './keyed-jobs.ts';

const columns = sql.raw(`id, key, kind, cycle, to_char(from_day, 'YYYY-MM-DD') AS from_day,
  to_char(to_day, 'YYYY-MM-DD') AS to_day, state, settings, accounts, tariff, service_class, replaces,
  revision, agreements, done,
  position, error, reason, requested_by, requested_person, created_at, finished_at, approved_by, approved_at,
  issued_at, version`);
const select = sql`SELECT ${columns} FROM bill_run`;

async function find(db: Base['db'] | Work, id: number, lock = false): Promise<BillRun> {
  const { rows } = await sql<BillRun>`${select} WHERE id = ${id}
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`bill run ${id}`);
  return rows[0];
}

function noteOf(action: string, run: BillRun, data: Record<string, unknown> = {}): Noted {
  const { id, kind, cycle, fromDay, toDay } = run;
  return {
    action,
    objectKind: 'bill_run',
    objectId: String(id),
    data: { kind, cycle, fromDay, toDay, ...data },
  };
}

const patchColumns: Readonly<Record<keyof BillRunPatch, string>> = {
  revision: 'revision',
  agreements: 'agreements',
  done: 'done',
  position: 'position',
  error: 'error',
  finishedAt: 'finished_at',
  issuedAt: 'issued_at',
};

/** Accounts that are named are there, and a bill is made anew by one run at a time. */
async function requireSense(db: Work, by: string, { key, accounts, replaces }: BillRunInput): Promise<void> {
  if (accounts !== null) {
    const { rows } = await sql<{ number: string }>`SELECT a.number
      FROM jsonb_array_elements_text(${JSON.stringify(accounts)}::jsonb) a(number)
      WHERE NOT EXISTS (SELECT FROM account c WHERE c.number = a.number) LIMIT 1`.execute(db);
    if (rows[0] !== undefined) throw registryErrors.NOT_FOUND(`account ${rows[0].number}`);
  }
  if (replaces === null) return;
  await sql`SELECT FROM bill WHERE id = ${replaces} FOR UPDATE`.execute(db);
  const { rows } = await sql<{ id: number }>`SELECT id FROM bill_run WHERE replaces = ${replaces}
    AND (state IN ('draft', 'calculating') OR EXISTS (SELECT FROM bill b WHERE b.run_id = bill_run.id
      AND b.state IN ('held', 'calculated', 'approved')))
    AND NOT (requested_by = ${by} AND key = ${key})`.execute(db);
  if (rows[0] !== undefined)
    throw registryErrors.BILL_STATE(`bill ${replaces} is made anew in run ${rows[0].id}`);
}

const create = (base: Base): BillRunRepository['create'] => {
  return async (ctx, input) => {
    const { made, created } = await madeOnce<BillRun>(base, ctx, {
      insert: async (db, now) => {
        await requireSense(db, ctx.actor.id, input);
        const accounts = input.accounts === null ? null : JSON.stringify(input.accounts);
        const { rows } = await sql<{ id: number }>`INSERT INTO bill_run (key, kind, cycle, from_day, to_day,
            settings, accounts, tariff, service_class, replaces, reason, requested_by, requested_person,
            created_at)
          VALUES (${input.key}, ${input.kind}, ${input.cycle}, ${input.fromDay}::date, ${input.toDay}::date,
            ${JSON.stringify(input.settings)}::jsonb, ${accounts}::jsonb, ${input.tariff ?? null},
            ${input.serviceClass ?? null}, ${input.replaces}, ${input.reason}, ${ctx.actor.id},
            ${input.requestedPerson}, ${now})
          ON CONFLICT (requested_by, key) DO NOTHING RETURNING id`.execute(db);
        return rows[0]?.id;
      },
      kept: async () => {
        const { rows } = await sql<BillRun>`${select}
          WHERE requested_by = ${ctx.actor.id} AND key = ${input.key}`.execute(base.db);
        return rows[0];
      },
      note: (run) => noteOf('create', run, { reason: run.reason }),
      find,
    });
    return { run: made, created };
  };
};

async function figures(base: Base, id: number): Promise<RunFigures> {
  const { rows: states } = await sql<{ state: string; bills: number }>`SELECT state, count(*)::int AS bills
    FROM bill WHERE run_id = ${id} GROUP BY state`.execute(base.db);
  const { rows: sets } = await sql<{ codes: string; bills: number; rated: number }>`SELECT codes,
      count(*)::int AS bills, count(total)::int AS rated FROM (SELECT total, (SELECT
        coalesce(string_agg(DISTINCT h.value ->> 'code', ',' ORDER BY h.value ->> 'code'), '')
        FROM jsonb_array_elements(holds) h) AS codes FROM bill WHERE run_id = ${id} AND state = 'held') held
    GROUP BY codes`.execute(base.db);
  const { rows: totals } = await sql<{ currency: string; total: string }>`SELECT currency,
      sum(total)::text AS total FROM bill WHERE run_id = ${id} AND total IS NOT NULL
      AND state NOT IN ('held', 'dropped') GROUP BY currency`.execute(base.db);
  const { rows: entries } = await sql<{ currency: string; amount: string }>`SELECT e.currency,
      sum(e.amount)::text AS amount FROM account_entry e JOIN bill b ON b.account_id = e.account_id
    WHERE e.state = 'approved' AND b.run_id = ${id} AND b.state <> 'held' AND ${comesOn}
    GROUP BY e.currency`.execute(base.db);
  return {
    entries: Object.fromEntries(entries.map(({ currency, amount }) => [currency, amount])),
    counts: Object.fromEntries(states.map(({ state, bills }) => [state, bills])),
    holds: byCode(sets),
    releasable: Object.fromEntries(sets.flatMap(({ codes, rated }) => (rated > 0 ? [[codes, rated]] : []))),
    totals: Object.fromEntries(totals.map(({ currency, total }) => [currency, total])),
  };
}

/** Bills that are held for a code, whatever else for. */
function byCode(sets: readonly { readonly codes: string; readonly bills: number }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { codes, bills } of sets)
    for (const code of codes.split(',')) counts[code] = (counts[code] ?? 0) + bills;
  return counts;
}

const approve = (base: Base): BillRunRepository['approve'] => {
  return async (ctx, id) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { numAffectedRows } = await sql`UPDATE bill_run SET state = 'approved', version = version + 1,
            approved_by = ${ctx.actor.id}, approved_at = ${now}
          WHERE id = ${id} AND state = 'calculated' AND ${isSecondPerson(ctx)}`.execute(db);
        if (numAffectedRows !== 1n) {
          const { state } = await find(db, id);
          throw registryErrors.BILL_RUN_DECIDED(`bill run ${id} is ${state}`);
        }
        const { numAffectedRows: bills } = await sql`UPDATE bill SET state = 'approved',
            decided_by = ${ctx.actor.id} WHERE run_id = ${id} AND state = 'calculated'`.execute(db);
        const { kind } = await find(db, id);
        if (kind === 'rebill' && bills === 0n)
          throw registryErrors.BILL_RUN_STATE(
            `bill run ${id} makes no bill anew: release it, or cancel the run`,
          );
        // who is still held is left to another run of the cycle
        await sql`UPDATE bill SET state = 'dropped' WHERE run_id = ${id} AND state = 'held'`.execute(db);
        return find(db, id);
      },
      (run) => noteOf('approve', run),
    );
};

/**
 * Held bills go along with their run. Approved at the same moment it would leave them behind: one waits for
 * the other, and afterwards they would not be approved. Returns how many.
 */
export async function letThrough(
  db: Work,
  which: RawBuilder<unknown>,
  by: { readonly id: string; readonly now: Date; readonly reason: string },
): Promise<number> {
  await sql`SELECT FROM bill_run WHERE id IN (SELECT run_id FROM bill WHERE ${which}) FOR SHARE`.execute(db);
  const { numAffectedRows } = await sql`UPDATE bill SET state = 'calculated', decided_by = ${by.id},
      release_reason = ${by.reason}, released_by = ${by.id}, released_at = ${by.now}
    WHERE ${which} AND state = 'held' AND total IS NOT NULL
      AND (SELECT state FROM bill_run WHERE id = bill.run_id) IN ('calculating', 'calculated')`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

const release = (base: Base): BillRunRepository['release'] => {
  return async (ctx, id, { holds, limit }, reason) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { state } = await find(db, id, true);
        if (state !== 'calculated') throw registryErrors.BILL_RUN_STATE(`bill run ${id} is ${state}`);
        const which = sql`run_id = ${id} AND state = 'held' AND total IS NOT NULL AND NOT EXISTS (
          SELECT FROM jsonb_array_elements(holds) h WHERE h.value ->> 'code' <> ALL(${[...holds]}::text[]))`;
        const some = sql`id IN (SELECT id FROM bill WHERE ${which} ORDER BY id LIMIT ${limit})`;
        const released = await letThrough(db, some, { id: ctx.actor.id, now, reason });
        const { rows } = await sql<{ left: number }>`SELECT count(*)::int AS left FROM bill
          WHERE ${which}`.execute(db);
        return { released, left: rows[0]!.left };
      },
      ({ released }) => ({
        ...{ action: 'release', objectKind: 'bill_run', objectId: String(id) },
        data: { holds, reason, released },
      }),
    );
};

const cancel = (base: Base): BillRunRepository['cancel'] => {
  return async (ctx, id, reason) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { state } = await find(db, id, true);
        if (!['draft', 'calculating', 'calculated', 'approved', 'failed'].includes(state))
          throw registryErrors.BILL_RUN_STATE(`bill run ${id} is ${state}`);
        await sql`UPDATE bill_run SET state = 'cancelled', version = version + 1, finished_at = ${now},
          reason = ${reason} WHERE id = ${id}`.execute(db);
        await sql`UPDATE bill SET state = 'dropped' WHERE run_id = ${id}
          AND state IN ('held', 'calculated', 'approved')`.execute(db);
        return find(db, id);
      },
      (run) => noteOf('cancel', run, { reason }),
    );
};

/**
 * Bills of a run are stored whose readings are of its revision, which may have been passed: what changed
 * since is followed again.
 */
export async function watchAgain(db: Work, { revision }: BillRun, reachS: number): Promise<void> {
  const least = Math.max(revision, reachS);
  await sql`INSERT INTO bill_watch AS w (position, reach_s) VALUES (${revision}, ${least})
    ON CONFLICT (one) DO UPDATE SET position = least(w.position, excluded.position),
      reach_s = greatest(w.reach_s, excluded.reach_s)`.execute(db);
}

export function billRunRepository(base: Base): BillRunRepository {
  return {
    create: create(base),
    transition: moving(base, {
      ...{ table: 'bill_run', columns: patchColumns, find, note: noteOf },
      otherState: registryErrors.BILL_RUN_STATE,
    }),
    approve: approve(base),
    cancel: cancel(base),
    release: release(base),
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const match = query.state === undefined ? sql`true` : sql`state = ${query.state}`;
      return newestFirst<BillRun>(base, { select, from: sql`bill_run`, id: 'id' }, match, query);
    },
    figures: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => figures(base, id));
    },
    next: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<BillRun>`${select} WHERE state IN ('draft', 'calculating', 'issuing')
          ORDER BY id LIMIT 1`.execute(base.db);
        return rows[0];
      });
    },
  };
}
