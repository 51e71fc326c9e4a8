/** Certificates of devices, and the authority that issues them. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { CertificateRepository, DeviceCertificate, StoredAuthority } from '../certificate-store.ts';
import { registryErrors } from '../errors.ts';
import type { DeviceCredential } from '../types.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, newestFirst, reading, requireAll } from './base.ts';
import { credentialColumns } from './secrets.ts';

const columns = sql.raw(
  `id, serial_number, username, fingerprint, certificate, not_before, not_after, issued_by, issued_at,
  revoked_at, reason`,
);
const select = sql`SELECT ${columns} FROM device_certificate`;

async function authorityOf(db: Base['db'] | Work): Promise<StoredAuthority | undefined> {
  const { rows } = await sql<StoredAuthority>`SELECT certificate, wrapped, wrapping_key
    FROM device_authority`.execute(db);
  return rows[0];
}

const noteOf = (action: string, { serialNumber, username, reason }: DeviceCertificate): Noted => ({
  ...{ action, objectKind: 'device_certificate', objectId: serialNumber },
  data: { username, ...(reason ? { reason } : {}) },
});

/** A credential that a certificate alone opens: nobody knows its secret. */
async function ensureCredential(db: Work, username: string, meterId: number | undefined): Promise<void> {
  const secret = createHash('sha256').update(randomBytes(32)).digest('hex');
  await sql`INSERT INTO device_credential (username, meter_id, secret_sha256)
    VALUES (${username}, ${meterId ?? null}::int, ${secret}) ON CONFLICT (username) DO NOTHING`.execute(db);
}

const add = (base: Base): CertificateRepository['add'] => {
  return async (ctx, one, meterId) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        await ensureCredential(db, one.username, meterId);
        const { rows } = await sql<DeviceCertificate>`INSERT INTO device_certificate
            (serial_number, username, fingerprint, certificate, not_before, not_after, issued_by, issued_at)
          VALUES (${one.serialNumber}, ${one.username}, ${one.fingerprint}, ${one.certificate},
            ${one.notBefore}, ${one.notAfter}, ${ctx.actor.id}, ${now}) RETURNING ${columns}`.execute(db);
        return rows[0]!;
      },
      (made) => noteOf('issue', made),
    );
};

const revoke = (base: Base): CertificateRepository['revoke'] => {
  return async (ctx, serialNumber, reason) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { rows } = await sql<DeviceCertificate>`UPDATE device_certificate SET
            reason = CASE WHEN revoked_at IS NULL THEN ${reason} ELSE reason END,
            revoked_at = coalesce(revoked_at, ${now})
          WHERE serial_number = ${serialNumber} RETURNING ${columns}`.execute(db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`certificate ${serialNumber}`);
        // connections of the device are looked at again
        await sql`UPDATE device_credential SET updated_at = now()
          WHERE username = ${rows[0].username}`.execute(db);
        return rows[0];
      },
      (made) => noteOf('revoke', made),
    );
};

/** In force, and its device has none that lasts longer. */
const endingBefore = (at: Date) => sql`revoked_at IS NULL AND not_after > now() AND not_after < ${at}
  AND NOT EXISTS (SELECT FROM device_certificate n WHERE n.username = device_certificate.username
    AND n.revoked_at IS NULL AND n.not_after >= ${at})`;

export function certificateRepository(base: Base): CertificateRepository {
  return {
    ...{ add: add(base), revoke: revoke(base) },
    authority: (ctx) => {
      requireAll(ctx);
      return reading(() => authorityOf(base.db));
    },
    keepAuthority: (ctx, { certificate, wrapped, wrappingKey }) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          await sql`INSERT INTO device_authority (certificate, wrapped, wrapping_key, made_at)
            VALUES (${certificate}, ${wrapped}, ${wrappingKey}, ${now})
            ON CONFLICT (single) DO NOTHING`.execute(db);
          return (await authorityOf(db))!;
        },
        () => ({ action: 'make', objectKind: 'device_certificate', objectId: 'authority' }),
      ),
    verify: (_ctx, fingerprint) =>
      reading(async () => {
        // a connection that is taken up again is not checked for the end by TLS
        const { rows } = await sql<DeviceCredential & { notAfter: Date }>`SELECT device_credential.*,
            device_certificate.not_after FROM (SELECT ${credentialColumns} FROM device_credential
              WHERE enabled) AS device_credential
          JOIN device_certificate USING (username)
          WHERE fingerprint = ${fingerprint} AND revoked_at IS NULL AND not_after > now()`.execute(base.db);
        return rows[0];
      }),
    list: (ctx, query = {}) => {
      requireAll(ctx);
      const { username, endsBefore } = query;
      const named = username === undefined ? sql`true` : sql`username = ${username}`;
      const of = endsBefore === undefined ? named : sql`${named} AND ${endingBefore(endsBefore)}`;
      const list = { select, from: sql`device_certificate`, id: 'id' };
      return newestFirst<DeviceCertificate>(base, list, of, query);
    },
    nextListNumber: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ listNumber: string }>`UPDATE device_authority
          SET list_number = list_number + 1 RETURNING list_number`.execute(base.db);
        return Number(rows[0]!.listNumber);
      });
    },
    revoked: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ serialNumber: string; revokedAt: Date }>`SELECT serial_number, revoked_at
          FROM device_certificate WHERE revoked_at IS NOT NULL
            AND not_after > now() ORDER BY revoked_at`.execute(base.db);
        return rows;
      });
    },
  };
}
