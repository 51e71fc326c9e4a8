/**
 * Parameters as data: their shape, their type derived from it, and what is wrong with a value. Whoever checks
 * them and whoever shows a form for them have the same.
 */

export type ParamSpec =
  | { readonly type: 'whole'; readonly min: number; readonly max: number }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'text'; readonly max: number; readonly pattern?: string }
  | { readonly type: 'word'; readonly words: readonly string[] }
  | { readonly type: 'list'; readonly of: ParamSpec; readonly min: number; readonly max: number }
  | ParamRecord;

export interface ParamRecord {
  readonly type: 'record';
  readonly fields: Readonly<Record<string, ParamSpec>>;
  /** Fields that may be left out. */
  readonly optional?: readonly string[];
}

type Optional<R extends ParamRecord> = R['optional'] extends readonly string[]
  ? R['optional'][number]
  : never;

/** The type of values that fit a spec. */
export type ParamValue<S> = S extends { type: 'whole' | 'number' }
  ? number
  : S extends { type: 'text' }
    ? string
    : S extends { type: 'word'; words: infer W extends readonly string[] }
      ? W[number]
      : S extends { type: 'list'; of: infer O }
        ? readonly ParamValue<O>[]
        : S extends ParamRecord
          ? {
              readonly [K in Exclude<keyof S['fields'], Optional<S>>]: ParamValue<S['fields'][K]>;
            } & { readonly [K in Extract<keyof S['fields'], Optional<S>>]?: ParamValue<S['fields'][K]> }
          : never;

/** Specs in short. */
export const param = {
  whole: (min: number, max: number) => ({ type: 'whole', min, max }) as const,
  number: (min: number, max: number) => ({ type: 'number', min, max }) as const,
  text: (max: number, pattern?: string) =>
    ({ type: 'text', max, ...(pattern === undefined ? {} : { pattern }) }) as const,
  word: <const W extends readonly string[]>(...words: W) => ({ type: 'word', words }) as const,
  list: <const S extends ParamSpec>(of: S, min: number, max: number) =>
    ({ type: 'list', of, min, max }) as const,
};

/** What is wrong with a value, each with its path; empty when it fits. Unknown fields are wrong. */
export function paramProblemsOf(spec: ParamSpec, value: unknown, path = ''): string[] {
  const at = path === '' ? 'it' : path;
  switch (spec.type) {
    case 'whole': {
      const fits = Number.isSafeInteger(value) && Number(value) >= spec.min && Number(value) <= spec.max;
      return fits ? [] : [`${at} must be a whole number from ${spec.min} to ${spec.max}`];
    }
    case 'number': {
      const fits = Number.isFinite(value) && Number(value) >= spec.min && Number(value) <= spec.max;
      return fits ? [] : [`${at} must be a number from ${spec.min} to ${spec.max}`];
    }
    case 'text': {
      if (typeof value !== 'string' || value.length === 0 || value.length > spec.max || /\p{Cc}/u.test(value))
        return [`${at} must be a text of 1 to ${spec.max} characters`];
      const fits = spec.pattern === undefined || new RegExp(`^(?:${spec.pattern})$`).test(value);
      return fits ? [] : [`${at} must look like ${spec.pattern}`];
    }
    case 'word':
      return spec.words.includes(value as string) ? [] : [`${at} must be one of ${spec.words.join(', ')}`];
    case 'list': {
      if (!Array.isArray(value) || value.length < spec.min || value.length > spec.max)
        return [`${at} must be a list of ${spec.min} to ${spec.max}`];
      return value.flatMap((item, index) => paramProblemsOf(spec.of, item, `${path}[${index}]`));
    }
    case 'record':
      return problemsOfRecord(spec, value, path);
  }
}

function problemsOfRecord(spec: ParamRecord, value: unknown, path: string): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return [`${path === '' ? 'it' : path} must be an object`];
  const under = (name: string) => (path === '' ? name : `${path}.${name}`);
  const given = value as Record<string, unknown>;
  const strays = Object.keys(given).filter((name) => !Object.hasOwn(spec.fields, name));
  const problems = strays.map((name) => `${under(name)} is not known`);
  for (const [name, field] of Object.entries(spec.fields)) {
    if (given[name] === undefined) {
      if (!spec.optional?.includes(name)) problems.push(`${under(name)} is missing`);
    } else problems.push(...paramProblemsOf(field, given[name], under(name)));
  }
  return problems;
}
