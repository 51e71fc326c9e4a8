/**
 * Many rows of a kind at once, by natural key: 100,000 meters in seconds. A chunk travels as one JSON
 * parameter. Rows whose references do not resolve are set aside first; when a constraint refuses a chunk,
 * it is halved until the rows at fault stand alone, so one bad row costs no good one.
 */
import type { AccessContext } from '@openami/model';
import { isZone, quantityKey } from '@openami/model';
import { sql } from 'kysely';
import { type Kind, type KindColumn, type KindRow, kinds, type RegistryKind } from '../kinds.ts';
import type { RowError, UpsertResult } from '../types.ts';
import { appendAudit, type Noted, type Work } from './audit-chain.ts';
import { type Base, reading, requireAll, translate } from './base.ts';

const chunkRows = 5000;
const keptErrors = 1000;
/** What one row may be to blame for. */
const rowFaults = new Set([
  ...['BAD_VALUE', 'ALREADY_EXISTS', 'STILL_REFERRED_TO'],
  ...['METER_BUSY', 'USAGE_POINT_BUSY', 'COMMODITY_MISMATCH'],
]);

interface Numbered {
  readonly line: number;
  readonly row: KindRow;
}

interface Tally {
  rows: number;
  created: number;
  updated: number;
  rejected: number;
  readonly errors: RowError[];
}

class DryRun extends Error {}

/** Collects rows over calls; one transaction from begin to end. */
export interface Upsert {
  /** Takes numbered rows, in any amount. */
  take(rows: readonly Numbered[]): Promise<void>;
  reject(error: RowError): void;
}

/** Runs `feed` against an upsert of `name` in one transaction; a dry run is rolled back at its end. */
export async function upserting(
  base: Base,
  ctx: AccessContext,
  name: RegistryKind,
  dryRun: boolean,
  feed: (upsert: Upsert) => Promise<void>,
): Promise<UpsertResult> {
  requireAll(ctx);
  const tally: Tally = { rows: 0, created: 0, updated: 0, rejected: 0, errors: [] };
  const reject = (error: RowError) => {
    tally.rejected++;
    if (tally.errors.length < keptErrors) tally.errors.push(error);
  };
  const seen = new Set<string>();
  const work = async (db: Work) => {
    const take = async (rows: readonly Numbered[]) => {
      for (let from = 0; from < rows.length; from += chunkRows) {
        await takeChunk(db, name, rows.slice(from, from + chunkRows), seen, tally, reject);
      }
    };
    await feed({
      take,
      reject: (error) => {
        tally.rows++;
        reject(error);
      },
    });
    if (dryRun) throw new DryRun();
    // The embedded engine has no autovacuum: without fresh statistics a filled table is planned as empty.
    if (tally.created + tally.updated > chunkRows)
      await sql`ANALYZE ${sql.table(kinds[name].table)}`.execute(db);
    const noted: Noted = {
      action: 'upsert',
      objectKind: kinds[name].table,
      objectId: '',
      data: { rows: tally.rows, created: tally.created, updated: tally.updated },
    };
    if (tally.created + tally.updated > 0) await appendAudit(db, base.clock.nowMs(), ctx, noted);
  };
  await reading(() => base.db.transaction().execute(work)).catch((error: unknown) => {
    if (!(error instanceof DryRun)) throw error;
  });
  const unchanged = tally.rows - tally.created - tally.updated - tally.rejected;
  return { ...tally, unchanged, dryRun };
}

/** `upserting` over rows in memory; a row's line is its index. */
export function upsertMany(
  base: Base,
  ctx: AccessContext,
  name: RegistryKind,
  rows: readonly KindRow[],
  options: { dryRun?: boolean } = {},
): Promise<UpsertResult> {
  const numbered = rows.map((row, line) => ({ line, row }));
  return upserting(base, ctx, name, options.dryRun ?? false, (upsert) => upsert.take(numbered));
}

async function takeChunk(
  db: Work,
  name: RegistryKind,
  rows: readonly Numbered[],
  seen: Set<string>,
  tally: Tally,
  reject: (error: RowError) => void,
): Promise<void> {
  const kind: Kind = kinds[name];
  tally.rows += rows.length;
  const good: Numbered[] = [];
  for (const { line, row } of rows) {
    const reason = faultOf(kind, row);
    const key = keyOf(kind, row);
    if (reason !== undefined) reject({ line, code: 'BAD_VALUE', reason });
    else if (seen.has(key)) reject({ line, code: 'ALREADY_EXISTS', reason: `${key} came before` });
    else {
      seen.add(key);
      good.push({ line, row: name === 'channels' ? withQuantityKeys(row) : row });
    }
  }
  for (const layer of layersOf(kind, good)) {
    await store(db, kind, layer, tally, reject);
  }
}

/** A row's natural key; an instant is the same in whatever offset it is written. */
function keyOf(kind: Kind, row: KindRow): string {
  const parts = kind.key.map((name) => {
    const stamp = kind.columns.find((column) => column.name === name)?.type === 'timestamptz';
    return stamp ? new Date(row[name] as string).getTime() : String(row[name]);
  });
  return JSON.stringify(parts);
}

/** Rows that refer to rows of their own kind in the chunk come after those (a node's parent). */
function layersOf(kind: Kind, rows: readonly Numbered[]): (readonly Numbered[])[] {
  const own = kind.columns.find(({ reference }) => reference?.table === kind.table);
  if (own?.reference === undefined) return [rows];
  const { key } = own.reference;
  const layers: Numbered[][] = [];
  for (let left = [...rows]; left.length > 0; ) {
    const codes = new Set(left.map(({ row }) => row[key]));
    const ready = left.filter(({ row }) => !codes.has(row[own.name]));
    // A ring: its rows find no parent and are set aside.
    if (ready.length === 0) return [...layers, left];
    layers.push(ready);
    const taken = new Set(ready);
    left = left.filter((numbered) => !taken.has(numbered));
  }
  return layers;
}

/** A channel answers to its alias, OBIS code and reading type unless the row says otherwise. */
function withQuantityKeys(row: KindRow): KindRow {
  if (row.quantityKeys !== undefined && row.quantityKeys !== null) return row;
  return { ...row, quantityKeys: quantityKeysOf(row.alias, row.obis, row.readingType) };
}

export function quantityKeysOf(...names: unknown[]): string[] {
  const given = names.filter((name): name is string => typeof name === 'string' && name !== '');
  return [...new Set(given.map(quantityKey))];
}

/** Why a row cannot be stored, from its values alone. */
function faultOf(kind: Kind, row: KindRow): string | undefined {
  for (const column of kind.columns) {
    const value = row[column.name];
    const absent = value === undefined || value === null || value === '';
    if (absent) {
      if (column.required) return `${column.name} is missing`;
    } else {
      const fault = valueFault(column, value);
      if (fault !== undefined) return `${column.name}: ${fault}`;
    }
  }
  return undefined;
}

function valueFault(column: KindColumn, value: unknown): string | undefined {
  const { type, values, min, max } = column;
  if (values !== undefined && !values.includes(String(value))) {
    return `"${value}" is not one of ${values.join(', ')}`;
  }
  if (column.zone && !isZone(String(value))) return `"${value}" is not an IANA time zone`;
  if (type === 'int4' || type === 'float8') {
    if (typeof value !== 'number' || !Number.isFinite(value)) return `"${value}" is not a number`;
    if (type === 'int4' && !Number.isInteger(value)) return `${value} is not a whole number`;
    if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
      return `${value} is not within ${min} and ${max}`;
    }
  }
  if (type === 'numeric' && !/^\d{1,20}(\.\d{1,20})?$/.test(String(value)))
    return `"${value}" is not a decimal`;
  if (type === 'timestamptz') {
    const text = value instanceof Date ? '' : String(value);
    const zoned = value instanceof Date || /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(text);
    if (!zoned || Number.isNaN(new Date(value as string).getTime())) {
      return `"${value}" is not an ISO 8601 time stamp with an offset`;
    }
  }
  if (type === 'text[]' && !(Array.isArray(value) && value.every((item) => typeof item === 'string'))) {
    return 'is not a list of texts';
  }
  if (type === 'text' && typeof value !== 'string') return 'is not a text';
  // PostgreSQL holds no such text
  return [value].flat().some((item) => typeof item === 'string' && item.includes('\0'))
    ? 'has a NUL character'
    : undefined;
}

/** `x(...)` of json_to_recordset: line and every column as it comes in rows. */
function recordset(kind: Kind, rows: readonly Numbered[]) {
  const types = kind.columns.map(({ name, type }) => `"${name}" ${type}`).join(', ');
  const json = JSON.stringify(rows.map(({ line, row }) => ({ ...row, _line: line })));
  return sql`json_to_recordset(${json}::json) AS x(_line bigint, ${sql.raw(types)})`;
}

async function resolvable(
  db: Work,
  kind: Kind,
  rows: readonly Numbered[],
  reject: (error: RowError) => void,
): Promise<readonly Numbered[]> {
  const bad = new Set<number>();
  for (const { name, reference } of kind.columns) {
    if (reference === undefined || rows.length === 0) continue;
    const { rows: unknown } = await sql<{ line: number; value: string }>`SELECT x._line AS line,
      x.${sql.raw(`"${name}"`)} AS value FROM ${recordset(kind, rows)} WHERE x.${sql.raw(`"${name}"`)} <> ''
      AND NOT EXISTS (SELECT FROM ${sql.raw(reference.table)} r
        WHERE r.${sql.raw(reference.key)} = x.${sql.raw(`"${name}"`)})`.execute(db);
    for (const { line, value } of unknown) {
      if (bad.has(line)) continue;
      bad.add(line);
      reject({ line, code: 'NOT_FOUND', reason: `${name}: there is no ${reference.table} "${value}"` });
    }
  }
  return bad.size === 0 ? rows : rows.filter(({ line }) => !bad.has(line));
}

async function store(
  db: Work,
  kind: Kind,
  rows: readonly Numbered[],
  tally: Tally,
  reject: (error: RowError) => void,
): Promise<void> {
  if (rows.length === 0) return;
  await sql`SAVEPOINT chunk`.execute(db);
  try {
    // Inside the savepoint: a value only PostgreSQL finds wrong (30 February) fails here already.
    const unresolved: RowError[] = [];
    const good = await resolvable(db, kind, rows, (error) => unresolved.push(error));
    const stored = good.length === 0 ? [] : (await statement(kind, good).execute(db)).rows;
    await sql`RELEASE SAVEPOINT chunk`.execute(db);
    for (const { created } of stored) {
      if (created) tally.created++;
      else tally.updated++;
    }
    for (const error of unresolved) reject(error);
  } catch (error) {
    const ours = translate(error) as { code?: string; message: string };
    if (!rowFaults.has(ours.code ?? '')) throw error;
    await sql`ROLLBACK TO SAVEPOINT chunk`.execute(db);
    if (rows.length === 1) {
      reject({ line: rows[0]!.line, code: ours.code!, reason: ours.message });
      return;
    }
    const half = rows.length >> 1;
    await store(db, kind, rows.slice(0, half), tally, reject);
    await store(db, kind, rows.slice(half), tally, reject);
  }
}

/** INSERT ... ON CONFLICT: columns no row names are left alone; a row without a change is not written. */
function statement(kind: Kind, rows: readonly Numbered[]) {
  const named = new Set(rows.flatMap(({ row }) => Object.keys(row)));
  const columns = kind.columns.filter(({ name, required }) => required || named.has(name));
  const value = ({ name, type, reference, fallback }: KindColumn) => {
    const given = `x."${name}"`;
    if (reference) return `(SELECT r.id FROM ${reference.table} r WHERE r.${reference.key} = ${given})`;
    const known = type === 'text' ? `nullif(${given}, '')` : given;
    return fallback === undefined ? known : `coalesce(${known}, ${fallback})`;
  };
  const keys = kind.columns.filter(({ name }) => kind.key.includes(name)).map(({ column }) => column);
  const rest = columns.map(({ column }) => column).filter((column) => !keys.includes(column));
  const mine = rest.map((column) => `${kind.table}.${column}`).join(', ');
  const theirs = rest.map((column) => `excluded.${column}`).join(', ');
  const sets = rest.map((column) => `${column} = excluded.${column}`);
  if (kind.versioned) sets.push(`version = ${kind.table}.version + 1`, 'updated_at = now()');
  const act =
    rest.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${sets.join(', ')} WHERE (${mine}) IS DISTINCT FROM (${theirs})`;
  return sql<{ created: boolean }>`INSERT INTO ${sql.raw(kind.table)}
    (${sql.raw(columns.map(({ column }) => column).join(', '))})
    SELECT ${sql.raw(columns.map(value).join(', '))} FROM ${recordset(kind, rows)} ORDER BY x._line
    ON CONFLICT (${sql.raw(keys.join(', '))}) ${sql.raw(act)} RETURNING (xmax = 0) AS created`;
}
