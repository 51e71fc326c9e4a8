/** File imports: their state, their position, their queue. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { ImportJobInput, ImportJobPatch, ImportJobRepository } from '../store.ts';
import type { ImportJob, ImportState, ListQuery, Page } from '../types.ts';
import { type Base, containing, newestFirst, reading, requireAll } from './base.ts';

const columns = sql.raw(
  'id, name, format, bytes, sha256, dry_run, state, progress, mapping, options, counts, position, ' +
    'spool, rejects, error, created_by, created_at, started_at, finished_at',
);
const jsonFields = new Set(['mapping', 'options', 'counts', 'position', 'error']);
const patchFields = new Set([...jsonFields, ...['bytes', 'sha256', 'progress', 'spool', 'rejects']]);

function assignments(patch: ImportJobPatch): RawBuilder<unknown>[] {
  return Object.entries(patch).flatMap(([field, value]) => {
    if (value === undefined) return [];
    if (!patchFields.has(field)) throw registryErrors.BAD_VALUE(`import_job has no field "${field}"`);
    const stored = jsonFields.has(field) && value !== null ? JSON.stringify(value) : value;
    return [sql`${sql.raw(field)} = ${stored}`];
  });
}

function listJobs(base: Base, query: ListQuery & { state?: ImportState }): Promise<Page<ImportJob>> {
  const parts = [query.q ? sql`lower(name) LIKE ${containing(query.q)}` : sql`true`];
  if (query.state) parts.push(sql`state = ${query.state}`);
  const from = sql`import_job`;
  const jobs = { select: sql`SELECT ${columns} FROM ${from}`, from, id: 'id' };
  return newestFirst<ImportJob>(base, jobs, sql.join(parts, sql` AND `), query);
}

function insertJob(base: Base, ctx: AccessContext, job: ImportJobInput): Promise<ImportJob> {
  const mapping = job.mapping === undefined ? null : JSON.stringify(job.mapping);
  return reading(async () => {
    const { rows } = await sql<ImportJob>`INSERT INTO import_job
          (name, format, bytes, sha256, dry_run, mapping, options, spool, rejects, created_by, created_at)
          VALUES (${job.name}, ${job.format}, ${job.bytes ?? 0}, ${job.sha256 ?? ''}, ${job.dryRun ?? false},
            ${mapping}, ${JSON.stringify(job.options ?? {})}, ${job.spool ?? ''}, ${job.rejects ?? ''},
            ${ctx.actor.id}, ${new Date(base.clock.nowMs())}) RETURNING ${columns}`.execute(base.db);
    return rows[0]!;
  });
}

function one(rows: ImportJob[], id: number): ImportJob {
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`import ${id}`);
  return rows[0];
}

export function importJobRepository(base: Base): ImportJobRepository {
  const now = () => new Date(base.clock.nowMs());
  const get: ImportJobRepository['get'] = (ctx, id) => {
    requireAll(ctx);
    return reading(async () => {
      const { rows } = await sql<ImportJob>`SELECT ${columns} FROM import_job WHERE id = ${id}`.execute(
        base.db,
      );
      return one(rows, id);
    });
  };
  return {
    get,
    create: (ctx, job) => {
      requireAll(ctx);
      return insertJob(base, ctx, job);
    },
    list: (ctx, query = {}) => {
      requireAll(ctx);
      return listJobs(base, query);
    },
    ofFiles: (ctx, spools) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ImportJob>`SELECT ${columns} FROM import_job
          WHERE spool = ANY(${[...spools]})`.execute(base.db);
        return rows;
      });
    },
    update: (ctx, id, patch) => {
      requireAll(ctx);
      const set = assignments(patch);
      if (set.length === 0) return get(ctx, id);
      return reading(async () => {
        const { rows } = await sql<ImportJob>`UPDATE import_job SET ${sql.join(set)} WHERE id = ${id}
          RETURNING ${columns}`.execute(base.db);
        return one(rows, id);
      });
    },
    transition: async (ctx, id, from, to, patch = {}) => {
      requireAll(ctx);
      const ended = to === 'done' || to === 'failed' || to === 'cancelled';
      const set = [
        sql`state = ${to}`,
        to === 'running' ? sql`started_at = ${now()}` : sql`started_at = started_at`,
        sql`finished_at = ${ended ? now() : null}`,
        ...assignments(patch),
      ];
      const changed = await reading(async () => {
        const { rows } = await sql<ImportJob>`UPDATE import_job SET ${sql.join(set)}
          WHERE id = ${id} AND state = ANY(${[...from]}) RETURNING ${columns}`.execute(base.db);
        return rows[0];
      });
      if (changed !== undefined) return changed;
      const { state } = await get(ctx, id);
      throw registryErrors.IMPORT_STATE(`import ${id} is ${state}, not ${from.join(' or ')}`);
    },
    claim: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ImportJob>`UPDATE import_job SET state = 'running', finished_at = NULL,
            started_at = coalesce(started_at, ${now()})
          WHERE id = (SELECT id FROM import_job WHERE state = 'queued' ORDER BY id
            LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ${columns}`.execute(base.db);
        return rows[0];
      });
    },
    requeue: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql`UPDATE import_job SET state = 'queued' WHERE state = 'running'
          RETURNING id`.execute(base.db);
        return rows.length;
      });
    },
  };
}
