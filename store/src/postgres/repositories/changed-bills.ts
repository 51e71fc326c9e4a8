/** Bills whose readings changed after they were made: marked by what changed, then counted one by one. */
import { DAY_S } from '@openami/model';
import { sql } from 'kysely';
import type { BillWatch, ChangedBillRepository } from '../billing-store.ts';
import { type Base, limitOf, reading, requireAll } from './base.ts';
import { wholeBills } from './bills.ts';

/** How far behind its end a bill may look for a read of a register. */
const registerReachS = 40 * DAY_S;

/** Of a register the read behind the end counts too, unless it came when the bill was there. */
const mark = (base: Base): ChangedBillRepository['mark'] => {
  return async (ctx, spans) =>
    reading(async () => {
      requireAll(ctx);
      const [ids, from, to] = (['channel', 'fromS', 'toS'] as const).map((key) =>
        spans.map((one) => one[key]),
      );
      const { numAffectedRows } = await sql`UPDATE bill SET to_count = true FROM (
          SELECT DISTINCT b.id
          FROM unnest(${ids}::int[], ${from}::float8[], ${to}::float8[]) AS s(id, from_s, to_s)
          JOIN channel h ON h.id = s.id JOIN installation i ON i.meter_id = h.meter_id
          JOIN agreement g ON g.usage_point_id = i.usage_point_id JOIN bill b ON b.agreement_id = g.id,
          LATERAL (SELECT CASE WHEN h.interval_s = 0 THEN ${registerReachS} ELSE 0 END AS s) reach
          WHERE b.state IN ('held', 'calculated', 'approved', 'issued') AND b.kind <> 'reversal'
            AND b.total IS NOT NULL AND NOT b.to_count
            AND s.to_s >= extract(epoch FROM b.from_at) - reach.s
            AND s.from_s <= greatest(extract(epoch FROM b.to_at) + h.interval_s,
              least(extract(epoch FROM b.to_at) + reach.s, b.revision))) found
        WHERE bill.id = found.id`.execute(base.db);
      return Number(numAffectedRows ?? 0n);
    });
};

export function changedBillRepository(base: Base): ChangedBillRepository {
  return {
    mark: mark(base),
    watch: (ctx) =>
      reading(async () => {
        requireAll(ctx);
        const { rows } = await sql<BillWatch>`SELECT position, reach_s FROM bill_watch`.execute(base.db);
        return rows[0];
      }),
    followed: (ctx, from, to) =>
      reading(async () => {
        requireAll(ctx);
        const { numAffectedRows } = await sql`UPDATE bill_watch SET position = ${to}
          WHERE position = ${from}`.execute(base.db);
        return numAffectedRows === 1n;
      }),
    marked: (ctx, limit) =>
      reading(() => {
        requireAll(ctx);
        return wholeBills(base.db, sql`b.to_count ORDER BY b.id LIMIT ${limitOf(limit)}`);
      }),
    counted: (ctx, counts) =>
      reading(async () => {
        requireAll(ctx);
        const [ids, changed] = [counts.map(({ id }) => id), counts.map((one) => one.changed)];
        await sql`UPDATE bill SET changed_readings = c.changed, to_count = false
          FROM unnest(${ids}::int[], ${changed}::int[]) AS c(id, changed) WHERE bill.id = c.id`.execute(
          base.db,
        );
      }),
  };
}
