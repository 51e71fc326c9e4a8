/** Values over time that bills use. Spans are appended: what is replaced stays, with who replaced it. */
import { formatInstant } from '@openami/model';
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import { mergeSpans } from '../merge-spans.ts';
import type {
  BillingSeries,
  BillingSeriesRepository,
  BillingSeriesSummary,
  SeriesSpan,
  SeriesUpload,
  StoredSpan,
} from '../price-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, NothingToDo, reading, requireAll, unlessNothing } from './base.ts';

const MOST_SERIES = 1_000;

const columns = sql.raw('s.id, s.code, s.name, s.quantity, s.unit, s.revision, s.created_by, s.created_at');
const uploadColumns = sql.raw(`number, known_s::float8 AS known_s, from_s::float8 AS from_s,
  to_s::float8 AS to_s, given, changed, note, created_by`);

async function find(db: Base['db'] | Work, code: string, lock = false): Promise<BillingSeries> {
  const { rows } = await sql<BillingSeries>`SELECT ${columns} FROM billing_series s WHERE s.code = ${code}
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`series ${code}`);
  return rows[0];
}

async function summaries(base: Base, code?: string): Promise<BillingSeriesSummary[]> {
  const { rows } = await sql<BillingSeriesSummary>`SELECT ${columns}, coalesce(h.spans, 0)::int AS spans,
      h.from_s, h.to_s
    FROM billing_series s LEFT JOIN LATERAL (SELECT count(*) AS spans, min(p.from_s)::float8 AS from_s,
        max(p.to_s)::float8 AS to_s
      FROM billing_series_span p WHERE p.series_id = s.id AND p.replaced_by IS NULL) h ON true
    ${code === undefined ? sql`` : sql`WHERE s.code = ${code}`} ORDER BY s.code
    LIMIT ${MOST_SERIES}`.execute(base.db);
  return rows;
}

/** More than this a window of an upload cannot hold: thirty years of quarter hours. */
const MOST_HELD = 1_000_000;

async function uploadSpans(
  db: Work,
  now: Date,
  series: BillingSeries,
  by: string,
  {
    key,
    note,
    spans,
  }: { readonly key: string; readonly note: string; readonly spans: readonly SeriesSpan[] },
): Promise<SeriesUpload> {
  const { id, code } = series;
  const number = series.revision + 1;
  const [fromS, toS] = [spans[0]!.fromS, spans.at(-1)!.toS];
  const { rows: held } = await sql<SeriesSpan>`SELECT from_s::float8 AS from_s, to_s::float8 AS to_s,
      trim_scale(value)::text AS value FROM billing_series_span
    WHERE series_id = ${id} AND replaced_by IS NULL AND from_s < ${toS} AND to_s > ${fromS}
    ORDER BY billing_series_span.from_s LIMIT ${MOST_HELD}`.execute(db);
  const { replaced, added, partly } = mergeSpans(held, spans);
  if (partly !== undefined)
    throw registryErrors.SERIES_OVERLAP(
      `'${code}' has one value from ${formatInstant(partly.fromS)} to ${formatInstant(partly.toS)}, ` +
        'of which a part is given anew',
    );
  const { rows } = await sql<SeriesUpload>`INSERT INTO billing_series_upload
      (series_id, number, key, known_s, from_s, to_s, given, changed, note, created_by)
    VALUES (${id}, ${number}, ${key}, ${Math.floor(now.getTime() / 1_000)}, ${fromS}, ${toS},
      ${spans.length}, ${added.length}, ${note}, ${by}) RETURNING ${uploadColumns}`.execute(db);
  await sql`UPDATE billing_series_span SET replaced_by = ${number}
    WHERE series_id = ${id} AND replaced_by IS NULL AND from_s = ANY(${[...replaced]}::bigint[])`.execute(db);
  const columnOf = <K extends keyof SeriesSpan>(name: K) => added.map((one) => one[name]);
  await sql`INSERT INTO billing_series_span (series_id, from_s, to_s, value, upload)
    SELECT ${id}, n.from_s, n.to_s, n.value, ${number} FROM unnest(${columnOf('fromS')}::bigint[],
      ${columnOf('toS')}::bigint[], ${columnOf('value')}::numeric[]) AS n(from_s, to_s, value)`.execute(db);
  await sql`UPDATE billing_series SET revision = ${number} WHERE id = ${id}`.execute(db);
  return rows[0]!;
}

const upload = (base: Base): BillingSeriesRepository['upload'] => {
  return async (ctx, code, input) => {
    const made = await unlessNothing(() =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const series = await find(db, code, true);
          const { rows } = await sql`SELECT FROM billing_series_upload
            WHERE series_id = ${series.id} AND key = ${input.key}`.execute(db);
          // nothing of a repeat is written
          if (rows.length > 0) throw new NothingToDo();
          return uploadSpans(db, now, series, ctx.actor.name, input);
        },
        ({ number, given: spans, changed }) => ({
          ...{ action: 'upload', objectKind: 'billing_series', objectId: code },
          data: { number, given: spans, changed, note: input.note },
        }),
      ),
    );
    if (made !== undefined) return { upload: made, created: true };
    return reading(async () => {
      const { id } = await find(base.db, code);
      const { rows } = await sql<SeriesUpload>`SELECT ${uploadColumns} FROM billing_series_upload
        WHERE series_id = ${id} AND key = ${input.key}`.execute(base.db);
      return { upload: rows[0]!, created: false };
    });
  };
};

const spansOf = (base: Base): BillingSeriesRepository['spans'] => {
  return async (ctx, code, { fromS, toS }, { limit, knownS, revision }) => {
    requireAll(ctx);
    return reading(async () => {
      const { id } = await find(base.db, code);
      const number = sql`(SELECT coalesce(max(number), 0) FROM billing_series_upload
        WHERE series_id = ${id} AND known_s <= ${knownS ?? 0})`;
      const last = revision === undefined ? number : sql`${revision}::int`;
      const held =
        revision === undefined && knownS === undefined
          ? sql`p.replaced_by IS NULL`
          : sql`p.upload <= ${last} AND (p.replaced_by IS NULL OR p.replaced_by > ${last})`;
      const { rows } = await sql<StoredSpan>`SELECT p.from_s::float8 AS from_s, p.to_s::float8 AS to_s,
          trim_scale(p.value)::text AS value, p.upload FROM billing_series_span p
        WHERE p.series_id = ${id} AND p.from_s < ${toS} AND p.to_s > ${fromS} AND ${held}
        ORDER BY p.from_s LIMIT ${limit}`.execute(base.db);
      return rows;
    });
  };
};

export function billingSeriesRepository(base: Base): BillingSeriesRepository {
  return {
    list: async (ctx) => {
      requireAll(ctx);
      return reading(() => summaries(base));
    },
    get: async (ctx, code) => {
      requireAll(ctx);
      return reading(async () => {
        const [found] = await summaries(base, code);
        if (found === undefined) throw registryErrors.NOT_FOUND(`series ${code}`);
        return found;
      });
    },
    find: async (ctx, codes) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<BillingSeries>`SELECT ${columns} FROM billing_series s
          WHERE s.code = ANY(${[...codes]}::text[]) ORDER BY s.code`.execute(base.db);
        return rows;
      });
    },
    create: async (ctx, { code, name, quantity, unit }) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ all: number }>`SELECT count(*)::int AS all
            FROM billing_series`.execute(db);
          if (rows[0]!.all >= MOST_SERIES) throw registryErrors.SERIES_FULL(`there are ${MOST_SERIES}`);
          await sql`INSERT INTO billing_series (code, name, quantity, unit, created_by, created_at)
            VALUES (${code}, ${name}, ${quantity}, ${unit}, ${ctx.actor.name}, ${now})`.execute(db);
          return find(db, code);
        },
        () => ({
          ...{ action: 'create', objectKind: 'billing_series', objectId: code },
          data: { quantity, unit },
        }),
      ),
    upload: upload(base),
    uploads: async (ctx, code, limit) => {
      requireAll(ctx);
      return reading(async () => {
        const { id } = await find(base.db, code);
        const { rows } = await sql<SeriesUpload>`SELECT ${uploadColumns} FROM billing_series_upload
          WHERE series_id = ${id} ORDER BY number DESC LIMIT ${limit}`.execute(base.db);
        return rows;
      });
    },
    spans: spansOf(base),
  };
}
