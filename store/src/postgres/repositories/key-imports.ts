/** Imports of key files: what came of them, and which rows were refused and why. */
import { sql } from 'kysely';
import type { KeyImportRecord, KeyImportRepository } from '../key-store.ts';
import { type Base, changing, limitOf, reading, requireAll } from './base.ts';

const columns = sql.raw('id, name, counts, rejects, error, imported_by, imported_at');

export function keyImportRepository(base: Base): KeyImportRepository {
  return {
    add: async (ctx, { name, counts, rejects, error }) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<KeyImportRecord>`INSERT INTO key_import
              (name, counts, rejects, error, imported_by, imported_at)
            VALUES (${name}, ${JSON.stringify(counts)}, ${JSON.stringify(rejects)},
              ${error === null ? null : JSON.stringify(error)}, ${ctx.actor.id}, ${now})
            RETURNING ${columns}`.execute(db);
          return rows[0]!;
        },
        ({ id }) => ({
          action: 'import',
          objectKind: 'key_import',
          objectId: String(id),
          data: { name, ...counts, ...(error ? { error: error.code } : {}) },
        }),
      );
    },
    list: async (ctx, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<KeyImportRecord>`SELECT ${columns} FROM key_import
          ORDER BY id DESC LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      });
    },
  };
}
