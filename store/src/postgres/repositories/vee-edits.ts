/** Edits of readings: who changed what, why, who let it through, and how it was before. */
import type { AccessContext } from '@openami/model';
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { EditInput, EditRepository, VeeEdit } from '../vee-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, isSecondPerson, newestFirst, reading, requireAll } from './base.ts';
import { madeOnce } from './keyed-jobs.ts';

const editSql = sql.raw(`SELECT e.id, e.key, e.channel_id, e.first_end, e.last_end, e.action, e.method,
  e.reason, e.before, e.after, e.change, e.undoes, u.id AS undone_by, e.state, e.requested_by,
  e.requested_person, e.requested_at, e.decided_by, e.decided_at, e.decision_note, e.version
  FROM vee_edit e LEFT JOIN vee_edit u ON u.undoes = e.id AND u.state <> 'refused'`);

async function find(db: Base['db'] | Work, id: number): Promise<VeeEdit> {
  const { rows } = await sql<VeeEdit>`${editSql} WHERE e.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`edit ${id}`);
  return rows[0];
}

function noteOf(action: string, edit: VeeEdit, data: Record<string, unknown> = {}): Noted {
  const { id, channelId, firstEnd, lastEnd, reason, change } = edit;
  return {
    action,
    objectKind: 'vee_edit',
    objectId: String(id),
    data: { channelId, firstEnd, lastEnd, kind: edit.action, reason, change, ...data },
  };
}

async function insert(db: Work, by: string, now: Date, input: EditInput): Promise<number | undefined> {
  const ends = input.after.map(({ end }) => end);
  if (ends.length === 0) throw registryErrors.BAD_VALUE('an edit changes at least one interval');
  const { rows } = await sql<{ id: number }>`INSERT INTO vee_edit (key, channel_id, first_end, last_end,
      action, method, reason, before, after, change, undoes, state, requested_by,
      requested_person, requested_at)
    VALUES (${input.key}, ${input.channelId}, ${Math.min(...ends)}, ${Math.max(...ends)}, ${input.action},
      ${input.method}, ${input.reason}, ${JSON.stringify(input.before)}::jsonb,
      ${JSON.stringify(input.after)}::jsonb, ${input.change},
      ${input.undoes ?? null}::int, ${input.state},
      ${by}, ${input.requestedPerson}, ${now})
    ON CONFLICT (requested_by, key) DO NOTHING RETURNING id`.execute(db);
  return rows[0]?.id;
}

async function ofKey(base: Base, ctx: AccessContext, key: string): Promise<VeeEdit | undefined> {
  requireAll(ctx);
  return reading(async () => {
    const { rows } = await sql<VeeEdit>`${editSql}
      WHERE e.requested_by = ${ctx.actor.id} AND e.key = ${key}`.execute(base.db);
    return rows[0];
  });
}

const create = (base: Base): EditRepository['create'] => {
  return async (ctx, input) => {
    const { made, created } = await madeOnce<VeeEdit>(base, ctx, {
      insert: (db, now) => insert(db, ctx.actor.id, now, input),
      kept: () => ofKey(base, ctx, input.key),
      note: (edit) => noteOf('request', edit, { state: edit.state }),
      find,
    });
    return { edit: made, created };
  };
};

const decide = (base: Base): EditRepository['decide'] => {
  return async (ctx, id, decision, note) => {
    const to = decision === 'approved' ? 'applying' : 'refused';
    return changing(
      base,
      ctx,
      async (db, now) => {
        const { numAffectedRows } = await sql`UPDATE vee_edit SET state = ${to},
            decided_by = ${ctx.actor.id}, decided_at = ${now}, decision_note = ${note}, version = version + 1
          WHERE id = ${id} AND state = 'pending' AND ${isSecondPerson(ctx)}`.execute(db);
        if (numAffectedRows !== 1n) {
          await find(db, id);
          throw registryErrors.EDIT_DECIDED(`edit ${id}`);
        }
        return find(db, id);
      },
      (edit) => noteOf(decision === 'approved' ? 'approve' : 'refuse', edit, { note }),
    );
  };
};

export function editRepository(base: Base): EditRepository {
  return {
    create: create(base),
    decide: decide(base),
    ofKey: (ctx, key) => ofKey(base, ctx, key),
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const channel = query.channelId === undefined ? sql`true` : sql`e.channel_id = ${query.channelId}`;
      const state = query.state === undefined ? sql`true` : sql`e.state = ${query.state}`;
      const list = { select: editSql, from: sql`vee_edit e`, id: 'e.id' };
      return newestFirst<VeeEdit>(base, list, sql`${channel} AND ${state}`, query);
    },
    ofPerson: async (ctx, person, channelId, since) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<VeeEdit>`SELECT * FROM (${editSql}
            WHERE e.channel_id = ${channelId} AND e.requested_person = ${person}
              AND e.requested_at >= ${since} AND e.state IN ('applying', 'applied')
            ORDER BY e.id DESC LIMIT 1000) newest ORDER BY id`.execute(base.db);
        return rows;
      });
    },
    applied: async (ctx, id) => {
      return changing(
        base,
        ctx,
        async (db) => {
          await sql`UPDATE vee_edit SET state = 'applied', version = version + 1
            WHERE id = ${id} AND state = 'applying'`.execute(db);
          return find(db, id);
        },
        (edit) => noteOf('apply', edit),
      );
    },
    applying: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<VeeEdit>`${editSql} WHERE e.state = 'applying'
          ORDER BY e.id LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
  };
}
