/** What is stated of usage points for their bills, from a local date on. Nothing is edited. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  BillingAttribute,
  BillingAttributeInput,
  BillingAttributeRepository,
  KnownAttribute,
} from '../price-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, reading, requireAll, visible } from './base.ts';

const columns =
  sql.raw(`a.id, u.code AS usage_point, a.name, to_char(a.valid_from, 'YYYY-MM-DD') AS valid_from,
  a.value, a.note, a.known_s::float8 AS known_s, a.created_by`);

async function insert(
  db: Work,
  by: string,
  now: Date,
  inputs: readonly BillingAttributeInput[],
): Promise<BillingAttribute[]> {
  const codes = [...new Set(inputs.map(({ usagePoint }) => usagePoint))];
  const { rows: points } = await sql<{ code: string }>`SELECT code FROM usage_point
    WHERE code = ANY(${codes}::text[])`.execute(db);
  const known = new Set(points.map(({ code }) => code));
  const unknown = codes.find((code) => !known.has(code));
  if (unknown !== undefined) throw registryErrors.NOT_FOUND(`usage point ${unknown}`);
  const given = inputs.map(({ usagePoint: usage_point, name, validFrom: valid_from, value, note }) => ({
    ...{ usage_point, name, valid_from, value, note },
  }));
  const { rows } = await sql<BillingAttribute>`WITH added AS (INSERT INTO billing_attribute
      (usage_point_id, name, valid_from, value, note, known_s, created_by)
    SELECT u.id, i.name, i.valid_from::date, i.value, i.note, ${Math.floor(now.getTime() / 1_000)}, ${by}
    FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        AS i(usage_point text, name text, valid_from text, value text, note text)
      JOIN usage_point u ON u.code = i.usage_point RETURNING *)
    SELECT ${columns} FROM added a JOIN usage_point u ON u.id = a.usage_point_id ORDER BY a.id`.execute(db);
  return rows;
}

export function billingAttributeRepository(base: Base): BillingAttributeRepository {
  return {
    list: async (ctx, usagePoint) =>
      reading(async () => {
        const { rows: points } = await sql<{ id: number }>`SELECT u.id FROM usage_point u
          WHERE u.code = ${usagePoint} AND ${visible(ctx, 'usage_point', 'u.id')}`.execute(base.db);
        if (points[0] === undefined) throw registryErrors.NOT_FOUND(`usage point ${usagePoint}`);
        const { rows } = await sql<BillingAttribute>`SELECT ${columns} FROM billing_attribute a
          JOIN usage_point u ON u.id = a.usage_point_id WHERE u.id = ${points[0].id}
          ORDER BY a.name, a.valid_from, a.id LIMIT 10000`.execute(base.db);
        return rows;
      }),
    state: async (ctx, inputs) =>
      changing(
        base,
        ctx,
        (db, now) => insert(db, ctx.actor.name, now, inputs),
        (stated) => ({
          ...{ action: 'state', objectKind: 'billing_attribute' },
          objectId: stated.length === 1 ? stated[0]!.usagePoint : '*',
          data:
            stated.length === 1
              ? { name: stated[0]!.name, validFrom: stated[0]!.validFrom, value: stated[0]!.value }
              : { stated: stated.length },
        }),
      ),
    known: async (ctx, usagePoints, knownS) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<KnownAttribute>`SELECT DISTINCT ON (a.usage_point_id, a.name, a.valid_from)
            a.usage_point_id, a.name, to_char(a.valid_from, 'YYYY-MM-DD') AS valid_from, a.value
          FROM billing_attribute a
          WHERE a.usage_point_id = ANY(${[...usagePoints]}::int[]) AND a.known_s <= ${knownS}
          ORDER BY a.usage_point_id, a.name, a.valid_from, a.id DESC`.execute(base.db);
        return rows;
      });
    },
  };
}
