/** The tables of the schema as they are, those of libraries included. */
import type { PoolClient } from 'pg';

export interface Table {
  readonly name: string;
  /** Columns that are stored (generated ones are not). */
  readonly columns: readonly string[];
  /** JSON columns that are NOT NULL: their null is JSON's, which a row as JSON cannot tell from SQL's. */
  readonly jsonNulls: readonly string[];
  /** Tables it refers to, itself excluded. */
  readonly refersTo: readonly string[];
}

/** Not carried over: leases are of the moment, the target has its own migrations. */
const leftOut: ReadonlySet<string> = new Set(['lease', 'schema_migration']);
/** Filled by triggers or born with a row: written last, over what is there. */
export const derived: readonly string[] = [
  ...['directory_change', 'directory_version', 'audit_tail', 'command_gate'],
];

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function fileOf(table: string): string {
  return `${encodeURIComponent(table)}.jsonl.gz`;
}

/** Tables so that each comes after those it refers to. */
export async function tablesOf(client: PoolClient): Promise<Table[]> {
  const { rows } = await client.query<Table>(`SELECT c.relname AS name,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
        AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
        AND attnotnull AND atttypid IN ('json'::regtype, 'jsonb'::regtype)) AS "jsonNulls",
      ARRAY(SELECT DISTINCT f.relname::text FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND f.oid <> c.oid) AS "refersTo"
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    ORDER BY c.relname`);
  const waiting = rows.filter(({ name }) => !leftOut.has(name));
  const ordered: Table[] = [];
  const placed = new Set<string>(leftOut);
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ refersTo }) => refersTo.every((name) => placed.has(name)));
    // A ring of references: any order, constraints decide.
    const [table] = waiting.splice(Math.max(at, 0), 1);
    placed.add(table!.name);
    ordered.push(table!);
  }
  const last = (table: Table) => (derived.includes(table.name) ? 1 : 0);
  return ordered.sort((a, b) => last(a) - last(b));
}

/** Sequences that own columns, with the last number each gave out. */
export interface Sequence {
  readonly table: string;
  readonly column: string;
  readonly last: number;
}

export async function sequencesOf(client: PoolClient): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(`SELECT c.relname AS "table", a.attname AS "column",
      q.last_value AS last
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
      AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
    JOIN pg_sequences q ON q.sequencename = s.relname AND q.schemaname = current_schema()
    WHERE s.relkind = 'S' AND c.relnamespace = current_schema()::regnamespace AND q.last_value IS NOT NULL
    ORDER BY 1, 2`);
  return rows;
}
