/** Events of tariffs: declared, withdrawn before they begin, and never forgotten. */
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { TariffEvent, TariffEventRepository } from '../price-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, NothingToDo, newestFirst, reading, requireAll, unlessNothing } from './base.ts';

const from = sql`tariff_event e JOIN tariff t ON t.id = e.tariff_id`;
const select = sql`SELECT e.id, t.code AS tariff, e.event, e.from_s::float8 AS from_s,
  e.to_s::float8 AS to_s, e.reason, e.declared_by, e.declared_s::float8 AS declared_s, e.withdrawn_by,
  e.withdrawn_s::float8 AS withdrawn_s, e.withdrawn_reason FROM ${from}`;

async function all(db: Base['db'] | Work, match: RawBuilder<unknown>): Promise<TariffEvent[]> {
  const { rows } = await sql<TariffEvent>`${select} WHERE ${match} ORDER BY e.from_s, e.id
    LIMIT 10000`.execute(db);
  return rows;
}

async function find(db: Base['db'] | Work, id: number): Promise<TariffEvent> {
  const [found] = await all(db, sql`e.id = ${id}`);
  if (found === undefined) throw registryErrors.NOT_FOUND(`event ${id}`);
  return found;
}

function noteOf(action: string, { id, tariff, event, fromS, toS, ...more }: TariffEvent): Noted {
  const reason = action === 'withdraw' ? more.withdrawnReason : more.reason;
  const data = { tariff, event, fromS, toS, reason };
  return { action, objectKind: 'tariff_event', objectId: String(id), data };
}

const declare = (base: Base): TariffEventRepository['declare'] => {
  return async (ctx, { tariff, event, fromS, toS, reason, key }, check) => {
    const { id: actorId, name } = ctx.actor;
    const repeated = sql`e.declared_id = ${actorId} AND e.key = ${key}`;
    const made = await unlessNothing(() =>
      changing(
        base,
        ctx,
        async (db, now) => {
          // one after the other, so that two at once do not go over the limit together
          const { rows } = await sql<{ id: number }>`SELECT id FROM tariff WHERE code = ${tariff}
            FOR UPDATE`.execute(db);
          if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`tariff ${tariff}`);
          if ((await all(db, repeated)).length > 0) throw new NothingToDo();
          const { id } = rows[0];
          const held = sql`e.tariff_id = ${id} AND e.event = ${event} AND e.withdrawn_s IS NULL`;
          check(await all(db, held));
          const { rows: added } = await sql<{ id: number }>`INSERT INTO tariff_event
              (tariff_id, event, from_s, to_s, reason, key, declared_id, declared_by, declared_s)
            VALUES (${id}, ${event}, ${fromS}, ${toS}, ${reason}, ${key}, ${actorId}, ${name},
              ${Math.floor(now.getTime() / 1_000)}) RETURNING id`.execute(db);
          return find(db, added[0]!.id);
        },
        (one) => noteOf('declare', one),
      ),
    );
    if (made !== undefined) return { event: made, created: true };
    return reading(async () => ({ event: (await all(base.db, repeated))[0]!, created: false }));
  };
};

export function tariffEventRepository(base: Base): TariffEventRepository {
  return {
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const match = sql.join(
        [
          query.tariff === undefined ? sql`true` : sql`t.code = ${query.tariff}`,
          query.event === undefined ? sql`true` : sql`e.event = ${query.event}`,
        ],
        sql` AND `,
      );
      return newestFirst<TariffEvent>(base, { select, from, id: 'e.id' }, match, query);
    },
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    declare: declare(base),
    withdraw: async (ctx, id, reason) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const atS = Math.floor(now.getTime() / 1_000);
          const { numAffectedRows } = await sql`UPDATE tariff_event SET withdrawn_s = ${atS},
              withdrawn_by = ${ctx.actor.name}, withdrawn_reason = ${reason}
            WHERE id = ${id} AND withdrawn_s IS NULL AND from_s > ${atS}`.execute(db);
          const found = await find(db, id);
          if (numAffectedRows === 1n) return found;
          const why = found.withdrawnS !== null ? 'is withdrawn already' : 'has begun';
          throw registryErrors.EVENT_BEGAN(`event ${id} of ${found.tariff} ${why}`);
        },
        (one) => noteOf('withdraw', one),
      ),
    known: async (ctx, tariffs, { fromS, toS }, knownS) => {
      requireAll(ctx);
      return reading(() =>
        all(
          base.db,
          sql`t.code = ANY(${[...tariffs]}::text[]) AND e.from_s < ${toS} AND e.to_s > ${fromS}
            AND e.declared_s <= ${knownS} AND (e.withdrawn_s IS NULL OR e.withdrawn_s > ${knownS})`,
        ),
      );
    },
  };
}
