/** Agreements with all that bills of them need, in pages; and bill cycles. */
import { type RawBuilder, sql } from 'kysely';
import type {
  BillCycle,
  BillCycleRepository,
  BilledAgreement,
  BilledQuery,
  BillingFactsRepository,
} from '../billing-store.ts';
import { registryErrors } from '../errors.ts';
import { type Base, changing, limitOf, reading, requireAll, visible } from './base.ts';

/** Local dates are those of the usage point. */
function billed(query: BilledQuery): RawBuilder<unknown> {
  const { from, to, cycle, accounts, agreements } = query;
  return sql.join(
    [
      sql`g.valid_from < (${to}::date::timestamp AT TIME ZONE u.zone)`,
      sql`(g.valid_until IS NULL OR g.valid_until > (${from}::date::timestamp AT TIME ZONE u.zone))`,
      cycle === undefined ? sql`true` : sql`coalesce(c.bill_cycle, '') = ${cycle}`,
      accounts === undefined ? sql`true` : sql`c.number = ANY(${[...accounts]}::text[])`,
      agreements === undefined ? sql`true` : sql`g.id = ANY(${[...agreements]}::int[])`,
    ],
    sql` AND `,
  );
}

const source = sql`agreement g JOIN account c ON c.id = g.account_id
  JOIN usage_point u ON u.id = g.usage_point_id`;

const tariffs = sql.raw(`(SELECT coalesce(jsonb_agg(jsonb_build_object('tariff', t.code,
    'validFrom', x.valid_from, 'validUntil', x.valid_until, 'persons', x.persons)
    ORDER BY x.valid_from), '[]')
  FROM agreement_tariff x JOIN tariff t ON t.id = x.tariff_id WHERE x.agreement_id = g.id)`);

/** Channels of the meters that are or were at usage point `u`. */
export const channelsOfPoint = sql.raw(`(SELECT coalesce(jsonb_agg(jsonb_build_object(
    'channelId', h.id, 'meterId', m.id, 'serial', m.serial, 'role', i.role, 'readingType', h.reading_type,
    'intervalS', h.interval_s, 'resolution', h.resolution, 'unit', h.unit, 'digits', h.digits,
    'obis', h.obis, 'multiplier', h.multiplier::text,
    'virtual', v.channel_id IS NOT NULL, 'fromS', extract(epoch FROM i.valid_from)::float8,
    'untilS', extract(epoch FROM i.valid_until)::float8) ORDER BY i.valid_from, h.id), '[]')
  FROM installation i JOIN meter m ON m.id = i.meter_id JOIN channel h ON h.meter_id = m.id
    LEFT JOIN virtual_channel v ON v.channel_id = h.id WHERE i.usage_point_id = u.id)`);

export function billingFactsRepository(base: Base): BillingFactsRepository {
  return {
    count: (ctx, query) =>
      reading(async () => {
        const { rows } = await sql<{ total: number }>`SELECT count(*) AS total FROM ${source}
          WHERE ${billed(query)} AND ${visible(ctx, 'usage_point', 'u.id')}`.execute(base.db);
        return rows[0]!.total;
      }),
    page: (ctx, query, after, limit) =>
      reading(async () => {
        const { rows } = await sql<BilledAgreement>`SELECT g.id, g.code, g.account_id, c.number AS account,
            g.usage_point_id, u.code AS usage_point, u.zone, u.commodity,
            extract(epoch FROM g.valid_from)::float8 AS from_s,
            extract(epoch FROM g.valid_until)::float8 AS until_s,
            ${tariffs} AS tariffs, ${channelsOfPoint} AS channels
          FROM ${source} WHERE g.id > ${after} AND ${billed(query)} AND ${visible(ctx, 'usage_point', 'u.id')}
          ORDER BY g.id LIMIT ${limitOf(limit)}`.execute(base.db);
        return rows;
      }),
  };
}

const cycleSql = sql`SELECT b.name, b.day_of_month,
  (SELECT count(*)::int FROM account c WHERE c.bill_cycle = b.name) AS accounts FROM bill_cycle b`;

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
