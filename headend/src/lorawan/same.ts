/**
 * What an example of a codec says against what came: numbers within 1e-9 of each other, times to the
 * millisecond, an empty list of errors or warnings as good as none.
 */
import { isFields } from '../fields.ts';

export interface Difference {
  /** JSON pointer. */
  readonly path: string;
  /** As JSON, shortened. */
  readonly expected: string;
  readonly got: string;
}

const MAX_DIFFERENCES = 20;
const MAX_CHARS = 200;
const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** The differences, the first twenty; none: the same. */
export function differencesOf(expected: unknown, got: unknown): Difference[] {
  const found: Difference[] = [];
  compare(lean(expected), lean(got), '', found);
  return found;
}

/** A result without empty errors and warnings. */
function lean(value: unknown): unknown {
  if (!isFields(value)) return value;
  const isEmpty = (name: string) => Array.isArray(value[name]) && (value[name] as unknown[]).length === 0;
  const names = Object.keys(value).filter(
    (name) => !((name === 'errors' || name === 'warnings') && isEmpty(name)),
  );
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

function compare(expected: unknown, got: unknown, path: string, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || isSame(expected, got)) return;
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    for (const [i, item] of expected.entries()) compare(item, got[i], `${path}/${i}`, found);
  } else if (isFields(expected) && isFields(got)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      compare(
        expected[name],
        got[name],
        `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        found,
      );
    }
  } else found.push({ path, expected: shown(expected), got: shown(got) });
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  }
  if (typeof a !== 'string' || typeof b !== 'string' || !isoTime.test(a) || !isoTime.test(b)) return false;
  return utcMs(a) === utcMs(b);
}

/** Milliseconds of an ISO time; one without an offset is UTC, as it is to a codec. */
export function utcMs(text: string): number {
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`).getTime();
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, MAX_CHARS);
}
