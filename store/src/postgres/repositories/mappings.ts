/** Mappings of messages of other people's devices: versions are added, none is changed. */
import type { AccessContext } from '@openami/model';
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { MappingRepository, StoredMapping } from '../store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, reading, requireAll } from './base.ts';

const columns = sql.raw('id, version, text, parameters, changed_at');
const newest = sql.raw(`SELECT DISTINCT ON (id) * FROM message_mapping ORDER BY id, version DESC`);

export function mappingRepository(base: Base): MappingRepository {
  const change = (
    ctx: AccessContext,
    id: string,
    action: string,
    work: (db: Work, now: Date) => Promise<StoredMapping>,
  ) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        // one at a time: versions have no gaps, and who reads up to a number misses none before it
        await sql`LOCK TABLE message_mapping IN EXCLUSIVE MODE`.execute(db);
        return work(db, now);
      },
      ({ version }) => ({ action, objectKind: 'message_mapping', objectId: id, data: { version } }),
    );
  return {
    revision: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{
          seq: number;
        }>`SELECT coalesce(max(seq), 0)::int AS seq FROM message_mapping`.execute(base.db);
        return rows[0]!.seq;
      });
    },
    list: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<StoredMapping>`SELECT ${columns} FROM (${newest}) n
          WHERE NOT removed ORDER BY seq`.execute(base.db);
        return rows;
      });
    },
    put: (ctx, { id, text, parameters }) =>
      change(ctx, id, 'put', async (db, now) => {
        const { rows } = await sql<StoredMapping>`INSERT INTO message_mapping
          (id, version, text, parameters, changed_at) SELECT ${id}, coalesce(max(version), 0) + 1,
            ${text}, ${JSON.stringify(parameters)}::jsonb, ${now}::timestamptz
          FROM message_mapping WHERE id = ${id} RETURNING ${columns}`.execute(db);
        return rows[0]!;
      }),
    remove: async (ctx, id) => {
      await change(ctx, id, 'remove', async (db, now) => {
        const { rows } = await sql<StoredMapping>`INSERT INTO message_mapping
          (id, version, removed, changed_at) SELECT id, version + 1, true, ${now}::timestamptz
          FROM (${newest}) n WHERE id = ${id} AND NOT removed RETURNING ${columns}`.execute(db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`mapping ${id}`);
        return rows[0];
      });
    },
  };
}
