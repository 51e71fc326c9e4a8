/**
 * A language for C12.19 tables: what the syntax of the standard says in a form of Pascal, as data. A type
 * reads bytes and writes them; sizes and options come from other tables of the device or from earlier
 * fields of the same one.
 */
import type { Formats, TimeKind } from './formats.ts';

/** What sizes and conditions may look at. */
export interface Scope {
  readonly formats: Formats;
  /** A number or flag of another table; raises C12_NEEDS_TABLE where that is not known. */
  number(table: number, path: string): number;
  /** A field of the table itself that was read before. */
  own(path: string): number;
}

export type Size = number | ((scope: Scope) => number);
export type Condition = (scope: Scope) => boolean;

/** A flag at a bit, or a number from the first to the last bit. */
export type BitSpec = number | readonly [first: number, last: number];

export type Type =
  | { readonly kind: 'uint' | 'int'; readonly bytes: number }
  | { readonly kind: 'ni'; readonly which: 1 | 2 }
  | { readonly kind: 'text' | 'binary' | 'set' | 'bcd'; readonly size: Size }
  /** Bytes to the end of the table. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'clock'; readonly time: TimeKind }
  | { readonly kind: 'bits'; readonly bytes: number; readonly bits: Readonly<Record<string, BitSpec>> }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, Field>> }
  | { readonly kind: 'array'; readonly count: Size; readonly of: Type }
  | { readonly kind: 'choice'; readonly of: (scope: Scope) => Type };

/** A field that is there only where its condition holds. */
export interface OptionalField {
  readonly kind: 'optional';
  readonly when: Condition;
  readonly type: Type;
}

export type Field = Type | OptionalField;

export interface TableDefinition {
  readonly id: number;
  /** As the standard names it. */
  readonly name: string;
  readonly type: Type & { readonly kind: 'record' };
}

export const u8: Type = { kind: 'uint', bytes: 1 };
export const u16: Type = { kind: 'uint', bytes: 2 };
export const u32: Type = { kind: 'uint', bytes: 4 };
export const i8: Type = { kind: 'int', bytes: 1 };
export const i16: Type = { kind: 'int', bytes: 2 };
export const i32: Type = { kind: 'int', bytes: 4 };
export const ni1: Type = { kind: 'ni', which: 1 };
export const ni2: Type = { kind: 'ni', which: 2 };
export const ltime: Type = { kind: 'clock', time: 'ltime' };
export const stime: Type = { kind: 'clock', time: 'stime' };
export const time: Type = { kind: 'clock', time: 'time' };
export const rest: Type = { kind: 'rest' };

export const text = (size: Size): Type => ({ kind: 'text', size });
export const binary = (size: Size): Type => ({ kind: 'binary', size });
/** Digits, two a byte. */
export const bcd = (size: Size): Type => ({ kind: 'bcd', size });
/** Numbers of the bits that are set, `size` bytes. */
export const set = (size: Size): Type => ({ kind: 'set', size });
export const bits = (bytes: number, spec: Readonly<Record<string, BitSpec>>): Type => ({
  kind: 'bits',
  bytes,
  bits: spec,
});
export const array = (count: Size, of: Type): Type => ({ kind: 'array', count, of });
export const choice = (of: (scope: Scope) => Type): Type => ({ kind: 'choice', of });
export const record = (fields: Readonly<Record<string, Field>>): Type & { readonly kind: 'record' } => ({
  kind: 'record',
  fields,
});
export const when = (condition: Condition, type: Type): OptionalField => ({
  kind: 'optional',
  when: condition,
  type,
});

/** A number of another table, as a size. */
export const of =
  (table: number, path: string): ((scope: Scope) => number) =>
  (scope) =>
    scope.number(table, path);

/** A flag of another table, as a condition. */
export const flag =
  (table: number, path: string): Condition =>
  (scope) =>
    scope.number(table, path) !== 0;

/** A field of the same table, as a size. */
export const own =
  (path: string): ((scope: Scope) => number) =>
  (scope) =>
    scope.own(path);
