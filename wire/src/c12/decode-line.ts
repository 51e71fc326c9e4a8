/** One line of `openami decode c12`: JSON in, JSON out; nothing that a line holds stops the next. */
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
import { EaxPrimeKey } from './c1222/eax-prime.ts';
import { c12Errors } from './errors.ts';
import { decodeRequest } from './psem/service.ts';
import { decodeTable } from './tables/codec.ts';
import { standardTables, tablesNeededBy } from './tables/standard-tables.ts';
import type { TableRecord, Tables } from './tables/value.ts';
import { decodeC12 } from './telegram.ts';
import { type Plain, renderC12, renderC12Error, renderTableValue } from './telegram-json.ts';

export interface C12Line {
  readonly id: string | number | null;
  readonly ok: boolean;
  readonly [name: string]: Plain;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * `{"id","hex"}` is a capture of packets or messages; with `"key"` or `"keys"` (`{"1":"…"}`) and `"root"` it is
 * opened, else what was authenticated alone is shown with `verified: false`; `"request"` is what a lone response answers. With `"table"` the hex is one table, and `"tables"`
 * (`{"0":"…"}`) are those it needs.
 */
export function decodeC12Line(text: string): C12Line {
  let id: C12Line['id'] = null;
  try {
    const line = objectOf(text);
    id = idOf(line.id);
    const bytes = hexOfField(line, 'hex');
    if (bytes === undefined) throw c12Errors.C12_BAD_FIELD('hex is missing');
    const tables = tablesOf(line.tables);
    if (line.table !== undefined && line.table !== null)
      return { id, ...tableLine(line.table, bytes, tables) };
    const request = hexOfField(line, 'request');
    const telegram = decodeC12(bytes, {
      tables,
      keyFor: keysOf(line),
      unverified: true,
      ...(request === undefined ? {} : { request: decodeRequest(request) }),
      ...(typeof line.root === 'string' ? { root: line.root } : {}),
    });
    return { id, ...renderC12(telegram) };
  } catch (error) {
    if (error instanceof OpenAmiError) return { id, ok: false, error: renderC12Error(error) };
    // a fault of the program, which must not cost the other lines
    return { id, ok: false, error: { code: 'INTERNAL', message: String(error) } };
  }
}

function tableLine(id: unknown, bytes: Uint8Array, tables: Tables): { ok: true; [name: string]: Plain } {
  const definition = typeof id === 'number' ? standardTables.get(id) : undefined;
  if (definition === undefined) throw c12Errors.C12_UNSUPPORTED(`table ${JSON.stringify(id)}`);
  const value = decodeTable(definition, bytes, tables);
  return { ok: true, table: definition.id, name: definition.name, value: renderTableValue(value) };
}

/** Tables given as hex, decoded in the order they need each other. */
function tablesOf(value: unknown): Tables {
  const out = new Map<number, TableRecord>();
  if (value === undefined || value === null) return out;
  if (typeof value !== 'object') throw c12Errors.C12_BAD_FIELD('tables is no object');
  const given = value as Fields;
  const ids = Object.keys(given)
    .map(Number)
    .sort((a, b) => tablesNeededBy(a).length - tablesNeededBy(b).length || a - b);
  for (const id of ids) {
    const definition = standardTables.get(id);
    if (definition === undefined) throw c12Errors.C12_UNSUPPORTED(`table ${id}`);
    out.set(id, decodeTable(definition, hexOfField(given, String(id)) ?? new Uint8Array(0), out));
  }
  return out;
}

function keysOf(line: Fields): (keyId: number) => EaxPrimeKey | undefined {
  const single = hexOfField(line, 'key');
  const many = (line.keys ?? {}) as Fields;
  if (typeof many !== 'object') throw c12Errors.C12_BAD_FIELD('keys is no object');
  return (keyId) => {
    const key = hexOfField(many, String(keyId)) ?? single;
    return key === undefined ? undefined : new EaxPrimeKey(key);
  };
}

function idOf(id: unknown): C12Line['id'] {
  if (id === undefined || id === null) return null;
  if (typeof id === 'string') return id;
  if (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER) return id;
  throw c12Errors.C12_BAD_FIELD('id is neither text nor a number below 2^53');
}

function objectOf(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw c12Errors.C12_BAD_FIELD('the line is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw c12Errors.C12_BAD_FIELD('the line is no JSON object');
  }
  return value as Fields;
}

function hexOfField(line: Fields, name: string): Uint8Array | undefined {
  const value = Object.hasOwn(line, name) ? line[name] : undefined;
  if (value === undefined || value === null) return undefined;
  const text = Array.isArray(value) ? value.join(' ') : value;
  const bytes = typeof text === 'string' ? bytesOfHex(text) : undefined;
  if (bytes === undefined) throw c12Errors.C12_BAD_FIELD(`${name} is not pairs of hexadecimal digits`);
  return bytes;
}
