/** Who is heard over the air: written now and then as a whole, so that a restart forgets little. */
import { sql } from 'kysely';
import type { RadioRepository } from '../store.ts';
import { type Base, reading, requireAll } from './base.ts';

const mostKept = 100_000;

/** `name`: the table. */
export function radioRepository(base: Base, name: 'radio_meter' | 'lorawan_heard'): RadioRepository {
  const table = sql.table(name);
  return {
    save: (ctx, meters) => {
      requireAll(ctx);
      return reading(async () => {
        const rows = meters.map(({ name, lastMs, ...facts }) => ({ name, at: new Date(lastMs), facts }));
        await sql`INSERT INTO ${table} (name, last_at, facts)
          SELECT name, at, facts FROM json_to_recordset(${JSON.stringify(rows)}::json)
            AS x(name text, at timestamptz, facts jsonb)
          ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at, facts = excluded.facts`.execute(
          base.db,
        );
        await sql`DELETE FROM ${table} WHERE name IN (
          SELECT name FROM ${table} ORDER BY last_at DESC OFFSET ${mostKept})`.execute(base.db);
      });
    },
    load: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ name: string; lastAt: Date; facts: object }>`SELECT name, last_at, facts
          FROM ${table} ORDER BY last_at LIMIT ${mostKept}`.execute(base.db);
        return rows.map(({ name, lastAt, facts }) => ({ ...facts, name, lastMs: lastAt.getTime() }));
      });
    },
  };
}
