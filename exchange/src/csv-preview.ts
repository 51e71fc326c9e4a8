/**
 * Looks at the beginning of a CSV file and proposes how to read it.
 *
 *   bytes ─▶ dialect ─▶ facts of each column ─▶ roles ─▶ interval length, kinds ─▶ mapping + warnings
 */
import { type ColumnFacts, type ColumnRole, columnFacts, guessRole } from './csv-guess.ts';
import type { CsvMapping, CsvValueColumn } from './csv-mapping.ts';
import { at, type CsvPreviewOptions, type Plan, type PreviewWarning, type Role } from './csv-preview-plan.ts';
import { leaveOutDerived, valueColumns } from './csv-preview-values.ts';
import { type Sniffed, sniffCsv } from './csv-sniff.ts';
import { clean, readNumber } from './number-text.ts';
import { timeReader } from './time-text.ts';
import { WallClock } from './wall-clock.ts';

export type { ColumnRole } from './csv-guess.ts';
export type { CsvPreviewOptions, PreviewWarning } from './csv-preview-plan.ts';

export interface PreviewColumn {
  readonly index: number;
  /** Header text, or empty. */
  readonly name: string;
  readonly role: ColumnRole;
  /** 0 to 1. */
  readonly confidence: number;
  readonly unit: string;
  /** First cells that are not empty. */
  readonly samples: readonly string[];
}

export interface CsvPreview {
  readonly encoding: string;
  readonly delimiter: string;
  readonly decimal: '.' | ',';
  readonly header: boolean;
  readonly columns: readonly PreviewColumn[];
  /** First rows, header left out. */
  readonly rows: readonly (readonly string[])[];
  /** Seconds between readings of a series; 0 when irregular or unknown. */
  readonly intervalS: number;
  readonly warnings: readonly PreviewWarning[];
  /** A mapping to start from; undefined when no time or value column was found. */
  readonly mapping: CsvMapping | undefined;
}

const previewRows = 20;
const maxColumns = 10_000;

/** Previews a file by its first bytes (64 kB are plenty). Never throws: a file of noise gets warnings. */
export function previewCsv(sample: Uint8Array, options: CsvPreviewOptions = {}): CsvPreview {
  const sniffed = sniffCsv(sample);
  const warnings: PreviewWarning[] = [];
  if (sniffed.assumedLatin1) warnings.push({ code: 'ENCODING_ASSUMED', detail: 'not UTF-8; read as latin1' });
  const { head, records, skipLines } = headOf(sniffed);
  const header = head !== undefined;
  const names = head?.map(clean) ?? [];
  const rows = header && head === records[0] ? records.slice(1) : records;
  const found = header ? Math.max(names.length, sniffed.width) : sniffed.width;
  const width = found > maxColumns ? 0 : found;
  if (width < found)
    warnings.push({ code: 'COLUMN_LIMIT', detail: `${found} columns, the limit is ${maxColumns}` });
  const facts = Array.from({ length: width }, (_, i) =>
    columnFacts(
      i,
      names[i] ?? '',
      rows.map((row) => row[i] ?? ''),
    ),
  );
  const roles = assignRoles(facts);
  const decimal = decimalOf(facts, roles);
  const plan = { facts, roles, rows, names, decimal, options, warnings };
  const stamps = readStamps(plan);
  const order = orderOf(stamps);
  const inTime = order === 'none' ? sorted(stamps) : stamps;
  const intervalS = stepOf(inTime, order === 'none');
  const rowsInTime = { rising: rows, falling: rows.toReversed(), none: inTime.map(({ row }) => row) };
  const mapping = propose(
    { ...plan, rows: rowsInTime[order] },
    { ...sniffed, skipLines },
    header,
    intervalS,
    stamps,
  );
  return {
    encoding: sniffed.encoding,
    delimiter: sniffed.delimiter,
    decimal,
    header,
    columns: facts.map((column, i) => ({
      index: i,
      name: column.name,
      ...roles[i]!,
      unit: column.unit,
      samples: column.cells.slice(0, 5),
    })),
    rows: rows.slice(0, previewRows).map((row) => row.slice(0, maxColumns)),
    intervalS,
    mapping,
    warnings,
  };
}

/** The header, if there is one: the first record, or the line before it when that has a cell more or less. */
function headOf(sniffed: Sniffed): {
  readonly head: readonly string[] | undefined;
  readonly records: readonly (readonly string[])[];
  readonly skipLines: number;
} {
  const { records, before, skipLines } = sniffed;
  if (hasHeader(records)) return { head: records[0], records, skipLines };
  const close = before && before.cells.length > 1 && Math.abs(before.cells.length - sniffed.width) <= 1;
  if (close && before.line === skipLines && hasHeader([before.cells, ...records]))
    return { head: before.cells, records, skipLines: before.line - 1 };
  // Without a header nothing is passed over in silence: what does not fit is refused with its line.
  return { head: undefined, records, skipLines: 0 };
}

const headRows = 20;

/** A first row that names a time column, or holds no number where most others do, is a header. */
function hasHeader(records: readonly (readonly string[])[]): boolean {
  const first = records[0]?.map(clean);
  if (!first) return false;
  const timed = (cell: string): boolean => columnFacts(0, '', [cell]).pattern !== '';
  const number = (cell: string): boolean =>
    cell !== '' && !(Number.isNaN(readNumber(cell, '.', '')) && Number.isNaN(readNumber(cell, ',', '')));
  if (first.some((cell) => timed(cell) && /\D/.test(cell))) return false;
  const rows = records
    .slice(1, headRows + 1)
    .map((row) => row.map(clean))
    .filter((row) => row.some((cell, i) => cell !== first[i]));
  if (rows.length === 0) return first.every((cell) => !number(cell));
  // A name does not come again below: a row that begins like the others is one of them.
  if (first.some((cell, i) => cell !== '' && rows.filter((row) => row[i] === cell).length > rows.length / 2))
    return false;
  return first.some((above, i) => {
    if (timed(above) || number(above)) return false;
    const below = rows.map((row) => row[i] ?? '').filter((cell) => cell !== '');
    const times = below.filter(timed).length;
    const numbers = above === '' ? 0 : below.filter(number).length;
    return Math.max(times, numbers) * 2 > below.length;
  });
}

function assignRoles(facts: readonly ColumnFacts[]): Role[] {
  const roles = facts.map(guessRole);
  const time = facts.find((column) => column.pattern !== '');
  if (time) {
    roles[time.index] = { role: 'time', confidence: time.ambiguous ? 0.6 : 0.95 };
    const clock = facts.find((column) => column.clock);
    if (clock && !/[Hh]/.test(time.pattern)) roles[clock.index] = { role: 'clock', confidence: 0.9 };
  }
  for (const column of facts)
    if (column.pattern !== '' && column !== time) roles[column.index] = { role: 'ignore', confidence: 0.6 };
  // Of several columns that could name the device, or hold the unit, the surest counts.
  for (const role of ['device', 'quantity', 'unit', 'quality', 'zone', 'interval'] as const) {
    const those = facts.filter((column) => roles[column.index]!.role === role);
    const best = those.toSorted((a, b) => roles[b.index]!.confidence - roles[a.index]!.confidence)[0];
    for (const column of those)
      if (column !== best) roles[column.index] = { role: 'ignore', confidence: 0.4 };
  }
  return roles;
}

function decimalOf(facts: readonly ColumnFacts[], roles: readonly Role[]): '.' | ',' {
  let [point, comma] = [0, 0];
  for (const column of facts) {
    if (roles[column.index]!.role !== 'value') continue;
    point += column.point;
    comma += column.comma;
  }
  return comma > point ? ',' : '.';
}

interface Stamp {
  readonly row: readonly string[];
  /** Device and quantity. */
  readonly key: string;
  readonly wallS: number;
  readonly offsetS: number;
}

/** Pattern of the time column, with that of the clock column. */
function patternOf(plan: Plan): string {
  const time = plan.facts[at(plan, 'time')];
  const clock = plan.facts[at(plan, 'clock')];
  if (!time || !clock) return time?.pattern ?? '';
  const date = time.pattern === 'iso' ? 'yyyy-MM-dd' : time.pattern;
  return `${date} H:mm${clock.cells[0]!.split(':').length === 3 ? ':ss' : ''}`;
}

function readStamps(plan: Plan): Stamp[] {
  const pattern = patternOf(plan);
  const [time, clock, device] = [at(plan, 'time'), at(plan, 'clock'), at(plan, 'device')];
  if (pattern === '') return [];
  const quantity = at(plan, 'quantity');
  const reader = timeReader(pattern);
  const stamps: Stamp[] = [];
  for (const row of plan.rows) {
    const text = clean(row[time] ?? '') + (clock < 0 ? '' : ` ${clean(row[clock] ?? '')}`);
    if (reader.read(text))
      stamps.push({
        row,
        key: `${device < 0 ? '' : clean(row[device] ?? '')}\n${quantity < 0 ? '' : row[quantity]}`,
        wallS: reader.wallS,
        offsetS: reader.offsetS,
      });
  }
  return stamps;
}

function instantOf({ wallS, offsetS }: Stamp): number {
  return wallS - (Number.isNaN(offsetS) ? 0 : offsetS);
}

function sorted(stamps: readonly Stamp[]): Stamp[] {
  return stamps.toSorted((a, b) => instantOf(a) - instantOf(b));
}

/** Seconds from each stamp to the next of its device; none where it does not move. */
function stepsOf(stamps: readonly Stamp[]): number[] {
  const last = new Map<string, number>();
  const steps: number[] = [];
  for (const stamp of stamps) {
    const instant = instantOf(stamp);
    const before = last.get(stamp.key);
    last.set(stamp.key, instant);
    if (before !== undefined && instant !== before) steps.push(instant - before);
  }
  return steps;
}

/** Which way time runs in the file: a clock put back, or a late row, does not make it run another way. */
function orderOf(stamps: readonly Stamp[]): 'rising' | 'falling' | 'none' {
  const steps = stepsOf(stamps);
  const rising = steps.filter((step) => step > 0).length;
  if (rising >= steps.length * 0.9) return 'rising';
  return rising <= steps.length * 0.1 ? 'falling' : 'none';
}

/**
 * The usual step between stamps of one device; 0 when there is none. The sample of a file in no order has
 * holes: there it is the step that nearly all others are a multiple of.
 */
function stepOf(stamps: readonly Stamp[], holed: boolean): number {
  const steps = stepsOf(stamps).map(Math.abs);
  const counts = new Map<number, number>();
  for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
  const share = (fits: (one: number) => boolean): number => steps.filter(fits).length / steps.length;
  const usual = [...counts].toSorted((a, b) => b[1] - a[1]).map(([step]) => step);
  const step = holed
    ? usual.find((s) => share((one) => one === s) >= 0.2 && share((one) => one % s === 0) >= 0.95)
    : usual.find((s) => share((one) => one === s) >= 0.6);
  return step !== undefined && step <= 366 * 86_400 ? step : 0;
}

function propose(
  plan: Plan,
  sniffed: Pick<Sniffed, 'encoding' | 'delimiter' | 'skipLines' | 'width'>,
  header: boolean,
  intervalS: number,
  stamps: readonly Stamp[],
): CsvMapping | undefined {
  const { facts, warnings, decimal } = plan;
  const time = facts[at(plan, 'time')];
  const found = facts.filter((column) => plan.roles[column.index]!.role === 'value');
  const values = leaveOutDerived(plan, found);
  if (!time)
    warnings.push({ code: 'TIME_NOT_FOUND', detail: 'no column holds time stamps that were recognised' });
  if (values.length === 0) warnings.push({ code: 'VALUE_NOT_FOUND', detail: 'no column holds numbers' });
  if (!time || values.length === 0) return undefined;
  const ref = (column: ColumnFacts): string | number => (column.name === '' ? column.index : column.name);
  const byRole = (role: ColumnRole): string | number | undefined => {
    const column = facts[at(plan, role)];
    return column && ref(column);
  };
  if (time.ambiguous) warnings.push({ code: 'DAY_MONTH_AMBIGUOUS', detail: `read as ${time.pattern}` });
  const zone = zoneOf(plan, stamps);
  const columns = valueColumns(plan, values, intervalS, ref);
  const interval = byRole('interval');
  const needsInterval = columns.some((column) => column.kind !== 'register') && interval === undefined;
  if (needsInterval && intervalS === 0)
    warnings.push({ code: 'INTERVAL_UNKNOWN', detail: 'the stamps have no usual step: one hour was put in' });
  return {
    version: 1,
    encoding: sniffed.encoding,
    delimiter: sniffed.delimiter,
    decimal,
    ...(sniffed.skipLines > 0 ? { skipLines: sniffed.skipLines } : {}),
    header,
    ...(header ? {} : { width: sniffed.width }),
    time: {
      column: ref(time),
      ...optional('clockColumn', byRole('clock')),
      pattern: patternOf(plan),
      ...optional('zone', zone),
      label: labelOf(plan, time, columns),
    },
    ...optional('device', byRole('device')),
    ...optional('quantity', byRole('quantity')),
    ...optional('unit', byRole('unit')),
    ...optional('quality', byRole('quality')),
    ...optional('zone', byRole('zone')),
    ...optional('interval', interval),
    ...(needsInterval ? { intervalS: intervalS || 3600 } : {}),
    values: columns,
    ignore: facts.filter((column) => plan.roles[column.index]!.role === 'ignore').map(ref),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function labelOf(plan: Plan, time: ColumnFacts, columns: readonly CsvValueColumn[]): 'start' | 'end' {
  if (/start|begin|from|von/i.test(time.name)) return 'start';
  if (!/end|ende|until|bis/i.test(time.name) && columns.some((column) => column.kind !== 'register'))
    plan.warnings.push({
      code: 'LABEL_ASSUMED',
      detail: 'stamps are taken as interval ends; the file does not say',
    });
  return 'end';
}

/** The zone to propose, with warnings where stamps and zone do not go together. */
function zoneOf(plan: Plan, stamps: readonly Stamp[]): string | undefined {
  const { options, warnings } = plan;
  const locals = stamps.filter((stamp) => Number.isNaN(stamp.offsetS));
  if (locals.length === 0) return options.zone;
  if (locals.length < stamps.length)
    warnings.push({
      code: 'OFFSETS_MIXED',
      detail: `${locals.length} of ${stamps.length} stamps have no offset`,
    });
  if (at(plan, 'zone') >= 0) return options.zone;
  if (options.zone === undefined) {
    warnings.push({ code: 'ZONE_NEEDED', detail: 'stamps have no offset: set the zone, e.g. Europe/Berlin' });
    return undefined;
  }
  try {
    const clock = new WallClock(options.zone);
    sayChanges(plan, clock, locals);
    const misfits = locals.filter((stamp) => clock.resolve(stamp.wallS) === 0).length;
    if (misfits > 0)
      warnings.push({ code: 'ZONE_MISFIT', detail: `${misfits} stamps did not exist in ${options.zone}` });
    return options.zone;
  } catch (error) {
    warnings.push({ code: 'ZONE_UNKNOWN', detail: (error as Error).message });
    return undefined;
  }
}

/** What becomes of the hours that the zone's clock skips and repeats in the year after the first stamp. */
function sayChanges(plan: Plan, { zone, table }: WallClock, locals: readonly Stamp[]): void {
  const fromS = Math.min(...locals.map((stamp) => stamp.wallS));
  const day = (at: number): string => table.format(at).slice(0, 10);
  const said: string[] = [];
  for (let i = 0; i < table.at.length; i++) {
    const change = table.at[i]!;
    if (change < fromS || change > fromS + 366 * 86_400) continue;
    const back = table.offsets[i + 1]! < table.offsets[i]!;
    said.push(back ? `repeats on ${day(change)}` : `skips on ${day(change)}`);
  }
  if (said.length > 0)
    plan.warnings.push({
      code: 'CLOCK_CHANGES',
      detail:
        `the clock of ${zone} ${said.join(' and ')}: repeated hours are told apart by their order, ` +
        'rows in skipped ones are refused',
    });
}
