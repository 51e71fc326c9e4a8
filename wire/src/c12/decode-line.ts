/** One line of `openami decode c12`: JSON in, JSON out; nothing that a line holds stops the next. */
import { decodeErrors } from '../decode-errors.ts';
import {
  type DecodedLine,
  decodedLine,
  hexField,
  hexOfLine,
  type LineFields,
  type Plain,
  textField,
} from '../decode-line.ts';
import { EaxPrimeKey } from './c1222/eax-prime.ts';
import { c12Errors } from './errors.ts';
import { decodeRequest } from './psem/service.ts';
import { decodeTable } from './tables/codec.ts';
import { standardTables, tablesNeededBy } from './tables/standard-tables.ts';
import type { TableRecord, Tables } from './tables/value.ts';
import { decodeC12 } from './telegram.ts';
import { renderC12, renderTableValue } from './telegram-json.ts';

/**
 * `{"id","hex"}` is a capture of packets or messages; with `"key"` or `"keys"` (`{"1":"…"}`) and `"root"` it
 * is opened, else what was authenticated alone is shown with `verified: false`; `"request"` is what a lone
 * response answers. With `"table"` the hex is one table, and `"tables"` (`{"0":"…"}`) are those it needs.
 */
export function decodeC12Line(text: string): DecodedLine {
  return decodedLine(text, (line) => {
    const bytes = hexOfLine(line);
    const tables = tablesOf(line);
    if (line.table !== undefined && line.table !== null) return tableLine(line.table, bytes, tables);
    const request = hexField(line, 'request');
    const root = textField(line, 'root');
    const telegram = decodeC12(bytes, {
      tables,
      keyFor: keysOf(line),
      unverified: true,
      ...(request === undefined ? {} : { request: decodeRequest(request) }),
      ...(root === undefined ? {} : { root }),
    });
    return renderC12(telegram);
  });
}

function tableLine(id: unknown, bytes: Uint8Array, tables: Tables): { ok: true; [name: string]: Plain } {
  const definition = typeof id === 'number' ? standardTables.get(id) : undefined;
  if (definition === undefined) throw c12Errors.C12_UNSUPPORTED(`table ${JSON.stringify(id)}`);
  const value = decodeTable(definition, bytes, tables);
  return { ok: true, table: definition.id, name: definition.name, value: renderTableValue(value) };
}

/** Tables given as hex, decoded in the order they need each other. */
function tablesOf(line: LineFields): Tables {
  const out = new Map<number, TableRecord>();
  const given = fieldsOf(line, 'tables');
  const ids = Object.keys(given)
    .map(Number)
    .sort((a, b) => tablesNeededBy(a).length - tablesNeededBy(b).length || a - b);
  for (const id of ids) {
    const definition = standardTables.get(id);
    if (definition === undefined) throw c12Errors.C12_UNSUPPORTED(`table ${id}`);
    out.set(id, decodeTable(definition, hexField(given, String(id)) ?? new Uint8Array(0), out));
  }
  return out;
}

function keysOf(line: LineFields): (keyId: number) => EaxPrimeKey | undefined {
  const single = hexField(line, 'key');
  const many = fieldsOf(line, 'keys');
  return (keyId) => {
    const key = hexField(many, String(keyId)) ?? single;
    return key === undefined ? undefined : new EaxPrimeKey(key);
  };
}

function fieldsOf(line: LineFields, name: string): LineFields {
  const value = line[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as LineFields;
  throw decodeErrors.DECODE_BAD_FIELD(`${name} is no object of hexadecimal text by number`);
}
