/** Records that have a code of their own: written once over the kinds' data. */
import { type AccessContext, isZone } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import { type Kind, type KindColumn, kinds, type RegistryKind } from '../kinds.ts';
import type { CodedRepository } from '../store.ts';
import type { ListQuery, Page } from '../types.ts';
import type { Work } from './audit-chain.ts';
import {
  type Base,
  containing,
  countOf,
  decodeCursor,
  limitOf,
  pageOf,
  reading,
  requireAll,
  type ScopedTable,
  visible,
  writing,
} from './base.ts';
import { upsertMany } from './upsert.ts';

type Row = Record<string, unknown> & { id: number };

const camel = (column: string) => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The columns handed out for a kind. */
export function columnsOf(kind: Kind, alias: string = kind.table): RawBuilder<unknown> {
  const names = ['id', ...kind.columns.map(({ column }) => column), ...(kind.versioned ? ['version'] : [])];
  return sql.raw(names.map((name) => `${alias}.${name}`).join(', '));
}

/** Column and value of each field given; raises BAD_VALUE for a field or zone that does not exist. */
function fieldsOf(kind: Kind, record: object): [KindColumn, unknown][] {
  const columns = new Map(kind.columns.map((column) => [camel(column.column), column]));
  return Object.entries(record).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const column = columns.get(field);
    if (column === undefined) throw registryErrors.BAD_VALUE(`${kind.table} has no field "${field}"`);
    if (column.zone && !isZone(String(value))) {
      throw registryErrors.BAD_VALUE(`${field}: "${value}" is not an IANA time zone`);
    }
    return [[column, value] as [KindColumn, unknown]];
  });
}

/** Inserts one row and gives it back. */
export async function insertOne(db: Work, kind: Kind, record: object): Promise<Row> {
  const fields = fieldsOf(kind, record);
  const names = sql.raw(fields.map(([{ column }]) => column).join(', '));
  const values = sql.join(fields.map(([, value]) => value));
  const { rows } = await sql<Row>`INSERT INTO ${sql.raw(kind.table)} (${names}) VALUES (${values})
    RETURNING ${columnsOf(kind)}`.execute(db);
  return rows[0]!;
}

/** Changes one row; raises NOT_FOUND or VERSION_CONFLICT. */
export async function updateOne(
  db: Work,
  ctx: AccessContext,
  kind: Kind,
  id: number,
  patch: object,
  ifVersion: number | undefined,
): Promise<Row> {
  const fields = fieldsOf(kind, patch);
  // What a record is called and belongs to decides who sees it: only who sees everything may change that.
  if (fields.some(([{ name, reference }]) => reference || kind.key.includes(name))) requireAll(ctx);
  const set = fields.map(([{ column }, value]) => sql`${sql.raw(column)} = ${value}`);
  const table = sql.raw(kind.table);
  const seen =
    kind.table === 'channel' ? sql`true` : visible(ctx, kind.table as ScopedTable, `${kind.table}.id`);
  const { rows: found } = await sql<{ version: number }>`SELECT version FROM ${table}
    WHERE id = ${id} AND ${seen} FOR UPDATE`.execute(db);
  if (found[0] === undefined) throw registryErrors.NOT_FOUND(`${kind.table} ${id}`);
  if (ifVersion !== undefined && found[0].version !== ifVersion) {
    throw registryErrors.VERSION_CONFLICT(`version ${found[0].version} is current, not ${ifVersion}`);
  }
  const changes = sql.join([...set, sql`version = version + 1`, sql`updated_at = now()`]);
  const { rows } = await sql<Row>`UPDATE ${table} SET ${changes} WHERE id = ${id}
    RETURNING ${columnsOf(kind)}`.execute(db);
  return rows[0]!;
}

/** One row by id within the caller's scope; raises NOT_FOUND. */
async function getOne(base: Base, ctx: AccessContext, kind: Kind, id: number): Promise<Row> {
  return reading(async () => {
    const { rows } = await sql<Row>`SELECT ${columnsOf(kind)} FROM ${sql.raw(kind.table)}
      WHERE id = ${id} AND ${visible(ctx, kind.table as ScopedTable, `${kind.table}.id`)}`.execute(base.db);
    if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`${kind.table} ${id}`);
    return rows[0];
  });
}

/** The repository of a kind with a single code column. */
export function codedRepository<T, C>(base: Base, name: RegistryKind): CodedRepository<T, C> {
  const kind: Kind = kinds[name];
  const table = kind.table as ScopedTable;
  const code = kind.key[0]!;
  const give = (row: Row) => row as T;
  return {
    create: async (ctx, record) => {
      requireAll(ctx);
      const row = await writing(
        base,
        ctx,
        (db) => insertOne(db, kind, record as object),
        ({ id }) => ({ action: 'create', objectKind: table, objectId: String(id) }),
      );
      return give(row);
    },
    update: async (ctx, id, patch, ifVersion) => {
      const row = await writing(
        base,
        ctx,
        (db) => updateOne(db, ctx, kind, id, patch as object, ifVersion),
        () => ({
          action: 'update',
          objectKind: table,
          objectId: String(id),
          data: { fields: Object.keys(patch as object) },
        }),
      );
      return give(row);
    },
    get: async (ctx, id) => give(await getOne(base, ctx, kind, id)),
    find: (ctx, value) =>
      reading(async () => {
        const { rows } = await sql<Row>`SELECT ${columnsOf(kind)} FROM ${sql.raw(table)}
          WHERE ${sql.raw(code)} = ${value} AND ${visible(ctx, table, `${table}.id`)}`.execute(base.db);
        return rows[0] === undefined ? undefined : give(rows[0]);
      }),
    list: (ctx, query) => listCoded<T>(base, ctx, kind, query),
    upsertMany: (ctx, rows, options) => upsertMany(base, ctx, name, rows, options),
  };
}

async function listCoded<T>(
  base: Base,
  ctx: AccessContext,
  kind: Kind,
  query: ListQuery = {},
): Promise<Page<T>> {
  const limit = limitOf(query.limit);
  const code = sql.raw(kind.key[0]!);
  const seen = visible(ctx, kind.table as ScopedTable, `${kind.table}.id`);
  const match = query.q ? sql`${seen} AND words LIKE ${containing(query.q)}` : seen;
  const after =
    query.cursor === undefined ? sql`true` : sql`${code} > ${decodeCursor(query.cursor, 'string')[0]}`;
  return reading(async () => {
    const table = sql.raw(kind.table);
    const { rows } = await sql<Row>`SELECT ${columnsOf(kind)} FROM ${table} WHERE ${match} AND ${after}
      ORDER BY ${code} LIMIT ${limit + 1}`.execute(base.db);
    const total = await countOf(base, sql`${table} WHERE ${match}`);
    const { items, next } = pageOf(rows, limit, (row) => String(row[kind.key[0]!]));
    return { items: items as T[], next, total };
  });
}
