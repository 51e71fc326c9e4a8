/**
 * Webhooks and the outbox they are fed from. Triggers write events in the transaction of the change they tell
 * of, so none is lost and none is told of what did not happen.
 */
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  DeliveryState,
  Webhook,
  WebhookDelivery,
  WebhookInput,
  WebhookLimits,
  WebhookRepository,
  WebhookSecret,
} from '../hand-over-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, limitOf, newestFirst, reading, requireAll, requireVersion } from './base.ts';
import { requireKeys } from './keys.ts';

const mostWebhooks = 50;

const select = sql`SELECT w.id, w.name, w.url, w.kinds, w.enabled, w.paused, w.failures, w.created_by,
    w.created_at, w.version,
    (SELECT count(*)::int FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting')
      AS waiting,
    (SELECT count(*)::int FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'dead') AS dead,
    (SELECT max(e.at) FROM webhook_delivery d JOIN outbox_event e ON e.id = d.event_id
      WHERE d.webhook_id = w.id AND d.state = 'delivered') AS delivered_at
  FROM webhook w`;
const fromDeliveries = sql`webhook_delivery d JOIN outbox_event e ON e.id = d.event_id`;
const selectDelivery = sql`SELECT d.id, d.webhook_id, e.event_id, e.kind, e.at, e.data, d.state, d.attempts,
    d.status, d.detail, d.queued_at, d.done_at FROM ${fromDeliveries}`;

async function find(db: Work | Base['db'], id: number): Promise<Webhook> {
  const { rows } = await sql<Webhook>`${select} WHERE w.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`webhook ${id}`);
  return rows[0];
}

const noteOf =
  (action: string, data: Record<string, unknown> = {}) =>
  ({ id, name, url }: Pick<Webhook, 'id' | 'name' | 'url'>): Noted => ({
    ...{ action, objectKind: 'webhook', objectId: String(id), data: { name, url, ...data } },
  });

async function addSecret(db: Work, webhookId: number, secret: WebhookSecret): Promise<void> {
  const { name, wrapped, wrappingKey } = secret;
  await sql`INSERT INTO webhook_secret (webhook_id, name, wrapped, wrapping_key)
    VALUES (${webhookId}, ${name}, ${wrapped}, ${wrappingKey})`.execute(db);
}

const create = (base: Base): WebhookRepository['create'] => {
  return (ctx, { name, url, kinds }, secret) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        await sql`LOCK TABLE webhook IN EXCLUSIVE MODE`.execute(db);
        const { rows } = await sql<{ id: number }>`INSERT INTO webhook (name, url, kinds, created_by,
            created_at) SELECT ${name}, ${url}, ${[...kinds]}::text[], ${ctx.actor.id}, ${now}::timestamptz
          WHERE (SELECT count(*) FROM webhook) < ${mostWebhooks} RETURNING id`.execute(db);
        if (rows[0] === undefined) throw registryErrors.WEBHOOK_LIMIT(`there are ${mostWebhooks}`);
        await addSecret(db, rows[0].id, secret);
        return find(db, rows[0].id);
      },
      noteOf('create', { kinds }),
    );
};

function assignments(patch: Partial<WebhookInput & { enabled: boolean }>): RawBuilder<unknown>[] {
  const { name, url, kinds, enabled } = patch;
  return [
    ...(name === undefined ? [] : [sql`name = ${name}`]),
    ...(url === undefined ? [] : [sql`url = ${url}`]),
    ...(kinds === undefined ? [] : [sql`kinds = ${[...kinds]}::text[]`]),
    ...(enabled === undefined ? [] : [sql`enabled = ${enabled}, paused = ''`]),
    // what is enabled, or sent elsewhere, begins at once
    ...(enabled === undefined && url === undefined ? [] : [sql`failures = 0, next_at = clock_timestamp()`]),
  ];
}

const change = (base: Base): WebhookRepository['change'] => {
  return (ctx, id, patch, ifVersion) =>
    changing(
      base,
      ctx,
      async (db) => {
        requireVersion(`webhook ${id}`, await find(db, id), ifVersion);
        const set = [sql`version = version + 1`, ...assignments(patch)];
        await sql`UPDATE webhook SET ${sql.join(set)} WHERE id = ${id}`.execute(db);
        return find(db, id);
      },
      noteOf('update', { ...patch }),
    );
};

const rotate = (base: Base): WebhookRepository['rotate'] => {
  return (ctx, id, secret, overlapS) =>
    changing(
      base,
      ctx,
      async (db) => {
        await find(db, id);
        await sql`DELETE FROM webhook_secret WHERE webhook_id = ${id}
          AND expires_at <= clock_timestamp()`.execute(db);
        // the one before the last does not live longer for it
        await sql`UPDATE webhook_secret SET expires_at = clock_timestamp()
            + ${overlapS}::float8 * interval '1 second'
          WHERE webhook_id = ${id} AND expires_at IS NULL`.execute(db);
        await addSecret(db, id, secret);
        await sql`UPDATE webhook SET version = version + 1 WHERE id = ${id}`.execute(db);
        return find(db, id);
      },
      noteOf('rotate', { overlapS }),
    );
};

const test = (base: Base): WebhookRepository['test'] => {
  return async (ctx, id, data) => {
    await changing(
      base,
      ctx,
      async (db, now) => {
        const hook = await find(db, id);
        await sql`WITH e AS (INSERT INTO outbox_event (kind, at, data)
            VALUES ('webhook.test', ${now}, ${JSON.stringify(data)}::jsonb) RETURNING id)
          INSERT INTO webhook_delivery (webhook_id, event_id) SELECT ${id}, id FROM e`.execute(db);
        return hook;
      },
      noteOf('test'),
    );
  };
};

const settle = (base: Base): WebhookRepository['settle'] => {
  return async (ctx, { id, webhookId }, { state, status, detail, restMs }) => {
    requireAll(ctx);
    const failed = state === 'delivered' ? sql`0` : sql`failures + 1`;
    const rest = sql`clock_timestamp() + ${restMs}::float8 * interval '1 millisecond'`;
    await reading(() =>
      base.db.transaction().execute(async (db) => {
        await sql`UPDATE webhook_delivery SET state = ${state}, status = ${status}, detail = ${detail},
            attempts = attempts + 1,
            done_at = CASE WHEN ${state} = 'waiting' THEN NULL ELSE clock_timestamp() END
          WHERE id = ${id} AND state = 'waiting'`.execute(db);
        await sql`UPDATE webhook SET failures = ${failed}, next_at = ${rest}
          WHERE id = ${webhookId}`.execute(db);
      }),
    );
  };
};

const resend = (base: Base): WebhookRepository['resend'] => {
  return async (ctx, webhookId, ids) => {
    const { count } = await changing(
      base,
      ctx,
      async (db) => {
        const hook = await find(db, webhookId);
        const which = ids === undefined ? sql`true` : sql`id = ANY(${[...ids]}::bigint[])`;
        const { numAffectedRows = 0n } = await sql`UPDATE webhook_delivery SET state = 'waiting',
            attempts = 0, done_at = NULL, queued_at = clock_timestamp()
          WHERE webhook_id = ${webhookId} AND state = 'dead' AND ${which}`.execute(db);
        await sql`UPDATE webhook SET failures = 0, next_at = clock_timestamp()
          WHERE id = ${webhookId}`.execute(db);
        return { ...hook, count: Number(numAffectedRows) };
      },
      (hook) => noteOf('resend', { deliveries: hook.count })(hook),
    );
    return count;
  };
};

async function sweep(base: Base, limits: WebhookLimits): Promise<void> {
  const { waiting, waitHours, deliveredDays, deadDays } = limits;
  await sql`UPDATE webhook SET enabled = false, version = version + 1,
      paused = ${`more than ${waiting} events waited`}
    WHERE enabled AND (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d
      WHERE d.webhook_id = webhook.id AND d.state = 'waiting' LIMIT ${waiting + 1}) x) > ${waiting}`.execute(
    base.db,
  );
  await sql`UPDATE webhook_delivery SET state = 'dead', done_at = clock_timestamp(),
      detail = ${`waited for more than ${waitHours} hours; last: `} || detail
    WHERE state = 'waiting' AND queued_at < clock_timestamp()
      - ${waitHours}::float8 * interval '1 hour'`.execute(base.db);
  const day = (days: number) => sql`done_at < clock_timestamp() - ${days}::float8 * interval '1 day'`;
  await sql`DELETE FROM webhook_delivery WHERE (state = 'delivered' AND ${day(deliveredDays)})
    OR (state = 'dead' AND ${day(deadDays)})`.execute(base.db);
  await sql`DELETE FROM outbox_event e WHERE at < clock_timestamp() - interval '1 hour'
    AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.event_id = e.id)`.execute(base.db);
}

/** What is asked for again and again while events are sent. */
function sending(base: Base): Pick<WebhookRepository, 'due' | 'next' | 'settle' | 'pause' | 'sweep'> {
  return {
    settle: settle(base),
    due: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<Webhook>`${select} WHERE w.enabled AND w.next_at <= clock_timestamp()
          AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting')
          ORDER BY w.id`.execute(base.db);
        return rows;
      });
    },
    next: (ctx, webhookId, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<WebhookDelivery>`${selectDelivery} WHERE d.webhook_id = ${webhookId}
          AND d.state = 'waiting' ORDER BY d.id LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      });
    },
    pause: async (ctx, id, why) => {
      await changing(
        base,
        ctx,
        async (db) => {
          await sql`UPDATE webhook SET enabled = false, paused = ${why}, version = version + 1
            WHERE id = ${id}`.execute(db);
          return find(db, id);
        },
        noteOf('pause', { why }),
      );
    },
    sweep: (ctx, limits) => {
      requireAll(ctx);
      return reading(() => sweep(base, limits));
    },
  };
}

function matching({ webhook, state }: { webhook?: number; state?: DeliveryState }): RawBuilder<unknown> {
  const hook = webhook === undefined ? sql`true` : sql`d.webhook_id = ${webhook}`;
  return sql`${hook} AND ${state === undefined ? sql`true` : sql`d.state = ${state}`}`;
}

export function webhookRepository(base: Base): WebhookRepository {
  return {
    ...sending(base),
    create: create(base),
    change: change(base),
    rotate: rotate(base),
    test: test(base),
    resend: resend(base),
    get: (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    list: (ctx) => {
      requireAll(ctx);
      return reading(async () => (await sql<Webhook>`${select} ORDER BY w.id`.execute(base.db)).rows);
    },
    remove: async (ctx, id) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const hook = await find(db, id);
          await sql`DELETE FROM webhook WHERE id = ${id}`.execute(db);
          return hook;
        },
        noteOf('remove'),
      );
    },
    secrets: (ctx, id) => {
      requireKeys(ctx);
      return reading(async () => {
        const { rows } = await sql<WebhookSecret>`SELECT name, wrapped, wrapping_key FROM webhook_secret
          WHERE webhook_id = ${id} AND (expires_at IS NULL OR expires_at > clock_timestamp())
          ORDER BY id DESC`.execute(base.db);
        return rows;
      });
    },
    deliveries: (ctx, query = {}) => {
      requireAll(ctx);
      return newestFirst<WebhookDelivery>(
        base,
        { select: selectDelivery, from: fromDeliveries, id: 'd.id' },
        matching(query),
        query,
      );
    },
  };
}
