/**
 * Key files as JSON: an object a meter, in an array, one after the other (JSON Lines, a JSON stream), or as a
 * list in one object, as join servers and network servers export them. An object that is no JSON costs only
 * itself.
 */
import { exchangeErrors } from './errors.ts';
import type { KeyFileMapping, KeyFileRow } from './key-file.ts';
import { bareName, namesOf, usualKeyNames } from './key-names.ts';
import { TextSource } from './text.ts';

const maxBytes = 64 * 2 ** 20;
const maxDepth = 8;
/** Members that are called so are named by what is around them: `root_keys.app_key.key`. */
const unnamed = new Set(['key', 'value']);

/** Reads the objects of the file. Raises FILE_EMPTY, FILE_JSON_TOO_LARGE. */
export async function* readKeyJson(
  input: AsyncIterable<Uint8Array>,
  mapping: KeyFileMapping,
): AsyncGenerator<KeyFileRow> {
  const source = new TextSource('utf-8');
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw exchangeErrors.FILE_JSON_TOO_LARGE(`more than ${maxBytes} bytes`);
    parts.push(source.push(chunk));
  }
  if (bytes === 0) throw exchangeErrors.FILE_EMPTY();
  parts.push(source.finish());
  for (const { text, line } of objectsOf(parts.join(''))) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // its message quotes what it was given
      yield { line, fields: {}, error: exchangeErrors.ROW_JSON(`the object that begins in line ${line}`) };
      continue;
    }
    for (const device of devicesIn(value)) yield { line, fields: fieldsOf(device, mapping) };
  }
}

interface FoundObject {
  readonly text: string;
  readonly line: number;
}

/** The outermost objects, whatever stands between them. */
function* objectsOf(text: string): Generator<FoundObject> {
  let [depth, from, line, fromLine, isText] = [0, 0, 1, 1, false];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\n') line++;
    if (isText) {
      if (char === '\\') at++;
      else if (char === '"') isText = false;
    } else if (char === '"' && depth > 0) isText = true;
    else if (char === '{') {
      if (depth++ === 0) [from, fromLine] = [at, line];
    } else if (char === '}' && depth > 0 && --depth === 0) {
      yield { text: text.slice(from, at + 1), line: fromLine };
    }
  }
  // cut off in the middle
  if (depth > 0) yield { text: text.slice(from), line: fromLine };
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The devices of a list in an object, else the object itself. */
function devicesIn(value: unknown): Json[] {
  if (!isObject(value)) return [];
  const lists = Object.values(value).filter(
    (one): one is Json[] => Array.isArray(one) && one.length > 0 && one.every(isObject),
  );
  return lists.length === 1 && fieldsOf(value, { format: 'json' }).devEui === undefined ? lists[0]! : [value];
}

function fieldsOf(device: Json, { fields }: KeyFileMapping): Record<string, string> {
  const found = new Map<string, string>();
  gather(device, [], found);
  const wanted = Object.entries(fields ?? usualKeyNames);
  return Object.fromEntries(
    wanted.flatMap(([field, names]) => {
      const name = namesOf(names)
        .map(bareName)
        .find((one) => found.has(one));
      return name === undefined ? [] : [[field, found.get(name)!]];
    }),
  );
}

/** Texts and numbers by the last part of their path, and by the whole of it. */
function gather(value: Json, path: readonly string[], found: Map<string, string>): void {
  for (const [name, member] of Object.entries(value)) {
    const here = [...path, name];
    if (isObject(member)) {
      if (here.length < maxDepth) gather(member, here, found);
    } else if (typeof member === 'string' || typeof member === 'number') {
      const text = String(member).trim();
      if (text === '') continue;
      const last = unnamed.has(bareName(name)) ? (path.at(-1) ?? name) : name;
      for (const key of [bareName(last), bareName(here.join(''))]) if (!found.has(key)) found.set(key, text);
    }
  }
}
