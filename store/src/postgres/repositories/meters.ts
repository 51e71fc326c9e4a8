/** Meters: their table, their page, their counts. */
import type { AccessContext, Commodity } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import { kinds } from '../kinds.ts';
import type { ChannelRepository, InstallationRepository, MeterInput, MeterRepository } from '../store.ts';
import type * as t from '../types.ts';
import { type Base, containing, countOf, decodeCursor, limitOf, pageOf, reading, visible } from './base.ts';
import { codedRepository, columnsOf } from './coded.ts';

/** Installation `i` is open, at a place the caller may see: a meter may have moved on from theirs. */
function isHere(ctx: AccessContext): RawBuilder<boolean> {
  return sql<boolean>`i.valid_until IS NULL AND ${visible(ctx, 'usage_point', 'i.usage_point_id')}`;
}

/** Where a meter is now: at most one installation of a meter is open. */
function joins(ctx: AccessContext): RawBuilder<unknown> {
  return sql`meter m
    LEFT JOIN installation i ON i.meter_id = m.id AND ${isHere(ctx)}
    LEFT JOIN usage_point u ON u.id = i.usage_point_id
    LEFT JOIN premise p ON p.id = u.premise_id
    LEFT JOIN agreement g ON g.usage_point_id = u.id AND g.valid_until IS NULL
    LEFT JOIN account a ON a.id = g.account_id`;
}

/** One line of a premise's address. */
export const addressSql =
  "nullif(concat_ws(', ', nullif(array_to_string(p.address_lines, ', '), ''), " +
  "nullif(concat_ws(' ', nullif(p.postcode, ''), nullif(p.locality, '')), '')), '')";

/** Meters whose own words, place, account or customer hold the text. Each arm has its own index. */
function matching(ctx: AccessContext, q: string): RawBuilder<boolean> {
  const like = containing(q);
  const here = sql.raw('SELECT i.meter_id FROM installation i JOIN usage_point u ON u.id = i.usage_point_id');
  const agreed = sql.raw('JOIN agreement g ON g.usage_point_id = u.id JOIN account a ON a.id = g.account_id');
  return sql<boolean>`m.id IN (
    SELECT id FROM meter WHERE words LIKE ${like}
    UNION ${here} WHERE u.words LIKE ${like} AND ${isHere(ctx)}
    UNION ${here} JOIN premise p ON p.id = u.premise_id WHERE p.words LIKE ${like} AND ${isHere(ctx)}
    UNION ${here} ${agreed} WHERE a.words LIKE ${like} AND ${isHere(ctx)} AND g.valid_until IS NULL
    UNION ${here} ${agreed} JOIN customer c ON c.id = a.customer_id
      WHERE c.words LIKE ${like} AND ${isHere(ctx)} AND g.valid_until IS NULL)`;
}

function filterOf(ctx: AccessContext, query: t.MeterListQuery): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [visible(ctx, 'meter', 'm.id')];
  if (query.q) parts.push(matching(ctx, query.q));
  for (const column of ['commodity', 'state', 'manufacturer', 'model'] as const) {
    if (query[column] !== undefined) parts.push(sql`m.${sql.raw(column)} = ${query[column]}`);
  }
  if (query.ids) parts.push(sql`m.id = ANY(${query.ids as number[]}::int[])`);
  if (query.notIds) {
    parts.push(sql`NOT EXISTS (SELECT FROM unnest(${query.notIds as number[]}::int[]) x WHERE x = m.id)`);
  }
  return sql.join(parts, sql` AND `);
}

async function list(
  base: Base,
  ctx: AccessContext,
  query: t.MeterListQuery = {},
): Promise<t.Page<t.MeterListItem>> {
  const limit = limitOf(query.limit);
  const descending = query.sort?.startsWith('-') ?? false;
  const sort = (query.sort ?? 'serial').replace('-', '') as (typeof t.meterSorts)[number];
  if (!sorts.has(sort)) throw registryErrors.BAD_VALUE(`cannot sort by "${query.sort}"`);
  const column = sql.raw(`m.${sort}`);
  const filter = filterOf(ctx, query);
  const compare = sql.raw(descending ? '<' : '>');
  const way = sql.raw(descending ? 'DESC' : 'ASC');
  let after: RawBuilder<unknown> = sql`true`;
  if (query.cursor !== undefined) {
    const [value, id] = decodeCursor(query.cursor, 'string');
    after = sql`(${column}, m.id) ${compare} (${value}, ${id})`;
  }
  return reading(async () => {
    // The page is chosen before the joins, which then touch its rows only.
    const { rows } = await sql<t.MeterListItem>`SELECT ${columnsOf(kinds.meters, 'm')},
        u.id AS usage_point_id, u.code AS usage_point_code, ${sql.raw(addressSql)} AS address,
        a.number AS account
      FROM ${joins(ctx)} WHERE m.id IN (SELECT m.id FROM meter m WHERE ${filter} AND ${after}
        ORDER BY ${column} ${way}, m.id ${way} LIMIT ${limit + 1})
      ORDER BY ${column} ${way}, m.id ${way}`.execute(base.db);
    const total = await countOf(base, sql`meter m WHERE ${filter}`);
    return { ...pageOf(rows, limit, (row) => row[sort]), total };
  });
}

const sorts = new Set(['serial', 'manufacturer', 'model', 'state', 'commodity', 'firmware']);

async function counts(base: Base, ctx: AccessContext): Promise<t.MeterCounts> {
  return reading(async () => {
    const { rows } = await sql<{ state: t.MeterState; commodity: Commodity; count: number }>`
      SELECT state, commodity, count(*) FROM meter m WHERE ${visible(ctx, 'meter', 'm.id')}
      GROUP BY state, commodity`.execute(base.db);
    const byState: Partial<Record<t.MeterState, number>> = {};
    const byCommodity: Partial<Record<Commodity, number>> = {};
    let total = 0;
    for (const { state, commodity, count } of rows) {
      total += count;
      byState[state] = (byState[state] ?? 0) + count;
      byCommodity[commodity] = (byCommodity[commodity] ?? 0) + count;
    }
    return { total, byState, byCommodity };
  });
}

/** The meter repository; channels and installations are handed in for the meter's page. */
export function meterRepository(
  base: Base,
  others: { readonly channels: ChannelRepository; readonly installations: InstallationRepository },
): MeterRepository {
  const coded = codedRepository<t.Meter, MeterInput>(base, 'meters');
  return {
    ...coded,
    list: (ctx, query) => list(base, ctx, query),
    counts: (ctx) => counts(base, ctx),
    detail: async (ctx, id) => {
      const meter = await coded.get(ctx, id);
      const channels = await others.channels.ofMeters(ctx, [id]);
      const installations = await others.installations.ofMeter(ctx, id);
      const now = installations.find(({ validUntil }) => validUntil === null);
      const around = now === undefined ? nowhere : await aroundPoint(base, ctx, now.usagePointId);
      return { meter, channels, installations, ...around };
    },
    idsOf: (ctx, serials) =>
      reading(async () => {
        const { rows } = await sql<{ id: number; serial: string }>`SELECT id, serial FROM meter
          WHERE serial = ANY(${[...serials]}::text[]) AND ${visible(ctx, 'meter', 'meter.id')}`.execute(
          base.db,
        );
        return new Map(rows.map(({ id, serial }) => [serial, id]));
      }),
    markActive: (ctx, ids) =>
      reading(async () => {
        const { numAffectedRows } = await sql`UPDATE meter SET state = 'active', version = version + 1
          WHERE id = ANY(${[...ids]}::int[]) AND state = 'installed'
          AND ${visible(ctx, 'meter', 'meter.id')}`.execute(base.db);
        return Number(numAffectedRows ?? 0);
      }),
  };
}

type Around = Pick<t.MeterDetail, 'usagePoint' | 'premise' | 'agreement' | 'account' | 'customer'>;
const nowhere: Around = { usagePoint: null, premise: null, agreement: null, account: null, customer: null };

/** The usage point with its premise and its present agreement, account and customer. */
async function aroundPoint(base: Base, ctx: AccessContext, usagePointId: number): Promise<Around> {
  return reading(async () => {
    const one = async <T>(from: RawBuilder<unknown>): Promise<T | null> =>
      (await sql<T>`${from}`.execute(base.db)).rows[0] ?? null;
    const usagePoint = await one<t.UsagePoint>(sql`SELECT ${columnsOf(kinds['usage-points'])} FROM usage_point
      WHERE id = ${usagePointId} AND ${visible(ctx, 'usage_point', 'usage_point.id')}`);
    if (usagePoint === null) return nowhere;
    const premise = await one<t.Premise>(sql`SELECT ${columnsOf(kinds.premises)} FROM premise
      WHERE id = ${usagePoint.premiseId}`);
    const agreement = await one<t.Agreement>(sql`SELECT ${columnsOf(kinds.agreements)} FROM agreement
      WHERE usage_point_id = ${usagePointId} AND valid_until IS NULL`);
    const account = await one<t.Account>(sql`SELECT ${columnsOf(kinds.accounts)} FROM account
      WHERE id = ${agreement?.accountId ?? null}`);
    const customer = await one<t.Customer>(sql`SELECT ${columnsOf(kinds.customers)} FROM customer
      WHERE id = ${account?.customerId ?? null}`);
    return { usagePoint, premise, agreement, account, customer };
  });
}
