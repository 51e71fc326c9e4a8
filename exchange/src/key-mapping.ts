/** A mapping of key files out of JSON, which people write by hand. */
import { keyKinds } from '@openami/model';
import { exchangeErrors } from './errors.ts';
import type { KeyFileMapping } from './key-file.ts';
import { meterNames, namesOf, usualKeyNames } from './key-names.ts';

const known: readonly string[] = [
  ...['format', 'record', 'delimiter', 'fields', 'encoding', 'secretsEncoded', 'wrapped', 'suite'],
  // for people: what the mapping is of
  ...['name', 'comment'],
];
const fieldNames: readonly string[] = [...Object.keys(usualKeyNames), ...keyKinds];
const maxPaths = 1000;

/** Raises CSV_MAPPING_INVALID with what is wrong. */
export function parseKeyFileMapping(json: unknown): KeyFileMapping {
  if (!isRecord(json)) throw wrong('it is no JSON object');
  const stray = Object.keys(json).findIndex((name) => !known.includes(name));
  if (stray >= 0) throw wrong(`${memberOf(json, stray)} is none of ${known.join(', ')}`);
  const { format, record, delimiter, fields, encoding, secretsEncoded, wrapped, suite } = json;
  if (format !== 'csv' && format !== 'xml' && format !== 'json')
    throw wrong('`format` is none of "csv", "xml" and "json"');
  if (encoding !== undefined && encoding !== 'hex' && encoding !== 'base64') {
    throw wrong('`encoding` is neither "hex" nor "base64"');
  }
  if (suite !== undefined && suite !== 0 && suite !== 1 && suite !== 2)
    throw wrong('`suite` is not 0, 1 or 2');
  if (delimiter !== undefined && (typeof delimiter !== 'string' || delimiter.length !== 1)) {
    throw wrong('`delimiter` is not one character');
  }
  if (secretsEncoded !== undefined && typeof secretsEncoded !== 'boolean') {
    throw wrong('`secretsEncoded` is neither true nor false');
  }
  if (wrapped !== undefined && typeof wrapped !== 'boolean' && !isNames(wrapped)) {
    throw wrong('`wrapped` is neither true, false nor a list of fields');
  }
  if (record !== undefined && !isName(record)) throw wrong('`record` is no name');
  if (record !== undefined && format !== 'xml') throw wrong('`record` is for XML only');
  if (fields !== undefined) checkFields(fields);
  const { name: _, comment: __, ...mapping } = json;
  return mapping as unknown as KeyFileMapping;
}

function checkFields(fields: unknown): void {
  if (!isRecord(fields)) throw wrong('`fields` is no object');
  let paths = 0;
  for (const [at, [field, one]] of Object.entries(fields).entries()) {
    if (!fieldNames.includes(field))
      throw wrong(`${memberOf(fields, at)} is none of ${fieldNames.join(', ')}`);
    if (!isName(one)) throw wrong(`\`${field}\` is neither a name nor a list of names`);
    paths += namesOf(one).length;
  }
  if (paths > maxPaths) throw wrong(`more than ${maxPaths} names`);
  if (!meterNames.some((name) => fields[name] !== undefined)) {
    throw wrong(`\`fields\` has none of ${meterNames.join(', ')}: nothing tells which meter a key is of`);
  }
}

/** A member by its name if that is a word, else by its place: a file of keys may be taken for the mapping. */
function memberOf(json: object, at: number): string {
  const name = Object.keys(json)[at]!;
  return /^[a-z_]{1,12}$/i.test(name) ? `"${name}"` : `member ${at + 1}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && one !== '')
  );
}

function isName(value: unknown): value is string | string[] {
  return (typeof value === 'string' && value !== '') || isNames(value);
}

function wrong(detail: string) {
  return exchangeErrors.CSV_MAPPING_INVALID(detail);
}
