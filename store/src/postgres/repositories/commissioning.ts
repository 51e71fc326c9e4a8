/** Where meters stand on their way into use: what is looked at, what is kept of it, lists and counts. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type {
  CommissioningChange,
  CommissioningCount,
  CommissioningItem,
  CommissioningMeter,
  CommissioningQuery,
  CommissioningRepository,
} from '../commissioning-store.ts';
import { registryErrors } from '../errors.ts';
import type { Page } from '../types.ts';
import type { Work } from './audit-chain.ts';
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
} from './base.ts';
import { addressSql } from './meters.ts';

const seconds = (column: string) => sql.raw(`floor(extract(epoch FROM ${column}))::float8`);

/** Meters that match, with their keys, their place and their record. */
async function looked(base: Base, match: RawBuilder<unknown>, limit: number): Promise<CommissioningMeter[]> {
  const { rows } = await sql<CommissioningMeter>`SELECT m.id AS meter_id, m.serial, m.addresses, m.commodity,
      m.state, m.attributes, c.record, coalesce(c.findings, '[]') AS findings,
      coalesce(c.version, 0) AS version, k.keyed_s,
      coalesce(k.is_proven, false) AS is_proven, coalesce(k.has_wmbus, false) AS has_wmbus_key,
      coalesce(k.has_lorawan, false) AS has_lorawan_key, e.meter_id IS NOT NULL AS has_endpoint,
      ${seconds('i.valid_from')} AS installed_s
    FROM meter m LEFT JOIN commissioning c ON c.meter_id = m.id
    LEFT JOIN meter_endpoint e ON e.meter_id = m.id
    LEFT JOIN installation i ON i.meter_id = m.id AND i.valid_until IS NULL
    LEFT JOIN LATERAL (SELECT ${seconds('min(created_at)')} AS keyed_s,
      bool_or(proven_at IS NOT NULL) AS is_proven, bool_or(kind = 'wmbus') AS has_wmbus,
      bool_or(kind LIKE 'lorawan%') AS has_lorawan
      FROM meter_key WHERE meter_id = m.id AND state <> 'retired') k ON true
    WHERE ${match} ORDER BY m.id LIMIT ${limit}`.execute(base.db);
  return rows;
}

/** Those that are not at an end, and those that their registered state says are at another. */
const isOpen = sql`(c.meter_id IS NULL OR c.state NOT IN ('commissioned', 'decommissioned')
  OR (m.state IN ('removed', 'retired')) <> (c.record->>'isRemoved')::boolean)`;

const rowsOf = (changes: readonly CommissioningChange[]) =>
  JSON.stringify(
    changes.map(({ meterId, record, findings, version }) => ({
      ...{ meterId, version, state: record.state, at: new Date(record.sinceS * 1_000), record, findings },
      ...{ finding: findings[0]?.code ?? '', late: findings.some(({ isLate }) => isLate) },
    })),
  );

async function put(db: Work | Base['db'], changes: readonly CommissioningChange[]): Promise<number> {
  const { rows } = await sql`INSERT INTO commissioning AS c
      (meter_id, state, since, record, findings, finding, late, version)
    SELECT "meterId", state, at, record, findings, finding, late, version + 1
    FROM json_to_recordset(${rowsOf(changes)}::json)
      AS x("meterId" int, version int, state text, at timestamptz, record jsonb, findings jsonb, finding text,
        late boolean)
    -- another process may have been sooner, and the meter may be gone
    WHERE EXISTS (SELECT FROM meter WHERE id = x."meterId") AND (x.version = 0
      OR EXISTS (SELECT FROM commissioning o WHERE o.meter_id = x."meterId" AND o.version = x.version))
    ON CONFLICT (meter_id) DO UPDATE SET state = excluded.state, since = excluded.since,
      record = excluded.record, findings = excluded.findings, finding = excluded.finding,
      late = excluded.late, version = excluded.version
      WHERE c.version = excluded.version - 1
    RETURNING c.meter_id`.execute(db);
  return rows.length;
}

const from = sql`commissioning c JOIN meter m ON m.id = c.meter_id`;

function filterOf({ q, state, late, finding }: CommissioningQuery): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`true`];
  if (q) parts.push(sql`m.words LIKE ${containing(q)}`);
  if (state) parts.push(sql`c.state = ${state}`);
  if (late !== undefined) parts.push(sql`c.late = ${late}`);
  if (finding) parts.push(sql`c.finding = ${finding}`);
  return sql.join(parts, sql` AND `);
}

async function list(base: Base, query: CommissioningQuery): Promise<Page<CommissioningItem>> {
  const limit = limitOf(query.limit);
  const filter = filterOf(query);
  const after = query.cursor ? sql`m.id > ${decodeCursor(query.cursor, 'number')[0]}` : sql`true`;
  return reading(async () => {
    const { rows } = await sql<CommissioningItem>`SELECT m.id, m.serial, m.commodity, m.manufacturer, m.model,
        u.code AS usage_point_code, ${sql.raw(addressSql)} AS address,
        c.state, c.since, c.record, c.findings, c.late
      FROM ${from} LEFT JOIN installation i ON i.meter_id = m.id AND i.valid_until IS NULL
      LEFT JOIN usage_point u ON u.id = i.usage_point_id LEFT JOIN premise p ON p.id = u.premise_id
      WHERE ${filter} AND ${after} ORDER BY m.id LIMIT ${limit + 1}`.execute(base.db);
    return { ...pageOf(rows, limit), total: await countOf(base, sql`${from} WHERE ${filter}`) };
  });
}

export function commissioningRepository(base: Base): CommissioningRepository {
  const asked = <T>(ctx: AccessContext, work: () => Promise<T>): Promise<T> => {
    requireAll(ctx);
    return reading(work);
  };
  return {
    open: async (ctx, afterMeterId, limit) =>
      asked(ctx, () => looked(base, sql`m.id > ${afterMeterId} AND ${isOpen}`, limitOf(limit))),
    ofMeters: async (ctx, meterIds) =>
      asked(ctx, () => looked(base, sql`m.id = ANY(${[...meterIds]}::int[])`, meterIds.length)),
    save: async (ctx, changes) => asked(ctx, async () => (changes.length === 0 ? 0 : put(base.db, changes))),
    decide: async (ctx, changes, { kind, reason }) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const kept = await put(db, changes);
          if (kept !== changes.length)
            throw registryErrors.VERSION_CONFLICT(`${changes.length - kept} meters were changed meanwhile`);
        },
        () => ({
          ...{ action: kind, objectKind: 'commissioning' },
          objectId: changes.length === 1 ? String(changes[0]!.meterId) : '',
          data: { reason, count: changes.length, meters: changes.map(({ meterId }) => meterId) },
        }),
      );
    },
    list: async (ctx, query = {}) => asked(ctx, () => list(base, query)),
    counts: async (ctx) =>
      asked(ctx, async () => {
        const { rows } = await sql<CommissioningCount>`SELECT state, count(*) AS count,
          count(*) FILTER (WHERE late) AS late FROM commissioning GROUP BY state`.execute(base.db);
        return rows;
      }),
  };
}
