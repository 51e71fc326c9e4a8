/** What a tariff would do to the bills of many: jobs, and what each agreement would pay. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  ImpactAgreement,
  ImpactFigures,
  ImpactHistogram,
  ImpactQuery,
  ImpactRow,
  ImpactSums,
  TariffImpact,
  TariffImpactPatch,
  TariffImpactRepository,
} from '../what-if-store.ts';
import type { Noted, Work } from './audit-chain.ts';
import {
  type Base,
  countOf,
  decodeCursor,
  limitOf,
  newestFirst,
  pageOf,
  reading,
  requireAll,
} from './base.ts';
import { madeOnce, moving } from './keyed-jobs.ts';

const columns = sql.raw(`id, key, tariff, document, commodity, currency, versions,
  to_char(from_day, 'YYYY-MM-DD') AS from_day, to_char(to_day, 'YYYY-MM-DD') AS to_day, filter, note, state,
  revision, agreements, done, position, error, created_by, created_at, finished_at, version`);
const select = sql`SELECT ${columns} FROM tariff_impact`;
/** Of those that ended. */
const mostKept = 20;

async function find(db: Base['db'] | Work, id: number, lock = false): Promise<TariffImpact> {
  const { rows } = await sql<TariffImpact>`${select} WHERE id = ${id}
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`tariff impact ${id}`);
  return rows[0];
}

function noteOf(action: string, { id, tariff, fromDay, toDay, filter }: TariffImpact): Noted {
  const data = { tariff, fromDay, toDay, filter };
  return { action, objectKind: 'tariff_impact', objectId: String(id), data };
}

const create = (base: Base): TariffImpactRepository['create'] => {
  return async (ctx, input) => {
    const { made, created } = await madeOnce<TariffImpact>(base, ctx, {
      insert: async (db, now) => {
        const document = input.document === null ? null : JSON.stringify(input.document);
        const { rows } = await sql<{ id: number }>`INSERT INTO tariff_impact (key, tariff, document,
            commodity, currency, versions, from_day, to_day, filter, note, created_by, created_at)
          VALUES (${input.key}, ${input.tariff}, ${document}::json, ${input.commodity}, ${input.currency},
            ${input.versions}, ${input.fromDay}::date, ${input.toDay}::date,
            ${JSON.stringify(input.filter)}::jsonb, ${input.note}, ${ctx.actor.id}, ${now})
          ON CONFLICT (created_by, key) DO NOTHING RETURNING id`.execute(db);
        if (rows[0] === undefined) return undefined;
        await sql`DELETE FROM tariff_impact WHERE id IN (SELECT id FROM tariff_impact
          WHERE state IN ('done', 'cancelled', 'failed') ORDER BY id DESC OFFSET ${mostKept})`.execute(db);
        return rows[0].id;
      },
      kept: async () => {
        const { rows } = await sql<TariffImpact>`${select}
          WHERE created_by = ${ctx.actor.id} AND key = ${input.key}`.execute(base.db);
        return rows[0];
      },
      note: (impact) => noteOf('create', impact),
      find,
    });
    return { impact: made, created };
  };
};

const patchColumns: Readonly<Record<keyof TariffImpactPatch, string>> = {
  revision: 'revision',
  agreements: 'agreements',
  error: 'error',
  finishedAt: 'finished_at',
};

const put = (base: Base): TariffImpactRepository['put'] => {
  return async (ctx, id, rows, { position, done }) => {
    requireAll(ctx);
    await reading(() =>
      base.db.transaction().execute(async (db) => {
        const { rows: found } = await sql`UPDATE tariff_impact SET position = ${position}, done = ${done}
          WHERE id = ${id} AND state = 'calculating' RETURNING id`.execute(db);
        if (found.length === 0) throw registryErrors.IMPACT_STATE(`tariff impact ${id} is not calculating`);
        if (rows.length > 0) await insert(db, id, rows);
      }),
    );
  };
};

async function insert(db: Work, id: number, rows: readonly ImpactRow[]): Promise<void> {
  const column = <T>(of: (row: ImpactRow) => T) => rows.map(of);
  await sql`INSERT INTO tariff_impact_agreement (impact_id, agreement_id, service_class, tariff, cycles,
      before, after, percent, reason, message)
    SELECT ${id}, i.* FROM unnest(${column((row) => row.agreementId)}::int[],
      ${column((row) => row.serviceClass)}::text[], ${column((row) => row.tariff)}::text[],
      ${column((row) => row.cycles)}::int[], ${column((row) => row.before)}::numeric[],
      ${column((row) => row.after)}::numeric[], ${column((row) => row.percent)}::float8[],
      ${column((row) => row.reason)}::text[], ${column((row) => row.message)}::text[]) AS i
    ON CONFLICT DO NOTHING`.execute(db);
}

const sums = sql.raw(`count(difference)::int AS rated, (count(*) - count(difference))::int AS unrated,
  count(*) FILTER (WHERE difference < 0)::int AS winners,
  count(*) FILTER (WHERE difference > 0)::int AS losers,
  count(*) FILTER (WHERE difference = 0)::int AS unchanged,
  coalesce(sum(before) FILTER (WHERE difference IS NOT NULL), 0)::text AS before,
  coalesce(sum(after) FILTER (WHERE difference IS NOT NULL), 0)::text AS after,
  coalesce(sum(difference), 0)::text AS difference`);

async function figures(base: Base, id: number): Promise<ImpactFigures> {
  const of = sql`FROM tariff_impact_agreement WHERE impact_id = ${id}`;
  const { rows: all } = await sql<ImpactSums>`SELECT ${sums} ${of}`.execute(base.db);
  const { rows: classes } = await sql<ImpactSums & { serviceClass: string }>`SELECT service_class, ${sums}
    ${of} GROUP BY service_class ORDER BY service_class LIMIT 200`.execute(base.db);
  const { rows: reasons } = await sql<{ reason: string; agreements: number }>`SELECT reason,
    count(*)::int AS agreements ${of} AND reason <> '' GROUP BY reason`.execute(base.db);
  return {
    ...{ all: all[0]!, classes },
    reasons: Object.fromEntries(reasons.map(({ reason, agreements }) => [reason, agreements])),
  };
}

/** About as many bins; what lies beyond the hundredth parts at both ends is in the first and the last. */
const wantedBins = 20;

/** Finer than any amount or percent is shown. */
const leastWide = 1e-9;

/** Bins of a width people can read, 1, 2 or 5 times a power of ten: indexes of the first and the last. */
export function binsOf(low: number, high: number): { step: number; first: number; last: number } {
  const wide = Math.max(high, 0) - Math.min(low, 0);
  if (!(wide > leastWide)) return { step: 1, first: 0, last: 0 };
  const rough = wide / wantedBins;
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9))!;
  // written as a decimal it is exact
  const step = Number((times * power).toPrecision(1));
  return { step, first: Math.floor(Math.min(low, 0) / step), last: Math.floor(Math.max(high, 0) / step) };
}

async function histogram(
  base: Base,
  id: number,
  by: ImpactHistogram['by'],
  serviceClass: string | undefined,
): Promise<ImpactHistogram> {
  const value = sql.raw(by === 'amount' ? 'difference' : 'percent::numeric');
  const of = sql`FROM tariff_impact_agreement WHERE impact_id = ${id} AND ${value} IS NOT NULL
    AND ${serviceClass === undefined ? sql`true` : sql`service_class = ${serviceClass}`}`;
  const { rows } = await sql<{ low: number | null; high: number | null; unchanged: number }>`SELECT
      (percentile_disc(0.01) WITHIN GROUP (ORDER BY ${value}) FILTER (WHERE difference <> 0))::float8 AS low,
      (percentile_disc(0.99) WITHIN GROUP (ORDER BY ${value}) FILTER (WHERE difference <> 0))::float8 AS high,
      count(*) FILTER (WHERE difference = 0)::int AS unchanged ${of}`.execute(base.db);
  const { low, high, unchanged } = rows[0]!;
  if (low === null || high === null) return { by, bins: [], unchanged };
  const { step, first, last } = binsOf(low, high);
  const { rows: found } = await sql<{ bin: number; agreements: number; difference: string }>`SELECT
      least(greatest(floor(${value} / ${String(step)}::numeric), ${first}), ${last})::int AS bin,
      count(*)::int AS agreements, sum(difference)::text AS difference
    ${of} AND difference <> 0 GROUP BY bin`.execute(base.db);
  const known = new Map(found.map((row) => [row.bin, row]));
  const edge = (at: number) => Number((at * step).toPrecision(12));
  const bins = Array.from({ length: last - first + 1 }, (_, i) => {
    const { agreements = 0, difference = '0' } = known.get(first + i) ?? {};
    return { from: edge(first + i), to: edge(first + i + 1), agreements, difference };
  });
  return { by, bins, unchanged };
}

type Listed = ImpactAgreement & { readonly id: number };

async function agreements(base: Base, impact: number, query: ImpactQuery) {
  const { order = 'losers', serviceClass, cursor } = query;
  const limit = limitOf(query.limit);
  const [value, id] = cursor ? decodeCursor(cursor, 'string') : [undefined, 0];
  const match = sql`x.impact_id = ${impact}
    AND ${serviceClass === undefined ? sql`true` : sql`x.service_class = ${serviceClass}`}
    AND ${sql.raw(order === 'unrated' ? 'x.difference IS NULL' : 'x.difference IS NOT NULL')}`;
  const sign = sql.raw(order === 'winners' ? '>' : '<');
  const behind =
    value === undefined
      ? sql`true`
      : order === 'unrated'
        ? sql`x.agreement_id > ${id}`
        : sql`(x.difference ${sign} ${value}::numeric
            OR (x.difference = ${value}::numeric AND x.agreement_id > ${id}))`;
  const by = sql.raw(order === 'unrated' ? '' : `x.difference ${order === 'winners' ? 'ASC' : 'DESC'},`);
  const { rows } = await sql<Listed>`SELECT x.agreement_id AS id, x.agreement_id, g.code AS agreement,
      c.number AS account, k.name AS customer, u.code AS usage_point, x.service_class, x.tariff, x.cycles,
      x.before::text AS before, x.after::text AS after, x.difference::text AS difference, x.percent,
      x.reason, x.message
    FROM tariff_impact_agreement x JOIN agreement g ON g.id = x.agreement_id
      JOIN account c ON c.id = g.account_id JOIN customer k ON k.id = c.customer_id
      JOIN usage_point u ON u.id = g.usage_point_id
    WHERE ${match} AND ${behind} ORDER BY ${by} x.agreement_id LIMIT ${limit + 1}`.execute(base.db);
  const total = await countOf(base, sql`tariff_impact_agreement x WHERE ${match}`);
  return { ...pageOf(rows, limit, ({ difference }) => difference ?? ''), total };
}

export function tariffImpactRepository(base: Base): TariffImpactRepository {
  return {
    create: create(base),
    transition: moving(base, {
      ...{ table: 'tariff_impact', columns: patchColumns, find, note: noteOf },
      otherState: registryErrors.IMPACT_STATE,
    }),
    put: put(base),
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const list = { select, from: sql`tariff_impact`, id: 'id' };
      return newestFirst<TariffImpact>(base, list, sql`true`, query);
    },
    next: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<TariffImpact>`${select} WHERE state IN ('draft', 'calculating')
          ORDER BY id LIMIT 1`.execute(base.db);
        return rows[0];
      });
    },
    figures: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => figures(base, id));
    },
    histogram: async (ctx, id, by, serviceClass) => {
      requireAll(ctx);
      return reading(() => histogram(base, id, by, serviceClass));
    },
    agreements: async (ctx, id, query = {}) => {
      requireAll(ctx);
      return reading(() => agreements(base, id, query));
    },
  };
}
