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

interface TariffRow {
  readonly agreementId: number;
  readonly tariff: string;
  readonly validFrom: string;
  readonly validUntil: string | null;
  readonly persons: number;
}

/** Rows a page asks for by their keys, and the planner knows how many: a join of all would read the fleet. */
const tariffsOf = (agreements: readonly number[]) => sql<TariffRow>`SELECT x.agreement_id,
    t.code AS tariff, x.valid_from::text AS valid_from, x.valid_until::text AS valid_until, x.persons
  FROM agreement_tariff x JOIN tariff t ON t.id = x.tariff_id
  WHERE x.agreement_id = ANY(${agreements}::int[]) ORDER BY x.agreement_id, x.valid_from`;

const channelsOf = (usagePoints: readonly number[]) => sql<
  BilledChannel & { readonly usagePointId: number }
>`SELECT i.usage_point_id, h.id AS channel_id, m.id AS meter_id, m.serial, i.role, h.reading_type,
    h.interval_s, h.resolution, h.unit, h.digits, h.obis, h.multiplier::text AS multiplier,
    EXISTS (SELECT FROM virtual_channel v WHERE v.channel_id = h.id) AS virtual,
    extract(epoch FROM i.valid_from)::float8 AS from_s, extract(epoch FROM i.valid_until)::float8 AS until_s
  FROM installation i JOIN meter m ON m.id = i.meter_id JOIN channel h ON h.meter_id = m.id
  WHERE i.usage_point_id = ANY(${usagePoints}::int[]) ORDER BY i.usage_point_id, i.valid_from, h.id`;

type Head = Omit<BilledAgreement, 'tariffs' | 'channels'>;

export function billingFactsRepository(base: Base): BillingFactsRepository {
  return {
    ids: (ctx, query, after = 0) =>
      reading(async () => {
        const { rows } = await sql<{
          ids: number[];
        }>`SELECT coalesce(json_agg(g.id ORDER BY g.id), '[]') AS ids
          FROM ${source} WHERE g.id > ${after} AND ${billed(query)} AND ${visible(ctx, 'usage_point', 'u.id')}`.execute(
          base.db,
        );
        return rows[0]!.ids;
      }),
    of: (ctx, ids) =>
      reading(async () => {
        if (ids.length > 0) limitOf(ids.length);
        const { rows: heads } = await sql<Head>`SELECT g.id, g.code, g.account_id, c.number AS account,
            g.usage_point_id, u.code AS usage_point, u.zone, u.commodity,
            extract(epoch FROM g.valid_from)::float8 AS from_s,
            extract(epoch FROM g.valid_until)::float8 AS until_s
          FROM ${source} WHERE g.id = ANY(${[...ids]}::int[]) AND ${visible(ctx, 'usage_point', 'u.id')}
          ORDER BY g.id`.execute(base.db);
        const points = [...new Set(heads.map(({ usagePointId }) => usagePointId))];
        const [tariffs, channels] = await Promise.all([
          tariffsOf(heads.map(({ id }) => id)).execute(base.db),
          channelsOf(points).execute(base.db),
        ]);
        const given = groupBy(tariffs.rows, ({ agreementId }) => agreementId);
        const there = groupBy(channels.rows, ({ usagePointId }) => usagePointId);
        return heads.map((head) => ({
          ...head,
          tariffs: given.get(head.id) ?? [],
          channels: there.get(head.usagePointId) ?? [],
        }));
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
