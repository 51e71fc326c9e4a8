/**
 * Invocation counters. A nonce of AES-GCM is system title and counter: one used twice under a key gives the
 * key stream away, so counters are reserved before they are used, and what was reserved is never given
 * again. Blocks are bookkeeping, many a second, and stay out of the audit trail; a jump (`above`) is
 * written there.
 */
import { type KeyPlace, keyName, maxInvocationCounter, placeOf } from '@openami/model';
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { CounterRepository, CounterState } from '../key-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, reading, requireAll, writing } from './base.ts';

const defaultBlock = 1000;
const maxBlock = 1_000_000;

function check(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw registryErrors.BAD_VALUE(`${name} must be a whole number from ${least} to ${most}`);
  }
}

/** The one statement: the row's lock puts callers in line, each sees what the one before left. */
async function take(db: Base['db'] | Work, key: KeyPlace, block: number, above: number) {
  const { meterId, kind, version } = key;
  const base = sql`greatest(c.reserved_to, ${above}::bigint)`;
  const { rows } = await sql<{ reservedTo: number }>`UPDATE invocation_counter c
    SET reserved_to = ${base} + ${block}::bigint FROM meter_key k
    WHERE c.meter_id = ${meterId} AND c.kind = ${kind} AND c.version = ${version}
      AND k.meter_id = c.meter_id AND k.kind = c.kind AND k.version = c.version AND k.state <> 'retired'
      AND ${base} + ${block}::bigint <= ${maxInvocationCounter}::bigint
    RETURNING c.reserved_to`.execute(db);
  return rows[0]?.reservedTo;
}

async function stateOf(base: Base, { meterId, kind, version }: KeyPlace): Promise<CounterState> {
  const { rows } =
    await sql<CounterState>`SELECT c.meter_id, c.kind, c.version, c.reserved_to, c.last_received
    FROM invocation_counter c JOIN meter_key k USING (meter_id, kind, version)
    WHERE c.meter_id = ${meterId} AND c.kind = ${kind} AND c.version = ${version}
      AND k.state <> 'retired'`.execute(base.db);
  if (rows[0] === undefined) {
    throw registryErrors.KEY_DESTROYED(`no counter of key ${kind} ${version} of meter ${meterId}`);
  }
  return rows[0];
}

export function counterRepository(base: Base): CounterRepository {
  return {
    reserve: async (ctx, key, block = defaultBlock, above = 0) => {
      requireAll(ctx);
      check('block', block, 1, maxBlock);
      check('above', above, 0, maxInvocationCounter);
      const work = (db: Base['db'] | Work) => take(db, key, block, above);
      const note: Noted = {
        action: 'resynchronise',
        objectKind: 'meter_key',
        objectId: String(key.meterId),
        data: { kind: key.kind, version: key.version, above },
      };
      const to =
        above === 0 ? await reading(() => work(base.db)) : await writing(base, ctx, work, () => note);
      if (to !== undefined) return { from: to - block + 1, to };
      const { reservedTo } = await reading(() => stateOf(base, key));
      throw registryErrors.COUNTER_EXHAUSTED(
        `${key.kind} ${key.version} of meter ${key.meterId}: ${reservedTo} of ${maxInvocationCounter} used`,
      );
    },
    received: async (ctx, entries) => {
      requireAll(ctx);
      if (entries.length === 0) return [];
      return reading(async () => {
        const { rows } = await sql<KeyPlace>`UPDATE invocation_counter c SET last_received = x.counter
          FROM (SELECT "meterId", kind, version, max(counter) AS counter
            FROM json_to_recordset(${JSON.stringify(entries)}::json)
              AS y("meterId" int, kind text, version int, counter bigint)
            GROUP BY 1, 2, 3) x
          WHERE c.meter_id = x."meterId" AND c.kind = x.kind AND c.version = x.version
            AND c.last_received < x.counter RETURNING c.meter_id, c.kind, c.version`.execute(base.db);
        const noted = new Set(rows.map(keyName));
        return entries.filter((entry) => !noted.has(keyName(entry))).map(placeOf);
      });
    },
    lastReceived: async (ctx, keys) => {
      requireAll(ctx);
      return reading(async () => {
        const places = keys.map(placeOf);
        const { rows } = await sql<
          KeyPlace & { lastReceived: number }
        >`SELECT c.meter_id, c.kind, c.version, c.last_received
          FROM json_to_recordset(${JSON.stringify(places)}::json)
            AS y("meterId" int, kind text, version int)
          JOIN invocation_counter c
            ON c.meter_id = y."meterId" AND c.kind = y.kind AND c.version = y.version
          JOIN meter_key k ON k.meter_id = c.meter_id AND k.kind = c.kind AND k.version = c.version
          WHERE k.state <> 'retired'`.execute(base.db);
        return rows;
      });
    },
    state: async (ctx, key) => {
      requireAll(ctx);
      return reading(() => stateOf(base, key));
    },
  };
}
