/** Saved views, settings and leases. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { LeaseRepository, RegistryStore } from '../store.ts';
import type { SavedView } from '../types.ts';
import { type Base, reading, requireAll } from './base.ts';

export function viewRepository(base: Base): RegistryStore['views'] {
  return {
    list: (ctx) =>
      reading(() =>
        base.db
          .selectFrom('savedView')
          .selectAll()
          .where((where) => where.or([where('owner', '=', ctx.actor.id), where('shared', '=', true)]))
          .orderBy('name')
          .orderBy('id')
          .execute(),
      ),
    save: (ctx, { name, query, shared = false }): Promise<SavedView> =>
      reading(() =>
        base.db
          .insertInto('savedView')
          .values({ owner: ctx.actor.id, name, query, shared })
          .onConflict((conflict) => conflict.columns(['owner', 'name']).doUpdateSet({ query, shared }))
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    remove: (ctx, id) =>
      reading(async () => {
        const { numDeletedRows } = await base.db
          .deleteFrom('savedView')
          .where('id', '=', id)
          .where('owner', '=', ctx.actor.id)
          .executeTakeFirst();
        if (numDeletedRows === 0n) throw registryErrors.NOT_FOUND(`view ${id} of yours`);
      }),
  };
}

export function settingRepository(base: Base): RegistryStore['settings'] {
  return {
    get: <T>(ctx: Parameters<RegistryStore['settings']['get']>[0], key: string) => {
      requireAll(ctx);
      return reading(async () => {
        const row = await base.db
          .selectFrom('setting')
          .select('value')
          .where('key', '=', key)
          .executeTakeFirst();
        return row?.value as T | undefined;
      });
    },
    set: (ctx, key, given) => {
      requireAll(ctx);
      const value = JSON.stringify(given);
      return reading(async () => {
        await base.db
          .insertInto('setting')
          .values({ key, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute();
      });
    },
    all: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const rows = await base.db.selectFrom('setting').selectAll().execute();
        return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
      });
    },
  };
}

/** Time is the database's: holders on several machines agree on it. */
export function leaseRepository(base: Base): LeaseRepository {
  return {
    acquire: (_ctx, name, holder, ttlMs) =>
      reading(async () => {
        const until = sql`clock_timestamp() + ${ttlMs}::float8 * interval '1 millisecond'`;
        const { rows } =
          await sql`INSERT INTO lease (name, holder, expires_at) VALUES (${name}, ${holder}, ${until})
          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
          WHERE lease.holder = excluded.holder OR lease.expires_at <= clock_timestamp()
          RETURNING name`.execute(base.db);
        return rows.length === 1;
      }),
    renew: (_ctx, name, holder, ttlMs) =>
      reading(async () => {
        const { numAffectedRows } = await sql`UPDATE lease
          SET expires_at = clock_timestamp() + ${ttlMs}::float8 * interval '1 millisecond'
          WHERE name = ${name} AND holder = ${holder}`.execute(base.db);
        return numAffectedRows === 1n;
      }),
    release: (_ctx, name, holder) =>
      reading(async () => {
        await sql`DELETE FROM lease WHERE name = ${name} AND holder = ${holder}`.execute(base.db);
      }),
    holder: (_ctx, name) =>
      reading(async () => {
        const { rows } = await sql<{ holder: string }>`SELECT holder FROM lease
          WHERE name = ${name} AND expires_at > clock_timestamp()`.execute(base.db);
        return rows[0]?.holder;
      }),
  };
}
