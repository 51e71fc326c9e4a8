/** Agreements with all that bills of them need, in pages; and bill cycles. */
import { groupBy } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type {
  BillCycle,
  BillCycleRepository,
  BilledAgreement,
  BilledChannel,
  BilledQuery,
  BillingFactsRepository,
} from '../billing-store.ts';
import { registryErrors } from '../errors.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, limitOf, reading, requireAll, visible } from './base.ts';

/** Local dates are those of the usage point. */
function billed(query: BilledQuery): RawBuilder<unknown> {
  const { from, to, cycle, accounts, agreements, codes, commodity, serviceClass, tariff } = query;
  return sql.join(
    [
      sql`g.valid_from < (${to}::date::timestamp AT TIME ZONE u.zone)`,
      sql`(g.valid_until IS NULL OR g.valid_until > (${from}::date::timestamp AT TIME ZONE u.zone))`,
      cycle === undefined ? sql`true` : sql`coalesce(c.bill_cycle, '') = ${cycle}`,
      accounts === undefined ? sql`true` : sql`c.number = ANY(${[...accounts]}::text[])`,
      agreements === undefined ? sql`true` : sql`g.id = ANY(${[...agreements]}::int[])`,
      codes === undefined ? sql`true` : sql`g.code = ANY(${[...codes]}::text[])`,
      commodity === undefined ? sql`true` : sql`u.commodity = ${commodity}`,
      serviceClass === undefined ? sql`true` : sql`u.service_class = ${serviceClass}`,
      tariff === undefined
        ? sql`true`
        : sql`EXISTS (SELECT 1 FROM agreement_tariff x JOIN tariff t ON t.id = x.tariff_id
            WHERE x.agreement_id = g.id AND t.code = ${tariff} AND x.valid_from < ${to}::date
              AND (x.valid_until IS NULL OR x.valid_until > ${from}::date))`,
    ],
    sql` AND `,
  );
}

const source = sql`agreement g JOIN account c ON c.id = g.account_id
  JOIN usage_point u ON u.id = g.usage_point_id`;

type Head = Omit<BilledAgreement, 'tariffs' | 'channels'>;
type TariffOf = BilledAgreement['tariffs'][number] & { readonly agreementId: number };
type ChannelOf = BilledChannel & { readonly usagePointId: number };

interface Facts {
  readonly heads: readonly Head[] | null;
  readonly tariffs: readonly TariffOf[] | null;
  readonly channels: readonly ChannelOf[] | null;
}

/** Channels of the meters that are or were at usage points `= which`, as JSON names them, in order. */
export const channelsAt = (which: string) =>
  sql.raw(`SELECT i.usage_point_id AS "usagePointId",
    h.id AS "channelId", i.meter_id AS "meterId",
    (SELECT serial FROM meter m WHERE m.id = i.meter_id) AS serial, i.role, h.reading_type AS "readingType",
    h.interval_s AS "intervalS", h.resolution, h.unit, h.digits, h.obis, h.multiplier::text AS multiplier,
    EXISTS (SELECT FROM virtual_channel v WHERE v.channel_id = h.id) AS virtual,
    extract(epoch FROM i.valid_from)::float8 AS "fromS",
    extract(epoch FROM i.valid_until)::float8 AS "untilS"
  FROM installation i, LATERAL (SELECT * FROM channel WHERE meter_id = i.meter_id OFFSET 0) h
  WHERE i.usage_point_id = ${which} ORDER BY i.valid_from, h.id`);

/**
 * All that bills of some agreements need as one row of JSON: a row of its own costs the embedded engine more
 * than what is in it. Rows are found by their keys one by one: a join may read the whole fleet for a page.
 */
const factsOf = (ids: readonly number[], seen: RawBuilder<unknown>) => sql<Facts>`WITH g AS MATERIALIZED (
    SELECT g.id, g.code, g.account_id AS "accountId", g.usage_point_id AS "usagePointId", u.zone, u.commodity,
      u.service_class AS "serviceClass",
      (SELECT coalesce((SELECT day_of_month FROM bill_cycle k WHERE k.name = c.bill_cycle), 1)
        FROM account c WHERE c.id = g.account_id) AS "anchorDay",
      (SELECT number FROM account c WHERE c.id = g.account_id) AS account, u.code AS "usagePoint",
      extract(epoch FROM g.valid_from)::float8 AS "fromS",
      extract(epoch FROM g.valid_until)::float8 AS "untilS"
    FROM agreement g, LATERAL (SELECT * FROM usage_point WHERE id = g.usage_point_id OFFSET 0) u
    WHERE g.id = ANY(${ids}::int[]) AND ${seen}),
  t AS (SELECT x.agreement_id AS "agreementId", t.code AS tariff, x.valid_from AS "validFrom",
      x.valid_until AS "validUntil", x.persons
    FROM agreement_tariff x JOIN tariff t ON t.id = x.tariff_id
    WHERE x.agreement_id = ANY(ARRAY(SELECT id FROM g)) ORDER BY x.agreement_id, x.valid_from),
  c AS (${channelsAt('ANY(ARRAY(SELECT "usagePointId" FROM g))')})
  SELECT (SELECT json_agg(g ORDER BY id) FROM g) AS heads, (SELECT json_agg(t) FROM t) AS tariffs,
    (SELECT json_agg(c) FROM c) AS channels`;

export function billingFactsRepository(base: Base): BillingFactsRepository {
  return {
    ids: (ctx, query, after = 0) =>
      reading(async () => {
        const { rows } = await sql<{
          ids: number[];
        }>`SELECT coalesce(json_agg(g.id ORDER BY g.id), '[]') AS ids FROM ${source}
          WHERE g.id > ${after} AND ${billed(query)} AND ${visible(ctx, 'usage_point', 'u.id')}`.execute(
          base.db,
        );
        return rows[0]!.ids;
      }),
    of: (ctx, ids) =>
      reading(async () => {
        if (ids.length === 0) return [];
        limitOf(ids.length);
        const seen = visible(ctx, 'usage_point', 'g.usage_point_id');
        const { rows } = await factsOf(ids, seen).execute(base.db);
        const { heads, tariffs, channels } = rows[0]!;
        const given = groupBy(tariffs ?? [], ({ agreementId }) => agreementId);
        const there = groupBy(channels ?? [], ({ usagePointId }) => usagePointId);
        return (heads ?? []).map((head) => ({
          ...head,
          tariffs: given.get(head.id) ?? [],
          channels: there.get(head.usagePointId) ?? [],
        }));
      }),
  };
}

const cycleSql = sql`SELECT b.name, b.day_of_month,
  (SELECT count(*)::int FROM account c WHERE c.bill_cycle = b.name) AS accounts FROM bill_cycle b`;

/**
 * Prepay charges by cycles, so other days would charge usage twice: they wait for the last bill of prepay.
 * Raises BILL_CYCLE_PREPAY.
 */
async function keepPrepay(
  db: Work,
  accounts: RawBuilder<unknown>,
  day: number | RawBuilder<unknown>,
): Promise<void> {
  const { rows } = await sql<{ number: string }>`SELECT c.number FROM account c
      JOIN agreement g ON g.account_id = c.id JOIN prepay_agreement p ON p.agreement_id = g.id
      JOIN usage_point u ON u.id = g.usage_point_id LEFT JOIN bill_cycle y ON y.name = c.bill_cycle
    WHERE ${accounts} AND coalesce(y.day_of_month, 1) <> ${day}
      AND p.valid_until IS DISTINCT FROM p.valid_from
      AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.agreement_id = g.id AND b.state = 'issued'
        AND b.cycle_to >= least(p.valid_until, (g.valid_until AT TIME ZONE u.zone)::date))
    ORDER BY c.id LIMIT 1`.execute(db);
  if (rows[0] !== undefined) throw registryErrors.BILL_CYCLE_PREPAY(`account ${rows[0].number}`);
}

export function billCycleRepository(base: Base): BillCycleRepository {
  return {
    list: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<BillCycle>`${cycleSql} ORDER BY b.name LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
    put: async (ctx, { name, dayOfMonth }) => {
      return changing(
        base,
        ctx,
        async (db) => {
          await keepPrepay(db, sql`c.bill_cycle = ${name}`, dayOfMonth);
          await sql`INSERT INTO bill_cycle (name, day_of_month) VALUES (${name}, ${dayOfMonth})
            ON CONFLICT (name) DO UPDATE SET day_of_month = excluded.day_of_month`.execute(db);
          const { rows } = await sql<BillCycle>`${cycleSql} WHERE b.name = ${name}`.execute(db);
          return rows[0]!;
        },
        () => ({ action: 'put', objectKind: 'bill_cycle', objectId: name, data: { dayOfMonth } }),
      );
    },
    assign: async (ctx, name, accounts) => {
      return changing(
        base,
        ctx,
        async (db) => {
          const listed = sql`c.number = ANY(${[...accounts]}::text[])`;
          await keepPrepay(db, listed, sql`(SELECT day_of_month FROM bill_cycle WHERE name = ${name})`);
          const { rows } = await sql<{ number: string }>`UPDATE account SET bill_cycle = ${name},
              version = version + 1 WHERE number = ANY(${[...accounts]}::text[]) RETURNING number`.execute(
            db,
          );
          const known = new Set(rows.map(({ number }) => number));
          const unknown = accounts.find((number) => !known.has(number));
          if (unknown !== undefined) throw registryErrors.NOT_FOUND(`account ${unknown}`);
          return rows.length;
        },
        (assigned) => ({ action: 'assign', objectKind: 'bill_cycle', objectId: name, data: { assigned } }),
      );
    },
  };
}
