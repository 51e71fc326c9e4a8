/** What every repository shares: scope, errors, cursors, audited writes. */

import type { AccessContext } from '@openami/model';
import { OpenAmiError } from '@openami/model';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { storeErrors } from '../../errors.ts';
import { registryErrors } from '../errors.ts';
import type { Database } from '../schema.ts';
import type { ListQuery, Page } from '../types.ts';
import { appendAudit, type Noted, type Work } from './audit-chain.ts';

export interface Base {
  readonly db: Kysely<Database>;
  readonly clock: { nowMs(): number };
}

/** Raises VERSION_CONFLICT unless `ifVersion` is the version of what was found, 0 for nothing. */
export function requireVersion(
  what: string,
  found: { readonly version: number } | undefined,
  ifVersion: number | undefined,
): void {
  const version = found?.version ?? 0;
  if (ifVersion !== undefined && ifVersion !== version)
    throw registryErrors.VERSION_CONFLICT(`${what} is at ${version}`);
}

/** Raises OUT_OF_SCOPE unless the caller sees everything: creating and structure need that. */
export function requireAll(ctx: AccessContext): void {
  if (ctx.scope !== 'all') throw storeErrors.OUT_OF_SCOPE();
}

const scopedTables = {
  usage_point: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) => sql`${id} = ANY(${ids})`,
  premise: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) =>
    sql`${id} IN (SELECT premise_id FROM usage_point WHERE id = ANY(${ids}))`,
  network_node: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) =>
    sql`${id} IN (SELECT node_id FROM usage_point WHERE id = ANY(${ids}))`,
  meter: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) =>
    sql`${id} IN (SELECT meter_id FROM installation WHERE usage_point_id = ANY(${ids}))`,
  agreement: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) =>
    sql`${id} IN (SELECT id FROM agreement WHERE usage_point_id = ANY(${ids}))`,
  account: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) =>
    sql`${id} IN (SELECT account_id FROM agreement WHERE usage_point_id = ANY(${ids}))`,
  customer: (ids: RawBuilder<unknown>, id: RawBuilder<unknown>) =>
    sql`${id} IN (SELECT customer_id FROM account JOIN agreement ON account_id = account.id
      WHERE usage_point_id = ANY(${ids}))`,
};
export type ScopedTable = keyof typeof scopedTables;

/** SQL condition: the row `id` of `table` lies in the caller's scope. */
export function visible(ctx: AccessContext, table: ScopedTable, id: string): RawBuilder<boolean> {
  if (ctx.scope === 'all') return sql<boolean>`true`;
  const ids = sql`${[...ctx.scope.usagePoints]}::int[]`;
  return sql<boolean>`(${scopedTables[table](ids, sql.raw(id))})`;
}

/** `%text%` for LIKE over a lower-case column, its wildcards taken literally. */
export function containing(text: string): string {
  return `%${literal(text)}%`;
}

/** The text lower-cased, wildcards of LIKE escaped. */
export function literal(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&');
}

export function limitOf(limit: number | undefined): number {
  if (limit === undefined) return 50;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw registryErrors.BAD_VALUE('limit must be a whole number from 1 to 1000');
  }
  return limit;
}

/** Cursor: the sort value and id of the last row of a page. */
function encodeCursor(value: string | number, id: number): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

export function decodeCursor<T extends 'string' | 'number'>(
  cursor: string,
  type: T,
): [T extends 'string' ? string : number, number] {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [never, number];
    if (typeof value === type && Number.isInteger(id)) return [value, id];
  } catch {
    // Falls through: not ours.
  }
  throw registryErrors.BAD_CURSOR();
}

/** A page of the `limit + 1` rows that were asked for: the one too many says that there are more. */
export function pageOf<T extends { readonly id: number }>(
  rows: readonly T[],
  limit: number,
  keyOf: (row: T) => string | number = ({ id }) => id,
): Omit<Page<T>, 'total'> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? encodeCursor(keyOf(last), last.id) : null };
}

/** How many rows there are: `table WHERE …`. */
export async function countOf(base: Base, from: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ total: number }>`SELECT count(*) AS total FROM ${from}`.execute(base.db);
  return rows[0]!.total;
}

/** A page of the rows that match, the newest first. `from` has every column that `match` and `id` name. */
export function newestFirst<T extends { readonly id: number }>(
  base: Base,
  list: { readonly select: RawBuilder<unknown>; readonly from: RawBuilder<unknown>; readonly id: string },
  match: RawBuilder<unknown>,
  query: ListQuery,
): Promise<Page<T>> {
  return reading(async () => {
    const limit = limitOf(query.limit);
    const id = sql.raw(list.id);
    const older = query.cursor ? sql`${id} < ${decodeCursor(query.cursor, 'number')[0]}` : sql`true`;
    const { rows } = await sql<T>`${list.select} WHERE ${match} AND ${older}
      ORDER BY ${id} DESC LIMIT ${limit + 1}`.execute(base.db);
    return { ...pageOf(rows, limit), total: await countOf(base, sql`${list.from} WHERE ${match}`) };
  });
}

interface PgFailure {
  readonly code?: string;
  readonly constraint?: string;
  readonly detail?: string;
  readonly table?: string;
  readonly column?: string;
  readonly message: string;
}

/** Words of names in the database: `prepay_payment` is a prepay payment. */
const wordsOf = (name: string) => name.replaceAll('_', ' ');

/** `Key (code)=(tou) already exists.` in words; ids of rows say nothing to anybody. */
function takenWords(detail: string | undefined): string {
  const [, columns = '', values = ''] = /^Key \(([^()]+)\)=\((.*)\) already exists/s.exec(detail ?? '') ?? [];
  const names = columns.split(', ');
  const shown = names.length === 1 && columns !== '' && !/(^|_)id$/.test(columns);
  return shown ? `${wordsOf(columns)} ${values.slice(0, 200)} is taken` : 'there is one already';
}

/** `Key (…)=(…) conflicts with existing key (…)=(1, [2026-01-01,)).`: the time of the one that is there. */
function overlapWords(detail: string | undefined): string {
  const [, from = '', until = ''] = /[[(]([^[(,]*),([^,)\]]*)[)\]]\)\.?$/.exec(detail ?? '') ?? [];
  const time = `${from && ` from ${from}`}${until && ` until ${until}`}`.replaceAll('"', '');
  return `there is one${time || ' at that time'}`;
}

/** `Key (meter_id)=(5) is not present in table "meter".` in words. */
function referredWords(detail: string | undefined): string {
  const [, fault, table] = /is (not present in|still referenced from) table "(\w+)"/.exec(detail ?? '') ?? [];
  if (table === undefined) return 'another record';
  return fault === 'not present in'
    ? `there is no such ${wordsOf(table)}`
    : `a ${wordsOf(table)} refers to it`;
}

/** The field of a rule of a table: `prepay_payment_amount_check` is of the amount. */
function ruleWords({ constraint, table = '', column }: PgFailure): string {
  const field = column ?? (constraint ?? '').replace(`${table}_`, '').replace(/_?check\d*$/, '');
  return field === '' || field === table
    ? 'values do not go together'
    : `${wordsOf(field)} has no such value`;
}

/** PostgreSQL's error as one of ours; what it does not know stays as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof OpenAmiError) return error;
  const { code, constraint, detail, message } = error as PgFailure;
  if (code === undefined)
    return /connect|terminat|timeout/i.test(message) ? unavailable(message, error) : error;
  if (code === '23505') return registryErrors.ALREADY_EXISTS(takenWords(detail), { constraint }, error);
  if (code === '23503') return registryErrors.STILL_REFERRED_TO(referredWords(detail), { constraint }, error);
  if (code === '23P01' && /tariff/.test(constraint ?? ''))
    return registryErrors.TARIFF_OVERLAP(overlapWords(detail), { constraint }, error);
  if (code === '23P01') {
    const make = constraint === 'installation_meter_once' ? 'METER_BUSY' : 'USAGE_POINT_BUSY';
    return registryErrors[make](overlapWords(detail), { constraint }, error);
  }
  if (constraint === 'installation_commodity') {
    return registryErrors.COMMODITY_MISMATCH(message, { constraint }, error);
  }
  // PostgreSQL's text of these names its encodings
  if (code === '22021' || code === '22P05') {
    return registryErrors.BAD_VALUE('A text has a NUL character, which no field holds', {}, error);
  }
  if (code === '23514' || code === '23502')
    return registryErrors.BAD_VALUE(ruleWords(error as PgFailure), { constraint }, error);
  if (code.startsWith('22')) {
    return registryErrors.BAD_VALUE(message, { constraint }, error);
  }
  if (code === '53100') return registryErrors.REGISTRY_FULL(message, {}, error);
  if (code.startsWith('08') || code.startsWith('57') || code.startsWith('53') || /^[A-Z]+$/.test(code)) {
    return unavailable(message, error);
  }
  return error;
}

function unavailable(message: string, error: unknown): OpenAmiError {
  return registryErrors.REGISTRY_UNAVAILABLE(message, {}, error);
}

/** Runs a read; errors come out translated. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

/** Runs a change and its audit record in one transaction. `note` says what was done. */
export async function writing<T>(
  base: Base,
  ctx: AccessContext,
  work: (db: Work) => Promise<T>,
  note: (result: T) => Noted,
): Promise<T> {
  return reading(() =>
    base.db.transaction().execute(async (db) => {
      const result = await work(db);
      await appendAudit(db, base.clock.nowMs(), ctx, note(result));
      return result;
    }),
  );
}

/** A change by who sees everything: as `writing`, with the time of the change. Raises OUT_OF_SCOPE. */
export async function changing<T>(
  base: Base,
  ctx: AccessContext,
  work: (db: Work, now: Date) => Promise<T>,
  note: (result: T) => Noted,
): Promise<T> {
  requireAll(ctx);
  const now = new Date(base.clock.nowMs());
  return writing(base, ctx, (db) => work(db, now), note);
}

/**
 * SQL condition: who decides is a person and not a token, and had no part in asking. Whoever calls, the store
 * insists.
 */
export function isSecondPerson({ actor }: AccessContext): RawBuilder<unknown> {
  return sql`${actor.kind} = 'user' AND ${actor.id} NOT IN (requested_by, requested_person)`;
}

/** Raised in a transaction that turns out to have nothing to change, so that it leaves nothing behind. */
export class NothingToDo extends Error {}

/** Undefined for a transaction that had nothing to change. */
export async function unlessNothing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NothingToDo) return undefined;
    throw error;
  }
}
