/** Tariffs with their versions, and which agreement has which since when. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  AgreementTariff,
  AgreementTariffInput,
  AgreementTariffRepository,
  TariffRecord,
  TariffRepository,
  TariffSummary,
  TariffVersionInput,
  TariffVersionRecord,
} from '../tariff-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, newestFirst, reading, requireAll, requireVersion, visible } from './base.ts';

const headColumns = sql.raw(
  't.id, t.code, t.name, t.commodity, t.unit, t.currency, t.zone, t.version, t.created_by, t.created_at',
);
const versionColumns = sql.raw(`number, label, to_char(effective_from, 'YYYY-MM-DD') AS effective_from,
  to_char(effective_to, 'YYYY-MM-DD') AS effective_to, document, note, created_by, created_at`);

async function find(db: Base['db'] | Work, code: string, lock = false): Promise<TariffRecord> {
  const { rows } = await sql<TariffRecord>`SELECT ${headColumns} FROM tariff t WHERE t.code = ${code}
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`tariff ${code}`);
  return rows[0];
}

async function insertVersion(
  db: Work,
  { actor }: AccessContext,
  now: Date,
  tariffId: number,
  number: number,
  version: TariffVersionInput,
): Promise<TariffVersionRecord> {
  const { label, effectiveFrom, effectiveTo, document, note } = version;
  const { rows } = await sql<TariffVersionRecord>`INSERT INTO tariff_version
      (tariff_id, number, label, effective_from, effective_to, document, note, created_by, created_at)
    VALUES (${tariffId}, ${number}, ${label}, ${effectiveFrom}::date, ${effectiveTo}::date,
      ${JSON.stringify(document)}::jsonb, ${note}, ${actor.name}, ${now})
    RETURNING ${versionColumns}`.execute(db);
  return rows[0]!;
}

/** What began or was billed stays. Raises TAKE_BACK. */
async function requireUnused(
  db: Work,
  what: string,
  from: string | null,
  { today, agreements }: { readonly today: string; readonly agreements: RawBuilder<unknown> },
): Promise<void> {
  if (from === null || from <= today)
    throw registryErrors.TAKE_BACK(`${what} is in force ${from === null ? 'always' : `since ${from}`}`);
  const { rows } = await sql<{ id: number }>`SELECT id FROM bill WHERE agreement_id IN (${agreements})
    AND cycle_to > ${from}::date AND state <> 'dropped' ORDER BY id LIMIT 1`.execute(db);
  if (rows[0] !== undefined) throw registryErrors.TAKE_BACK(`${what} is used by bill ${rows[0].id}`);
}

const removeVersion = (base: Base): TariffRepository['removeVersion'] => {
  return (ctx, code, number, today) =>
    changing(
      base,
      ctx,
      async (db) => {
        const { id } = await find(db, code, true);
        const { rows } = await sql<TariffVersionRecord & { isLast: boolean }>`SELECT ${versionColumns},
            NOT EXISTS (SELECT FROM tariff_version n WHERE n.tariff_id = v.tariff_id
              AND n.effective_from > v.effective_from) AS is_last
          FROM tariff_version v WHERE tariff_id = ${id} AND number = ${number}`.execute(db);
        const what = `version ${number} of tariff ${code}`;
        const [version] = rows;
        if (version === undefined) throw registryErrors.NOT_FOUND(what);
        const agreements = sql`SELECT agreement_id FROM agreement_tariff WHERE tariff_id = ${id}`;
        await requireUnused(db, what, version.effectiveFrom, { today, agreements });
        if (!version.isLast) throw registryErrors.TAKE_BACK(`another version comes after ${what}`);
        const { rows: left } = await sql`SELECT FROM tariff_version WHERE tariff_id = ${id} LIMIT 2`.execute(
          db,
        );
        if (left.length < 2) throw registryErrors.TAKE_BACK(`${what} is the only one`);
        await sql`DELETE FROM tariff_version WHERE tariff_id = ${id} AND number = ${number}`.execute(db);
        await sql`UPDATE tariff_version SET effective_to = NULL, ended_by = NULL
          WHERE tariff_id = ${id} AND ended_by = ${number}`.execute(db);
        await sql`UPDATE tariff SET version = version + 1,
          last_version = greatest(last_version, ${number}) WHERE id = ${id}`.execute(db);
        return version;
      },
      ({ effectiveFrom, document }) => ({
        action: 'remove_version',
        objectKind: 'tariff',
        objectId: code,
        data: { number, effectiveFrom, document },
      }),
    );
};

export function tariffRepository(base: Base): TariffRepository {
  return {
    removeVersion: removeVersion(base),
    list: async (ctx, day, code) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<TariffSummary>`SELECT ${headColumns},
            (SELECT count(*)::int FROM tariff_version v WHERE v.tariff_id = t.id) AS versions,
            (SELECT to_char(v.effective_from, 'YYYY-MM-DD') FROM tariff_version v WHERE v.tariff_id = t.id
              AND (v.effective_to IS NULL OR v.effective_to > ${day}::date)
              ORDER BY v.effective_from NULLS FIRST LIMIT 1) AS effective_from,
            (SELECT count(*)::int FROM agreement_tariff a WHERE a.tariff_id = t.id
              AND daterange(a.valid_from, a.valid_until) @> ${day}::date) AS agreements
          FROM tariff t ${code === undefined ? sql`` : sql`WHERE t.code = ${code}`}
          ORDER BY t.code LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
    get: async (ctx, code) => {
      requireAll(ctx);
      return reading(async () => {
        const tariff = await find(base.db, code);
        const { rows } = await sql<TariffVersionRecord>`SELECT ${versionColumns} FROM tariff_version
          WHERE tariff_id = ${tariff.id}
          ORDER BY tariff_version.effective_from NULLS FIRST, number`.execute(base.db);
        return { tariff, versions: rows };
      });
    },
    create: async (ctx, head, versions) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ id: number }>`INSERT INTO tariff
              (code, name, commodity, unit, currency, zone, created_by, created_at)
            VALUES (${head.code}, ${head.name}, ${head.commodity}, ${head.unit}, ${head.currency},
              ${head.zone}, ${ctx.actor.name}, ${now}) RETURNING id`.execute(db);
          for (const [i, version] of versions.entries())
            await insertVersion(db, ctx, now, rows[0]!.id, i + 1, version);
          return find(db, head.code);
        },
        ({ code }) => ({
          action: 'create',
          objectKind: 'tariff',
          objectId: code,
          data: { versions: versions.length },
        }),
      );
    },
    addVersion: async (ctx, code, version, ifVersion) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const tariff = await find(db, code, true);
          requireVersion(`tariff ${code}`, tariff, ifVersion);
          const { rows } = await sql<{ number: number }>`UPDATE tariff
            SET version = version + 1, last_version = greatest(last_version,
              (SELECT max(number) FROM tariff_version v WHERE v.tariff_id = tariff.id)) + 1
            WHERE id = ${tariff.id} RETURNING last_version AS number`.execute(db);
          const { number } = rows[0]!;
          await sql`UPDATE tariff_version SET effective_to = ${version.effectiveFrom}::date,
              ended_by = ${number}
            WHERE tariff_id = ${tariff.id} AND effective_to IS NULL
              AND (effective_from IS NULL OR effective_from < ${version.effectiveFrom}::date)`.execute(db);
          return insertVersion(db, ctx, now, tariff.id, number, version);
        },
        ({ number }) => ({
          action: 'add_version',
          objectKind: 'tariff',
          objectId: code,
          data: { number, effectiveFrom: version.effectiveFrom, note: version.note },
        }),
      );
    },
  };
}

const assignedFrom = sql`agreement_tariff x JOIN agreement g ON g.id = x.agreement_id
  JOIN account c ON c.id = g.account_id JOIN usage_point u ON u.id = g.usage_point_id
  JOIN tariff t ON t.id = x.tariff_id`;
const assignedSql = sql`SELECT x.id, g.code AS agreement, c.number AS account, u.code AS usage_point,
  t.code AS tariff, to_char(x.valid_from, 'YYYY-MM-DD') AS valid_from,
  to_char(x.valid_until, 'YYYY-MM-DD') AS valid_until, x.persons FROM ${assignedFrom}`;

async function assign(
  db: Work,
  { actor }: AccessContext,
  now: Date,
  { agreement, tariff, validFrom, persons = 1 }: AgreementTariffInput,
): Promise<AgreementTariff> {
  const { id: tariffId, commodity } = await find(db, tariff);
  const { rows: agreements } = await sql<{ id: number; commodity: string }>`SELECT g.id, u.commodity
    FROM agreement g JOIN usage_point u ON u.id = g.usage_point_id
    WHERE g.code = ${agreement} FOR UPDATE OF g`.execute(db);
  const found = agreements[0];
  if (found === undefined) throw registryErrors.NOT_FOUND(`agreement ${agreement}`);
  if (found.commodity !== commodity)
    throw registryErrors.BAD_VALUE(
      `tariff ${tariff} is for ${commodity}, ${agreement} for ${found.commodity}`,
    );
  await sql`UPDATE agreement_tariff SET valid_until = ${validFrom}::date WHERE agreement_id = ${found.id}
    AND valid_from < ${validFrom}::date AND valid_until IS NULL`.execute(db);
  const { rows } = await sql<{ id: number }>`INSERT INTO agreement_tariff
      (agreement_id, tariff_id, valid_from, persons, created_by, created_at)
    VALUES (${found.id}, ${tariffId}, ${validFrom}::date, ${persons}, ${actor.name}, ${now})
    RETURNING id`.execute(db);
  const { rows: made } = await sql<AgreementTariff>`${assignedSql} WHERE x.id = ${rows[0]!.id}`.execute(db);
  return made[0]!;
}

const unassign = (base: Base): AgreementTariffRepository['unassign'] => {
  return (ctx, id, nowMs) =>
    changing(
      base,
      ctx,
      async (db) => {
        await sql`SELECT FROM agreement WHERE id = (SELECT agreement_id FROM agreement_tariff
          WHERE id = ${id}) FOR UPDATE`.execute(db);
        const { rows } = await sql<AgreementTariff & { agreementId: number; today: string }>`SELECT a.*,
            x.agreement_id,
            to_char(${new Date(nowMs)}::timestamptz AT TIME ZONE u.zone, 'YYYY-MM-DD') AS today
          FROM (${assignedSql} WHERE x.id = ${id}) a JOIN agreement_tariff x ON x.id = a.id
            JOIN agreement g ON g.id = x.agreement_id JOIN usage_point u ON u.id = g.usage_point_id`.execute(
          db,
        );
        const what = `tariff assignment ${id}`;
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(what);
        const { agreementId, today, ...made } = rows[0];
        await requireUnused(db, what, made.validFrom, { today, agreements: sql`${agreementId}` });
        await sql`DELETE FROM agreement_tariff WHERE id = ${id}`.execute(db);
        // the one before it goes on as long as this one would have
        await sql`UPDATE agreement_tariff SET valid_until = ${made.validUntil}::date
          WHERE agreement_id = ${agreementId} AND valid_until = ${made.validFrom}::date`.execute(db);
        return made;
      },
      ({ agreement, tariff, validFrom, validUntil }) => ({
        action: 'unassign',
        objectKind: 'agreement_tariff',
        objectId: String(id),
        data: { agreement, tariff, validFrom, validUntil },
      }),
    );
};

export function agreementTariffRepository(base: Base): AgreementTariffRepository {
  return {
    unassign: unassign(base),
    list: async (ctx, query = {}) => {
      const { agreement, account, tariff } = query;
      const match = sql.join(
        [
          visible(ctx, 'usage_point', 'g.usage_point_id'),
          agreement === undefined ? sql`true` : sql`g.code = ${agreement}`,
          account === undefined ? sql`true` : sql`c.number = ${account}`,
          tariff === undefined ? sql`true` : sql`t.code = ${tariff}`,
        ],
        sql` AND `,
      );
      return newestFirst<AgreementTariff>(
        base,
        { select: assignedSql, from: assignedFrom, id: 'x.id' },
        match,
        query,
      );
    },
    assign: async (ctx, input) => {
      return changing(
        base,
        ctx,
        (db, now) => assign(db, ctx, now, input),
        ({ id }) => ({
          action: 'assign',
          objectKind: 'agreement_tariff',
          objectId: String(id),
          data: { ...input },
        }),
      );
    },
    assignMissing: async (ctx, inputs) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { numAffectedRows } = await sql`INSERT INTO agreement_tariff
              (agreement_id, tariff_id, valid_from, persons, created_by, created_at)
            SELECT g.id, t.id, i.valid_from::date, coalesce(i.persons, 1), ${ctx.actor.name}, ${now}
            FROM jsonb_to_recordset(${JSON.stringify(
              inputs.map(({ agreement, tariff, validFrom: valid_from, persons }) => ({
                ...{ agreement, tariff, valid_from, persons },
              })),
            )}::jsonb) AS i(agreement text, tariff text, valid_from text, persons integer)
              JOIN agreement g ON g.code = i.agreement JOIN tariff t ON t.code = i.tariff
              JOIN usage_point u ON u.id = g.usage_point_id AND u.commodity = t.commodity
            WHERE NOT EXISTS (SELECT FROM agreement_tariff x WHERE x.agreement_id = g.id)`.execute(db);
          return Number(numAffectedRows ?? 0n);
        },
        (assigned) => ({
          action: 'assign_many',
          objectKind: 'agreement_tariff',
          objectId: '*',
          data: { assigned },
        }),
      );
    },
  };
}
