/** Secrets of devices and API callers: random, shown once, kept as SHA-256, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { CredentialRepository, TokenRepository } from '../store.ts';
import type { ApiToken, DeviceCredential } from '../types.ts';
import {
  type Base,
  changing,
  containing,
  countOf,
  decodeCursor,
  limitOf,
  pageOf,
  reading,
  requireAll,
  writing,
} from './base.ts';

const secretBytes = 24;
const useNotedMs = 60_000;
const mostChanged = 10_000;

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const nobody = digest(randomBytes(secretBytes).toString('hex'));
export const credentialColumns = sql.raw(
  'id, username, meter_id, publish, subscribe, enabled, updated_at, ' +
    'extract(epoch FROM updated_at)::text AS version',
);

function issueCredentials(
  base: Base,
  ctx: AccessContext,
  inputs: Parameters<CredentialRepository['issueMany']>[1],
): ReturnType<CredentialRepository['issueMany']> {
  requireAll(ctx);
  const issued = inputs.map((input) => ({
    username: input.username,
    password: randomBytes(secretBytes).toString('base64url'),
  }));
  const rows = inputs.map((input, index) => ({
    subscribe: [],
    publish: [],
    ...input,
    secret_sha256: digest(issued[index]!.password),
  }));
  return writing(
    base,
    ctx,
    async (db) => {
      await sql`INSERT INTO device_credential (username, meter_id, secret_sha256, publish, subscribe)
          SELECT username, "meterId", secret_sha256, publish, subscribe
          FROM json_to_recordset(${JSON.stringify(rows)}::json) AS
            x(username text, "meterId" int, secret_sha256 text, publish text[], subscribe text[])
          ON CONFLICT (username) DO UPDATE SET meter_id = excluded.meter_id,
            enabled = true, updated_at = now(),
            secret_sha256 = excluded.secret_sha256, publish = excluded.publish,
            subscribe = excluded.subscribe`.execute(db);
      return issued;
    },
    () => ({
      action: 'issue',
      objectKind: 'device_credential',
      objectId: issued.length === 1 ? issued[0]!.username : '',
      data: { count: issued.length },
    }),
  );
}

/** Changes one credential. Raises NOT_FOUND. */
function changeCredential(
  base: Base,
  ctx: AccessContext,
  username: string,
  set: RawBuilder<unknown>,
  action: string,
): Promise<DeviceCredential> {
  return changing(
    base,
    ctx,
    async (db) => {
      const { rows } = await sql<DeviceCredential>`UPDATE device_credential SET ${set}, updated_at = now()
        WHERE username = ${username} RETURNING ${credentialColumns}`.execute(db);
      if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`credential ${username}`);
      return rows[0];
    },
    () => ({ action, objectKind: 'device_credential', objectId: username }),
  );
}

export function credentialRepository(base: Base): CredentialRepository {
  const issueMany: CredentialRepository['issueMany'] = (ctx, inputs) => issueCredentials(base, ctx, inputs);
  return {
    issueMany,
    issue: async (ctx, input) => (await issueMany(ctx, [input]))[0]!,
    verify: (_ctx, username, password) =>
      reading(async () => {
        const { rows } = await sql<DeviceCredential & { secretSha256: string }>`SELECT ${credentialColumns},
          secret_sha256 FROM device_credential WHERE username = ${username}`.execute(base.db);
        const { secretSha256, ...credential } = rows[0] ?? { secretSha256: nobody, enabled: false };
        const right = timingSafeEqual(Buffer.from(digest(password)), Buffer.from(secretSha256));
        return right && credential.enabled ? (credential as DeviceCredential) : undefined;
      }),
    setEnabled: (ctx, username, enabled) =>
      changeCredential(base, ctx, username, sql`enabled = ${enabled}`, enabled ? 'enable' : 'disable'),
    reissue: async (ctx, username) => {
      const password = randomBytes(secretBytes).toString('base64url');
      await changeCredential(base, ctx, username, sql`secret_sha256 = ${digest(password)}`, 'reissue');
      return { username, password };
    },
    changedSince: (ctx, cursor) => {
      requireAll(ctx);
      return reading(async () => {
        const now = await sql<{ now: string }>`SELECT clock_timestamp()::text AS now`.execute(base.db);
        const next = now.rows[0]!.now;
        const { rows } = await sql<DeviceCredential>`SELECT ${credentialColumns} FROM device_credential
          WHERE updated_at > ${cursor ?? next}::timestamptz - interval '1 minute'
          ORDER BY updated_at DESC LIMIT ${mostChanged}`.execute(base.db);
        return { cursor: next, changed: rows };
      });
    },
    named: (ctx, username) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<DeviceCredential>`SELECT ${credentialColumns} FROM device_credential
          WHERE username = ${username}`.execute(base.db);
        return rows[0];
      });
    },
    list: (ctx, query = {}) => {
      requireAll(ctx);
      const limit = limitOf(query.limit);
      const match = query.q ? sql`lower(username) LIKE ${containing(query.q)}` : sql`true`;
      const after = query.cursor ? sql`username > ${decodeCursor(query.cursor, 'string')[0]}` : sql`true`;
      return reading(async () => {
        const { rows } = await sql<DeviceCredential>`SELECT ${credentialColumns} FROM device_credential
          WHERE ${match} AND ${after} ORDER BY username LIMIT ${limit + 1}`.execute(base.db);
        const total = await countOf(base, sql`device_credential WHERE ${match}`);
        return { ...pageOf(rows, limit, ({ username }) => username), total };
      });
    },
  };
}

const tokenColumns = sql.raw('id, name, role, scopes, created_by, created_at, expires_at, last_used_at');

export function tokenRepository(base: Base): TokenRepository {
  return {
    issue: async (ctx, { name, role, scopes = [], expiresAt = null }) => {
      requireAll(ctx);
      const secret = `oat_${randomBytes(secretBytes).toString('base64url')}`;
      const token = await writing(
        base,
        ctx,
        async (db) => {
          // A token that makes another hides nobody: the person behind the first is behind the second.
          const person =
            ctx.actor.kind === 'token'
              ? sql`coalesce((SELECT created_by FROM api_token WHERE id::text = ${ctx.actor.id}),
                  ${ctx.actor.id})`
              : sql`${ctx.actor.id}`;
          const { rows } = await sql<ApiToken>`INSERT INTO api_token
            (name, secret_sha256, role, scopes, created_by, created_at, expires_at) VALUES
            (${name}, ${digest(secret)}, ${role}, ${[...scopes]}, ${person},
              ${new Date(base.clock.nowMs())}, ${expiresAt}) RETURNING ${tokenColumns}`.execute(db);
          return rows[0]!;
        },
        ({ id }) => ({ action: 'issue', objectKind: 'api_token', objectId: String(id), data: { role } }),
      );
      return { token, secret };
    },
    verify: (_ctx, secret) =>
      reading(async () => {
        // Found by its digest: what an attacker varies is hashed before anything is compared.
        const { rows } = await sql<ApiToken>`SELECT ${tokenColumns} FROM api_token
          WHERE secret_sha256 = ${digest(secret)}`.execute(base.db);
        const token = rows[0];
        const nowMs = base.clock.nowMs();
        if (token === undefined || (token.expiresAt !== null && token.expiresAt.getTime() <= nowMs))
          return undefined;
        if (token.lastUsedAt === null || nowMs - token.lastUsedAt.getTime() > useNotedMs) {
          await sql`UPDATE api_token SET last_used_at = ${new Date(nowMs)} WHERE id = ${token.id}`.execute(
            base.db,
          );
        }
        return token;
      }),
    list: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ApiToken>`SELECT ${tokenColumns} FROM api_token ORDER BY id`.execute(
          base.db,
        );
        return rows;
      });
    },
    remove: async (ctx, id) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { rows } = await sql`DELETE FROM api_token WHERE id = ${id} RETURNING id`.execute(db);
          if (rows.length === 0) throw registryErrors.NOT_FOUND(`token ${id}`);
        },
        () => ({ action: 'remove', objectKind: 'api_token', objectId: String(id) }),
      );
    },
  };
}
