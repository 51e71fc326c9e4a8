/** How old the keys of meters are, and when they were proven last. */
import { rotateAtCounter } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type { KeyAge, KeyAgeQuery, MeterKeyRepository } from '../key-store.ts';
import { type Base, limitOf, reading, requireAll } from './base.ts';

function matching(query: KeyAgeQuery): RawBuilder<unknown> {
  const { before, manufacturer, model, segment, serials, belowSuite, free } = query;
  const parts: RawBuilder<unknown>[] = [sql`true`];
  if (before) parts.push(sql`(a.oldest_at < ${before} OR a.counter >= ${rotateAtCounter})`);
  if (manufacturer) parts.push(sql`m.manufacturer = ${manufacturer}`);
  if (model) parts.push(sql`m.model = ${model}`);
  if (segment) parts.push(sql`e.segment = ${segment}`);
  if (serials) parts.push(sql`m.serial = ANY(${[...serials]}::text[])`);
  if (belowSuite !== undefined) parts.push(sql`a.suite < ${belowSuite}`);
  if (free) parts.push(sql`r.id IS NULL AND e.protocol = 'dlms'`);
  return sql.join(parts, sql` AND `);
}

/** Active keys of a meter in one row. */
const ages = sql`(SELECT k.meter_id, min(k.activated_at) AS oldest_at, max(k.suite) AS suite,
    coalesce(max(c.reserved_to), 0) AS counter
  FROM meter_key k LEFT JOIN invocation_counter c
    ON c.meter_id = k.meter_id AND c.kind = k.kind AND c.version = k.version AND k.kind = 'guek'
  WHERE k.state = 'active' AND k.kind IN ('guek', 'gak') GROUP BY k.meter_id) a`;

export function agesOf(base: Base): Pick<MeterKeyRepository, 'ages' | 'proven'> {
  return {
    ages: async (ctx, query) => {
      requireAll(ctx);
      const from = sql`${ages} JOIN meter m ON m.id = a.meter_id
        LEFT JOIN meter_endpoint e ON e.meter_id = m.id
        LEFT JOIN key_rotation r ON r.meter_id = m.id AND r.state = 'running'
        WHERE ${matching(query)}`;
      return reading(async () => {
        const { rows: items } = await sql<KeyAge>`SELECT m.id AS meter_id, m.serial, m.manufacturer, m.model,
            a.suite, a.oldest_at, a.counter, r.id IS NOT NULL AS is_rotating
          FROM ${from} AND m.id > ${query.afterMeterId ?? 0} ORDER BY m.id
          LIMIT ${limitOf(query.limit)}`.execute(base.db);
        const { rows } = await sql<{ total: number }>`SELECT count(*) AS total FROM ${from}`.execute(base.db);
        return { items, total: rows[0]!.total };
      });
    },
    proven: async (ctx, keys) => {
      requireAll(ctx);
      const rows = JSON.stringify(keys);
      await reading(() =>
        sql`UPDATE meter_key k SET proven_at = greatest(k.proven_at, to_timestamp(x."atMs" / 1000.0))
          FROM json_to_recordset(${rows}::json) AS x("meterId" int, kind text, version int, "atMs" float8)
          WHERE k.meter_id = x."meterId" AND k.kind = x.kind AND k.version = x.version`.execute(base.db),
      );
    },
  };
}
