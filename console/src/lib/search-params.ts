/**
 * Filters in the address bar: every page state worth sharing is a plain `?name=text`. Values stay text,
 * so that a serial such as `000123` is not turned into a number.
 */

export type TextParams = Record<string, string>;

/** `?a=b&c=d` -> object; of a repeated name the last counts; empty values are left out. */
export function parseSearch(search: string): TextParams {
  // `fromEntries` defines each name as its own: an assignment to `__proto__` would be lost.
  return Object.fromEntries([...new URLSearchParams(search)].filter(([, value]) => value !== ''));
}

/** Object -> `?a=b&c=d`, names sorted so that one state has one address. */
export function stringifySearch(params: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const name of Object.keys(params).sort()) {
    const value = params[name];
    if (value !== undefined && value !== null && value !== '') out.set(name, String(value));
  }
  const text = out.toString();
  return text === '' ? '' : `?${text}`;
}

/** The number of a thing in an address; 0 where the text is none. */
export function idOf(text: string): number {
  const id = Number(text);
  return Number.isInteger(id) && id > 0 ? id : 0;
}

/** State of the meter table that its address holds. */
export interface MeterSearch {
  readonly q?: string;
  readonly commodity?: string;
  readonly state?: string;
  readonly model?: string;
  readonly readStatus?: string;
  /** Field name, `-` before it for descending. */
  readonly sort?: string;
  /** Comma-separated ids of the columns shown. */
  readonly columns?: string;
  readonly density?: 'compact' | 'comfortable';
}

const meterKeys = ['q', 'commodity', 'state', 'model', 'readStatus', 'sort', 'columns'] as const;
const lengthLimit = 400;

/** Takes what it knows from untrusted address text and drops the rest. */
export function parseMeterSearch(raw: Record<string, unknown>): MeterSearch {
  const out: Record<string, string> = {};
  for (const key of meterKeys) {
    const value = raw[key];
    if (typeof value === 'string' && value.trim() !== '') out[key] = value.slice(0, lengthLimit);
  }
  const density = raw.density;
  return density === 'compact' || density === 'comfortable' ? { ...out, density } : out;
}

/** The part of the table state that the server filters and sorts by. */
export function meterFilter(search: MeterSearch): TextParams {
  const out: TextParams = {};
  for (const key of meterKeys) {
    const value = search[key];
    if (key !== 'columns' && value) out[key] = value;
  }
  return out;
}

/** Click on a column heading: ascending, then descending, then as the server likes it. */
export function nextSort(sort: string | undefined, column: string): string | undefined {
  if (sort === column) return `-${column}`;
  return sort === `-${column}` ? undefined : column;
}
