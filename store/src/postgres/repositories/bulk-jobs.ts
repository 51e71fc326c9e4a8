/** Lists of meters as jobs: their state, their rows, which are sealed while they wait. */
import type { AccessContext, BulkJobState } from '@openami/model';
import { sql } from 'kysely';
import type { BulkJob, BulkJobRepository, BulkOutcome, WaitingBulkRow } from '../commissioning-store.ts';
import { registryErrors } from '../errors.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, containing, limitOf, newestFirst, reading, requireAll } from './base.ts';
import { requireKeys } from './keys.ts';

const columns = sql.raw(
  'id, name, options, state, total, done, failed, error, created_by, created_at, started_at, finished_at',
);

function one(rows: readonly BulkJob[], id: number): BulkJob {
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`job ${id}`);
  return rows[0];
}

async function get(db: Work | Base['db'], id: number): Promise<BulkJob> {
  const { rows } = await sql<BulkJob>`SELECT ${columns} FROM bulk_job WHERE id = ${id}`.execute(db);
  return one(rows, id);
}

const ended: readonly BulkJobState[] = ['done', 'failed', 'cancelled'];

/** Counts are those of the rows: what is settled twice is counted once. */
async function counted(db: Work | Base['db'], id: number): Promise<BulkJob> {
  const { rows } = await sql<BulkJob>`UPDATE bulk_job SET total = r.total, done = r.done, failed = r.failed
    FROM (SELECT count(*) AS total, count(*) FILTER (WHERE outcome = 'done') AS done,
      count(*) FILTER (WHERE outcome = 'failed') AS failed FROM bulk_row WHERE job_id = ${id}) r
    WHERE id = ${id} RETURNING ${sql.raw('bulk_job.*')}`.execute(db);
  return one(rows, id);
}

async function move(
  db: Work,
  id: number,
  to: BulkJobState,
  error: BulkJob['error'] | undefined,
  now: Date,
): Promise<BulkJob> {
  if (to === 'failed') {
    // nothing is to be done of a list that did not come in whole
    await sql`DELETE FROM bulk_row r USING bulk_job j
      WHERE r.job_id = ${id} AND j.id = ${id} AND j.state = 'loading'`.execute(db);
  }
  if (to === 'queued') {
    await sql`UPDATE bulk_row SET outcome = 'waiting', code = '', detail = ''
      WHERE job_id = ${id} AND outcome = 'failed' AND wrapped IS NOT NULL`.execute(db);
  }
  await sql`UPDATE bulk_job SET state = ${to}, error = ${error ? JSON.stringify(error) : null}::jsonb,
    finished_at = ${ended.includes(to) ? now : null}::timestamptz WHERE id = ${id}`.execute(db);
  return counted(db, id);
}

type States = 'create' | 'transition' | 'claim' | 'requeue' | 'forget';

function states(base: Base): Pick<BulkJobRepository, States> {
  const now = () => new Date(base.clock.nowMs());
  return {
    create: async (ctx, { name, options }) =>
      changing(
        base,
        ctx,
        async (db, at) => {
          const { rows } = await sql<BulkJob>`INSERT INTO bulk_job (name, options, created_by, created_at)
            VALUES (${name}, ${JSON.stringify(options)}::jsonb, ${ctx.actor.id}, ${at})
            RETURNING ${columns}`.execute(db);
          return rows[0]!;
        },
        ({ id }) => ({ action: 'create', objectKind: 'bulk_job', objectId: String(id), data: { name } }),
      ),
    transition: async (ctx, id, before, to, error) =>
      changing(
        base,
        ctx,
        async (db, at) => {
          const { rows } = await sql`SELECT FROM bulk_job WHERE id = ${id} AND state = ANY(${[...before]})
            FOR UPDATE`.execute(db);
          if (rows.length > 0) return move(db, id, to, error, at);
          const { state } = await get(db, id);
          throw registryErrors.IMPORT_STATE(`job ${id} is ${state}, not ${before.join(' or ')}`);
        },
        ({ done, failed, total }) => ({
          ...{ action: to, objectKind: 'bulk_job', objectId: String(id), data: { done, failed, total } },
        }),
      ),
    claim: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<BulkJob>`UPDATE bulk_job SET state = 'running',
            started_at = coalesce(started_at, ${now()})
          WHERE id = (SELECT id FROM bulk_job WHERE state = 'queued' ORDER BY id
            LIMIT 1 FOR UPDATE SKIP LOCKED)
          RETURNING ${columns}`.execute(base.db);
        return rows[0];
      });
    },
    requeue: (ctx, unloaded) => {
      requireAll(ctx);
      return reading(async () => {
        await sql`UPDATE bulk_job SET state = 'queued' WHERE state = 'running'`.execute(base.db);
        await sql`DELETE FROM bulk_row r USING bulk_job j
          WHERE r.job_id = j.id AND j.state = 'loading'`.execute(base.db);
        await sql`UPDATE bulk_job SET state = 'failed', error = ${JSON.stringify(unloaded)}::jsonb,
          finished_at = ${now()} WHERE state = 'loading'`.execute(base.db);
      });
    },
    forget: (ctx, before) => {
      requireAll(ctx);
      return reading(async () => {
        const { numAffectedRows } = await sql`UPDATE bulk_row SET wrapped = NULL, wrapping_key = NULL
          WHERE wrapped IS NOT NULL AND job_id IN (SELECT id FROM bulk_job
            WHERE finished_at < ${before} AND state = ANY(${[...ended]}))`.execute(base.db);
        return Number(numAffectedRows ?? 0);
      });
    },
  };
}

type Rows = 'addRows' | 'waiting' | 'settle' | 'failedRows';

function rowsOf(base: Base): Pick<BulkJobRepository, Rows> {
  const asked = <T>(ctx: AccessContext, work: () => Promise<T>): Promise<T> => {
    requireAll(ctx);
    return reading(work);
  };
  return {
    addRows: (ctx, id, rows) =>
      asked(ctx, async () => {
        const given = rows.map(({ line, sealed, code, detail }) => ({
          ...{ line, code, detail, outcome: code === '' ? 'waiting' : 'failed' },
          wrapped: sealed && Buffer.from(sealed.wrapped).toString('hex'),
          wrappingKey: sealed?.wrappingKey ?? null,
        }));
        await sql`INSERT INTO bulk_row (job_id, line, outcome, code, detail, wrapped, wrapping_key)
          SELECT ${id}, line, outcome, code, detail, decode(wrapped, 'hex'), "wrappingKey"
          FROM json_to_recordset(${JSON.stringify(given)}::json) AS x(line int, outcome text, code text,
            detail text, wrapped text, "wrappingKey" text)
          ON CONFLICT (job_id, line) DO NOTHING`.execute(base.db);
      }),
    waiting: (ctx, id, limit) => {
      requireKeys(ctx);
      return reading(async () => {
        const { rows } = await sql<WaitingBulkRow>`SELECT line, wrapped, wrapping_key FROM bulk_row
          WHERE job_id = ${id} AND outcome = 'waiting' ORDER BY line LIMIT ${limitOf(limit)}`.execute(
          base.db,
        );
        return rows;
      });
    },
    settle: (ctx, id, outcomes) =>
      asked(ctx, () =>
        base.db.transaction().execute(async (db) => {
          await sql`UPDATE bulk_row r SET name = x.name, code = x.code, detail = x.detail,
              outcome = CASE WHEN x.code = '' THEN 'done' ELSE 'failed' END,
              wrapped = CASE WHEN x.code = '' THEN NULL ELSE r.wrapped END,
              wrapping_key = CASE WHEN x.code = '' THEN NULL ELSE r.wrapping_key END
            FROM json_to_recordset(${JSON.stringify(outcomes)}::json)
              AS x(line int, name text, code text, detail text)
            WHERE r.job_id = ${id} AND r.line = x.line`.execute(db);
          return counted(db, id);
        }),
      ),
    failedRows: (ctx, id, afterLine, limit) =>
      asked(ctx, async () => {
        const { rows } = await sql<BulkOutcome>`SELECT line, name, code, detail FROM bulk_row
          WHERE job_id = ${id} AND outcome = 'failed' AND line > ${afterLine}
          ORDER BY line LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      }),
  };
}

/** Jobs with their rows. */
export function bulkJobRepository(base: Base): BulkJobRepository {
  return {
    ...states(base),
    ...rowsOf(base),
    get: (ctx, id) => {
      requireAll(ctx);
      return reading(() => get(base.db, id));
    },
    list: (ctx, query = {}) => {
      requireAll(ctx);
      const from = sql`bulk_job`;
      const match = query.q ? sql`lower(name) LIKE ${containing(query.q)}` : sql`true`;
      return newestFirst<BulkJob>(
        base,
        { select: sql`SELECT ${columns} FROM ${from}`, from, id: 'id' },
        match,
        query,
      );
    },
  };
}
