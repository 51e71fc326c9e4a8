/** How the files of a set of meters are to be read: options of the command, or an entry of a sets file. */
import { readFile } from 'node:fs/promises';
import { type CsvMapping, parseCsvMapping, type ValueKind } from '@openami/exchange';
import { type Commodity, findUnit, isCommodity, isZone } from '@openami/model';
import type { QuantityKind } from '@openami/vee';
import { parse } from 'yaml';
import { serverErrors } from '../../errors.ts';

export interface ReadAs {
  readonly commodity?: Commodity;
  /** What is measured; default `delivered`. */
  readonly quantity?: QuantityKind;
  /** IANA zone of the usage points: their local days. */
  readonly zone?: string;
  /** Zone of the stamps' clock where it is not `zone`: `+10:00` for standard time all year. */
  readonly clock?: string;
  /** Unit of columns that state none. */
  readonly unit?: string;
  readonly intervalMinutes?: number;
  /** Whether stamps name the start or the end of their interval. */
  readonly label?: 'start' | 'end';
  /** What the numbers are; default: as the header and the numbers suggest. */
  readonly values?: ValueKind;
  /** Value columns to take; default all. */
  readonly columns?: readonly string[];
  /** Column mapping of `openami import`, in place of the one that the file suggests. */
  readonly mapping?: CsvMapping;
}

/** A CSV file that says the rated power of generators, by its columns. */
export interface RatedBy {
  readonly file: string;
  readonly meter: string;
  readonly kw: string;
}

/** A CSV file of the outside temperature in °C, and its column. */
export interface TemperatureIn {
  readonly file: string;
  readonly column: string;
}

/** Sets of meters of one kind, under a folder the user names. */
export interface SetSpec extends ReadAs {
  readonly name: string;
  /** Paths below the folder; `*` stands for any text within a name. */
  readonly files: readonly string[];
  /** Where the rated power of generators is found, below the folder too. */
  readonly rated?: RatedBy;
  /** Times as many gaps and trials in each channel: for a set of one or a few channels. */
  readonly repeat?: number;
  /** Where the outside temperature is found, below the folder too. */
  readonly temperature?: TemperatureIn;
}

const quantities = ['delivered', 'received', 'net', 'reactive', 'level'];
const kinds = ['interval', 'register', 'mean', 'instant'];

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string' && value !== '';
const texts: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(text);
const fields: Readonly<Record<string, readonly [Check, string]>> = {
  name: [text, 'a text'],
  files: [texts, 'a list of paths'],
  commodity: [(v) => typeof v === 'string' && isCommodity(v), 'electricity, gas, water or heat'],
  quantity: [(v) => quantities.includes(v as string), quantities.join(', ')],
  zone: [(v) => typeof v === 'string' && isZone(v), 'an IANA zone such as Europe/Berlin'],
  clock: [(v) => typeof v === 'string' && isZone(v), 'an IANA zone or an offset such as +10:00'],
  unit: [(v) => typeof v === 'string' && findUnit(v) !== undefined, 'a unit such as kWh'],
  intervalMinutes: [(v) => Number.isInteger(v) && (v as number) > 0, 'whole minutes'],
  repeat: [(v) => Number.isInteger(v) && (v as number) > 0, 'a whole number above 0'],
  label: [(v) => v === 'start' || v === 'end', 'start or end'],
  values: [(v) => kinds.includes(v as string), kinds.join(', ')],
  columns: [texts, 'a list of column names'],
  temperature: [
    (v) => ['file', 'column'].every((name) => text((v as Record<string, unknown> | null)?.[name])),
    'file and column',
  ],
  rated: [
    (v) => ['file', 'meter', 'kw'].every((name) => text((v as Record<string, unknown> | null)?.[name])),
    'file, meter and kw',
  ],
  mapping: [(v) => parseCsvMapping(v) !== undefined, 'a column mapping'],
};

/** Reads a sets file. Throws VEE_SETS, naming the entry and the field. */
export async function readSets(path: string): Promise<SetSpec[]> {
  let document: unknown;
  try {
    document = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw serverErrors.VEE_SETS(`${path}: ${(cause as Error).message}`, {}, cause);
  }
  const sets = (document as { sets?: unknown } | null)?.sets;
  if (!Array.isArray(sets) || sets.length === 0) throw serverErrors.VEE_SETS(`${path}: sets: a list`);
  for (const [i, set] of sets.entries()) checkSet(set, `${path}: sets[${i}]`);
  return sets as SetSpec[];
}

function checkSet(set: unknown, at: string): void {
  if (typeof set !== 'object' || set === null) throw serverErrors.VEE_SETS(`${at}: an object`);
  for (const name of ['name', 'files'])
    if (!Object.hasOwn(set, name)) throw serverErrors.VEE_SETS(`${at}.${name} is missing`);
  for (const [name, value] of Object.entries(set)) {
    const field = Object.hasOwn(fields, name) ? fields[name]! : undefined;
    if (!field) throw serverErrors.VEE_SETS(`${at}.${name} is none of ${Object.keys(fields).join(', ')}`);
    if (!field[0](value)) throw serverErrors.VEE_SETS(`${at}.${name} wants ${field[1]}`);
  }
}
