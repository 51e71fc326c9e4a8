/** A mapping and a header to the places of the columns: what the row loop of `csv.ts` needs. */
import { findUnit } from '@openami/model';
import type { ColumnRef, CsvMapping, CsvValueColumn } from './csv-mapping.ts';
import { exchangeErrors } from './errors.ts';
import { clean } from './number-text.ts';
import { type Rate, rates } from './rate.ts';

export interface ValuePlan {
  readonly at: number;
  /** Empty when the row names it. */
  readonly device: string;
  readonly quantity: string;
  readonly unit: string;
  readonly kind: CsvValueColumn['kind'];
  /** 0 for a register; NaN when the row states it. */
  readonly intervalS: number;
  readonly rejectNegative: boolean;
  /** Set for a mean rate in a fixed unit. */
  readonly rate: Rate | undefined;
}

/** Places of columns; -1 where there is none. */
export interface CsvPlan {
  /** Cells a row must have. */
  readonly width: number;
  readonly time: number;
  readonly clock: number;
  readonly device: number;
  readonly quantity: number;
  readonly unit: number;
  readonly quality: number;
  readonly zone: number;
  readonly interval: number;
  /** Header text of the time column, to skip a header that comes again. */
  readonly timeName: string;
  readonly values: readonly ValuePlan[];
}

/** Splits `load [kWh]` or `load (kWh)` into name and unit; the unit is empty when there is none. */
export function headerUnit(text: string): { name: string; unit: string } {
  const match = /^(.*?)\s*[[(]([^\])]+)[\])]\s*$/.exec(text);
  const unit = match ? findUnit(match[2]!.trim()) : undefined;
  if (!match || !unit) return { name: text.trim(), unit: '' };
  return { name: match[1] || text.trim(), unit: unit.symbol };
}

/** The rate of a unit in any spelling. */
export function rateOf(unit: string): Rate | undefined {
  const known = findUnit(unit);
  return known ? rates[known.symbol] : undefined;
}

/** Cells of a header without blank ones at its end, which rows need not have. */
function widthOf(names: readonly string[]): number {
  let width = names.length;
  while (width > 0 && names[width - 1] === '') width -= 1;
  return width;
}

/**
 * Places of the columns. `header` is undefined when the file has none; `cells` is the number of
 * cells of a row. Throws CSV_COLUMN_MISSING and CSV_MAPPING_INVALID.
 */
export function planColumns(
  mapping: CsvMapping,
  header: readonly string[] | undefined,
  cells: number,
): CsvPlan {
  const names = header?.map((name) => clean(name));
  const place = (ref: ColumnRef | undefined): number => {
    if (ref === undefined) return -1;
    const at = typeof ref === 'number' ? ref : findName(names, ref);
    if (at < 0 || at >= cells)
      throw exchangeErrors.CSV_COLUMN_MISSING(`column ${JSON.stringify(ref)} is not in the file`, {
        column: ref,
        header: names?.slice(0, 100),
      });
    return at;
  };
  const fixed = {
    time: place(mapping.time.column),
    clock: place(mapping.time.clockColumn),
    device: place(mapping.device),
    quantity: place(mapping.quantity),
    unit: place(mapping.unit),
    quality: place(mapping.quality),
    zone: place(mapping.zone),
    interval: place(mapping.interval),
  };
  const taken = new Set<number>(Object.values(fixed));
  for (const value of mapping.values) if (value.column !== '*') taken.add(place(value.column));
  const width = Math.max(names ? widthOf(names) : cells, ...[...taken].map((at) => at + 1));
  for (const ref of mapping.ignore ?? []) {
    const at = typeof ref === 'number' ? ref : findName(names, ref);
    if (at >= 0) taken.add(at);
  }
  const values: ValuePlan[] = [];
  for (const value of mapping.values) {
    if (value.column !== '*') {
      values.push(planValue(mapping, value, place(value.column), names, fixed.device));
      continue;
    }
    for (let at = 0; at < width; at++)
      if (!taken.has(at) && (names?.[at] ?? '-') !== '')
        values.push(planValue(mapping, value, at, names, fixed.device));
  }
  if (values.length === 0) throw exchangeErrors.CSV_COLUMN_MISSING('the file has no value column');
  return { width, ...fixed, timeName: names?.[fixed.time] ?? '', values };
}

function findName(names: readonly string[] | undefined, ref: string): number {
  if (!names) return -1;
  const exact = names.indexOf(ref);
  if (exact >= 0) return exact;
  const folded = ref.trim().toLowerCase();
  return names.findIndex((name) => name.trim().toLowerCase() === folded);
}

function planValue(
  mapping: CsvMapping,
  value: CsvValueColumn,
  at: number,
  names: readonly string[] | undefined,
  deviceColumn: number,
): ValuePlan {
  const head = headerUnit(names?.[at] ?? `column-${at}`);
  const unit = value.unit ?? (mapping.unit === undefined ? head.unit : '');
  let rate: Rate | undefined;
  if (value.kind === 'mean' && unit !== '') {
    rate = rateOf(unit);
    if (!rate)
      throw exchangeErrors.CSV_MAPPING_INVALID(
        `a mean value cannot be in ${unit}: use ${Object.keys(rates)}`,
        {
          unit,
        },
      );
  }
  return {
    at,
    device: value.device ?? (deviceColumn >= 0 ? '' : head.name),
    quantity: value.quantity ?? (mapping.quantity === undefined ? head.name : ''),
    unit: rate ? rate.amount : unit,
    kind: value.kind,
    intervalS: value.kind === 'register' ? 0 : (value.intervalS ?? mapping.intervalS ?? Number.NaN),
    rejectNegative: value.negative === 'reject',
    rate,
  };
}
