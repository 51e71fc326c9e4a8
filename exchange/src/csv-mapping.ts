/**
 * How the columns of a CSV file are to be read: plain JSON that a person can edit and a site can keep
 * beside its import job. `previewCsv` proposes one.
 */
import { exchangeErrors } from './errors.ts';

/** A column by its header text, or by its place from 0. */
export type ColumnRef = string | number;

export type CsvEncoding = 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';

/** What the numbers of a column are. */
export type ValueKind =
  /** Amount in the interval: kWh, L, m3. */
  | 'interval'
  /** Cumulative register; its interval length is 0. */
  | 'register'
  /** Mean rate over the interval, turned into the amount: kW → kWh, L/s → L, m3/h → m3. */
  | 'mean'
  /** A spot or mean value that is kept as it is: V, A, degC, kW of a demand register. */
  | 'instant';

export interface CsvValueColumn {
  /** `*` stands for every column that nothing else of the mapping names; each is a device. */
  readonly column: ColumnRef;
  /** Device of this column; default: the device column, or the header text without its unit. */
  readonly device?: string;
  /** Quantity of this column; default: the quantity column, or the header text without its unit. */
  readonly quantity?: string;
  /** Unit; default: the unit column, or `[kWh]` or `(kWh)` in the header. */
  readonly unit?: string;
  readonly kind: ValueKind;
  /** Seconds; default: the interval column, or `intervalS` of the mapping. Not used for a register. */
  readonly intervalS?: number;
  /** What a value below zero is; default `accept`. */
  readonly negative?: 'accept' | 'reject';
}

export interface CsvTime {
  /** Column of date and time, or of the date. */
  readonly column: ColumnRef;
  /** Column of the time of day, when it is one of its own; joined with a blank. */
  readonly clockColumn?: ColumnRef;
  /**
   * `iso`, `epoch-s`, `epoch-ms`, or a pattern of yyyy yy MM M MMM dd d HH H hh h mm ss SSS a XXX and
   * literals, e.g. `dd.MM.yyyy HH:mm`.
   */
  readonly pattern: string;
  /** IANA zone, `UTC` or an offset such as `+10:00`, for stamps that carry no offset themselves. */
  readonly zone?: string;
  /** Whether a stamp names the end (default) or the start of its interval. */
  readonly label?: 'end' | 'start';
  /** Local times that never were: refused (default), or moved by the jump of the clock. */
  readonly skipped?: 'reject' | 'shift';
  /** Local times that were twice: told apart by the order of rows (default), or by rule. */
  readonly doubled?: 'order' | 'earlier' | 'later' | 'reject';
}

export interface CsvMapping {
  readonly version: 1;
  /** Default `auto`: the byte order mark decides, else UTF-8. */
  readonly encoding?: CsvEncoding;
  readonly delimiter: string;
  /** Default `"`; empty for none. */
  readonly quote?: string;
  /** Default `.` */
  readonly decimal?: '.' | ',';
  /** Character between groups of three digits; default none. */
  readonly thousands?: string;
  /** Lines before the header (or before the data where there is none). */
  readonly skipLines?: number;
  /** Whether the first row names the columns; default true. */
  readonly header?: boolean;
  /** Cells of a row where no header says it; default: those of the first row. */
  readonly width?: number;
  readonly time: CsvTime;
  /** Column that names the device. */
  readonly device?: ColumnRef;
  /** Column that names the quantity. */
  readonly quantity?: ColumnRef;
  readonly unit?: ColumnRef;
  /** Column of a quality name or code; an empty cell is `raw`. */
  readonly quality?: ColumnRef;
  /** Column of an IANA zone or offset for each row; goes before `time.zone`. */
  readonly zone?: ColumnRef;
  /** Column of the interval length in seconds. */
  readonly interval?: ColumnRef;
  /** Interval length in seconds of every interval column that states none. */
  readonly intervalS?: number;
  /** At least one. */
  readonly values: readonly CsvValueColumn[];
  /** Columns that `*` leaves out. */
  readonly ignore?: readonly ColumnRef[];
  /** Quality state of rows without one; default `raw`. */
  readonly defaultQuality?: string;
  /** Texts, in any case, that mean "no value"; default: empty, NA, N/A, null, none, nan, -, --. */
  readonly nulls?: readonly string[];
}

const single = (text: unknown): boolean => typeof text === 'string' && text.length === 1;
const reference = (ref: unknown): boolean =>
  typeof ref === 'string' ? ref.length > 0 : Number.isInteger(ref) && (ref as number) >= 0;
const kinds: readonly string[] = ['interval', 'register', 'mean', 'instant'];
const encodings: readonly string[] = ['auto', 'utf-8', 'utf-16le', 'utf-16be', 'latin1'];
const oneOf = (value: unknown, allowed: readonly unknown[]): boolean =>
  value === undefined || allowed.includes(value);

/** Checks a mapping that came as JSON; throws CSV_MAPPING_INVALID naming the field. */
export function parseCsvMapping(input: unknown): CsvMapping {
  const fail = (field: string, wants: string): never => {
    throw exchangeErrors.CSV_MAPPING_INVALID(`${field}: ${wants}`, { field });
  };
  if (typeof input !== 'object' || input === null) return fail('mapping', 'an object');
  const m = input as CsvMapping;
  if (m.version !== 1) fail('version', '1');
  if (!single(m.delimiter) || /[\r\n]/.test(m.delimiter)) fail('delimiter', 'one character');
  if (m.quote !== undefined && m.quote !== '' && !single(m.quote)) fail('quote', 'one character or empty');
  if (!oneOf(m.encoding, encodings)) fail('encoding', encodings.join(', '));
  if (!oneOf(m.decimal, ['.', ','])) fail('decimal', '. or ,');
  if (m.thousands !== undefined && m.thousands !== '' && !single(m.thousands))
    fail('thousands', 'one character or empty');
  if ((m.decimal ?? '.') === m.thousands) fail('thousands', 'not the decimal mark');
  if (m.skipLines !== undefined && !(Number.isInteger(m.skipLines) && m.skipLines >= 0))
    fail('skipLines', 'a whole number');
  if (m.width !== undefined && !(Number.isInteger(m.width) && m.width > 0 && m.width <= 100_000))
    fail('width', 'a whole number above 0');
  checkTime(m, fail);
  for (const field of ['device', 'quantity', 'unit', 'quality', 'zone', 'interval'] as const)
    if (m[field] !== undefined && !reference(m[field])) fail(field, 'a column name or place');
  checkValues(m, fail);
  if (m.ignore !== undefined && !(Array.isArray(m.ignore) && m.ignore.every(reference)))
    fail('ignore', 'column names or places');
  if (m.nulls !== undefined && !(Array.isArray(m.nulls) && m.nulls.every((text) => typeof text === 'string')))
    fail('nulls', 'a list of texts');
  return m;
}

type Fail = (field: string, wants: string) => never;

function checkTime(m: CsvMapping, fail: Fail): void {
  if (typeof m.time !== 'object' || m.time === null) fail('time', 'an object');
  if (!reference(m.time.column)) fail('time.column', 'a column name or place');
  if (m.time.clockColumn !== undefined && !reference(m.time.clockColumn))
    fail('time.clockColumn', 'a column name or place');
  if (typeof m.time.pattern !== 'string') fail('time.pattern', 'iso, epoch-s, epoch-ms or a pattern');
  if (m.time.zone !== undefined && typeof m.time.zone !== 'string') fail('time.zone', 'a zone name');
  if (!oneOf(m.time.label, ['end', 'start'])) fail('time.label', 'end or start');
  if (!oneOf(m.time.skipped, ['reject', 'shift'])) fail('time.skipped', 'reject or shift');
  if (!oneOf(m.time.doubled, ['order', 'earlier', 'later', 'reject']))
    fail('time.doubled', 'order, earlier, later or reject');
}

function checkValues(m: CsvMapping, fail: Fail): void {
  if (!Array.isArray(m.values) || m.values.length === 0) fail('values', 'at least one column');
  const seconds = (s: unknown): boolean =>
    Number.isInteger(s) && (s as number) > 0 && (s as number) <= 366 * 86_400;
  if (m.intervalS !== undefined && !seconds(m.intervalS)) fail('intervalS', 'whole seconds above 0');
  for (const [i, value] of m.values.entries()) {
    const at = `values[${i}]`;
    if (typeof value !== 'object' || value === null || !reference(value.column))
      fail(`${at}.column`, 'a column name or place, or *');
    if (!kinds.includes(value.kind)) fail(`${at}.kind`, kinds.join(', '));
    for (const field of ['device', 'quantity', 'unit'] as const)
      if (value[field] !== undefined && typeof value[field] !== 'string') fail(`${at}.${field}`, 'a text');
    if (!oneOf(value.negative, ['accept', 'reject'])) fail(`${at}.negative`, 'accept or reject');
    if (value.intervalS !== undefined && !seconds(value.intervalS))
      fail(`${at}.intervalS`, 'whole seconds above 0');
    const known = value.intervalS ?? m.intervalS ?? m.interval;
    if (value.kind !== 'register' && known === undefined)
      fail(`${at}.intervalS`, 'seconds here, in intervalS, or an interval column');
  }
}
