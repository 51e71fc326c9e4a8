/** Meter keys: kept wrapped, handed out for the purpose `keys` only, every change and use audited. */
import {
  type AccessContext,
  type DataKeyStore,
  type KeyMove,
  type KeyPlace,
  type KeyQuery,
  type KeyState,
  keyName,
  type MeterKey,
  type NewKey,
  rotateAtCounter,
  type SealedKey,
} from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { KeySummary, MeterKeyRepository } from '../key-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, reading, requireAll, writing } from './base.ts';
import { agesOf } from './key-ages.ts';

const maxMeters = 10_000;

const columns = sql.raw(
  "meter_id, kind, version, state, suite, coalesce(wrapping_key, '') AS wrapping_key, origin, created_by, " +
    'created_at, activated_at, proven_at, retired_at',
);

/** From which state a key may go to which. */
const ways: Readonly<Record<KeyState, readonly KeyState[]>> = {
  staged: ['active', 'retired'],
  // Back to `staged`: the meter fell back to the key before.
  active: ['previous', 'staged'],
  previous: ['active', 'retired'],
  retired: [],
};
/** States are left before they are taken: at most one key of a kind is in each. */
const rank: Readonly<Record<KeyState, number>> = { retired: 0, previous: 1, staged: 2, active: 3 };

const nameOf = ({ meterId, kind, version }: KeyPlace) => `key ${kind} ${version} of meter ${meterId}`;

/** Raises OUT_OF_SCOPE, or KEY_PURPOSE for any purpose but `keys`. */
export function requireKeys(ctx: AccessContext): void {
  requireAll(ctx);
  if (ctx.purpose !== 'keys') throw registryErrors.KEY_PURPOSE(`the purpose is ${ctx.purpose}`);
}

function matching(query: KeyQuery): RawBuilder<unknown> {
  const { meterIds, kinds, states } = query;
  if (meterIds.length > maxMeters) throw registryErrors.BAD_VALUE(`more than ${maxMeters} meters at once`);
  const parts: RawBuilder<unknown>[] = [sql`meter_id = ANY(${[...meterIds]}::int[])`];
  if (kinds) parts.push(sql`kind = ANY(${[...kinds]}::text[])`);
  parts.push(states ? sql`state = ANY(${[...states]}::text[])` : sql`state <> 'retired'`);
  return sql.join(parts, sql` AND `);
}

/** What a change of many keys says in the audit trail: which, and never what. */
function noteOf(action: string, keys: readonly KeyPlace[], data: Record<string, unknown> = {}): Noted {
  const meters = new Set(keys.map(({ meterId }) => meterId));
  const named = keys.slice(0, 100).map(keyName);
  const objectId = meters.size === 1 ? String(keys[0]!.meterId) : '';
  return { action, objectKind: 'meter_key', objectId, data: { count: keys.length, keys: named, ...data } };
}

/** Inserts keys with their counters. Kinds that encrypt carry the counter of the version before on. */
export async function addKeys(db: Work, ctx: AccessContext, nowMs: number, keys: readonly NewKey[]) {
  const now = new Date(nowMs);
  const rows = keys.map((key) => ({ ...key, wrapped: Buffer.from(key.wrapped).toString('hex') }));
  const { rows: added } = await sql`INSERT INTO meter_key (meter_id, kind, version, state, suite, wrapped,
      wrapping_key, origin, created_by, created_at, activated_at)
    SELECT x."meterId", x.kind, x.version, x.state, x.suite, decode(x.wrapped, 'hex'), x."wrappingKey",
      x.origin, ${ctx.actor.id}, ${now}::timestamptz,
      CASE WHEN x.state = 'active' THEN ${now}::timestamptz END
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("meterId" int, kind text, version int,
      state text, suite int, wrapped text, "wrappingKey" text, origin text)
    WHERE x.version = 1 OR EXISTS (SELECT FROM meter_key k
      WHERE k.meter_id = x."meterId" AND k.kind = x.kind AND k.version = x.version - 1)
    RETURNING version`.execute(db);
  if (added.length !== keys.length) throw registryErrors.KEY_STATE('a version was left out');
  // A meter that keeps its counter over a change of key would refuse to go back; one that does not, does not
  // mind. Past the half, where the key is due for its counter, the new one starts again.
  await sql`INSERT INTO invocation_counter (meter_id, kind, version, reserved_to)
    SELECT x."meterId", x.kind, x.version, coalesce((SELECT max(c.reserved_to) FROM invocation_counter c
      WHERE c.meter_id = x."meterId" AND c.kind = x.kind AND c.reserved_to < ${rotateAtCounter}), 0)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("meterId" int, kind text, version int)
    WHERE x.kind IN ('guek', 'gbek')`.execute(db);
}

/** Changes states in an order in which no two keys of a kind ever share one. */
export async function moveKeys(db: Work, nowMs: number, moves: readonly KeyMove[]): Promise<void> {
  const now = new Date(nowMs);
  for (const move of [...moves].sort((a, b) => rank[a.to] - rank[b.to])) {
    const { meterId, kind, version, from, to } = move;
    if (!ways[from].includes(to)) throw registryErrors.KEY_STATE(`${nameOf(move)}: ${from} to ${to}`);
    const { numAffectedRows } = await sql`UPDATE meter_key SET state = ${to},
      wrapped = CASE WHEN ${to} = 'retired' THEN NULL ELSE wrapped END,
      wrapping_key = CASE WHEN ${to} = 'retired' THEN NULL ELSE wrapping_key END,
      activated_at = CASE WHEN ${to} = 'active' THEN ${now}::timestamptz ELSE activated_at END,
      retired_at = CASE WHEN ${to} = 'retired' THEN ${now}::timestamptz END
      WHERE meter_id = ${meterId} AND kind = ${kind} AND version = ${version} AND state = ${from}`.execute(
      db,
    );
    if (numAffectedRows !== 1n) throw registryErrors.KEY_STATE(`${nameOf(move)} is not ${from}`);
  }
}

/** The states moved through, for the audit trail. */
export function movesNote(moves: readonly KeyMove[]): Record<string, unknown> {
  return { moves: moves.map(({ kind, version, from, to }) => `${kind} ${version}: ${from} → ${to}`) };
}

type SealedRow = Omit<SealedKey, 'wrapped'> & { readonly wrapped: Buffer };

export function meterKeyRepository(base: Base): MeterKeyRepository {
  const sealed = (where: RawBuilder<unknown>, db: Work) =>
    sql<SealedRow>`SELECT ${columns}, wrapped FROM meter_key WHERE ${where}`.execute(db);
  return {
    list: async (ctx, query) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<MeterKey>`SELECT ${columns} FROM meter_key WHERE ${matching(query)}
          ORDER BY meter_id, kind, version`.execute(base.db);
        return rows;
      });
    },
    summary: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<KeySummary>`SELECT kind, state, suite, count(*) AS count,
          min(created_at) AS oldest_at FROM meter_key
          GROUP BY kind, state, suite ORDER BY kind, state, suite`.execute(base.db);
        return rows;
      });
    },
    ...agesOf(base),
    newest: async (ctx, meterIds) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<KeyPlace>`SELECT meter_id, kind, max(version) AS version FROM meter_key
          WHERE meter_id = ANY(${[...meterIds]}::int[]) GROUP BY meter_id, kind`.execute(base.db);
        return rows;
      });
    },
    unwrap: async (ctx, query) => {
      requireKeys(ctx);
      const where = sql`${matching(query)} AND wrapped IS NOT NULL ORDER BY meter_id, kind, version`;
      return writing(
        base,
        ctx,
        async (db) => (await sealed(where, db)).rows,
        (rows) => noteOf('unwrap', rows),
      );
    },
    add: async (ctx, keys) => {
      requireAll(ctx);
      if (keys.length === 0) return;
      await writing(
        base,
        ctx,
        (db) => addKeys(db, ctx, base.clock.nowMs(), keys),
        () => noteOf('add', keys),
      );
    },
    move: async (ctx, moves) => {
      requireAll(ctx);
      if (moves.length === 0) return;
      await writing(
        base,
        ctx,
        (db) => moveKeys(db, base.clock.nowMs(), moves),
        () => noteOf('move', moves, movesNote(moves)),
      );
    },
    ...resealing(base, sealed),
  };
}

/** What a change of the data key needs: read what is under the old one, put it under the new one. */
function resealing(
  base: Base,
  sealed: (where: RawBuilder<unknown>, db: Work) => Promise<{ rows: SealedRow[] }>,
): Pick<MeterKeyRepository, 'reseal' | 'wrappedUnder'> {
  return {
    wrappedUnder: async (ctx, dataKey, limit, after) => {
      requireKeys(ctx);
      const beyond = after
        ? sql`(meter_id, kind, version) > (${after.meterId}::int, ${after.kind}::text, ${after.version}::int)`
        : sql`true`;
      const page = sql`wrapping_key = ${dataKey} AND ${beyond}
        ORDER BY meter_id, kind, version LIMIT ${limit}`;
      return writing(
        base,
        ctx,
        async (db) => (await sealed(page, db)).rows,
        (rows) => noteOf('unwrap', rows, { dataKey }),
      );
    },
    reseal: async (ctx, from, keys) => {
      requireKeys(ctx);
      if (keys.length === 0) return 0;
      const rows = keys.map((key) => ({ ...key, wrapped: Buffer.from(key.wrapped).toString('hex') }));
      return writing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`UPDATE meter_key k SET wrapped = decode(x.wrapped, 'hex'),
            wrapping_key = x."wrappingKey" FROM json_to_recordset(${JSON.stringify(rows)}::json)
              AS x("meterId" int, kind text, version int, wrapped text, "wrappingKey" text)
            WHERE k.meter_id = x."meterId" AND k.kind = x.kind AND k.version = x.version
              AND k.wrapping_key = ${from}`.execute(db);
          return Number(numAffectedRows ?? 0);
        },
        () => noteOf('reseal', keys, { from }),
      );
    },
  };
}

export function dataKeyRepository(base: Base): DataKeyStore {
  const note = (action: string, ids: readonly string[], data = {}): Noted => ({
    action,
    objectKind: 'data_key',
    objectId: ids.length === 1 ? ids[0]! : '',
    data: { ids, ...data },
  });
  return {
    list: async (ctx) => {
      requireKeys(ctx);
      return writing(
        base,
        ctx,
        (db) =>
          db.selectFrom('dataKey').select(['id', 'wrapped', 'kekId', 'current']).orderBy('id').execute(),
        (rows) =>
          note(
            'unwrap',
            rows.map(({ id }) => id),
          ),
      );
    },
    add: async (ctx, { id, wrapped, kekId }, after) => {
      requireKeys(ctx);
      try {
        await writing(
          base,
          ctx,
          async (db) => {
            const { numAffectedRows } = await sql`UPDATE data_key SET current = false
              WHERE current AND id = ${after ?? ''}`.execute(db);
            if (after !== undefined && numAffectedRows !== 1n) throw registryErrors.KEY_STATE(after);
            const createdAt = new Date(base.clock.nowMs());
            await sql`INSERT INTO data_key (id, wrapped, kek_id, current, created_at)
              VALUES (${id}, ${Buffer.from(wrapped)}, ${kekId}, true, ${createdAt})`.execute(db);
          },
          () => note('add', [id], { kekId }),
        );
        return true;
      } catch (error) {
        // Somebody else was first: the index allows one current key.
        const { code } = error as { code?: string };
        if (code === 'ALREADY_EXISTS' || code === 'KEY_STATE') return false;
        throw error;
      }
    },
    rewrap: async (ctx, keys, { from, to }) => {
      requireKeys(ctx);
      await writing(
        base,
        ctx,
        async (db) => {
          for (const { id, wrapped } of keys) {
            const { numAffectedRows } = await sql`UPDATE data_key SET wrapped = ${Buffer.from(wrapped)},
              kek_id = ${to} WHERE id = ${id} AND kek_id = ${from}`.execute(db);
            if (numAffectedRows !== 1n)
              throw registryErrors.KEY_STATE(`data key ${id} is not wrapped under ${from}`);
          }
        },
        () =>
          note(
            'rewrap',
            keys.map(({ id }) => id),
            { from, to },
          ),
      );
    },
  };
}
