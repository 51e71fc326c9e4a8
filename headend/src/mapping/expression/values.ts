/**
 * The values that JSONata's language knows, and what its operators make of them (JSONata 2.x reference:
 * "Path operators", "Sequences", "Boolean values", "Comparison"). Sequences flatten and a sequence of one
 * is its item; an array of the message stays an array.
 */

/** A result of a path, as opposed to an array that stood in the message. */
export class Sequence extends Array<unknown> {}
/** A message that is an array, wrapped so that paths go through it and `$` gives it back whole. */
export class Wrapped extends Sequence {}

/** Variables by name; those of a block have the outer ones as their prototype. */
export type Variables = Record<string, unknown>;
export type Direct = (input: unknown, variables: Variables) => unknown;

/** Why an expression has no result: JSONata's code and words. No Error: its stack would cost the most. */
export class ExpressionFault {
  readonly code: string;
  readonly message: string;

  constructor(code: string, message: string) {
    this.code = code;
    this.message = message;
  }
}

/** The steps of the message that is being read were used up. */
export class StepsUsedUp extends Error {}

let stepsLeft = 0;

/** Gives the evaluations that follow so many steps, all together. */
export function allowSteps(steps: number): void {
  stepsLeft = steps;
}

/** Counts work; raises StepsUsedUp. */
export function charge(steps: number): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) throw new StepsUsedUp();
}

/** What a sequence says when it leaves an expression: nothing, its one item, or itself. */
export function collapse(value: unknown): unknown {
  if (!(value instanceof Sequence)) return value;
  return value.length > 1 ? value : value[0];
}

export function sequenceOf(...items: unknown[]): Sequence {
  const out = new Sequence();
  for (const item of items) out.push(item);
  return out;
}

const own = Object.prototype.hasOwnProperty;

/** The field of an object, or of each item of an array. */
export function fieldOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    charge(value.length);
    const out = new Sequence();
    for (const item of value) {
      const found = fieldOf(item, name);
      if (Array.isArray(found)) {
        charge(found.length);
        for (const one of found) out.push(one);
      } else if (found !== undefined) out.push(found);
    }
    return out;
  }
  if (typeof value !== 'object' || value === null || !own.call(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** True for numbers; one that is beyond all bounds is a fault. */
export function isNumber(value: unknown): value is number {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (!Number.isFinite(value)) throw new ExpressionFault('D1001', 'Number out of range');
  return true;
}

/** Whether a value counts as true; undefined for nothing. */
export function truth(value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    charge(value.length);
    if (value.length === 1) return truth(value[0]);
    let any = false;
    for (const item of value) if (truth(item)) any = true;
    return any;
  }
  if (typeof value === 'string') return value.length > 0;
  if (isNumber(value)) return value !== 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value === true;
}

export function equal(a: unknown, b: unknown): boolean {
  charge(1);
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => own.call(b, name) && equal((a as Fields)[name], (b as Fields)[name]))
  );
}

type Fields = Readonly<Record<string, unknown>>;

/** The text of a value as `$string` gives it; undefined for nothing. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ExpressionFault('D3001', 'Attempting to invoke string function on Infinity or NaN');
  }
  const text = jsonOf(value instanceof Wrapped ? value[0] : value) ?? '';
  charge(text.length >> 4);
  return text;
}

/** JSON of a value with numbers to 15 digits, counted as it is written. */
function jsonOf(value: unknown): string | undefined {
  charge(1);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!isNumber(value)) return 'null';
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
  }
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : String(value);
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item) ?? 'null').join(',')}]`;
  const fields: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    const text = jsonOf(field);
    if (text !== undefined) fields.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${fields.join(',')}}`;
}

/** Both joined in one array: sequences and arrays by their items. */
export function append(a: unknown, b: unknown): unknown {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const out: unknown[] = Array.isArray(a) ? Array.from(a) : [a];
  for (const item of Array.isArray(b) ? b : [b]) out.push(item);
  charge(out.length);
  return out;
}
