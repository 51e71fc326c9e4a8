/**
 * Places in what a codec returns: a JSON pointer (`/status/energy`), or short (`status.energy`,
 * `values[0].time`). `*` stands for all items of a list or all fields of an object. An empty path is the
 * whole.
 */
import { codecErrors } from './codec-errors.ts';

export type Path = readonly string[];

const MAX_PARTS = 16;
const cache = new Map<string, Path>();
const MAX_CACHE = 5_000;

/** The parts of a path. Throws CODEC_INVALID. */
export function parsePath(text: string): Path {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const path = partsOf(text);
  if (path.length > MAX_PARTS || text.length > 500)
    throw codecErrors.CODEC_INVALID(`path ${text.slice(0, 60)}: too long`);
  if (cache.size >= MAX_CACHE) cache.clear();
  cache.set(text, path);
  return path;
}

function partsOf(text: string): Path {
  if (text === '') return [];
  if (text.startsWith('/')) {
    return text
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  const parts = text.replaceAll(/\[(\d+|\*)\]/g, '.$1').split('.');
  if (parts.some((part) => part === ''))
    throw codecErrors.CODEC_INVALID(`path ${text.slice(0, 60)}: an empty part`);
  return parts;
}

/** The value at a path without `*`; undefined where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** The values at a path with `*`, at most so many. */
export function valuesAt(root: unknown, path: Path, most: number): unknown[] {
  let values: unknown[] = [root];
  for (const part of path) {
    const next: unknown[] = [];
    for (const value of values) {
      if (typeof value !== 'object' || value === null) continue;
      if (part === '*') for (const item of Object.values(value)) next.push(item);
      else if (Object.hasOwn(value, part)) next.push((value as Record<string, unknown>)[part]);
      if (next.length > most) return next.slice(0, most);
    }
    values = next;
  }
  return values;
}
