/** Commands to meters: their queue, each step with its audit record, and the gate every send goes through. */
import type {
  AccessContext,
  CommandChange,
  CommandPace,
  CommandScope,
  MeterFacts,
  SendPlace,
} from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type { Command, CommandGate, CommandRepository, ProtectedPoint } from '../command-store.ts';
import { registryErrors } from '../errors.ts';
import { appendAudit, type Noted, type Work } from './audit-chain.ts';
import {
  type Base,
  changing,
  NothingToDo,
  newestFirst,
  reading,
  requireAll,
  unlessNothing,
  writing,
} from './base.ts';
import { orderRepository } from './command-orders.ts';
import { endpointJson } from './endpoints.ts';

const columns = sql.raw(`c.id, c.order_id, c.meter_id, m.serial, c.usage_point_id, o.kind, o.params, c.state,
  c.phase, c.progress, c.note, c.not_before, c.expires_at, c.sent_at, c.version, c.updated_at,
  c.finished_at`);
const joined = sql.raw(
  'command c JOIN command_order o ON o.id = c.order_id JOIN meter m ON m.id = c.meter_id',
);

/**
 * Usage points, with mark and feeder (the nearest above), where the meter of a row `m` is or will be. One
 * whose removal is recorded for a time to come is there until then.
 */
const placeSql = (now: Date) => sql`LEFT JOIN installation i ON i.meter_id = m.id
    AND (i.valid_until IS NULL OR i.valid_until > ${now}::timestamptz)
  LEFT JOIN usage_point u ON u.id = i.usage_point_id
  LEFT JOIN LATERAL (WITH RECURSIVE up AS (
      SELECT n.id, n.kind, n.parent_id, 1 AS depth FROM network_node n WHERE n.id = u.node_id
      UNION ALL SELECT n.id, n.kind, n.parent_id, up.depth + 1 FROM network_node n JOIN up
        ON n.id = up.parent_id WHERE up.kind <> 'feeder' AND up.depth < 32)
    SELECT id AS feeder_id FROM up WHERE kind = 'feeder' LIMIT 1) f ON true`;
/** The marked one first, where there are several. */
const markedFirst = sql.raw("(coalesce(u.protection, '') <> '') DESC");

const noteOf = (action: string, command: Command, data: Record<string, unknown> = {}): Noted => ({
  ...{ action, objectKind: 'command', objectId: String(command.id) },
  data: {
    ...{ orderId: command.orderId, meterId: command.meterId, kind: command.kind },
    ...{ state: command.state, phase: command.phase, ...data },
  },
});

function many(base: Base, where: RawBuilder<unknown>): Promise<Command[]> {
  return reading(async () => {
    const { rows } = await sql<Command>`SELECT ${columns} FROM ${joined} WHERE ${where}`.execute(base.db);
    return rows;
  });
}

const finished = sql.raw("('confirmed', 'failed', 'expired', 'cancelled', 'voided')");

/** Stores a step; undefined when the version is another. */
async function store(
  db: Work,
  nowMs: number,
  id: number,
  ifVersion: number,
  change: CommandChange,
  feederId?: number | null,
): Promise<Command | undefined> {
  const { state, phase, progress } = change;
  const now = new Date(nowMs);
  const at = (second: number) => (second > 0 ? new Date(second * 1000) : null);
  const { rows } = await sql<Command>`UPDATE command c SET state = ${state}, phase = ${phase}::text,
      progress = ${JSON.stringify(progress)}::jsonb, sent_at = ${at(progress.sentAtS)}::timestamptz,
      not_before = coalesce(${at(progress.notBeforeS)}::timestamptz, c.not_before),
      feeder_id = ${feederId === undefined ? sql`c.feeder_id` : sql`${feederId}::int`},
      version = c.version + 1, updated_at = ${now}::timestamptz,
      finished_at = CASE WHEN ${state} IN ${finished} THEN ${now}::timestamptz END
    FROM command_order o, meter m WHERE c.id = ${id} AND c.version = ${ifVersion} AND o.id = c.order_id
      AND m.id = c.meter_id AND c.state NOT IN ${finished} RETURNING ${columns}`.execute(db);
  return rows[0];
}

/** The usage point that the meter is at now is supplied, or not, as its relay says. */
async function noteSupply(
  db: Work,
  nowMs: number,
  ctx: AccessContext,
  { id, meterId }: Command,
  supply: 'connected' | 'disconnected',
): Promise<void> {
  const { rows } = await sql<{ id: number }>`UPDATE usage_point u SET state = ${supply},
      version = u.version + 1, updated_at = ${new Date(nowMs)}
    FROM installation i WHERE i.meter_id = ${meterId} AND i.valid_until IS NULL AND u.id = i.usage_point_id
      AND u.state IN ('connected', 'disconnected') AND u.state <> ${supply} RETURNING u.id`.execute(db);
  for (const point of rows) {
    const data = { state: supply, meterId, commandId: id };
    const objectId = String(point.id);
    await appendAudit(db, nowMs, ctx, { action: 'supply', objectKind: 'usage_point', objectId, data });
  }
}

async function unlessMoved(work: () => Promise<Command>): Promise<Command | undefined> {
  try {
    return await unlessNothing(work);
  } catch (error) {
    // The meter got another command to work on in between.
    if ((error as { code?: string }).code === 'ALREADY_EXISTS') return undefined;
    throw error;
  }
}

const advance = (base: Base): CommandRepository['advance'] => {
  return async (ctx, id, ifVersion, change) => {
    requireAll(ctx);
    return unlessMoved(() =>
      writing(
        base,
        ctx,
        async (db) => {
          const nowMs = base.clock.nowMs();
          const next = await store(db, nowMs, id, ifVersion, change);
          if (next === undefined) throw new NothingToDo();
          if (change.supply !== undefined) await noteSupply(db, nowMs, ctx, next, change.supply);
          return next;
        },
        (command) =>
          noteOf('advance', command, change.progress.error ? { error: change.progress.error } : {}),
      ),
    );
  };
};

async function paceOf(db: Work, nowMs: number, id: number, feederId: number | null): Promise<CommandPace> {
  const hourAgo = new Date(nowMs - 3_600_000);
  const { rows } = await sql<CommandPace & { lastAt: Date | null }>`SELECT g.kill_switch,
      (SELECT count(*) FROM command x WHERE x.interrupts AND x.sent_at > ${hourAgo} AND x.id <> ${id})
        AS in_last_hour,
      (SELECT count(*) FROM command x WHERE x.interrupts AND x.sent_at > ${hourAgo} AND x.id <> ${id}
        AND x.feeder_id = ${feederId}::int) AS of_feeder_in_last_hour,
      (SELECT max(x.sent_at) FROM command x JOIN command c ON c.id = ${id} WHERE x.interrupts
        AND x.id <> ${id} AND (x.meter_id = c.meter_id OR x.usage_point_id = c.usage_point_id)) AS last_at
    FROM command_gate g`.execute(db);
  const { killSwitch, inLastHour, ofFeederInLastHour, lastAt } = rows[0]!;
  return {
    ...{ killSwitch, inLastHour, ofFeederInLastHour },
    lastAtS: lastAt === null ? null : Math.floor(lastAt.getTime() / 1000),
  };
}

const send = (base: Base): CommandRepository['send'] => {
  return async (ctx, id, ifVersion, decide) => {
    requireAll(ctx);
    const nowMs = base.clock.nowMs();
    return unlessMoved(() =>
      writing(
        base,
        ctx,
        async (db) => {
          const gate = await sql<{ policy: unknown }>`SELECT policy FROM command_gate FOR UPDATE`.execute(db);
          // The marks of usage points are looked at now, not when the order was made.
          const { rows } = await sql<SendPlace>`SELECT coalesce(u.protection, '') AS protection, f.feeder_id,
              u.id IS DISTINCT FROM c.usage_point_id AS is_moved
            FROM command c JOIN meter m ON m.id = c.meter_id ${placeSql(new Date(nowMs))}
            WHERE c.id = ${id} ORDER BY ${markedFirst}, is_moved LIMIT 1`.execute(db);
          const place = rows[0];
          if (place === undefined) throw new NothingToDo();
          const pace = await paceOf(db, nowMs, id, place.feederId);
          const change = decide({ place, pace, policy: gate.rows[0]!.policy });
          const next = await store(db, nowMs, id, ifVersion, change, place.feederId);
          if (next === undefined) throw new NothingToDo();
          return next;
        },
        (command) =>
          noteOf(command.phase === 'sending' ? 'send' : 'advance', command, {
            error: (command.progress as { error?: string | null }).error ?? null,
          }),
      ),
    );
  };
};

function scopeOf(scope: CommandScope): RawBuilder<unknown> {
  if ('orderId' in scope) return sql`c.order_id = ${scope.orderId}`;
  if ('commandId' in scope) return sql`c.id = ${scope.commandId}`;
  return sql`c.usage_point_id = ${scope.usagePointId} AND c.order_id IN
    (SELECT id FROM command_order WHERE kind = ANY(${[...scope.kinds]}::text[]))`;
}

const moveMany = (base: Base): CommandRepository['moveMany'] => {
  return async (ctx, scope, from, to, note) => {
    return changing(
      base,
      ctx,
      async (db, now) => {
        if (!('usagePointId' in scope)) await mustExist(db, scope);
        // What runs may be taken back for as long as nothing has left.
        const { rows } = await sql<{ id: number }>`UPDATE command c SET state = ${to}, phase = NULL,
            note = ${note}, version = c.version + 1, updated_at = ${now}::timestamptz,
            finished_at = CASE WHEN ${to} IN ${finished} THEN ${now}::timestamptz END
          WHERE ${scopeOf(scope)} AND c.state = ANY(${[...from]}::text[])
            AND (c.phase IS NULL OR c.phase IN ('baseline', 'ready')) RETURNING c.id`.execute(db);
        return rows.map(({ id }) => id);
      },
      (ids) => ({
        ...{ action: to, objectKind: 'command', objectId: ids.length === 1 ? String(ids[0]) : '' },
        data: { ...scope, to, note, count: ids.length, commands: ids.slice(0, 100) },
      }),
    );
  };
};

async function mustExist(db: Work, scope: { orderId: number } | { commandId: number }): Promise<void> {
  const { rows } =
    'orderId' in scope
      ? await sql`SELECT FROM command_order WHERE id = ${scope.orderId}`.execute(db)
      : await sql`SELECT FROM command WHERE id = ${scope.commandId}`.execute(db);
  if (rows.length === 0) throw registryErrors.NOT_FOUND(JSON.stringify(scope));
}

const list = (base: Base): CommandRepository['list'] => {
  return async (ctx, query = {}) => {
    requireAll(ctx);
    const parts: RawBuilder<unknown>[] = [sql`true`];
    if (query.orderId !== undefined) parts.push(sql`c.order_id = ${query.orderId}`);
    if (query.meterId !== undefined) parts.push(sql`c.meter_id = ${query.meterId}`);
    if (query.state !== undefined) parts.push(sql`c.state = ${query.state}`);
    const commands = { select: sql`SELECT ${columns} FROM ${joined}`, from: sql`command c`, id: 'c.id' };
    return newestFirst<Command>(base, commands, sql.join(parts, sql` AND `), query);
  };
};

const facts = (base: Base): CommandRepository['facts'] => {
  return async (ctx, meterIds) => {
    requireAll(ctx);
    return reading(async () => {
      const { rows } = await sql<MeterFacts>`SELECT DISTINCT ON (m.id) m.id AS meter_id, m.serial,
          u.id AS usage_point_id, coalesce(u.protection, '') AS protection, f.feeder_id, ${endpointJson}
        FROM meter m LEFT JOIN meter_endpoint e ON e.meter_id = m.id ${placeSql(new Date(base.clock.nowMs()))}
        WHERE m.id = ANY(${[...meterIds]}::int[])
        ORDER BY m.id, ${markedFirst}, i.valid_from`.execute(base.db);
      return rows;
    });
  };
};

export function commandRepository(base: Base): CommandRepository {
  const now = () => new Date(base.clock.nowMs());
  return {
    ...orderRepository(base),
    ...{ facts: facts(base), list: list(base), moveMany: moveMany(base) },
    ...{ advance: advance(base), send: send(base), ...gateOf(base), ...protections(base) },
    get: async (ctx, id) => {
      requireAll(ctx);
      const [command] = await many(base, sql`c.id = ${id}`);
      if (command === undefined) throw registryErrors.NOT_FOUND(`command ${id}`);
      return command;
    },
    due: async (ctx, limit, busy) => {
      requireAll(ctx);
      // The oldest of each meter: the others wait for it. Of each order in turn, so that one for thousands of
      // meters, most of them out of reach perhaps, keeps nobody waiting who wants to read one now.
      return many(
        base,
        sql`c.id IN (SELECT DISTINCT ON (q.meter_id) q.id FROM command q WHERE q.state = 'queued'
            AND q.not_before <= ${now()} AND NOT q.meter_id = ANY(${[...busy]}::int[])
            AND NOT EXISTS (SELECT FROM command r WHERE r.meter_id = q.meter_id AND r.state = 'running')
            ORDER BY q.meter_id, q.id)
          ORDER BY row_number() OVER (PARTITION BY c.order_id ORDER BY c.not_before, c.id), c.not_before, c.id
          LIMIT ${limit}`,
      );
    },
    running: async (ctx) => {
      requireAll(ctx);
      return many(base, sql`c.state = 'running' ORDER BY c.id`);
    },
    expired: async (ctx, limit) => {
      requireAll(ctx);
      return many(
        base,
        sql`c.state IN ('draft', 'awaiting_approval', 'queued') AND c.expires_at <= ${now()}
          ORDER BY c.id LIMIT ${limit}`,
      );
    },
  };
}

function protections(base: Base): Pick<CommandRepository, 'protect' | 'protectedPoints'> {
  return {
    protect: async (ctx, usagePointId, protection) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`UPDATE usage_point SET protection = ${protection}
            WHERE id = ${usagePointId}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`usage point ${usagePointId}`);
        },
        () => ({
          action: 'protect',
          objectKind: 'usage_point',
          objectId: String(usagePointId),
          data: { protection },
        }),
      );
    },
    protectedPoints: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ProtectedPoint>`SELECT id AS usage_point_id, code, protection
          FROM usage_point WHERE protection <> '' ORDER BY code LIMIT 10000`.execute(base.db);
        return rows;
      });
    },
  };
}

const gateColumns = sql.raw('policy, signers, require_signature, kill_switch, proposal, version');

function gateOf(base: Base): Pick<CommandRepository, 'gate' | 'setGate'> {
  const read = async (ctx: AccessContext): Promise<CommandGate> => {
    requireAll(ctx);
    const { rows } = await reading(() =>
      sql<CommandGate>`SELECT ${gateColumns} FROM command_gate`.execute(base.db),
    );
    return rows[0]!;
  };
  return {
    gate: read,
    setGate: async (ctx, patch, ifVersion, { action, reason } = { action: 'update', reason: '' }) => {
      requireAll(ctx);
      const { policy, signers, requireSignature, killSwitch, proposal } = patch;
      const set = [sql`version = version + 1`];
      if (policy !== undefined) set.push(sql`policy = ${JSON.stringify(policy)}::jsonb`);
      if (signers !== undefined) set.push(sql`signers = ${JSON.stringify(signers)}::jsonb`);
      if (requireSignature !== undefined) set.push(sql`require_signature = ${requireSignature}`);
      if (killSwitch !== undefined) set.push(sql`kill_switch = ${killSwitch}`);
      if (proposal !== undefined)
        set.push(sql`proposal = ${proposal === null ? null : JSON.stringify(proposal)}::jsonb`);
      return writing(
        base,
        ctx,
        async (db) => {
          const same = ifVersion === undefined ? sql`true` : sql`version = ${ifVersion}`;
          const { rows } = await sql<CommandGate>`UPDATE command_gate SET ${sql.join(set)} WHERE ${same}
            RETURNING ${gateColumns}`.execute(db);
          if (rows[0] === undefined) throw registryErrors.VERSION_CONFLICT(`not version ${ifVersion}`);
          return rows[0];
        },
        () => ({ action, objectKind: 'command_gate', objectId: '1', data: { ...patch, reason } }),
      );
    },
  };
}
