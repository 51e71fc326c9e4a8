/** What jobs share: each is made once by a key of who asks, and goes from state to state. */
import type { AccessContext, OpenAmiError } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, NothingToDo, reading, unlessNothing } from './base.ts';

export interface Once<T> {
  /** The id; undefined for a repeat, of which nothing is written. */
  readonly insert: (db: Work, now: Date) => Promise<number | undefined>;
  readonly find: (db: Work, id: number) => Promise<T>;
  /** What was made by the same key before. */
  readonly kept: () => Promise<T | undefined>;
  readonly note: (made: T) => Noted;
}

/** What is there now, and whether this made it. */
export async function madeOnce<T>(
  base: Base,
  ctx: AccessContext,
  { insert, find, kept, note }: Once<T>,
): Promise<{ readonly made: T; readonly created: boolean }> {
  const made = await unlessNothing(() =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const id = await insert(db, now);
        if (id === undefined) throw new NothingToDo();
        return find(db, id);
      },
      note,
    ),
  );
  if (made !== undefined) return { made, created: true };
  return { made: (await reading(kept))!, created: false };
}

export interface Moving<T, P> {
  readonly table: string;
  readonly columns: Readonly<Record<keyof P, string>>;
  readonly find: (db: Work, id: number, lock?: boolean) => Promise<T>;
  /** What is raised for a job in another state. */
  readonly otherState: (detail: string) => OpenAmiError;
  readonly note: (action: string, moved: T) => Noted;
}

/** A move of one of these jobs, from any of some states, with what else changes; `error` is kept as JSON. */
export function moving<S extends string, T extends { readonly state: S }, P extends object>(
  base: Base,
  { table, columns, find, otherState, note }: Moving<T, P>,
) {
  const name = table.replaceAll('_', ' ');
  const assignment = (field: keyof P, value: unknown): RawBuilder<unknown> => {
    const stored = field === 'error' && value !== null ? sql`${JSON.stringify(value)}::jsonb` : sql`${value}`;
    return sql`${sql.raw(columns[field])} = ${stored}`;
  };
  return (ctx: AccessContext, id: number, from: readonly S[], to: S, patch?: Partial<P>): Promise<T> =>
    changing(
      base,
      ctx,
      async (db) => {
        const { state } = await find(db, id, true);
        if (!from.includes(state)) throw otherState(`${name} ${id} is ${state}, not ${from.join(' or ')}`);
        const changes = Object.entries(patch ?? {}).map(([field, value]) =>
          assignment(field as keyof P, value),
        );
        const set = [sql`state = ${to}`, sql`version = version + 1`, ...changes];
        await sql`UPDATE ${sql.table(table)} SET ${sql.join(set)} WHERE id = ${id}`.execute(db);
        return find(db, id);
      },
      (moved) => note(to, moved),
    );
}
