/** Rotations of keys: each step and the changes of keys that belong to it are one transaction. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { KeyRotation, RotationCount, RotationRepository } from '../key-store.ts';
import type { Noted } from './audit-chain.ts';
import { type Base, limitOf, reading, requireAll, writing } from './base.ts';
import { addKeys, moveKeys, movesNote } from './keys.ts';

const columns = sql.raw(
  'id, meter_id, (SELECT serial FROM meter m WHERE m.id = meter_id) AS serial, batch, what, state, step, ' +
    'progress, error, version, created_by, created_at, updated_at, finished_at',
);

function note(action: string, data: Record<string, unknown> = {}) {
  return (rotation: KeyRotation): Noted => ({
    action,
    objectKind: 'key_rotation',
    objectId: String(rotation.id),
    data: {
      meterId: rotation.meterId,
      what: rotation.what,
      state: rotation.state,
      step: rotation.step,
      ...data,
    },
  });
}

async function one(base: Base, ctx: AccessContext, id: number): Promise<KeyRotation> {
  requireAll(ctx);
  return reading(async () => {
    const { rows } = await sql<KeyRotation>`SELECT ${columns} FROM key_rotation WHERE id = ${id}`.execute(
      base.db,
    );
    if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`key rotation ${id}`);
    return rows[0];
  });
}

const begin = (base: Base): RotationRepository['begin'] => {
  return async (ctx, { meterId, batch = '', what, step, progress }) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    try {
      return await writing(
        base,
        ctx,
        async (db) => {
          const { rows } = await sql<KeyRotation>`INSERT INTO key_rotation
            (meter_id, batch, what, step, progress, created_by, created_at, updated_at)
            VALUES (${meterId}, ${batch}, ${what}, ${step}, ${JSON.stringify(progress)}, ${ctx.actor.id},
              ${now}, ${now})
            RETURNING ${columns}`.execute(db);
          return rows[0]!;
        },
        note('begin'),
      );
    } catch (error) {
      if ((error as { code?: string }).code !== 'ALREADY_EXISTS') throw error;
      throw registryErrors.ROTATION_BUSY(`meter ${meterId}`, {}, error);
    }
  };
};

const advance = (base: Base): RotationRepository['advance'] => {
  return async (ctx, id, ifVersion, change) => {
    requireAll(ctx);
    const { state, step, progress, error = null, add = [], moves = [] } = change;
    const nowMs = base.clock.nowMs();
    const now = new Date(nowMs);
    const added = add.map(({ kind, version }) => `${kind} ${version}`);
    return writing(
      base,
      ctx,
      async (db) => {
        const { rows } = await sql<KeyRotation>`UPDATE key_rotation SET state = ${state}, step = ${step},
          progress = ${JSON.stringify(progress)}, error = ${error === null ? null : JSON.stringify(error)},
          version = version + 1, updated_at = ${now},
          finished_at = ${state === 'running' ? null : now}
          WHERE id = ${id} AND version = ${ifVersion} AND state = 'running' RETURNING ${columns}`.execute(db);
        if (rows[0] === undefined) throw registryErrors.ROTATION_BUSY(`key rotation ${id} has moved on`);
        const { meterId } = rows[0];
        const stray = [...add, ...moves].find((key) => key.meterId !== meterId);
        if (stray) throw registryErrors.KEY_STATE(`a key of meter ${stray.meterId}, not ${meterId}`);
        await moveKeys(db, nowMs, moves);
        if (add.length > 0) await addKeys(db, ctx, nowMs, add);
        return rows[0];
      },
      note('advance', { added, ...movesNote(moves), ...(error ? { error: error.code } : {}) }),
    );
  };
};

export function rotationRepository(base: Base): RotationRepository {
  return {
    begin: begin(base),
    advance: advance(base),
    get: (ctx, id) => one(base, ctx, id),
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const parts: RawBuilder<unknown>[] = [sql`true`];
      if (query.meterId !== undefined) parts.push(sql`meter_id = ${query.meterId}`);
      if (query.state !== undefined) parts.push(sql`state = ${query.state}`);
      if (query.batch !== undefined) parts.push(sql`batch = ${query.batch}`);
      if (query.beforeId !== undefined) parts.push(sql`id < ${query.beforeId}`);
      return reading(async () => {
        const { rows } = await sql<KeyRotation>`SELECT ${columns} FROM key_rotation
          WHERE ${sql.join(parts, sql` AND `)} ORDER BY id DESC LIMIT ${limitOf(query.limit)}`.execute(
          base.db,
        );
        return rows;
      });
    },
    due: async (ctx, { nowS, afterId, limit }) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<KeyRotation>`SELECT ${columns} FROM key_rotation
          WHERE state = 'running' AND id > ${afterId}
            AND (step <> 'grace' OR (progress->>'graceUntilS')::float8 <= ${nowS})
          ORDER BY id LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      });
    },
    progress: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<RotationCount>`SELECT batch, state, step, count(*) AS count,
            min(min(created_at)) OVER (PARTITION BY batch) AS begun_at
          FROM key_rotation WHERE batch = '' OR batch IN (SELECT batch FROM key_rotation WHERE batch <> ''
            GROUP BY batch ORDER BY max(id) DESC LIMIT 20)
          GROUP BY batch, state, step ORDER BY begun_at DESC, batch, state, step`.execute(base.db);
        return rows;
      });
    },
  };
}
