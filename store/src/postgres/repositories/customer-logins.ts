/** Logins of customers: which accounts they belong to, and the invitations by which they came. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  CustomerInvitation,
  CustomerLogin,
  CustomerLoginRepository,
  OwnAgreement,
} from '../portal-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, reading, requireAll, writing } from './base.ts';

/** After so many wrong codes for an account none is taken for a while. */
const mostFailures = 5;
const pauseS = 15 * 60;

const invitationColumns =
  sql.raw(`i.id, c.number AS account, i.created_by, i.created_at, i.expires_at, i.used_at,
  i.revoked_at`);

async function accountId(db: Work | Base['db'], number: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM account WHERE number = ${number}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`account ${number}`);
  return rows[0].id;
}

const invite = (base: Base): CustomerLoginRepository['invite'] => {
  return async (ctx, account, codeSha256, expiresAt) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const id = await accountId(db, account);
        await sql`UPDATE customer_invitation SET revoked_at = ${now} WHERE account_id = ${id}
          AND used_at IS NULL AND revoked_at IS NULL`.execute(db);
        const { rows } = await sql<CustomerInvitation>`WITH i AS (INSERT INTO customer_invitation
            (account_id, code_sha256, created_by, created_at, expires_at)
            VALUES (${id}, ${codeSha256}, ${ctx.actor.id}, ${now}, ${expiresAt}) RETURNING *)
          SELECT ${invitationColumns} FROM i JOIN account c ON c.id = i.account_id`.execute(db);
        return rows[0]!;
      },
      (made) => ({
        ...{ action: 'create', objectKind: 'customer_invitation', objectId: String(made.id) },
        data: { account, expiresAt: expiresAt.toISOString() },
      }),
    );
};

const check = (base: Base): CustomerLoginRepository['check'] => {
  return (_ctx, account, codeSha256) =>
    reading(async () => {
      const now = new Date(base.clock.nowMs());
      // One statement: many guesses at once are counted one after another by the lock of the row.
      const { rows } = await sql<{ right: boolean }>`UPDATE customer_invitation i SET
          failures = CASE WHEN i.code_sha256 = ${codeSha256} THEN i.failures
            WHEN i.failed_at < ${now}::timestamptz - ${pauseS} * interval '1 second' THEN 1
            ELSE i.failures + 1 END,
          failed_at = CASE WHEN i.code_sha256 = ${codeSha256} THEN i.failed_at ELSE ${now}::timestamptz END
        FROM account c WHERE c.id = i.account_id AND c.number = ${account} AND i.used_at IS NULL
          AND i.revoked_at IS NULL AND i.expires_at > ${now}::timestamptz AND (i.failures < ${mostFailures}
            OR i.failed_at < ${now}::timestamptz - ${pauseS} * interval '1 second')
        RETURNING i.code_sha256 = ${codeSha256} AS right`.execute(base.db);
      if (rows[0]?.right !== true) throw registryErrors.INVITATION_REFUSED();
    });
};

const claim = (base: Base): CustomerLoginRepository['claim'] => {
  return async (ctx, account, codeSha256, userId) => {
    const now = new Date(base.clock.nowMs());
    await writing(
      base,
      ctx,
      async (db) => {
        const { rows } = await sql<{ id: number; accountId: number }>`UPDATE customer_invitation i
          SET used_at = ${now} FROM account c WHERE c.id = i.account_id AND c.number = ${account}
            AND i.code_sha256 = ${codeSha256} AND i.used_at IS NULL AND i.revoked_at IS NULL
            AND i.expires_at > ${now} RETURNING i.id, i.account_id`.execute(db);
        const [used] = rows;
        if (used === undefined) throw registryErrors.INVITATION_REFUSED();
        await sql`INSERT INTO customer_login (user_id, account_id, created_at)
          VALUES (${userId}, ${used.accountId}, ${now}) ON CONFLICT DO NOTHING`.execute(db);
        return used;
      },
      ({ id }) => ({
        ...{ action: 'link', objectKind: 'customer_login', objectId: userId },
        data: { account, invitation: id },
      }),
    );
  };
};

const addressSql = sql.raw(
  `concat_ws(', ', nullif(array_to_string(p.address_lines, ', '), ''), nullif(p.locality, ''))`,
);

export function customerLoginRepository(base: Base): CustomerLoginRepository {
  return {
    invite: invite(base),
    check: check(base),
    claim: claim(base),
    invitations: async (ctx, account) => {
      requireAll(ctx);
      return reading(async () => {
        const id = await accountId(base.db, account);
        const { rows } = await sql<CustomerInvitation>`SELECT ${invitationColumns} FROM customer_invitation i
          JOIN account c ON c.id = i.account_id WHERE i.account_id = ${id}
          ORDER BY i.id DESC LIMIT 100`.execute(base.db);
        return rows;
      });
    },
    revoke: async (ctx, id) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<CustomerInvitation>`WITH i AS (UPDATE customer_invitation
              SET revoked_at = ${now} WHERE id = ${id} AND used_at IS NULL AND revoked_at IS NULL RETURNING *)
            SELECT ${invitationColumns} FROM i JOIN account c ON c.id = i.account_id`.execute(db);
          if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`open invitation ${id}`);
          return rows[0];
        },
        () => ({ action: 'revoke', objectKind: 'customer_invitation', objectId: String(id) }),
      ),
    ofAccount: async (ctx, account) => {
      requireAll(ctx);
      return reading(async () => {
        const id = await accountId(base.db, account);
        const { rows } =
          await sql<CustomerLogin>`SELECT l.user_id, c.number AS account, l.relation, l.created_at
          FROM customer_login l JOIN account c ON c.id = l.account_id WHERE l.account_id = ${id}
          ORDER BY l.created_at, l.user_id LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
    unlink: async (ctx, account, userId) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { rows } = await sql`DELETE FROM customer_login l USING account c WHERE c.id = l.account_id
            AND c.number = ${account} AND l.user_id = ${userId} RETURNING l.user_id`.execute(db);
          if (rows.length === 0) throw registryErrors.NOT_FOUND(`login ${userId} of account ${account}`);
        },
        () => ({ action: 'unlink', objectKind: 'customer_login', objectId: userId, data: { account } }),
      );
    },
    agreementsOf: async (ctx, userId) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<OwnAgreement>`SELECT g.id, g.code, c.id AS account_id, c.number AS account,
            c.name AS account_name, l.relation, u.id AS usage_point_id, u.code AS usage_point, u.commodity,
            u.zone, ${addressSql} AS address, extract(epoch FROM g.valid_from)::float8 AS from_s,
            extract(epoch FROM g.valid_until)::float8 AS until_s
          FROM customer_login l JOIN account c ON c.id = l.account_id JOIN agreement g ON g.account_id = c.id
            JOIN usage_point u ON u.id = g.usage_point_id LEFT JOIN premise p ON p.id = u.premise_id
          WHERE l.user_id = ${userId}
          ORDER BY (g.valid_until IS NULL) DESC, address, u.commodity, g.id LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
  };
}
