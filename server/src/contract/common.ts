/**
 * Shapes shared by the whole HTTP contract. Schemas are the source: types are derived from them, the
 * server checks and serialises with them, and the OpenAPI document is generated from them.
 *
 * Single time stamps are ISO-8601 UTC text; columns of readings carry epoch seconds.
 */
import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { PushReceipt } from './ingest.ts';

/** A map from text to one shape (JSON schema `additionalProperties`). */
export function mapOf<S extends TSchema>(schema: S) {
  return Type.Unsafe<Record<string, Static<S>>>({ type: 'object', additionalProperties: schema });
}

/** A value or null. */
export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

/** One of a fixed list of words. */
export function oneOf<const T extends readonly string[]>(words: T, options: { description?: string } = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options });
}

/** ISO-8601 UTC time stamp. */
export const Instant = Type.String({ format: 'date-time', description: 'ISO-8601, UTC' });
/** Local date, `2026-03-29`. */
export const LocalDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'Local date' });
/** Name of who did something: a person or an API token. */
export const Name = Type.String({ description: 'Empty when it is not known any more' });
/** Registry identifier. */
export const Id = Type.Integer({ minimum: 1, maximum: 2147483647 });
/** What is delivered. */
export const CommodityWord = oneOf(['electricity', 'gas', 'water', 'heat'] as const);
/** How grave an event is. */
export const Severity = oneOf(['info', 'warning', 'critical'] as const);

/** One page of a list: `next` is handed back as `cursor`; null on the last page. */
export function listOf<S extends TSchema>(item: S) {
  return Type.Object({
    items: Type.Array(item),
    next: nullable(Type.String()),
    total: Type.Integer({ description: 'Rows of the whole list, filters applied' }),
  });
}

/** Query of every list: cursor and page length. */
export function pageQuery<P extends TProperties>(more: P) {
  return Type.Object({
    cursor: Type.Optional(Type.String({ maxLength: 512 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    ...more,
  });
}

export const IdParams = Type.Object({ id: Id });
export type IdParams = Static<typeof IdParams>;

/** RFC 9457 problem details; `type` is `urn:openami:error:CODE`. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable error code' }),
    hint: Type.String({ description: 'What to do about it' }),
    requestId: Type.Optional(Type.String()),
    receipt: Type.Optional(
      Type.Unsafe<PushReceipt>({
        ...PushReceipt,
        description: 'What of a body of readings is on disk all the same',
      }),
    ),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: 'One entry for each field that is wrong',
      }),
    ),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof Problem>;

/** Why a job failed. */
export const JobFault = Type.Object({ code: Type.String(), detail: Type.String(), hint: Type.String() });

/** Answer to an action that has nothing else to say. */
export const Done = Type.Object({ ok: Type.Literal(true) });
export type Done = Static<typeof Done>;

/** One page of anything. */
export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}
