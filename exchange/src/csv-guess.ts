/** Guesses what the columns of a CSV sample are, from their names and cells. */
import { findObis, findUnit, isReadingType, parseQuality } from '@openami/model';
import { headerUnit } from './csv-plan.ts';
import { clean, defaultNulls, readNumber } from './number-text.ts';
import { timeReader } from './time-text.ts';

/** What a column seems to be. */
export type ColumnRole =
  | 'time'
  | 'clock'
  | 'device'
  | 'quantity'
  | 'unit'
  | 'quality'
  | 'zone'
  | 'interval'
  | 'value'
  | 'ignore';

/** What is known of one column. */
export interface ColumnFacts {
  readonly index: number;
  readonly name: string;
  /** Cells that are not null. */
  readonly cells: readonly string[];
  /** Time pattern that fits, or empty. */
  readonly pattern: string;
  /** Another pattern fits as well: day and month cannot be told apart. */
  readonly ambiguous: boolean;
  readonly clock: boolean;
  /** Share of cells that are numbers with a decimal point or comma. */
  readonly point: number;
  readonly comma: number;
  readonly unit: string;
}

const dateParts = [
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'dd.MM.yyyy',
  'd.M.yyyy',
  'dd.MM.yy',
  'dd/MM/yyyy',
  'd/M/yyyy',
  'MM/dd/yyyy',
  'M/d/yyyy',
  'dd-MM-yyyy',
  'd MMM yyyy',
  'dd-MMM-yyyy',
  'ddMMMyyyy',
];
const clockParts = [' HH:mm', ' HH:mm:ss', ' H:mm', ' H:mm:ss', ' h:mm a', ' h:mm:ss a', ':HH:mm:ss', ''];
/** Patterns in the order in which they are tried. */
const timePatterns: readonly string[] = [
  'iso',
  'yyyyMMddHHmmss',
  'yyyyMMddHHmm',
  ...clockParts.flatMap((clock) => dateParts.map((date) => date + clock)),
];
const readers = new Map(timePatterns.map((pattern) => [pattern, timeReader(pattern)]));
const nulls = new Set(defaultNulls);
const epochS = /^1\d{9}$/;
const epochMs = /^1\d{12}$/;

/** Facts of a column; `name` is empty without a header. */
export function columnFacts(index: number, name: string, raw: readonly string[]): ColumnFacts {
  const cells = raw.map(clean).filter((cell) => !nulls.has(cell.toLowerCase()));
  const fitting = fittingPatterns(cells);
  let pattern = fitting[0] ?? '';
  if (pattern === '' && timeName.test(name)) {
    if (most(cells, (cell) => epochS.test(cell))) pattern = 'epoch-s';
    else if (most(cells, (cell) => epochMs.test(cell))) pattern = 'epoch-ms';
  }
  const swapped = fitting.filter((other) => /^(M\/d|MM\/dd)/.test(other));
  const dayFirst = fitting.filter((other) => /^(d\/M|dd\/MM)/.test(other));
  const ambiguous = swapped.length > 0 && dayFirst.length > 0;
  // The right order of day and month gives the smaller span of time.
  if (ambiguous && span(cells, swapped[0]!) < span(cells, dayFirst[0]!)) pattern = swapped[0]!;
  const numbers = (decimal: '.' | ','): number =>
    cells.filter((cell) => !Number.isNaN(readNumber(cell, decimal, ''))).length / Math.max(1, cells.length);
  return {
    index,
    name,
    cells,
    pattern,
    ambiguous,
    clock: most(cells, (cell) => /^\d{1,2}:\d{2}(:\d{2})?$/.test(cell)),
    point: numbers('.'),
    comma: numbers(','),
    unit: unitOfName(name),
  };
}

/** Four of five: a bad cell costs its row, not the meaning of its column. */
function most(cells: readonly string[], fits: (cell: string) => boolean): boolean {
  return cells.length > 0 && cells.filter(fits).length >= cells.length * 0.8;
}

/** Two separators, a month's letters or many digits: else no pattern is worth trying. */
const timeShaped = /^\d+[-/.]\d+[-/.]\d|^\d+[-\s]?[A-Za-z]{3}|^\d{12}/;

/** The patterns that fit the most cells, at least half of them; digits alone must nearly all fit. */
function fittingPatterns(cells: readonly string[]): string[] {
  if (!cells.slice(0, 20).some((cell) => timeShaped.test(cell))) return [];
  const shares = timePatterns.map((pattern) => {
    const fits = share(cells, pattern);
    return /^yyyyMM/.test(pattern) && fits < 0.95 ? 0 : fits;
  });
  const best = Math.max(...shares);
  return best < 0.5 ? [] : timePatterns.filter((_, i) => shares[i] === best);
}

function share(cells: readonly string[], pattern: string): number {
  const reader = readers.get(pattern)!;
  let fits = 0;
  for (const cell of cells) if (reader.read(cell)) fits += 1;
  return fits / cells.length;
}

function span(cells: readonly string[], pattern: string): number {
  const reader = readers.get(pattern)!;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    if (!reader.read(cell)) continue;
    least = Math.min(least, reader.wallS);
    most = Math.max(most, reader.wallS);
  }
  return most - least;
}

const shortUnits = /^(l|w|v)$/i;

/** Unit in a header: `load [kWh]`, `load (kWh)` or `load_kwh`; empty when there is none. */
function unitOfName(name: string): string {
  const bracket = headerUnit(name).unit;
  if (bracket !== '') return bracket;
  const parts = name.split(/[_\s]+/);
  const last = parts.length > 1 ? parts.at(-1)! : '';
  if (last === '' || (last.length === 1 && !shortUnits.test(last)) || /^\d/.test(last)) return '';
  return findUnit(last)?.symbol ?? '';
}

const timeName = /time|date|datum|zeit|stamp|start|end|hour|clock|interval|ts|epoch/i;
const strongDevice = /meter|device|serial|nmi|mpan|mprn|zähler|zaehler|usage.?point|(^|_)ean/i;
const weakDevice = /customer|household|site|point|(^|_)id$|^id/i;
const named: readonly (readonly [ColumnRole, RegExp, (facts: ColumnFacts) => boolean])[] = [
  ['interval', /^interval(_s|_length|_seconds|length)?$|^duration/i, (facts) => facts.point >= 0.8],
  ['zone', /^(time)?_?zone$|^tz$/i, () => true],
  ['unit', /unit|uom|einheit/i, (facts) => most(facts.cells, (cell) => findUnit(cell) !== undefined)],
  [
    'quality',
    /quality|status|state|flag|qualität/i,
    (facts) => facts.cells.length === 0 || most(facts.cells, isQuality),
  ],
  [
    'quantity',
    /quantity|obis|reading.?type|register|channel|stream|suffix/i,
    (facts) => facts.cells.length > 0 && facts.point < 0.5,
  ],
];

/** Role of a column by its name and cells, with confidence 0 to 1; times are decided elsewhere. */
export function guessRole(facts: ColumnFacts): { role: ColumnRole; confidence: number } {
  const { cells, name } = facts;
  for (const [role, pattern, fits] of named)
    if (pattern.test(name) && fits(facts)) return { role, confidence: cells.length > 0 ? 0.9 : 0.5 };
  const numeric = Math.max(facts.point, facts.comma);
  if (
    cells.length > 0 &&
    cells.every((cell) => findObis(cell) !== undefined && /[:.]/.test(cell)) &&
    numeric < 0.5
  )
    return { role: 'quantity', confidence: 0.9 };
  if (cells.length > 0 && cells.every(isReadingType)) return { role: 'quantity', confidence: 0.95 };
  if (cells.length === 0) return { role: name === '' ? 'ignore' : 'value', confidence: 0.3 };
  // a column of numbers called `meter 7` holds that meter's values; one called `meter` names meters
  const numbered = numeric >= 0.5 && /\d/.test(name);
  const whole = !numbered && cells.every((cell) => /^[\w/.:-]+$/.test(cell) && !/[.,]\d/.test(cell));
  if (strongDevice.test(name) && (numeric < 0.5 || (whole && facts.unit === '')))
    return { role: 'device', confidence: 0.9 };
  if (weakDevice.test(name) && (numeric < 0.5 || whole)) return { role: 'device', confidence: 0.6 };
  if (numeric >= 0.5) return { role: surroundings(name) ? 'ignore' : 'value', confidence: numeric };
  const distinct = new Set(cells).size;
  if (name === '' && distinct <= cells.length / 2) return { role: 'device', confidence: 0.5 };
  return { role: 'ignore', confidence: 0.5 };
}

const surroundingWords = new Set(
  'temp temperature rain rainfall precipitation humidity wind windspeed irradiance irradiation weather'.split(
    ' ',
  ),
);

/** Weather that stands beside the meters of a file. */
function surroundings(name: string): boolean {
  return name
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => surroundingWords.has(word));
}

function isQuality(cell: string): boolean {
  try {
    return parseQuality(cell) > 0;
  } catch {
    return false;
  }
}
